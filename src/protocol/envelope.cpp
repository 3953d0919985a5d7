#include "protocol/envelope.hpp"

#include <fmt/format.h>

#include <initializer_list>

#include "protocol/tables.hpp"

namespace sovereign::protocol {

void read_into(json::Reader& reader, const json::Value& value, const json::FieldOptions&,
               ObjectRef& out) {
  out.object = json::expect_object(reader, value);
}

void read_into(json::Reader& reader, const json::Value& value, const json::FieldOptions& options,
               ArrayRef& out) {
  out.array = json::expect_array(reader, value, options);
}

namespace {

/// The member at the end of `path` as it is written; empty when a name on the way has escapes.
std::string_view text_at(std::string_view message, std::initializer_list<std::string_view> path) {
  for (const auto name : path) message = json::raw_member(message, name).value_or("");
  return message;
}

/// What passes through as it is; of other messages nothing.
template <typename M>
void keep_texts(std::string_view, M&) {}

void keep_texts(std::string_view text, ToolResult& message) {
  if (message.output) message.output->text = text_at(text, {"payload", "output"});
}
void keep_texts(std::string_view text, ToolStream& message) {
  if (message.data.json) message.data.json->text = text_at(text, {"payload", "data", "json"});
}
void keep_texts(std::string_view text, Invoke& message) {
  message.input.text = text_at(text, {"payload", "input"});
}

}  // namespace

std::optional<MessageType> parse_type(std::string_view name) {
  return json::value_of<MessageType>(name);
}

std::string_view to_string(MessageType type) { return json::name_of(type); }

Inbox::Inbox() : memory_(buffer_.data(), buffer_.size()) {}

void Inbox::release() {
  payload_ = nullptr;
  text_ = {};
  document_ = nullptr;
  memory_.release();
}

std::expected<Envelope, Refusal> Inbox::read(std::string_view text) {
  release();
  auto document = json::parse(text, &memory_);
  if (!document) {
    return std::unexpected(Refusal{BadMessage::frame, describe(document.error())});
  }
  // A value keeps the memory it was built with only when it is built anew.
  std::destroy_at(&document_);
  std::construct_at(&document_, std::move(*document));
  if (!document_.is_object()) {
    return std::unexpected(Refusal{BadMessage::frame, "A message must be a JSON object."});
  }
  auto envelope = json::read<Envelope>(document_);
  if (!envelope) {
    return std::unexpected(Refusal{BadMessage::envelope, describe(envelope.error())});
  }
  if (envelope->v != kVersion) {
    return std::unexpected(Refusal{BadMessage::version, "/v: Only version 1 is spoken here."});
  }
  payload_ = document_.get_object().if_contains("payload");
  text_ = text;
  return std::move(*envelope);
}

template <typename M>
Result<M> Inbox::payload() const {
  auto message = json::read<M>(*payload_);
  if (message) keep_texts(text_, *message);
  return message;
}

template Result<Hello> Inbox::payload() const;
template Result<Welcome> Inbox::payload() const;
template Result<Goodbye> Inbox::payload() const;
template Result<ToolsRegister> Inbox::payload() const;
template Result<ToolsRegistered> Inbox::payload() const;
template Result<ToolsUnregister> Inbox::payload() const;
template Result<ToolsUnregistered> Inbox::payload() const;
template Result<ToolCall> Inbox::payload() const;
template Result<ToolStream> Inbox::payload() const;
template Result<ToolResult> Inbox::payload() const;
template Result<ToolCancel> Inbox::payload() const;
template Result<ToolCancelAck> Inbox::payload() const;
template Result<Heartbeat> Inbox::payload() const;
template Result<Ping> Inbox::payload() const;
template Result<Pong> Inbox::payload() const;
template Result<Invoke> Inbox::payload() const;
template Result<InvokeStream> Inbox::payload() const;
template Result<InvokeResult> Inbox::payload() const;
template Result<InvokeCancel> Inbox::payload() const;

Result<Tool> read_tool(const json::Value& value) { return json::read<Tool>(value); }

std::string describe(const base::Error& error) {
  if (error.fields.empty()) return error.detail;
  const auto& first = error.fields.front();
  if (first.pointer.empty()) return first.message;
  return fmt::format("{}: {}", first.pointer, first.message);
}

}  // namespace sovereign::protocol
