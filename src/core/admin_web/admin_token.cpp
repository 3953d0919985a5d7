#include "core/admin_web/admin_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "async/run_blocking.hpp"
#include "base/encoding.hpp"
#include "crypto/key_file.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;
constexpr const char* kPathVariable = "OPENSENTIENCE_ADMIN_TOKEN_PATH";

Result<std::string> read_or_create(const fs::path& path, base::Random& random) {
  auto token = crypto::load_or_create_key(path, AdminToken::kRandomBytes, random);
  if (!token) return token;
  const bool is_token = token->size() == AdminToken::kLength && base::from_base64url(*token);
  if (is_token) return token;
  crypto::wipe(*token);
  return base::fail(ErrorCode::unavailable,
                    fmt::format("Key file {}: it does not hold an admin token of {} base64url "
                                "characters; remove it, and a new one is made.",
                                path.string(), AdminToken::kLength));
}

/// Clears a flag however its coroutine ends.
class Ending {
 public:
  explicit Ending(bool& flag) : flag_(flag) {}
  ~Ending() { flag_ = false; }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  bool& flag_;
};

}  // namespace

Result<fs::path> admin_token_path(const Home& home) {
  const char* named = std::getenv(kPathVariable);
  if (named == nullptr || *named == '\0') return home.admin_token();
  fs::path path(named);
  if (path.is_absolute()) return path;
  return base::fail(ErrorCode::unavailable,
                    fmt::format("{} must be an absolute path.", kPathVariable));
}

Result<AdminToken> AdminToken::load(fs::path path, AdminTokenParts parts) {
  auto text = read_or_create(path, parts.random);
  if (!text) return Failure(std::move(text.error()));
  AdminToken token(std::move(path), std::move(parts));
  token.adopt(*text);
  crypto::wipe(*text);
  return token;
}

void AdminToken::adopt(std::string_view token) {
  digest_ = crypto::sha256(token);
  if (parts_.on_token) parts_.on_token(token);
}

bool AdminToken::matches(std::string_view candidate) const {
  return crypto::equal_constant_time(crypto::sha256(candidate), digest_);
}

Task<std::string> AdminToken::read() const {
  auto job = [path = path_, &random = parts_.random] { return read_or_create(path, random); };
  auto token = co_await async::run_blocking(parts_.pool, std::move(job));
  if (!token || matches(*token)) co_return token;
  crypto::wipe(*token);
  co_return base::fail(ErrorCode::conflict,
                       fmt::format("{} was changed while the daemon runs; restart it, or rotate "
                                   "the token.",
                                   path_.string()));
}

Task<std::string> AdminToken::rotate() {
  if (rotating_) co_return base::fail(ErrorCode::conflict, "The token is being rotated already.");
  // Two at once could leave one token in the file and another in force.
  rotating_ = true;
  const Ending ending(rotating_);
  auto job = [path = path_, &random = parts_.random] {
    return crypto::replace_key(path, kRandomBytes, random);
  };
  auto token = co_await async::run_blocking(parts_.pool, std::move(job));
  if (!token) co_return token;
  adopt(*token);
  ++generation_;
  co_return token;
}

}  // namespace sovereign::core
