#include "support/fake_agent.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "json/parse.hpp"

namespace sovereign::support {

using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 10s;

base::Uuid call_id_of(const Message& call) {
  return base::Uuid::parse(call.text("/payload/call_id")).value();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

}  // namespace

json::Value Message::at(std::string_view pointer) const {
  boost::json::error_code error;
  const auto* value = document.find_pointer({pointer.data(), pointer.size()}, error);
  return value == nullptr ? json::Value() : *value;
}

std::string Message::text(std::string_view pointer) const {
  const auto value = at(pointer);
  const auto* text = value.if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

bool run_until(boost::asio::io_context& loop, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    loop.restart();
    loop.run_one_until(deadline);
  }
  return true;
}

FakeAgent::FakeAgent(boost::asio::io_context& loop, Launch launch)
    : loop_(loop), launch_(std::move(launch)), writer_(clock_, random_) {
  auto socket = ipc::connect(loop.get_executor(), launch_.socket_path);
  if (!socket) throw std::runtime_error(socket.error().detail);
  connection_ = ipc::FramedConnection::create(std::move(*socket), {});
  connection_->start(*this);
}

FakeAgent::~FakeAgent() { connection_->close(); }

FakeAgent::Launch FakeAgent::of_environment() {
  return {.socket_path = environment("OPENSENTIENCE_SOCKET"),
          .token = environment("OPENSENTIENCE_SESSION_TOKEN"),
          .agent_id = environment("OPENSENTIENCE_AGENT_ID"),
          .manifest_hash = environment("OPENSENTIENCE_MANIFEST_HASH")};
}

std::string FakeAgent::tool_id(std::string_view name) const {
  return launch_.agent_id + "/" + std::string(name);
}

// --- Sending -----------------------------------------------------------------------------------

void FakeAgent::hello(std::vector<std::int64_t> versions,
                      std::vector<std::string_view> capabilities) {
  protocol::Hello message{.session_token = launch_.token,
                          .agent_id = launch_.agent_id,
                          .agent_version = "1.0.0",
                          .protocol = {.supported_versions = std::move(versions),
                                       .capabilities = std::move(capabilities)},
                          .sdk = protocol::SdkInfo{"fake", "1.0.0"}};
  if (!launch_.manifest_hash.empty()) message.manifest_hash = launch_.manifest_hash;
  send(message);
}

void FakeAgent::register_tools(const std::vector<std::string>& names, bool replace) {
  std::vector<std::string> ids;
  for (const auto& name : names) ids.push_back(tool_id(name));
  std::vector<protocol::Tool> tools;
  for (std::size_t i = 0; i < names.size(); ++i) {
    tools.push_back({.tool_id = ids[i],
                     .name = names[i],
                     .description = "A tool of a test.",
                     .input_schema = {.text = R"({"type":"object"})"}});
  }
  const std::string text = protocol::tools_text(tools);
  send(protocol::ToolsRegister{.tools = {.text = text}, .replace = replace});
}

void FakeAgent::heartbeat(protocol::HeartbeatStatus status) {
  send(protocol::Heartbeat{
      .session_id = session_id_, .uptime_ms = 1, .inflight_calls = 0, .status = status});
}

protocol::Header FakeAgent::header_of(const Message& call) {
  request_id_ = call.text("/request_id");
  correlation_id_ = call.text("/correlation_id");
  causation_id_ = call.text("/causation_id");
  return {
      .request_id = request_id_, .correlation_id = correlation_id_, .causation_id = causation_id_};
}

void FakeAgent::succeed(const Message& call, std::string_view output) {
  send(protocol::ToolResult{.call_id = call_id_of(call),
                            .status = protocol::CallStatus::succeeded,
                            .output = protocol::ObjectRef{.text = output}},
       header_of(call));
}

void FakeAgent::fail(const Message& call, std::string_view code) {
  send(protocol::ToolResult{.call_id = call_id_of(call),
                            .status = protocol::CallStatus::failed,
                            .error = protocol::ProtocolError{.code = std::string(code),
                                                             .message = "It went wrong."}},
       header_of(call));
}

void FakeAgent::cancel(const Message& call) {
  send(protocol::ToolResult{.call_id = call_id_of(call), .status = protocol::CallStatus::canceled},
       header_of(call));
}

void FakeAgent::stream(const Message& call, std::int64_t seq, std::string_view text) {
  send(protocol::ToolStream{.call_id = call_id_of(call),
                            .seq = seq,
                            .channel = protocol::Channel::out,
                            .data = {.text = text}},
       header_of(call));
}

void FakeAgent::send_text(std::string_view text) {
  std::string frame(protocol::kLengthBytes, '\0');
  for (std::size_t i = 0; i < frame.size(); ++i) {
    frame[i] = static_cast<char>(text.size() >> (8 * (frame.size() - 1 - i)) & 0xff);
  }
  frame += text;
  send_bytes(frame);
}

void FakeAgent::send_bytes(std::string_view bytes) {
  while (!bytes.empty() && !is_closed_) {
    const auto sent = ::send(connection_->native_handle(), bytes.data(),
                             is_byte_by_byte_ ? 1 : bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      // Who reads it may live on this loop.
      loop_.restart();
      loop_.run_one_for(1ms);
    } else {
      return;  // The Core closed; receive() says so.
    }
  }
}

// --- Receiving ---------------------------------------------------------------------------------

void FakeAgent::on_frame(std::string_view frame) {
  auto document = json::parse(frame);
  if (!document) throw std::runtime_error("The Core sent what is not JSON.");
  Message message{std::move(*document)};
  if (on_call_ && message.type() == "core.tool.call") return on_call_(*this, message);
  if (on_message_) return on_message_(*this, message);
  inbox_.push_back(std::move(message));
}

void FakeAgent::on_closed(ipc::CloseReason) { is_closed_ = true; }

Message FakeAgent::receive() {
  const bool came = run_until(loop_, [&] { return !inbox_.empty() || is_closed_; });
  if (!came || inbox_.empty()) throw std::runtime_error("No message came from the Core.");
  Message message = std::move(inbox_.front());
  inbox_.pop_front();
  return message;
}

Message FakeAgent::receive(std::string_view type) {
  for (;;) {
    Message message = receive();
    if (message.type() == type) return message;
  }
}

void FakeAgent::wait_closed() {
  if (!run_until(loop_, [&] { return is_closed_; })) {
    throw std::runtime_error("The Core did not close the connection.");
  }
}

void FakeAgent::serve() {
  while (!is_closed_) {
    loop_.restart();
    loop_.run_one();
  }
}

void FakeAgent::connect() {
  hello();
  const Message welcome = receive("core.welcome");
  session_id_ = welcome.text("/payload/session_id");
  const auto interval = welcome.at("/payload/heartbeat_interval_ms");
  if (interval.is_int64()) heartbeat_interval_ = std::chrono::milliseconds(interval.get_int64());
  if (session_id_.empty()) throw std::runtime_error("Refused: " + welcome.text("/error/code"));
}

void FakeAgent::become_ready(const std::vector<std::string>& names) {
  connect();
  register_tools(names);
  receive("core.tools.registered");
}

}  // namespace sovereign::support
