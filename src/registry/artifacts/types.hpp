// Files that publishers keep with their agents: models, schemas, signed builds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "blob/types.hpp"
#include "http/request.hpp"
#include "json/table.hpp"
#include "registry/agents/types.hpp"

namespace sovereign::registry {

/// What the registry knows of one file.
struct Artifact {
  AgentId agent;
  std::string name;
  blob::Key key;  ///< Where its bytes are.
  std::uint64_t size = 0;
  crypto::Digest256 sha256{};
  std::string media_type;
  Timestamp uploaded_at{};

  /// Strong: the digest, with quotes.
  std::string etag() const;
};

/// As clients see it.
struct ArtifactView {
  std::string name;
  std::int64_t size = 0;
  std::string digest;  ///< "sha256:" and hex.
  std::string media_type;
  std::string url;
  Timestamp uploaded_at{};
};
ArtifactView view_of(const Artifact& artifact, std::string_view registry_url);

struct ArtifactList {
  std::vector<ArtifactView> artifacts;
  std::int64_t total_bytes = 0;
};

struct ArtifactLimits {
  std::int64_t agent_bytes = std::int64_t{1} << 30U;    ///< All files of one agent.
  std::int64_t account_bytes = std::int64_t{5} << 30U;  ///< All files of one account's agents.
  std::int64_t agent_files = 1000;
};

/// 1 to 128 characters of A-Z a-z 0-9 . _ -, not beginning with a dot: safe in a URL, a header and
/// as a file's name. Error: `unprocessable`.
Result<void> check_artifact_name(std::string_view name);

/// The media type that an upload declares, application/octet-stream when it does not. Error:
/// `unsupported_media` when that is not one, or the content is encoded.
Result<std::string> media_type_of(const http::Request& upload);

/// The digest that an upload must have, by Content-Digest or Repr-Digest (RFC 9530), Digest
/// (RFC 3230) or X-Content-SHA256 (hex); algorithms other than SHA-256 are passed over. Error:
/// `malformed`, also when two of them differ.
Result<std::optional<crypto::Digest256>> declared_digest(const http::Request& upload);

/// "sha-256=:<base64>:", for Repr-Digest and Content-Digest.
std::string digest_field(const crypto::Digest256& digest);

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::ArtifactView> {
  using T = registry::ArtifactView;
  static constexpr std::string_view name = "Artifact";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.example = R"("model.onnx")"}),
      field("size", &T::size, {.description = "Bytes."}),
      field("digest", &T::digest, {.description = "sha256: and the hexadecimal digest."}),
      field("media_type", &T::media_type,
            {.description = "As the upload said.", .example = R"("application/gzip")"}),
      field("url", &T::url, {.description = "Where it is downloaded."}),
      field("uploaded_at", &T::uploaded_at)};
};

template <>
struct Table<registry::ArtifactList> {
  using T = registry::ArtifactList;
  static constexpr std::string_view name = "ArtifactList";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("artifacts", &T::artifacts, {.description = "By name."}),
                 field("total_bytes", &T::total_bytes, {.description = "Bytes of them all."})};
};

}  // namespace sovereign::json
