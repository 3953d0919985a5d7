// Made-up agents that look like real ones, for demonstrations and measurements: the same for the
// same seed on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace sovereign::registry {

struct DemoOptions {
  std::size_t count = 1000;
  std::uint64_t seed = 1;
};

/// Calls `write` with one line for each agent, as an import takes them (see import.hpp): unique
/// readable ids, a publisher for about every twenty agents, tags and capabilities by Zipf's law.
/// An agent's JSON has about 1.7 KB. About ten microseconds a line.
void generate_demo(const DemoOptions& options,
                   const std::function<void(std::string_view line)>& write);

}  // namespace sovereign::registry
