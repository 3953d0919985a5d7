// The operator's token: who can read the file may do everything. Kept as a file for the command
// line; the daemon itself remembers its digest only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "base/random.hpp"
#include "core/home.hpp"
#include "crypto/digest.hpp"

namespace sovereign::core {

/// OPENSENTIENCE_ADMIN_TOKEN_PATH, or where the home has it. Error: `unavailable` when the variable
/// is no absolute path.
Result<std::filesystem::path> admin_token_path(const Home& home);

/// What the token needs; all must outlive it.
struct AdminTokenParts {
  base::Random& random;
  async::WorkerPool& pool;  ///< Files are read and written on its threads after load().
  /// Told of every token, so that it is redacted wherever it turns up; may be empty.
  std::function<void(std::string_view)> on_token = {};
};

/// Loop thread only.
class AdminToken {
 public:
  static constexpr std::size_t kRandomBytes = 36;
  static constexpr std::size_t kLength = 48;  ///< base64url characters.

  /// Reads the token, or makes it (mode 0600) at the first start. For start-up: it blocks. Errors
  /// (`unavailable`, naming the file and what to do): accessible to others, of another user, no
  /// regular file, not a token, not to be read or made.
  static Result<AdminToken> load(std::filesystem::path path, AdminTokenParts parts);

  /// In a time that does not depend on the token.
  bool matches(std::string_view candidate) const;

  /// How often it was rotated since the start.
  std::uint64_t generation() const { return generation_; }

  /// The token, from its file. Errors: as load(); `conflict` when the file holds another token than
  /// the one in force.
  Task<std::string> read() const;

  /// Makes a new token, in force once its file is safe; the old one is worth nothing then. Errors:
  /// `unavailable` (the file cannot be written), `conflict` (another rotation is under way).
  Task<std::string> rotate();

 private:
  AdminToken(std::filesystem::path path, AdminTokenParts parts)
      : path_(std::move(path)), parts_(std::move(parts)) {}
  void adopt(std::string_view token);

  std::filesystem::path path_;
  AdminTokenParts parts_;
  crypto::Digest256 digest_{};
  std::uint64_t generation_ = 0;
  bool rotating_ = false;
};

}  // namespace sovereign::core
