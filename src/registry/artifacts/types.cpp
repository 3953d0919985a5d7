#include "registry/artifacts/types.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxMediaTypeBytes = 127;
constexpr std::string_view kSha256 = "sha-256";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; }

/// RFC 6838 section 4.2.
bool is_type_name(std::string_view name) {
  return !name.empty() && is_alphanumeric(name.front()) && std::ranges::all_of(name, [](char c) {
    return is_alphanumeric(c) || std::string_view("!#$&-^_.+").contains(c);
  });
}

bool is_parameter_character(char c) { return c >= 0x20 && c < 0x7f && c != ','; }

bool is_media_type(std::string_view text) {
  const auto semicolon = std::min(text.find(';'), text.size());
  const auto type = base::trim_ascii(text.substr(0, semicolon));
  const auto slash = type.find('/');
  return text.size() <= kMaxMediaTypeBytes && slash != type.npos &&
         is_type_name(type.substr(0, slash)) && is_type_name(type.substr(slash + 1)) &&
         std::ranges::all_of(text.substr(semicolon), is_parameter_character);
}

Failure bad_digest(std::string_view header) {
  return base::fail(ErrorCode::malformed,
                    fmt::format("{} does not hold a SHA-256 digest of its form.", header));
}

std::optional<crypto::Digest256> digest_of(const std::optional<std::vector<std::uint8_t>>& bytes) {
  crypto::Digest256 digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

/// Base64 as RFC 4648 section 4 has it: 32 bytes are 43 characters and one '='.
std::optional<crypto::Digest256> from_base64(std::string_view text) {
  if (text.size() != 44 || text.back() != '=' || text.find_first_of("-_") != text.npos) return {};
  std::string url(text.substr(0, 43));
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  return digest_of(base::from_base64url(url));
}

/// One "algorithm=value" of a list; nullopt inside for another algorithm.
Result<std::optional<crypto::Digest256>> read_member(std::string_view header,
                                                     std::string_view member) {
  member = base::trim_ascii(member);
  const auto equals = member.find('=');
  if (equals == member.npos) return bad_digest(header);
  if (!http::equals_ignoring_case(member.substr(0, equals), kSha256)) return std::nullopt;
  auto value = member.substr(equals + 1);
  if (header != "Digest") {  // A structured field's byte sequence stands between colons.
    if (value.size() < 2 || value.front() != ':' || value.back() != ':') return bad_digest(header);
    value = value.substr(1, value.size() - 2);
  }
  const auto digest = from_base64(value);
  if (!digest) return bad_digest(header);
  return digest;
}

Result<std::optional<crypto::Digest256>> read_list(std::string_view header,
                                                   std::string_view value) {
  std::optional<crypto::Digest256> found;
  while (!value.empty()) {
    const auto comma = std::min(value.find(','), value.size());
    const auto member = read_member(header, value.substr(0, comma));
    if (!member) return Failure(member.error());
    if (*member) found = *member;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return found;
}

}  // namespace

std::string Artifact::etag() const { return fmt::format("\"sha256-{}\"", base::to_hex(sha256)); }

ArtifactView view_of(const Artifact& artifact, std::string_view registry_url) {
  return {.name = artifact.name,
          .size = static_cast<std::int64_t>(artifact.size),
          .digest = "sha256:" + base::to_hex(artifact.sha256),
          .media_type = artifact.media_type,
          .url = fmt::format("{}/api/v1/agents/{}/artifacts/{}", registry_url,
                             artifact.agent.to_string(), artifact.name),
          .uploaded_at = artifact.uploaded_at};
}

Result<void> check_artifact_name(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' &&
      std::ranges::all_of(name, is_name_character)) {
    return {};
  }
  return base::fail(ErrorCode::unprocessable,
                    "An artifact's name has 1 to 128 letters, digits, dots, dashes and "
                    "underscores, and does not begin with a dot.");
}

Result<std::string> media_type_of(const http::Request& upload) {
  const auto coding = upload.header("Content-Encoding");
  if (!coding.empty() && !http::equals_ignoring_case(coding, "identity")) {
    return base::fail(ErrorCode::unsupported_media,
                      "Send the file itself, without Content-Encoding.");
  }
  const auto type = base::trim_ascii(upload.header("Content-Type"));
  if (type.empty()) return "application/octet-stream";
  if (!is_media_type(type)) {
    return base::fail(ErrorCode::unsupported_media,
                      "Content-Type must be a media type of up to 127 characters.");
  }
  return std::string(type);
}

Result<std::optional<crypto::Digest256>> declared_digest(const http::Request& upload) {
  std::optional<crypto::Digest256> declared;
  for (const http::Header& header : upload.headers) {
    Result<std::optional<crypto::Digest256>> found;
    for (const std::string_view name : {"Content-Digest", "Repr-Digest", "Digest"}) {
      if (http::equals_ignoring_case(header.name, name)) found = read_list(name, header.value);
    }
    if (http::equals_ignoring_case(header.name, "X-Content-SHA256")) {
      const auto digest = digest_of(base::from_hex(base::trim_ascii(header.value)));
      found = digest ? Result<std::optional<crypto::Digest256>>(digest)
                     : bad_digest("X-Content-SHA256");
    }
    if (!found) return found;
    if (*found && declared && **found != *declared) {
      return base::fail(ErrorCode::malformed, "The request declares two different digests.");
    }
    if (*found) declared = *found;
  }
  return declared;
}

std::string digest_field(const crypto::Digest256& digest) {
  auto text = base::to_base64url(digest);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return fmt::format("{}=:{}=:", kSha256, text);
}

}  // namespace sovereign::registry
