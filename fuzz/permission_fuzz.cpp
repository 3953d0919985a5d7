// Permissions: two lines are two permissions. Each covers itself unless it is not recognised, and
// what one covers of the other it matches as well.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/permissions/permission.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sovereign::core;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = std::min(text.find('\n'), text.size());
  const auto first = Permission::parse(text.substr(0, line));
  const auto second = Permission::parse(text.substr(std::min(line + 1, text.size())));
  if (!first) return 0;
  const bool is_known = first->domain() != PermissionDomain::unrecognised;
  if (first->covers(*first) != is_known) std::abort();
  if (first->describe().empty()) std::abort();
  const auto again = Permission::parse(first->text());
  if (!again || !(*again == *first)) std::abort();
  if (!second) return 0;
  const auto tool = ToolId::parse(second->rest());
  const bool both_tools =
      first->domain() == PermissionDomain::tool && second->domain() == PermissionDomain::tool;
  if (both_tools && tool && first->covers(*second) != first->matches_tool(*tool)) std::abort();
  const Permission::PathQuestion question{"read", second->rest(), "/home/ada"};
  const bool is_plain = second->rest().find_first_of("*?~") == std::string_view::npos;
  if (second->category() == "filesystem" && second->action() == "read" && is_plain &&
      first->covers(*second) && !first->matches_path(question)) {
    std::abort();
  }
  return 0;
}
