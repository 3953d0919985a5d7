#include "core/redaction/secret_scanner.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.hpp"
#include "core/redaction/sensitive_names.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kKeyBegin = "-----BEGIN";
constexpr std::string_view kKeyEnd = "-----END ";
constexpr std::size_t kMaxKeyLabel = 64;
constexpr std::size_t kMaxSpaces = 4;
constexpr std::size_t kMaxQuotes = 4;
/// A user name of this length without a password may be a token.
constexpr std::size_t kUserNameThatMayBeAToken = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_upper(c) || is_lower(c); }
bool is_word(char c) { return is_alphanumeric(c) || c == '_' || c == '-' || c == '.'; }
bool is_token68(char c) { return is_word(c) || c == '~' || c == '+' || c == '/' || c == '='; }
bool is_line_break(char c) { return c == '\n' || c == '\r'; }
bool ends_authority(char c) {
  return static_cast<unsigned char>(c) <= ' ' || std::string_view("/?#\\\"'<>`").contains(c);
}
bool ends_value(char c) {
  return static_cast<unsigned char>(c) <= ' ' || std::string_view(",;&\"'`)}]<>|\\").contains(c);
}

/// How a provider's tokens begin, and how many [A-Za-z0-9_-] follow at least.
struct Prefix {
  std::string_view text;
  std::size_t tail;
  enum class Tail : std::uint8_t { any, with_digit, upper } kind = Tail::any;
};

/// "sk-" is a syllable of ordinary names too: theirs have no digit that far on.
constexpr auto kPrefixes = std::to_array<Prefix>({
    {"sk-", 16, Prefix::Tail::with_digit},
    {"sk_live_", 16},
    {"sk_test_", 16},
    {"rk_live_", 16},
    {"ghp_", 16},
    {"gho_", 16},
    {"ghu_", 16},
    {"ghs_", 16},
    {"ghr_", 16},
    {"github_pat_", 16},
    {"glpat-", 16},
    {"xoxa-", 10, Prefix::Tail::with_digit},
    {"xoxb-", 10, Prefix::Tail::with_digit},
    {"xoxp-", 10, Prefix::Tail::with_digit},
    {"xoxr-", 10, Prefix::Tail::with_digit},
    {"xoxs-", 10, Prefix::Tail::with_digit},
    {"AKIA", 16, Prefix::Tail::upper},
    {"ASIA", 16, Prefix::Tail::upper},
    {"AIza", 20},
    {"npm_", 30, Prefix::Tail::with_digit},
    {"hf_", 30},
    {"pypi-AgE", 16},
    {"AGE-SECRET-KEY-1", 20},
});

bool has_key_label(std::string_view label) {
  if (!std::ranges::all_of(label, [](char c) { return is_upper(c) || is_digit(c) || c == ' '; }))
    return false;
  return label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK");
}

/// Whether what follows "Bearer" or "Basic" is a credential and not the next word of a sentence.
bool is_credential(std::string_view text) {
  if (text.size() < 8) return false;
  const bool is_prose = std::ranges::all_of(
      text.substr(1), [](char c) { return is_lower(c) || c == '-' || c == '.'; });
  return !is_prose || text.size() >= 16;
}

bool is_placeholder(std::string_view value) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"null", "nil", "none", "None", "true", "false", "undefined", "REDACTED", "***"});
  return value.empty() || std::ranges::find(kWords, value) != kWords.end();
}

}  // namespace

template <typename Predicate>
SecretScanner::Range SecretScanner::span(std::size_t begin, Predicate accepts) {
  std::size_t end = begin;
  while (end < text_.size() && accepts(text_[end])) ++end;
  stats_.steps += end - begin + 1;
  return {begin, end};
}

std::size_t SecretScanner::skip_spaces(std::size_t begin) const {
  std::size_t end = begin;
  while (end - begin < kMaxSpaces && (at(end) == ' ' || at(end) == '\t')) ++end;
  return end;
}

std::size_t SecretScanner::quote_at(std::size_t begin) const {
  std::size_t end = begin;
  while (end - begin < kMaxQuotes && at(end) == '\\') ++end;
  return at(end) == '"' || at(end) == '\'' ? end + 1 - begin : 0;
}

void SecretScanner::redact(Range range) {
  at_ = range.end;
  // Done before, by whoever passed this text on.
  if (part(range) == kRedacted) return;
  out_.append(text_, copied_, range.begin - copied_).append(kRedacted);
  copied_ = range.end;
  ++stats_.redacted;
}

std::string SecretScanner::run() {
  while (at_ < text_.size()) {
    if (is_word(text_[at_])) {
      scan_word();
    } else if (text_.substr(at_).starts_with("://")) {
      scan_user_info();
    } else {
      ++stats_.steps;
      ++at_;
    }
  }
  out_.append(text_, copied_);
  return std::move(out_);
}

void SecretScanner::scan_word() {
  const Range word = span(at_, is_word);
  if (const auto key = private_key(word)) {
    // A token may run into the key's dashes.
    scan_tokens({word.begin, key->begin});
    redact(*key);
    return;
  }
  scan_tokens(word);
  if (scan_credentials(word) || scan_named_value(word)) return;
  at_ = word.end;
}

std::optional<SecretScanner::Range> SecretScanner::private_key(Range word) {
  if (!part(word).ends_with(kKeyBegin) || at(word.end) != ' ') return std::nullopt;
  const std::size_t label = word.end + 1;
  const std::size_t dashes = text_.substr(label, kMaxKeyLabel).find("-----");
  if (dashes == std::string_view::npos || !has_key_label(text_.substr(label, dashes)))
    return std::nullopt;
  const std::size_t begin = word.end - kKeyBegin.size();
  const std::size_t close = text_.find(kKeyEnd, label);
  stats_.is_key_open = close == std::string_view::npos;
  std::size_t end = text_.size();
  if (!stats_.is_key_open) {
    const std::size_t after = close + kKeyEnd.size();
    const std::size_t last = text_.substr(after, kMaxKeyLabel).find("-----");
    end = last == std::string_view::npos ? after : after + last + 5;
  }
  stats_.steps += end - begin;
  return Range{begin, end};
}

bool SecretScanner::scan_credentials(Range word) {
  if (word.size() != 5 && word.size() != 6) return false;
  const std::string scheme = base::to_lower_ascii(part(word));
  if (scheme != "bearer" && scheme != "basic") return false;
  const std::size_t begin = skip_spaces(word.end);
  if (begin == word.end) return false;
  const Range credential = span(begin, is_token68);
  if (!is_credential(part(credential))) return false;
  redact(credential);
  return true;
}

SecretScanner::Range SecretScanner::line_from(std::size_t begin) {
  return span(begin, [](char c) { return !is_line_break(c); });
}

SecretScanner::Range SecretScanner::quoted_value(std::size_t begin, std::size_t quote) {
  const auto mark = text_.substr(begin - quote, quote);
  bool is_escaped = false;
  std::size_t end = begin;
  for (; end < text_.size() && !is_line_break(text_[end]); ++end) {
    if (!is_escaped && text_.substr(end).starts_with(mark)) break;
    is_escaped = quote == 1 && !is_escaped && text_[end] == '\\';
  }
  stats_.steps += end - begin + 1;
  return {begin, end};
}

bool SecretScanner::scan_named_value(Range word) {
  const bool is_flag = at(word.begin) == '-';
  const std::size_t name_quote = word.begin > 0 ? quote_at(word.end) : 0;
  std::size_t next = skip_spaces(word.end + name_quote);
  const char separator = at(next);
  const bool is_assigned = separator == '=';
  const bool is_colon =
      separator == ':' && at(next + 1) != ':' && !text_.substr(next).starts_with("://");
  if (!is_assigned && !is_colon && !(is_flag && next > word.end)) return false;

  const char before = word.begin > 0 ? text_[word.begin - 1] : '\0';
  const bool is_query = is_assigned && (before == '?' || before == '&');
  const auto name = part(word);
  stats_.steps += std::min<std::size_t>(name.size(), 128);
  if (!is_sensitive_name(name, is_query ? NamePlace::query : NamePlace::label)) return false;

  if (is_assigned || is_colon) ++next;
  if (is_assigned && (at(next) == '=' || at(next) == '>')) ++next;
  next = skip_spaces(next);
  if (const std::size_t quote = quote_at(next); quote > 0) {
    const Range value = quoted_value(next + quote, quote);
    if (is_placeholder(part(value))) return false;
    redact(value);
    return true;
  }
  if (is_colon && is_secret_header(name)) {
    redact(line_from(next));
    return true;
  }
  if (text_.substr(next).starts_with(kRedacted)) {
    at_ = next + kRedacted.size();
    return true;
  }
  const Range value = span(next, [](char c) { return !ends_value(c); });
  const bool is_count = std::ranges::all_of(part(value), is_digit) && !is_password_name(name);
  const std::size_t least = is_assigned || name_quote > 0 ? 1 : is_password_name(name) ? 4 : 8;
  if (value.size() < least || is_count || is_placeholder(part(value))) return false;
  redact(value);
  return true;
}

void SecretScanner::scan_tokens(Range word) {
  Range segment{word.begin, word.begin};
  while (segment.begin < word.end) {
    segment.end = std::min(text_.find('.', segment.begin), word.end);
    scan_segment(segment, word);
    segment.begin = std::max(segment.end + 1, copied_);
  }
}

void SecretScanner::scan_segment(Range segment, Range word) {
  stats_.steps += segment.size() + 1;
  // Just past the segment's last digit.
  std::size_t digits_end = segment.end;
  while (digits_end > segment.begin && !is_digit(text_[digits_end - 1])) --digits_end;
  std::optional<std::size_t> jwt;  // Looked for once a segment: it reads on past its end.
  for (std::size_t i = segment.begin; i + 8 <= segment.end; ++i) {
    if (i > word.begin && is_alphanumeric(text_[i - 1])) continue;
    const auto rest = text_.substr(i, segment.end - i);
    if (rest.starts_with("eyJ") && rest.size() >= 10) {
      if (!jwt) jwt = jwt_end(segment, word);
      if (*jwt > 0) return redact({i, *jwt});
    }
    for (const Prefix& prefix : kPrefixes) {
      if (!rest.starts_with(prefix.text) || rest.size() < prefix.text.size() + prefix.tail)
        continue;
      const auto tail = rest.substr(prefix.text.size(), prefix.tail);
      if (prefix.kind == Prefix::Tail::with_digit && digits_end <= i + prefix.text.size()) continue;
      if (prefix.kind == Prefix::Tail::upper &&
          !std::ranges::all_of(tail, [](char c) { return is_upper(c) || is_digit(c); }))
        continue;
      return redact({i, segment.end});
    }
  }
}

std::size_t SecretScanner::jwt_end(Range segment, Range word) {
  std::size_t end = segment.end;
  for (int parts = 0; parts < 2; ++parts) {
    if (end >= word.end) return 0;
    const std::size_t begin = end + 1;
    end = std::min(text_.find('.', begin), word.end);
    stats_.steps += end - begin + 1;
    if (end < begin + 10) return 0;
  }
  return end;
}

void SecretScanner::scan_user_info() {
  const Range authority = span(at_ + 3, [](char c) { return !ends_authority(c); });
  at_ = authority.begin;
  const std::size_t sign = part(authority).rfind('@');
  if (sign == std::string_view::npos) return;
  const Range user{authority.begin, authority.begin + sign};
  if (!part(user).contains(':') && user.size() < kUserNameThatMayBeAToken) return;
  redact(user);
}

}  // namespace sovereign::core
