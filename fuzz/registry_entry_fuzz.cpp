// Entries of registries: whatever is read names nothing that git or a path could take for something
// else, and reads the same again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/sync/git_output.hpp"
#include "core/sync/registry_entry.hpp"

namespace core = sovereign::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entry = core::read_registry_entry("f", text, core::LocalRepositories::refused);
  if (entry) {
    if (entry->url.text().starts_with('-') || entry->ref.text().starts_with('-')) std::abort();
    if (entry->url.transport() == core::GitUrl::Transport::file) std::abort();
    if (!core::is_relative_path(entry->manifest_path)) std::abort();
    const auto again = core::GitUrl::parse(entry->url.text(), core::LocalRepositories::refused);
    if (!again || *again != entry->url) std::abort();
    if (entry->verification_level < 0 || entry->verification_level > 4) std::abort();
  }
  // What git prints holds names of strangers as well.
  if (const auto listing = core::read_listing(text)) {
    for (const auto& file : *listing) {
      if (file.path.empty() || file.object.size() != 40) std::abort();
    }
  }
  return 0;
}
