#include "crypto/jwt_claims.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <bit>

namespace sovereign::crypto {
namespace {

namespace json = boost::json;
using json::error_code;

constexpr std::size_t kMaxMembers = 32;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::int64_t kMaxSeconds = 253'402'300'799;  // The end of the year 9999.

/// Reads one flat object and hands its members to `Sink`: `text(name, value)`, `number(name,
/// value)` and `other(name)`, each false to refuse. Values inside of members are skipped.
template <typename Sink>
class MemberHandler {
 public:
  static constexpr std::size_t max_object_size = kMaxMembers;
  static constexpr std::size_t max_array_size = kMaxTokenBytes;
  static constexpr std::size_t max_key_size = kMaxNameBytes;
  static constexpr std::size_t max_string_size = kMaxTokenBytes;

  explicit MemberHandler(Sink& sink) : sink_(sink) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& error) { return ++depth_ == 1 ? true : nested(error); }
  bool on_object_end(std::size_t, error_code&) { return --depth_ >= 0; }
  bool on_array_begin(error_code& error) { return ++depth_ == 1 ? refuse(error) : nested(error); }
  bool on_array_end(std::size_t, error_code&) { return --depth_ >= 0; }
  bool on_key_part(json::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(json::string_view part, std::size_t, error_code& error) {
    collect(part);
    return depth_ != 1 || is_new_name() ? true : refuse(error);
  }
  bool on_string_part(json::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(json::string_view part, std::size_t, error_code& error) {
    if (depth_ == 0) return refuse(error);
    if (depth_ > 1) return true;
    // Most values come in one part and need no copy.
    if (text_.empty()) return accept(sink_.text(name(), {part.data(), part.size()}), error);
    collect(part);
    const bool accepted = sink_.text(name(), text_);
    text_.clear();
    return accept(accepted, error);
  }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, error_code& error) {
    return scalar(error, [&] { return sink_.number(name(), value); });
  }
  bool on_uint64(std::uint64_t, json::string_view, error_code& error) { return other(error); }
  bool on_double(double, json::string_view, error_code& error) { return other(error); }
  bool on_bool(bool, error_code& error) { return other(error); }
  bool on_null(error_code& error) { return other(error); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  static bool refuse(error_code& error) {
    error = json::error::syntax;
    return false;
  }
  static bool accept(bool accepted, error_code& error) { return accepted ? true : refuse(error); }

  template <typename Deliver>
  bool scalar(error_code& error, Deliver deliver) {
    if (depth_ == 0) return refuse(error);
    return depth_ > 1 || deliver() ? true : refuse(error);
  }
  bool other(error_code& error) {
    return scalar(error, [&] { return sink_.other(name()); });
  }
  /// The value of a member turns out to be an object or an array.
  bool nested(error_code& error) {
    return depth_ != 2 || sink_.other(name()) ? true : refuse(error);
  }

  bool collect(json::string_view part) {
    if (depth_ == 1) text_.append(part.data(), part.size());
    return true;
  }
  /// Moves the collected text to the names seen; false for one seen before.
  bool is_new_name() {
    for (std::size_t i = 0; i < count_; ++i) {
      if (names_[i] == text_) return false;
    }
    if (count_ == names_.size()) return false;
    names_[count_++].swap(text_);
    text_.clear();
    return true;
  }
  std::string_view name() const { return names_[count_ - 1]; }

  Sink& sink_;
  int depth_ = 0;
  std::array<std::string, kMaxMembers> names_;
  std::size_t count_ = 0;
  std::string text_;  ///< Of a name or value that comes in parts.
};

template <typename Sink>
bool read_object(std::string_view text, Sink& sink) {
  json::parse_options options;
  options.max_depth = 8;
  json::basic_parser<MemberHandler<Sink>> parser(options, sink);
  error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  return !error && read == text.size() && parser.done();
}

struct HeaderSink {
  int accepted = 0;

  bool text(std::string_view name, std::string_view value) {
    ++accepted;
    return (name == "alg" && value == "HS256") || (name == "typ" && value == "JWT");
  }
  bool number(std::string_view, std::int64_t) { return false; }
  bool other(std::string_view) { return false; }
};

std::vector<std::string> split_scopes(std::string_view text) {
  std::vector<std::string> scopes;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) scopes.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return scopes;
}

struct TextClaim {
  std::string_view name;
  std::string Claims::* member;
};
constexpr std::array kTextClaims{
    TextClaim{"sub", &Claims::subject},     TextClaim{"email", &Claims::email},
    TextClaim{"role", &Claims::role},       TextClaim{"iss", &Claims::issuer},
    TextClaim{"aud", &Claims::audience},    TextClaim{"jti", &Claims::id},
    TextClaim{"purpose", &Claims::purpose},
};

struct ClaimsSink {
  Claims claims;
  bool expires = false;

  bool text(std::string_view name, std::string_view value) {
    for (const auto& claim : kTextClaims) {
      if (claim.name == name) {
        claims.*claim.member = value;
        return true;
      }
    }
    if (name == "scope") claims.scopes = split_scopes(value);
    return !is_time(name);
  }
  bool number(std::string_view name, std::int64_t value) {
    if (!is_time(name)) return other(name);
    if (value < 0 || value > kMaxSeconds) return false;
    const Timestamp time{std::chrono::seconds(value)};
    if (name == "iat") claims.issued_at = time;
    if (name == "nbf") claims.not_before = time;
    if (name == "exp") {
      claims.expires_at = time;
      expires = true;
    }
    return true;
  }
  bool other(std::string_view name) {
    return name != "scope" && !is_time(name) &&
           std::ranges::none_of(kTextClaims, [&](const auto& claim) { return claim.name == name; });
  }
  static bool is_time(std::string_view name) {
    return name == "exp" || name == "iat" || name == "nbf";
  }
};

void append_member(std::string& out, std::string_view name, std::string_view json_value) {
  out += out.empty() ? '{' : ',';
  fmt::format_to(std::back_inserter(out), "\"{}\":{}", name, json_value);
}

std::string seconds_of(Timestamp time) {
  return fmt::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

}  // namespace

bool is_hs256_header(std::string_view text) {
  HeaderSink sink;
  return read_object(text, sink) && sink.accepted == 2;
}

std::optional<Claims> parse_claims(std::string_view text) {
  ClaimsSink sink;
  if (!read_object(text, sink) || !sink.expires) return std::nullopt;
  return std::move(sink.claims);
}

std::string to_json(const Claims& claims) {
  std::string out;
  for (const auto& claim : kTextClaims) {
    const auto& value = claims.*claim.member;
    if (!value.empty()) append_member(out, claim.name, json::serialize(json::string_view(value)));
  }
  if (!claims.scopes.empty()) {
    append_member(
        out, "scope",
        json::serialize(json::string_view(fmt::to_string(fmt::join(claims.scopes, " ")))));
  }
  if (claims.issued_at) append_member(out, "iat", seconds_of(*claims.issued_at));
  if (claims.not_before) append_member(out, "nbf", seconds_of(*claims.not_before));
  append_member(out, "exp", seconds_of(claims.expires_at));
  out += '}';
  return out;
}

}  // namespace sovereign::crypto
