// agentvault-registry backup
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "store_access.hpp"

namespace sovereign::registry_app {

int backup(const Settings& settings, const std::string& file) {
  const auto database = open_store(settings);
  if (!database) return report(database.error());
  if (const auto copied = (*database)->backup(file); !copied) return report(copied.error());
  fmt::print("Copied the database to {}.\n", file);
  return kDone;
}

}  // namespace sovereign::registry_app
