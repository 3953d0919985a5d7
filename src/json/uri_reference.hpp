// References between schemas: RFC 3986, section 5, on text, for URIs of any scheme.
#pragma once

#include <string>
#include <string_view>

namespace sovereign::json {

/// A URI without its fragment, and the fragment without '#', percent-encoding kept in both.
struct SplitUri {
  std::string uri;
  std::string fragment;
};

/// `reference` as seen from `base`, which is absolute or empty.
SplitUri resolve_uri(std::string_view base, std::string_view reference);

}  // namespace sovereign::json
