// The files of tests/cases/protocol/v1, as a test reads them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::support {

struct Fixture {
  std::string name;  ///< Of the file, without its extension.
  std::string content;
};

/// Those of a folder there ("messages/good"), by name. Throws when there are none.
std::vector<Fixture> protocol_fixtures(std::string_view folder);

/// One of them.
std::string protocol_fixture(std::string_view path);

}  // namespace sovereign::support
