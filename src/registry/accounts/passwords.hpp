// Passwords off the event loop: every hash is computed on the pool that was made for it, and
// counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

namespace sovereign::registry {

class Passwords {
 public:
  /// Both must outlive this and its running calls.
  Passwords(async::WorkerPool& pool, const crypto::PasswordHasher& hasher)
      : pool_(pool), hasher_(hasher) {}

  /// Errors: unavailable when the pool is full or memory is short.
  Task<std::string> hash(std::string password);

  /// Whether `password` is the one `stored` was made of. Without a stored hash the answer is no, at
  /// the same cost. Errors: as hash().
  Task<bool> matches(std::string password, std::optional<std::string> stored);

  bool needs_rehash(const std::string& stored) const { return hasher_.needs_rehash(stored); }

  /// How many hashes were computed so far: for metrics, and for tests that two paths cost the same.
  std::uint64_t computed() const { return computed_.load(std::memory_order_relaxed); }

 private:
  async::WorkerPool& pool_;
  const crypto::PasswordHasher& hasher_;
  std::atomic<std::uint64_t> computed_ = 0;
};

/// `unprocessable` at `pointer` unless `password` is good enough for that account.
Result<void> check_password(std::string_view pointer, std::string_view password,
                            const crypto::PasswordOwner& owner);

}  // namespace sovereign::registry
