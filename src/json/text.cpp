#include "json/text.hpp"

#include <algorithm>

#include "json/parse.hpp"
#include "json/write.hpp"

namespace sovereign::json {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) { return kSpace.contains(c); }

/// The string that begins at `at`, with its quotes.
std::string_view string_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return text.substr(at, end + 1 - at);
}

void append_plainly(std::string& out, std::string_view quoted) {
  if (!quoted.contains('\\')) {
    out += quoted;
    return;
  }
  const auto value = parse(quoted);
  const auto* text = value ? value->if_string() : nullptr;
  if (text == nullptr) {
    out += quoted;
  } else {
    write_string(out, {text->data(), text->size()});
  }
}

/// Writes the tokens of one document, indented.
class PrettyWriter {
 public:
  explicit PrettyWriter(std::string_view text) : text_(text) {}

  std::string write() && {
    while (at_ < text_.size()) token();
    return std::move(out_);
  }

 private:
  void token() {
    const char c = text_[at_];
    switch (c) {
      case '"': return string();
      case '{':
      case '[': return open(c);
      case '}':
      case ']': return close(c);
      case ',':
        out_ += c;
        line();
        break;
      case ':': out_ += ": "; break;
      default:
        if (!is_space(c)) out_ += c;
    }
    ++at_;
  }
  void string() {
    const auto quoted = string_at(text_, at_);
    append_plainly(out_, quoted);
    at_ += quoted.size();
  }
  void open(char c) {
    out_ += c;
    at_ = std::min(text_.find_first_not_of(kSpace, at_ + 1), text_.size());
    const bool is_empty = at_ < text_.size() && (text_[at_] == '}' || text_[at_] == ']');
    if (is_empty) {
      out_ += text_[at_++];
    } else {
      ++depth_;
      line();
    }
  }
  void close(char c) {
    if (depth_ > 0) --depth_;
    line();
    out_ += c;
    ++at_;
  }
  void line() {
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

void append_compact(std::string& out, std::string_view document) {
  if (document.find_first_of(kSpace) == document.npos) {
    out += document;
    return;
  }
  for (std::size_t at = 0; at < document.size();) {
    if (document[at] == '"') {
      const auto quoted = string_at(document, at);
      out += quoted;
      at += quoted.size();
    } else {
      if (!is_space(document[at])) out += document[at];
      ++at;
    }
  }
}

std::string pretty(std::string_view document) { return PrettyWriter(document).write(); }

}  // namespace sovereign::json
