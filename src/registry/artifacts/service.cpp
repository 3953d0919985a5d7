#include "registry/artifacts/service.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <utility>

#include "base/encoding.hpp"
#include "http/etag.hpp"
#include "json/write.hpp"

namespace sovereign::registry {
namespace {

Failure no_such_artifact() {
  return base::fail(ErrorCode::not_found, "This agent has no artifact of that name.");
}

Failure no_such_agent() {
  return base::fail(ErrorCode::not_found, "There is no agent of this id.");
}

Result<void> check_preconditions(const ArtifactUpload& upload,
                                 const std::optional<Artifact>& present) {
  const bool matches =
      present && http::names_etag(upload.if_match, present->etag(), http::TagComparison::strong);
  if (!upload.if_match.empty() && !matches) {
    return base::fail(ErrorCode::precondition_failed,
                      "The artifact is not the version that If-Match names.");
  }
  if (!upload.if_none_match.empty() && present &&
      http::names_etag(upload.if_none_match, present->etag(), http::TagComparison::weak)) {
    return base::fail(ErrorCode::precondition_failed,
                      "The artifact is there already, which If-None-Match rules out.");
  }
  return {};
}

/// A folder holds a part of all objects, so that none grows too large.
blob::Key new_key(base::Random& random) {
  const auto id = base::Uuid::generate(random).to_string();
  return blob::Key::parse(fmt::format("artifacts/{}/{}", id.substr(0, 2), id)).value();
}

std::string details_of(const Artifact& artifact) {
  return fmt::format(R"({{"name":"{}","size":{},"digest":"sha256:{}"}})", artifact.name,
                     artifact.size, base::to_hex(artifact.sha256));
}

bool is_public(AgentStatus status) {
  return status == AgentStatus::active || status == AgentStatus::deprecated;
}

}  // namespace

ArtifactService::ArtifactService(ArtifactParts parts, ArtifactLimits limits)
    : parts_(parts), limits_(limits), store_(parts.database) {}

Result<SharedRecord> ArtifactService::writable(AgentId agent, const Caller& caller) const {
  auto record = parts_.catalog.find(agent);
  if (!record) return no_such_agent();
  if (record->developer_id != caller.user && !caller.is_admin) {
    return base::fail(ErrorCode::forbidden, "Only the agent's publisher may change its artifacts.");
  }
  return record;
}

Result<SharedRecord> ArtifactService::readable(AgentId agent, const http::Request& request) const {
  auto record = parts_.catalog.find(agent);
  if (!record) return no_such_agent();
  if (is_public(record->status)) return record;
  const auto& principal = request.principal;
  if (principal && (principal->is_admin || record->developer_id.uuid == principal->subject)) {
    return record;
  }
  return no_such_agent();
}

Failure ArtifactService::over_quota(ArtifactRejection which) const {
  if (which == ArtifactRejection::agent_quota) {
    return base::fail(ErrorCode::conflict,
                      fmt::format("An agent's artifacts may be {} files of {} bytes in all; delete "
                                  "some first.",
                                  limits_.agent_files, limits_.agent_bytes));
  }
  return base::fail(ErrorCode::conflict,
                    fmt::format("The artifacts of an account's agents may be {} bytes in all; "
                                "delete some first.",
                                limits_.account_bytes));
}

Task<void> ArtifactService::admit(const ArtifactUpload& upload, UserId owner, std::uint64_t size) {
  auto finding = store_.find(upload.agent, upload.name);
  const auto present = co_await std::move(finding);
  if (!present) co_return Failure(present.error());
  if (auto checked = check_preconditions(upload, *present); !checked) co_return checked;
  auto agent_reading = store_.usage_of(upload.agent);
  const auto agent = co_await std::move(agent_reading);
  if (!agent) co_return Failure(agent.error());
  auto account_reading = store_.usage_of(owner);
  const auto account = co_await std::move(account_reading);
  if (!account) co_return Failure(account.error());
  const auto more =
      static_cast<std::int64_t>(size) - static_cast<std::int64_t>(*present ? (*present)->size : 0);
  if ((more > 0 && agent->bytes + more > limits_.agent_bytes) ||
      (!*present && agent->files + 1 > limits_.agent_files)) {
    co_return over_quota(ArtifactRejection::agent_quota);
  }
  if (more > 0 && account->bytes + more > limits_.account_bytes) {
    co_return over_quota(ArtifactRejection::account_quota);
  }
  co_return Result<void>{};
}

Task<StoredArtifact> ArtifactService::put(const ArtifactUpload& upload, blob::Content content,
                                          const AgentRecord& agent, const Caller& caller) {
  auto key = new_key(parts_.random);
  sql::Write note;
  note.calls.push_back(announce_object(key, parts_.clock.now()));
  auto noting = parts_.database.write(std::move(note));
  if (const auto noted = co_await std::move(noting); !noted) co_return Failure(noted.error());
  auto storing = parts_.objects.put(key, content);
  if (const auto stored = co_await std::move(storing); !stored) co_return Failure(stored.error());
  auto finding = store_.find(upload.agent, upload.name);
  auto present = co_await std::move(finding);
  if (!present) co_return Failure(std::move(present.error()));
  if (auto checked = check_preconditions(upload, *present); !checked) {
    co_return Failure(std::move(checked.error()));
  }
  const bool is_new = !*present;
  Artifact artifact{.agent = upload.agent,
                    .name = upload.name,
                    .key = std::move(key),
                    .size = content.size,
                    .sha256 = content.sha256,
                    .media_type = upload.media_type,
                    .uploaded_at = parts_.clock.now()};
  ArtifactChange edit{.owner = agent.developer_id,
                      .before = std::move(*present),
                      .after = artifact,
                      .at = artifact.uploaded_at};
  auto changing = change(std::move(edit), "artifact.put", caller);
  if (auto changed = co_await std::move(changing); !changed) {
    co_return Failure(std::move(changed.error()));
  }
  ++counts_.uploads;
  counts_.uploaded_bytes += artifact.size;
  co_return StoredArtifact{std::move(artifact), is_new};
}

Task<void> ArtifactService::change(ArtifactChange edit, std::string_view action,
                                   const Caller& caller) {
  const Artifact& subject = edit.after ? *edit.after : *edit.before;
  sql::Write write{change_calls(edit, limits_)};
  write.calls.push_back(audit_row(caller.actor,
                                  {.action = action,
                                   .subject = "agent:" + subject.agent.to_string(),
                                   .details = details_of(subject)},
                                  edit.at));
  // Whether it is committed is known to who asked, whether or not they wait for it.
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  auto writing = parts_.database.write(std::move(write));
  const auto written = co_await std::move(writing);
  if (!written) co_return Failure(written.error());
  if (*written) co_return Result<void>{};
  switch (const auto why = why_rejected(written->error())) {
    case ArtifactRejection::agent_quota:
    case ArtifactRejection::account_quota: co_return over_quota(why);
    case ArtifactRejection::too_late:
      co_return base::fail(ErrorCode::unavailable, "The upload took too long; try again.");
    case ArtifactRejection::changed: break;
  }
  co_return base::fail(ErrorCode::conflict, "The artifact was changed by someone else; try again.");
}

Task<Artifact> ArtifactService::find(AgentId agent, std::string_view name) {
  auto finding = store_.find(agent, name);
  auto found = co_await std::move(finding);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return no_such_artifact();
  co_return std::move(**found);
}

Task<std::vector<Artifact>> ArtifactService::list(AgentId agent) { return store_.list(agent); }

Task<std::unique_ptr<blob::Reader>> ArtifactService::open(const Artifact& artifact,
                                                          std::optional<blob::ByteRange> range) {
  auto opening = parts_.objects.get(artifact.key, range);
  auto reader = co_await std::move(opening);
  if (!reader && reader.error().code == ErrorCode::not_found) {
    // Replaced and collected since its row was read; or the store lost it, which the log tells.
    co_return base::fail(ErrorCode::unavailable, "The artifact cannot be read now; try again.",
                         "no object " + artifact.key.text());
  }
  if (reader) ++counts_.downloads;
  co_return reader;
}

Task<void> ArtifactService::remove(const AgentRecord& agent, std::string name, std::string if_match,
                                   const Caller& caller) {
  auto finding = find(agent.id, name);
  auto found = co_await std::move(finding);
  if (!found) co_return Failure(std::move(found.error()));
  if (!if_match.empty() &&
      !http::names_etag(if_match, found->etag(), http::TagComparison::strong)) {
    co_return base::fail(ErrorCode::precondition_failed,
                         "The artifact is not the version that If-Match names.");
  }
  ArtifactChange edit{.owner = agent.developer_id,
                      .before = std::move(*found),
                      .after = std::nullopt,
                      .at = parts_.clock.now()};
  auto changing = change(std::move(edit), "artifact.delete", caller);
  co_return co_await std::move(changing);
}

Task<void> ArtifactService::collect() {
  auto giving_up = store_.give_up_objects(parts_.clock.now() - kGrace);
  const auto keys = co_await std::move(giving_up);
  if (!keys) co_return Failure(keys.error());
  for (const auto& key : *keys) {
    auto removing = parts_.objects.remove(key);
    if (auto removed = co_await std::move(removing); !removed) co_return removed;
    auto forgetting = store_.forget_object(key);
    if (auto forgotten = co_await std::move(forgetting); !forgotten) co_return forgotten;
    ++counts_.collected_objects;
  }
  co_return Result<void>{};
}

}  // namespace sovereign::registry
