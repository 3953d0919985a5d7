// Keeps secrets out of what is stored or shown: audit metadata, logs, errors, events. Best effort
// by names and patterns, exact for secrets that are known. Time is linear in the input, whatever it
// is.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "json/parse.hpp"

namespace sovereign::core {

/// What stands in a secret's place.
inline constexpr std::string_view kRedacted = "[REDACTED]";

/// What a redaction did.
struct RedactionStats {
  std::size_t redacted = 0;   ///< Secrets replaced.
  std::size_t truncated = 0;  ///< Strings, arrays, objects and depths cut to their bounds.
  std::size_t steps = 0;      ///< Bytes looked at, each time one is: the work that was done.
  /// The text ended within a private key: its end is still to come.
  bool is_key_open = false;
};

/// What Redactor::value() leaves of a document. Sizes are bytes of UTF-8.
struct RedactionBounds {
  std::size_t depth = 6;
  std::size_t members = 200;      ///< Of one object.
  std::size_t items = 200;        ///< Of one array.
  std::size_t name = 200;         ///< Of a member's name.
  std::size_t string = 2000;      ///< Of one string.
  std::size_t bulk_string = 500;  ///< Of prompts, outputs, traces and the like, by their names.
  std::size_t total = 200'000;    ///< Names and values of the whole document.
};

class KnownSecrets;

/// A secret is known as long as this lives. May outlive the Redactor; any thread.
class SecretHandle {
 public:
  SecretHandle() = default;
  SecretHandle(SecretHandle&& other) noexcept = default;
  SecretHandle& operator=(SecretHandle&& other) noexcept;
  ~SecretHandle();

 private:
  friend class Redactor;
  SecretHandle(std::shared_ptr<KnownSecrets> owner, std::size_t number);
  std::shared_ptr<KnownSecrets> owner_;
  std::size_t number_ = 0;
};

/// Any thread.
class Redactor {
 public:
  static constexpr std::size_t kMinSecretBytes = 8;

  Redactor();

  /// `text` with secrets replaced by kRedacted, else byte for byte as it was, line breaks included.
  /// Replaced are: known secrets; tokens with a provider's prefix (sk-, ghp_, AKIA ...);
  /// credentials after Bearer or Basic; JWTs; PEM private keys (to the end of the text when cut
  /// off); values of name=value, name: value and "name": "value" with a sensitive name; the
  /// userinfo of URLs.
  std::string text(std::string_view text, RedactionStats* stats = nullptr) const;

  /// `value` with every string as by text(), values of sensitive names replaced as a whole, control
  /// characters turned into spaces and cut to `bounds`.
  json::Value value(const json::Value& value, RedactionStats* stats = nullptr,
                    const RedactionBounds& bounds = {}) const;
  json::Object object(const json::Object& object, RedactionStats* stats = nullptr,
                      const RedactionBounds& bounds = {}) const;

  /// Replaces exactly this text from now on until the handle ends. One of less than kMinSecretBytes
  /// is not taken: it would hit ordinary words.
  [[nodiscard]] SecretHandle add_secret(std::string secret);

 private:
  std::shared_ptr<KnownSecrets> known_;
};

}  // namespace sovereign::core
