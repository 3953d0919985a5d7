// Manifests: whatever the bytes, a reading is an answer; a runnable one keeps its promises.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/manifest/manifest.hpp"
#include "core/permissions/permission.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sovereign::core;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = read_manifest(text, IdRule::development);
  if (reading.hash.size() != 64 || reading.permissions_hash.size() != 64) std::abort();
  const bool has_errors = std::ranges::any_of(reading.problems, [](const ManifestProblem& problem) {
    return problem.severity == ProblemSeverity::error;
  });
  if (reading.is_runnable == has_errors) std::abort();
  if (!reading.is_runnable) return 0;
  if (!reading.id || !reading.manifest.entrypoint) std::abort();
  if (!PermissionSet::parse(reading.manifest.permissions)) std::abort();
  if (!std::ranges::is_sorted(reading.manifest.permissions)) std::abort();
  return 0;
}
