#include "core/redaction/sensitive_names.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sovereign::core {
namespace {

constexpr std::size_t kMaxNameBytes = 128;

using Words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view word, Words words) {
  return std::ranges::find(words, word) != words.end();
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_separator(char c) { return c == '_' || c == '-' || c == '.' || c == ' '; }

/// `name` in lower case with one '_' between words: "X-Api-Key" and "xApiKey" are "x_api_key".
std::string normalised(std::string_view name) {
  if (name.size() > kMaxNameBytes) name.remove_prefix(name.size() - kMaxNameBytes);
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (is_separator(c)) {
      if (!out.empty() && out.back() != '_') out += '_';
      continue;
    }
    const bool follows_lower =
        i > 0 && (is_lower(name[i - 1]) || (name[i - 1] >= '0' && name[i - 1] <= '9'));
    const bool ends_acronym =
        i > 0 && is_upper(name[i - 1]) && i + 1 < name.size() && is_lower(name[i + 1]);
    if (is_upper(c) && (follows_lower || ends_acronym) && out.back() != '_') out += '_';
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

std::string_view last_word(std::string_view normal) {
  return normal.substr(normal.rfind('_') + 1);  // npos + 1 is 0.
}

/// What tells about a secret without being one.
bool is_harmless(std::string_view normal) {
  return is_one_of(normal, {"session_id", "session_ids", "token_id", "key_id", "tokens_used",
                            "max_tokens", "min_tokens", "total_tokens", "prompt_tokens",
                            "completion_tokens", "input_tokens", "output_tokens", "auth_url"}) ||
         is_one_of(last_word(normal),
                   {"count", "counts", "type", "limit", "length", "size", "bytes", "expires",
                    "expiry", "expired", "ttl", "at", "method", "status", "version", "kind"});
}

bool is_secret_word(std::string_view word) {
  return is_one_of(word, {"token",      "tokens",      "password",      "passwords", "passwd",
                          "passphrase", "passcode",    "pwd",           "secret",    "secrets",
                          "credential", "credentials", "authorization", "cookie",    "cookies",
                          "setcookie",  "apikey",      "privatekey",    "accesskey", "secretkey"});
}

/// Too common in prose to mean a secret there.
bool is_secret_word_of_data(std::string_view word) {
  return is_one_of(word, {"auth", "session", "signature", "sig", "bearer", "jwt", "otp"});
}

bool makes_key_secret(std::string_view word) {
  return is_one_of(word, {"api", "private", "ssh", "access", "signing", "encryption", "session",
                          "secret", "master", "account"});
}

}  // namespace

bool is_sensitive_name(std::string_view name, NamePlace place) {
  const std::string normal = normalised(name);
  if (is_harmless(normal)) return false;
  if (place == NamePlace::query && is_one_of(normal, {"key", "code"})) return true;
  std::string_view rest = normal;
  std::string_view previous;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('_'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (is_secret_word(word)) return true;
    if (place != NamePlace::label && is_secret_word_of_data(word)) return true;
    if ((word == "key" || word == "keys") && makes_key_secret(previous)) return true;
    previous = word;
  }
  return false;
}

bool is_secret_header(std::string_view name) {
  const std::string normal = normalised(name);
  return is_one_of(normal, {"authorization", "proxy_authorization", "cookie", "set_cookie"});
}

bool is_password_name(std::string_view name) {
  const std::string normal = normalised(name);
  return is_one_of(last_word(normal), {"password", "passwd", "passphrase", "pwd", "secret"});
}

bool is_bulk_name(std::string_view name) {
  const std::string normal = normalised(name);
  return is_one_of(last_word(normal), {"prompt", "input", "output", "response", "request",
                                       "stacktrace", "trace", "stderr", "stdout", "body"});
}

}  // namespace sovereign::core
