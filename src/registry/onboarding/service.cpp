#include "registry/onboarding/service.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "registry/onboarding/credential.hpp"
#include "registry/onboarding/token.hpp"

namespace sovereign::registry {
namespace {

using base::fail;

Failure unknown_token() {
  return fail(ErrorCode::unauthenticated,
              "This bootstrap token is not known; ask for one at "
              "/api/v1/onboard/bootstrap/request-token.");
}

/// What a token that is not active says to who brings it.
Result<void> check_status(BootstrapTokenStatus status) {
  switch (status) {
    case BootstrapTokenStatus::active: return {};
    case BootstrapTokenStatus::consumed:
      return fail(ErrorCode::conflict, "This bootstrap token has been used.");
    case BootstrapTokenStatus::revoked:
      return fail(ErrorCode::unauthenticated, "This bootstrap token was revoked.");
    case BootstrapTokenStatus::expired:
      return fail(ErrorCode::unauthenticated, "This bootstrap token has expired.");
  }
  return unknown_token();
}

std::string subject_of(BootstrapTokenId id) { return "bootstrap_token:" + id.to_string(); }

/// The transaction of a registration; the token comes first, so that of many that run at once all
/// but one end there, whatever else they would collide on.
sql::Write registration_write(const std::string& digest, PlannedAgent& planned,
                              const AgentCredential& credential, Timestamp now) {
  sql::Write write;
  write.calls.push_back(consume_token(digest, now));
  for (auto& call : planned.calls) write.calls.push_back(std::move(call));
  const AgentId agent = planned.agent.id;
  write.calls.push_back(attribute_token(digest, agent));
  write.calls.push_back(
      insert_credential(credential.client_id, agent, secret_digest(credential.client_secret), now));
  return write;
}

}  // namespace

OnboardingService::OnboardingService(OnboardingParts parts, PublishingRule may_publish,
                                     OnboardingOptions options)
    : parts_(parts),
      may_publish_(std::move(may_publish)),
      options_(options),
      store_(parts.database) {}

Task<IssuedBootstrapToken> OnboardingService::request_token(UserId creator,
                                                            BootstrapTokenRequest request,
                                                            Actor actor) {
  auto rule = may_publish_(creator);
  const auto allowed = co_await std::move(rule);
  if (!allowed) co_return Failure(allowed.error());
  const auto now = parts_.clock.now();
  const auto token = make_bootstrap_token(parts_.random);
  const auto lifetime =
      request.expires_in ? std::chrono::seconds{*request.expires_in} : options_.token_lifetime;
  const NewBootstrapToken row{.id = BootstrapTokenId::generate(parts_.random),
                              .digest = bootstrap_token_digest(token).value(),
                              .creator = creator,
                              .request = std::move(request),
                              .created_at = now,
                              .expires_at = now + lifetime};
  sql::Write write;
  write.calls.push_back(insert_token(row));
  write.calls.push_back(audit_row(
      actor,
      {.action = "bootstrap_token.create",
       .subject = subject_of(row.id),
       .details = fmt::format(R"({{"expires_at":"{}"}})", base::to_rfc3339(row.expires_at))},
      now));
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (!*written)
    co_return fail(ErrorCode::unauthenticated, "This account does not exist any more.");
  co_return IssuedBootstrapToken{.token = token,
                                 .bootstrap_token = token,
                                 .token_id = row.id,
                                 .expires_in = lifetime.count(),
                                 .expires_at = row.expires_at,
                                 .created_at = now};
}

Task<StoredBootstrapToken> OnboardingService::admit(const std::string& digest) {
  auto task = store_.find_token(digest, parts_.clock.now());
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return unknown_token();
  if (auto good = check_status((*found)->token.status); !good) {
    co_return Failure(std::move(good.error()));
  }
  if (!(*found)->creator_is_active) co_return unknown_token();
  auto rule = may_publish_((*found)->creator);
  const auto allowed = co_await std::move(rule);
  if (!allowed) co_return Failure(allowed.error());
  co_return std::move(**found);
}

Task<Onboarded> OnboardingService::explain_lost_token(const std::string& digest) {
  auto task = store_.find_token(digest, parts_.clock.now());
  const auto found = co_await std::move(task);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return unknown_token();
  if (auto good = check_status((*found)->token.status); !good) {
    co_return Failure(std::move(good.error()));
  }
  co_return fail(ErrorCode::unavailable, "The token could not be used just now; try again.",
                 "bootstrap token active again after a lost race");
}

Task<Onboarded> OnboardingService::register_agent(std::string token, AgentRegistration registration,
                                                  Actor actor) {
  const auto digest = bootstrap_token_digest(token);
  if (!digest) co_return unknown_token();
  auto admission = admit(*digest);
  auto admitted = co_await std::move(admission);
  if (!admitted) co_return Failure(std::move(admitted.error()));
  auto publisher_task = parts_.agents.publisher(admitted->creator);
  auto publisher = co_await std::move(publisher_task);
  if (!publisher) co_return Failure(std::move(publisher.error()));
  actor.id = subject_of(admitted->token.token_id);
  // Whoever holds a token may publish as its creator, but is not an administrator.
  auto planned =
      parts_.agents.plan_create(std::move(registration), admitted->creator, false, actor);
  if (!planned) co_return Failure(std::move(planned.error()));
  const auto credential = make_credential(parts_.random);
  const auto now = parts_.clock.now();
  auto write = registration_write(*digest, *planned, credential, now);
  write.calls.push_back(
      audit_row(actor,
                {.action = "bootstrap_token.consume",
                 .subject = subject_of(admitted->token.token_id),
                 .details = fmt::format(R"({{"agent_id":"{}","client_id":"{}"}})",
                                        planned->agent.id.to_string(), credential.client_id)},
                now));
  // What is committed is also shown, whether or not the caller waits for the answer.
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (!*written && written->error().call == 0) {
    auto explanation = explain_lost_token(*digest);
    co_return co_await std::move(explanation);
  }
  if (!*written) co_return AgentService::rejected(written->error());
  auto publishing = parts_.agents.committed(std::move(planned->agent), std::move(*publisher));
  auto record = co_await std::move(publishing);
  co_return Onboarded{.record = std::move(record), .credential = credential};
}

Task<BootstrapTokenPage> OnboardingService::list_tokens(UserId creator, BootstrapTokenQuery query) {
  return store_.list_tokens(creator, query, parts_.clock.now());
}

Task<void> OnboardingService::revoke_token(BootstrapTokenId id, UserId creator, Actor actor) {
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(registry::revoke_token(id, creator, now));
  write.calls.push_back(
      audit_row(actor, {.action = "bootstrap_token.revoke", .subject = subject_of(id)}, now));
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (*written) co_return Result<void>{};
  auto find = store_.find_token_of(id, creator, now);
  const auto found = co_await std::move(find);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return fail(ErrorCode::not_found, "You have no bootstrap token with this id.");
  if ((*found)->status == BootstrapTokenStatus::consumed) {
    co_return fail(ErrorCode::conflict,
                   "This token has been used; the agent it made can be deleted instead.");
  }
  co_return Result<void>{};
}

Task<void> OnboardingService::purge(Timestamp now) {
  sql::Write write;
  write.calls.push_back(purge_tokens(now - kKeepExpired));
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

}  // namespace sovereign::registry
