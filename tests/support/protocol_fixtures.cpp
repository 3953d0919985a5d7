#include "support/protocol_fixtures.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sovereign::support {
namespace {

const std::filesystem::path kRoot = std::filesystem::path(PROTOCOL_FIXTURES);

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("No fixture at " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<Fixture> protocol_fixtures(std::string_view folder) {
  std::vector<Fixture> fixtures;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / folder)) {
    fixtures.push_back({entry.path().stem().string(), read(entry.path())});
  }
  if (fixtures.empty()) throw std::runtime_error("No fixtures in " + std::string(folder));
  std::ranges::sort(fixtures, {}, &Fixture::name);
  return fixtures;
}

std::string protocol_fixture(std::string_view path) { return read(kRoot / path); }

}  // namespace sovereign::support
