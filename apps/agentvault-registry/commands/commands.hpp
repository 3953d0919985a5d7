// The program's verbs. Each returns the exit code: 0 done, 1 failed, 2 wrong use.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "settings.hpp"

namespace sovereign::registry_app {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;

struct ServeOptions {
  bool examples = false;  ///< Fill an empty store with a few example agents.
};
int serve(const Settings& settings, const ServeOptions& options);

struct AdminOptions {
  std::string email;
  std::string username;
  bool promote = false;  ///< An account that exists becomes an administrator.
};
int create_admin(const Settings& settings, const AdminOptions& options);

struct ImportOptions {
  std::string file;         ///< "-": standard input.
  std::string owner_email;  ///< Empty: the built-in account "import".
};
int import_agents(const Settings& settings, const ImportOptions& options);

struct ExportOptions {
  std::string file = "-";
};
int export_agents(const Settings& settings, const ExportOptions& options);

struct DemoOptions {
  std::int64_t count = 1000;
  std::int64_t seed = 1;
};
int load_demo_data(const Settings& settings, const DemoOptions& options);

int backup(const Settings& settings, const std::string& file);

/// Writes the completion script of a shell ("bash") to standard output.
int print_completion(const std::string& shell);

/// Says on standard error what went wrong; kFailed.
int report(const Error& error);

}  // namespace sovereign::registry_app
