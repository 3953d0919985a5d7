#include "core/home.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSocketPath = 107;  // sockaddr_un, without the final NUL.

/// A short name for a home whose own path is too long for a socket.
std::string short_name(const fs::path& root) {
  std::uint64_t hash = 1469598103934665603U;  // FNV-1a: a name, not a secret.
  for (const unsigned char c : root.native()) hash = (hash ^ c) * 1099511628211U;
  return fmt::format("opensentience-{:016x}", hash);
}

}  // namespace

Result<Home> Home::of_environment() {
  const char* home = std::getenv("OPENSENTIENCE_HOME");
  fs::path root;
  if (home != nullptr && *home != '\0') {
    root = home;
  } else if (const char* user = std::getenv("HOME"); user != nullptr && *user != '\0') {
    root = fs::path(user) / ".opensentience";
  }
  if (!root.is_absolute()) {
    return base::fail(ErrorCode::unavailable,
                      "Set OPENSENTIENCE_HOME to an absolute path: it is where agents and state "
                      "are kept.");
  }
  return Home(root.lexically_normal());
}

Result<void> Home::prepare() const {
  for (const auto& folder : {root_, state(), agents(), registries(), root_ / "mirrors", logs(),
                             state() / "build", sockets()}) {
    if (auto prepared = prepare_private_folder(folder); !prepared) return prepared;
  }
  return {};
}

fs::path Home::sockets() const {
  auto folder = root_ / "run";
  if ((folder / "admin.sock").native().size() <= kMaxSocketPath) return folder;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || *runtime != '/') return folder;
  return fs::path(runtime) / short_name(root_);
}

Result<void> prepare_private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::fail(ErrorCode::unavailable,
                      fmt::format("{} cannot be made: {}.", folder.native(), std::strerror(errno)));
  }
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return base::fail(ErrorCode::unavailable,
                      fmt::format("{} is not a folder; move it away.", folder.native()));
  }
  if (status.st_uid != ::geteuid()) {
    return base::fail(ErrorCode::unavailable,
                      fmt::format("{} belongs to another user; use another OPENSENTIENCE_HOME.",
                                  folder.native()));
  }
  if ((status.st_mode & 077U) != 0) {
    return base::fail(
        ErrorCode::unavailable,
        fmt::format("{0} is open to other users; run: chmod 700 {0}", folder.native()));
  }
  return {};
}

}  // namespace sovereign::core
