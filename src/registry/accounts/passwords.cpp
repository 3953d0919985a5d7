#include "registry/accounts/passwords.hpp"

#include <utility>

#include "async/run_blocking.hpp"
#include "crypto/digest.hpp"

namespace sovereign::registry {

Task<std::string> Passwords::hash(std::string password) {
  auto job = [this, password = std::move(password)]() mutable {
    computed_.fetch_add(1, std::memory_order_relaxed);
    auto hash = hasher_.hash(password);
    crypto::wipe(password);
    return hash;
  };
  auto hash = co_await async::run_blocking(pool_, std::move(job));
  co_return hash;
}

Task<bool> Passwords::matches(std::string password, std::optional<std::string> stored) {
  auto job = [this, password = std::move(password),
              stored = std::move(stored)]() mutable -> Result<bool> {
    computed_.fetch_add(1, std::memory_order_relaxed);
    Result<bool> matches = false;
    // No password that long was ever accepted; it costs what others cost.
    if (password.size() > crypto::kMaxPasswordBytes) {
      hasher_.verify_nothing({});
    } else if (stored) {
      matches = hasher_.verify(password, *stored);
    } else {
      hasher_.verify_nothing(password);
    }
    crypto::wipe(password);
    return matches;
  };
  auto matches = co_await async::run_blocking(pool_, std::move(job));
  co_return matches;
}

Result<void> check_password(std::string_view pointer, std::string_view password,
                            const crypto::PasswordOwner& owner) {
  const auto problem = crypto::password_problem(password, owner);
  if (!problem) return {};
  return base::fail_field(std::string(pointer), std::string(problem->code),
                          std::string(problem->message));
}

}  // namespace sovereign::registry
