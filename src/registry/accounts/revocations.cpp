#include "registry/accounts/revocations.hpp"

#include <string>

#include "registry/accounts/api_keys.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kChannel = "revocations";
// A message is a kind, a space and an id. What is of another form is of another version: no harm.
constexpr std::string_view kSession = "session";
constexpr std::string_view kAccount = "account";
constexpr std::string_view kApiKey = "api_key";

}  // namespace

void Revocations::listen(ApiKeys& api_keys) {
  broadcast_.subscribe(kChannel,
                       [this, &api_keys](std::string_view message) { receive(message, api_keys); });
}

void Revocations::session_ended(SessionId session, Timestamp at) {
  standing_.end(session, at);
  tell(kSession, session.uuid);
}

void Revocations::account_changed(UserId user, const AccountState& state) {
  standing_.put(user, state);
  tell(kAccount, user.uuid);
}

void Revocations::api_key_revoked(ApiKeyId key) { tell(kApiKey, key.uuid); }

void Revocations::tell(std::string_view kind, const Uuid& id) {
  broadcast_.publish(kChannel, std::string(kind) + ' ' + id.to_string());
}

void Revocations::receive(std::string_view message, ApiKeys& api_keys) {
  const auto space = message.find(' ');
  if (space == message.npos) return;
  const auto kind = message.substr(0, space);
  const auto id = Uuid::parse(message.substr(space + 1));
  if (!id) return;
  if (kind == kSession) {
    // When it was received, not when the sender's clock says: it is kept for a token's life.
    standing_.end({*id}, clock_.now());
  } else if (kind == kAccount) {
    standing_.forget({*id});
  } else if (kind == kApiKey) {
    api_keys.forget({*id});
  } else {
    return;
  }
  received_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace sovereign::registry
