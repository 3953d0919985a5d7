#include "core/redaction/redactor.hpp"

#include <algorithm>
#include <utility>

#include "core/redaction/known_secrets.hpp"
#include "core/redaction/secret_scanner.hpp"
#include "core/redaction/sensitive_names.hpp"
#include "core/redaction/utf8.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTruncated = "[TRUNCATED]";
/// What a value costs of the total besides its text: brackets, commas, a number's digits.
constexpr std::size_t kCostOfValue = 8;

/// Line breaks and other control characters become spaces, NUL goes.
std::string on_one_line(std::string text) {
  std::erase(text, '\0');
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return text;
}

/// One walk over a document.
class DocumentRedaction {
 public:
  DocumentRedaction(const Redactor& redactor, RedactionStats& stats, const RedactionBounds& bounds)
      : redactor_(redactor), stats_(stats), bounds_(bounds), left_(bounds.total) {}

  json::Value value(const json::Value& in, std::size_t depth, std::size_t string_limit) {
    if (!spend(kCostOfValue)) return marker();
    if (const auto* text = in.if_string()) return json::Value(string(*text, string_limit));
    if (const auto* members = in.if_object()) {
      if (depth >= bounds_.depth) return marker();
      return object(*members, depth);
    }
    if (const auto* items = in.if_array()) {
      if (depth >= bounds_.depth) return marker();
      return array(*items, depth);
    }
    return in;
  }

  json::Object object(const json::Object& in, std::size_t depth) {
    json::Object out;
    for (const auto& [key, member] : in) {
      if (out.size() >= bounds_.members || left_ == 0) {
        ++stats_.truncated;
        out["truncated_members"] = in.size() - out.size();
        break;
      }
      const std::string_view name(key.data(), key.size());
      out[string(name, bounds_.name)] = named(name, member, depth + 1);
    }
    return out;
  }

 private:
  json::Value named(std::string_view name, const json::Value& member, std::size_t depth) {
    if (!member.is_bool() && !member.is_null() && is_sensitive_name(name)) {
      ++stats_.redacted;
      return json::Value(kRedacted);
    }
    return value(member, depth, is_bulk_name(name) ? bounds_.bulk_string : bounds_.string);
  }

  json::Array array(const json::Array& in, std::size_t depth) {
    json::Array out;
    for (const json::Value& item : in) {
      if (out.size() >= bounds_.items || left_ == 0) {
        out.push_back(marker());
        break;
      }
      out.push_back(value(item, depth + 1, bounds_.string));
    }
    return out;
  }

  /// Redacted as a whole before it is cut, so that no half of a secret is left.
  std::string string(std::string_view in, std::size_t limit) {
    std::string out = on_one_line(redactor_.text(in, &stats_));
    limit = std::min(limit, left_);
    if (out.size() > limit) {
      ++stats_.truncated;
      out.resize(utf8_floor(out, limit));
      out += kTruncated;
    }
    spend(out.size());
    return out;
  }

  bool spend(std::size_t bytes) {
    const bool fits = bytes < left_;
    left_ -= std::min(bytes, left_);
    return fits;
  }

  json::Value marker() {
    ++stats_.truncated;
    return json::Value(kTruncated);
  }

  const Redactor& redactor_;
  RedactionStats& stats_;
  const RedactionBounds& bounds_;
  std::size_t left_;  ///< Of bounds_.total.
};

}  // namespace

SecretHandle::SecretHandle(std::shared_ptr<KnownSecrets> owner, std::size_t number)
    : owner_(std::move(owner)), number_(number) {}

SecretHandle& SecretHandle::operator=(SecretHandle&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(number_, other.number_);
  return *this;
}

SecretHandle::~SecretHandle() {
  if (owner_ != nullptr) owner_->remove(number_);
}

Redactor::Redactor() : known_(std::make_shared<KnownSecrets>()) {}

std::string Redactor::text(std::string_view text, RedactionStats* stats) const {
  RedactionStats own;
  RedactionStats& counted = stats != nullptr ? *stats : own;
  const std::string without_known = known_->replace(std::string(text), counted);
  return SecretScanner(without_known, counted).run();
}

json::Value Redactor::value(const json::Value& value, RedactionStats* stats,
                            const RedactionBounds& bounds) const {
  RedactionStats own;
  return DocumentRedaction(*this, stats != nullptr ? *stats : own, bounds)
      .value(value, 0, bounds.string);
}

json::Object Redactor::object(const json::Object& object, RedactionStats* stats,
                              const RedactionBounds& bounds) const {
  RedactionStats own;
  return DocumentRedaction(*this, stats != nullptr ? *stats : own, bounds).object(object, 0);
}

SecretHandle Redactor::add_secret(std::string secret) {
  return {known_, known_->add(std::move(secret))};
}

}  // namespace sovereign::core
