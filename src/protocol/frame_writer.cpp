#include "protocol/frame_writer.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

#include "json/text.hpp"
#include "protocol/tables.hpp"

namespace sovereign::protocol {

using namespace std::chrono;

void write(std::string& out, const ObjectRef& value) {
  if (!value.text.empty()) {
    out += value.text;
  } else if (value.object != nullptr) {
    out += boost::json::serialize(*value.object);
  } else {
    out += "{}";
  }
}

void write_line(std::string& out, const ObjectRef& value) {
  if (value.text.empty()) return write(out, value);
  json::append_compact(out, value.text);
}

void write(std::string& out, const ArrayRef& value) {
  if (!value.text.empty()) {
    out += value.text;
  } else if (value.array != nullptr) {
    out += boost::json::serialize(*value.array);
  } else {
    out += "[]";
  }
}

namespace {

void write_member(std::string& out, std::string_view quoted_name, std::string_view value) {
  if (value.empty()) return;
  out += quoted_name;
  json::write_string(out, value);
}

}  // namespace

base::Uuid FrameWriter::next_id() {
  // One call for many ids: the system's generator costs more than all the rest of a short frame.
  base::Uuid id;
  if (entropy_used_ + id.bytes.size() > entropy_.size()) {
    random_.fill(entropy_);
    entropy_used_ = 0;
  }
  const auto* first = entropy_.data() + entropy_used_;
  std::copy_n(first, id.bytes.size(), id.bytes.begin());
  entropy_used_ += id.bytes.size();
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

void FrameWriter::write_time() {
  const auto now = clock_.now();
  const auto second = floor<seconds>(now);
  if (second != second_) {
    second_ = second;
    second_text_ = base::to_rfc3339(second);
    second_text_.pop_back();
  }
  const auto fraction = static_cast<unsigned>(floor<milliseconds>(now - second).count());
  buffer_ += second_text_;
  buffer_ += '.';
  buffer_ += static_cast<char>('0' + fraction / 100);
  buffer_ += static_cast<char>('0' + fraction / 10 % 10);
  buffer_ += static_cast<char>('0' + fraction % 10);
  buffer_ += 'Z';
}

void FrameWriter::begin(MessageType type, const Header& header) {
  buffer_.assign(kLengthBytes, '\0');
  buffer_ += R"({"v":1,"type":")";
  buffer_ += to_string(type);
  buffer_ += R"(","id":)";
  json::write(buffer_, next_id());
  buffer_ += R"(,"ts":")";
  write_time();
  buffer_ += '"';
  write_member(buffer_, R"(,"in_reply_to":)", header.in_reply_to);
  write_member(buffer_, R"(,"request_id":)", header.request_id);
  write_member(buffer_, R"(,"correlation_id":)", header.correlation_id);
  write_member(buffer_, R"(,"causation_id":)", header.causation_id);
  if (header.actor != nullptr) {
    buffer_ += R"(,"actor":)";
    json::write(buffer_, *header.actor);
  }
  if (header.error != nullptr) {
    buffer_ += R"(,"error":)";
    json::write(buffer_, *header.error);
  }
  buffer_ += R"(,"payload":)";
}

std::string_view FrameWriter::finish() {
  buffer_ += '}';
  const std::size_t length = buffer_.size() - kLengthBytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    buffer_[i] = static_cast<char>(length >> (8 * (kLengthBytes - 1 - i)) & 0xff);
  }
  return buffer_;
}

template <typename M>
std::string_view FrameWriter::frame(const Header& header, const M& payload) {
  begin(M::kType, header);
  json::write(buffer_, payload);
  return finish();
}

std::string_view FrameWriter::refusal(MessageType type, const Header& header) {
  begin(type, header);
  buffer_ += "{}";
  return finish();
}

template std::string_view FrameWriter::frame(const Header&, const Hello&);
template std::string_view FrameWriter::frame(const Header&, const Welcome&);
template std::string_view FrameWriter::frame(const Header&, const Goodbye&);
template std::string_view FrameWriter::frame(const Header&, const ToolsRegister&);
template std::string_view FrameWriter::frame(const Header&, const ToolsRegistered&);
template std::string_view FrameWriter::frame(const Header&, const ToolsUnregister&);
template std::string_view FrameWriter::frame(const Header&, const ToolsUnregistered&);
template std::string_view FrameWriter::frame(const Header&, const ToolCall&);
template std::string_view FrameWriter::frame(const Header&, const ToolStream&);
template std::string_view FrameWriter::frame(const Header&, const ToolResult&);
template std::string_view FrameWriter::frame(const Header&, const ToolCancel&);
template std::string_view FrameWriter::frame(const Header&, const ToolCancelAck&);
template std::string_view FrameWriter::frame(const Header&, const Heartbeat&);
template std::string_view FrameWriter::frame(const Header&, const Ping&);
template std::string_view FrameWriter::frame(const Header&, const Pong&);
template std::string_view FrameWriter::frame(const Header&, const Invoke&);
template std::string_view FrameWriter::frame(const Header&, const InvokeStream&);
template std::string_view FrameWriter::frame(const Header&, const InvokeResult&);
template std::string_view FrameWriter::frame(const Header&, const InvokeCancel&);

std::string tools_text(const std::vector<Tool>& tools) { return json::to_text(tools); }

}  // namespace sovereign::protocol
