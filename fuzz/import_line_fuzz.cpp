// Lines of an import: what is accepted exports as a line that is accepted and exports the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/agents/import.hpp"

namespace registry = sovereign::registry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto line = registry::read_import_line({reinterpret_cast<const char*>(data), size});
  if (!line) return 0;
  registry::Agent agent;
  registry::assign(agent, std::move(line->registration));
  const auto exported = registry::registration_line(agent);
  if (exported.find('\n') != std::string::npos) std::abort();
  auto again = registry::read_import_line(exported);
  if (!again) std::abort();
  registry::assign(agent, std::move(again->registration));
  if (registry::registration_line(agent) != exported) std::abort();
  return 0;
}
