#include "core/audit/audit_chain.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

#include "base/encoding.hpp"
#include "core/audit/audit_event.hpp"
#include "crypto/digest.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr int kHashArguments = 13;

std::string too_large() {
  return json::to_text(json::Value{{"truncated", true},
                                   {"reason", "too_large"},
                                   {"max_bytes", std::int64_t{kMaxMetadataBytes}}});
}

void append_netstring(std::string& out, std::string_view field) {
  std::array<char, 20> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), field.size());
  out.append(digits.data(), end).append(":").append(field).append(",");
}

}  // namespace

std::string netstrings(std::span<const std::string_view> fields) {
  std::string out;
  for (const std::string_view field : fields) append_netstring(out, field);
  return out;
}

std::string chain_hash(std::string_view previous, std::span<const std::string_view> columns) {
  // One buffer a thread: verifying goes over millions of rows.
  thread_local std::string message;
  message.clear();
  append_netstring(message, kRowFormat);
  append_netstring(message, previous.empty() ? kChainStart : previous);
  for (const std::string_view column : columns) append_netstring(message, column);
  return base::to_hex(crypto::sha256(message));
}

std::string AuditChain::redacted_metadata(std::string_view text) const {
  // Empty when audit_row() found it far too large.
  if (text.empty()) return too_large();
  if (text == "{}") return "{}";
  boost::system::error_code failure;
  const json::Value parsed = boost::json::parse({text.data(), text.size()}, failure);
  if (failure || !parsed.is_object()) return R"({"redaction_failed":true})";
  std::string out = json::to_text(json::Value(redactor_.object(parsed.get_object())));
  return out.size() <= kMaxMetadataBytes ? out : too_large();
}

std::vector<sql::ScalarFunction> AuditChain::functions() {
  const auto hash = [this](std::span<const std::string_view> arguments) {
    rows_hashed_.fetch_add(1, std::memory_order_relaxed);
    return chain_hash(arguments[0], arguments.subspan(1));
  };
  const auto metadata = [this](std::span<const std::string_view> arguments) {
    return redacted_metadata(arguments[0]);
  };
  return {{.name = "audit_hash", .arguments = kHashArguments, .run = hash},
          {.name = "audit_metadata", .arguments = 1, .run = metadata}};
}

}  // namespace sovereign::core
