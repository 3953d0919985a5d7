#include "registry/artifacts/routes.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

#include "base/encoding.hpp"
#include "http/conditional.hpp"
#include "http/etag.hpp"
#include "http/range.hpp"
#include "json/parse.hpp"
#include "registry/agents/routes.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Artifacts";
constexpr std::string_view kBytes = "application/octet-stream";
constexpr std::string_view kPublicCache = "public, max-age=0, must-revalidate";
constexpr std::string_view kPrivateCache = "private, no-cache";
/// Storing the largest upload in a distant object store, after its last byte came.
constexpr std::chrono::minutes kStoreTime{5};
constexpr std::chrono::seconds kRetryAfter{5};

/// One of the uploads that may run at a time.
class Place {
 public:
  Place(std::atomic<int>& used, int limit) : used_(used), is_free_(++used <= limit) {}
  ~Place() { --used_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool is_free() const { return is_free_; }

 private:
  std::atomic<int>& used_;
  const bool is_free_;
};

/// The bytes of an artifact on their way out; without a reader (HEAD) only their number.
class ArtifactBody final : public http::StreamBody {
 public:
  ArtifactBody(std::unique_ptr<blob::Reader> reader, std::uint64_t size, ArtifactCounts& counts)
      : reader_(std::move(reader)), size_(size), counts_(counts) {}

  http::StreamTraits traits() const override { return {.length = size_}; }

  boost::asio::awaitable<void> run(http::StreamWriter& writer) override {
    for (;;) {
      auto reading = reader_->read();
      const auto part = co_await std::move(reading);
      if (!part) throw std::runtime_error("the artifact's bytes ended early");  // Cuts it off.
      if (part->empty()) co_return;
      auto writing = writer.write(*part);
      if (!co_await std::move(writing)) co_return;
      counts_.downloaded_bytes += part->size();
    }
  }

 private:
  const std::unique_ptr<blob::Reader> reader_;
  const std::uint64_t size_;
  ArtifactCounts& counts_;
};

/// What strangers stored is never shown as a page of ours, nor guessed to be something else.
void add_safety_headers(http::Response& response, const std::string& name) {
  response.headers.push_back({"Content-Disposition", "attachment; filename=\"" + name + "\""});
  response.headers.push_back({"Content-Security-Policy", "default-src 'none'; sandbox"});
}

bool is_known(const http::Request& request, std::string_view etag) {
  const auto known = request.header("If-None-Match");
  return !known.empty() && http::names_etag(known, etag, http::TagComparison::weak);
}

std::uint64_t declared_size(const http::Request& request) {
  const auto text = request.header("Content-Length");
  std::uint64_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

Result<ArtifactUpload> upload_of(const http::Request& request) {
  const auto agent = agent_id_of(request.parameters.values[0]);
  if (!agent) return Failure(agent.error());
  const auto& name = request.parameters.values[1];
  if (auto checked = check_artifact_name(name); !checked) return Failure(checked.error());
  if (request.has_header("Content-Range")) {
    return base::fail(ErrorCode::malformed, "An artifact is uploaded whole: no Content-Range.");
  }
  auto type = media_type_of(request);
  if (!type) return Failure(std::move(type.error()));
  return ArtifactUpload{.agent = *agent,
                        .name = name,
                        .media_type = std::move(*type),
                        .if_match = std::string(request.header("If-Match")),
                        .if_none_match = std::string(request.header("If-None-Match"))};
}

}  // namespace

ArtifactRoutes::ArtifactRoutes(ArtifactService& service, async::WorkerPool& pool,
                               ArtifactRouteOptions options)
    : service_(service), pool_(pool), options_(std::move(options)) {}

void ArtifactRoutes::add_to(http::RouteTable& routes) {
  routes.push_back(
      {.method = http::Method::put,
       .path = "/api/v1/agents/{agent_id}/artifacts/{name}",
       .operation = "putArtifact",
       .access = http::Access::user,
       .scope = http::Scope::agents_write,
       .streamed_body =
           http::StreamedBody{.limit_bytes = options_.max_bytes, .handler_timeout = kStoreTime},
       .handler = http::endpoint(this, &ArtifactRoutes::upload),
       .documentation = {
           .tag = kTag,
           .summary = "Keep a file with an agent",
           .description =
               "The body is the file; Content-Type is kept. Content-Digest (sha-256, RFC 9530) or "
               "X-Content-SHA256 (hex) is checked: what arrived otherwise is refused (422) and not "
               "kept. A file of the same name is replaced (200), unless If-None-Match: * forbids "
               "it. Over the agent's or the account's quota is a conflict (409).",
           .success = 201,
           .errors = {404, 409, 412, 415, 422},
           .unfavourable = {200}}});
  routes.push_back({.method = http::Method::delete_,
                    .path = "/api/v1/agents/{agent_id}/artifacts/{name}",
                    .operation = "deleteArtifact",
                    .access = http::Access::user,
                    .scope = http::Scope::agents_write,
                    .handler = http::endpoint(this, &ArtifactRoutes::remove),
                    .documentation = {.tag = kTag,
                                      .summary = "Remove a file of an agent",
                                      .success = 204,
                                      .errors = {404, 409, 412, 422}}});
  add_reads(routes);
}

void ArtifactRoutes::add_reads(http::RouteTable& routes) {
  routes.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/agents/{agent_id}/artifacts",
       .operation = "listArtifacts",
       .access = http::Access::optional,
       .handler = http::endpoint(this, &ArtifactRoutes::list),
       .documentation = {.tag = kTag,
                         .summary = "List an agent's files",
                         .description = "Those of an active or deprecated agent are open to all, "
                                        "else to its publisher.",
                         .errors = {404, 422, 503}}});
  routes.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/agents/{agent_id}/artifacts/{name}",
       .operation = "getArtifact",
       .access = http::Access::optional,
       .handler = http::endpoint(this, &ArtifactRoutes::download),
       .documentation = {.tag = kTag,
                         .summary = "Download a file of an agent",
                         .description = "The ETag is the file's digest, and so is Repr-Digest. "
                                        "Range asks for a part (206).",
                         .errors = {404, 412, 416, 422, 503},
                         .answer_type = kBytes}});
  routes.push_back({.method = http::Method::get,
                    .path = "/api/v1/agents/{agent_id}/card/raw",
                    .operation = "getRawCard",
                    .access = http::Access::optional,
                    .handler = http::endpoint(this, &ArtifactRoutes::card),
                    .documentation = {.tag = kTag,
                                      .summary = "The agent's card as it was given",
                                      .description = "Byte for byte, for checking signatures and "
                                                     "digests.",
                                      .errors = {404, 422}}});
}

Task<blob::SpooledFile> ArtifactRoutes::receive(const http::Request& request) {
  const auto declared = declared_digest(request);
  if (!declared) co_return Failure(declared.error());
  blob::Spool spool(options_.spool_folder, pool_);
  http::BodyParts parts(request);
  for (;;) {
    auto reading = parts.read();
    const auto part = co_await std::move(reading);
    if (!part) co_return Failure(part.error());
    if (part->empty()) break;
    auto appending = spool.append(*part);
    if (const auto appended = co_await std::move(appending); !appended) {
      co_return Failure(appended.error());
    }
  }
  auto finishing = spool.finish();
  auto file = co_await std::move(finishing);
  if (file && *declared && file->sha256 != **declared) {
    co_return base::fail(ErrorCode::unprocessable,
                         "What arrived does not have the digest that the request declares; "
                         "nothing was kept.");
  }
  co_return file;
}

Task<http::Reply<ArtifactView>> ArtifactRoutes::upload(const http::Request& request) {
  auto upload = upload_of(request);
  if (!upload) co_return Failure(std::move(upload.error()));
  const auto caller = caller_of(request);
  const auto agent = service_.writable(upload->agent, caller);
  if (!agent) co_return Failure(agent.error());
  const Place place(uploads_, kMaxUploads);
  if (!place.is_free()) {
    auto busy = base::fail(ErrorCode::unavailable, "Too many uploads run; try again in a moment.");
    busy.error().retry_after = kRetryAfter;
    co_return busy;
  }
  auto admitting = service_.admit(*upload, (*agent)->developer_id, declared_size(request));
  if (auto admitted = co_await std::move(admitting); !admitted) {
    co_return Failure(std::move(admitted.error()));
  }
  auto receiving = receive(request);
  const auto file = co_await std::move(receiving);
  if (!file) co_return Failure(file.error());
  auto putting = service_.put(*upload, file->content(), **agent, caller);
  const auto stored = co_await std::move(putting);
  if (!stored) co_return Failure(stored.error());
  http::Reply<ArtifactView> reply{.value = view_of(stored->artifact, service_.registry_url()),
                                  .status = stored->is_new ? 201 : 200,
                                  .etag = stored->artifact.etag()};
  if (stored->is_new) reply.headers.push_back({"Location", std::string(request.path)});
  co_return reply;
}

Task<http::Response> ArtifactRoutes::download(const http::Request& request) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  const auto agent = service_.readable(*id, request);
  if (!agent) co_return Failure(agent.error());
  auto finding = service_.find(*id, request.parameters.values[1]);
  const auto artifact = co_await std::move(finding);
  if (!artifact) co_return Failure(artifact.error());
  const auto status = (*agent)->status;
  auto sending =
      send(request, *artifact, status == AgentStatus::active || status == AgentStatus::deprecated);
  co_return co_await std::move(sending);
}

Task<http::Response> ArtifactRoutes::send(const http::Request& request, const Artifact& artifact,
                                          bool is_public) {
  http::Response response{.content_type = kBytes,
                          .stored_type = artifact.media_type,
                          .etag = artifact.etag(),
                          .cache_control = is_public ? kPublicCache : kPrivateCache};
  if (http::check_if_match(request, response.etag) == http::WriteCondition::fails) {
    co_return base::fail(ErrorCode::precondition_failed,
                         "The artifact is not the version that If-Match names.");
  }
  if (is_known(request, response.etag)) {
    response.status = 304;
    co_return response;
  }
  using Kind = http::RangeChoice::Kind;
  const auto choice = http::choose_range(request, response.etag, artifact.size);
  if (choice.kind == Kind::unsatisfiable) {
    auto problem = http::problem(416, "The artifact has no such range.", request);
    problem.headers.push_back({"Content-Range", http::content_range(choice, artifact.size)});
    co_return problem;
  }
  add_safety_headers(response, artifact.name);
  response.headers.push_back({"Accept-Ranges", "bytes"});
  response.headers.push_back({"Repr-Digest", digest_field(artifact.sha256)});
  auto size = artifact.size;
  std::optional<blob::ByteRange> range;
  if (choice.kind == Kind::part) {
    response.status = 206;
    response.headers.push_back({"Content-Range", http::content_range(choice, artifact.size)});
    size = choice.size;
    range = blob::ByteRange{choice.first, choice.size};
  }
  std::unique_ptr<blob::Reader> reader;
  if (request.method != http::Method::head) {
    auto opening = service_.open(artifact, range);
    auto opened = co_await std::move(opening);
    if (!opened) co_return Failure(std::move(opened.error()));
    reader = std::move(*opened);
    size = reader->size();
  }
  response.stream = std::make_unique<ArtifactBody>(std::move(reader), size, service_.counts());
  co_return response;
}

Task<http::Reply<ArtifactList>> ArtifactRoutes::list(const http::Request& request) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  if (const auto agent = service_.readable(*id, request); !agent) co_return Failure(agent.error());
  auto listing = service_.list(*id);
  const auto artifacts = co_await std::move(listing);
  if (!artifacts) co_return Failure(artifacts.error());
  http::Reply<ArtifactList> reply;
  for (const auto& artifact : *artifacts) {
    reply.value.artifacts.push_back(view_of(artifact, service_.registry_url()));
    reply.value.total_bytes += static_cast<std::int64_t>(artifact.size);
  }
  co_return reply;
}

Task<http::NoContent> ArtifactRoutes::remove(const http::Request& request) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  const auto caller = caller_of(request);
  const auto agent = service_.writable(*id, caller);
  if (!agent) co_return Failure(agent.error());
  auto removing = service_.remove(**agent, request.parameters.values[1],
                                  std::string(request.header("If-Match")), caller);
  if (auto removed = co_await std::move(removing); !removed) {
    co_return Failure(std::move(removed.error()));
  }
  co_return http::NoContent{};
}

Result<http::Response> ArtifactRoutes::card(const http::Request& request) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) return Failure(id.error());
  const auto agent = service_.readable(*id, request);
  if (!agent) return Failure(agent.error());
  const auto card = json::raw_member((*agent)->json, "card");
  if (!card) return base::fail(ErrorCode::not_found, "This agent has no card.");
  http::Response response{.body = http::SharedBytes{*agent, *card}, .cache_control = kPublicCache};
  const auto digest = crypto::sha256(*card);
  response.etag = "\"sha256-" + base::to_hex(digest) + "\"";
  response.headers.push_back({"Repr-Digest", digest_field(digest)});
  response.headers.push_back({"Content-Security-Policy", "default-src 'none'; sandbox"});
  return response;
}

}  // namespace sovereign::registry
