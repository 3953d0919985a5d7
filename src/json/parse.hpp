// Reading JSON strictly: RFC 8259 as restricted by I-JSON (RFC 7493). What two readers could
// understand differently (duplicate names, invalid UTF-8) is refused.
#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace sovereign::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

inline constexpr std::size_t kMaxDepth = 64;  ///< Nested arrays and objects in a document.
/// Values and members in a document: each takes some 24 bytes of memory for as little as two of
/// text.
inline constexpr std::size_t kMaxValues = 500'000;

/// Parses one document. Errors: `malformed` when it is not JSON or not UTF-8 (detail names the
/// byte offset); `unprocessable` for nesting over `kMaxDepth`, over `kMaxValues` values, a repeated
/// member name, or U+0000 in a string, with a pointer where there is one.
Result<Value> parse(std::string_view text, boost::json::storage_ptr storage = {});

/// The exact text of the top-level member `name` of the valid JSON object `document`, without
/// surrounding space; nullopt when there is none. A view into `document`.
std::optional<std::string_view> raw_member(std::string_view document, std::string_view name);

/// A member of an object as written: the name between its quotes (escapes kept), the exact text of
/// the value.
struct RawMember {
  std::string_view name;
  std::string_view value;
};

/// Walks the top-level members of a valid JSON object, in their order, without parsing the values.
class RawMembers {
 public:
  explicit RawMembers(std::string_view document);
  /// Nothing after the last one, or when the document is no object.
  std::optional<RawMember> next();

 private:
  std::string_view document_;
  std::size_t at_ = 0;
};

/// `token` escaped for use in an RFC 6901 pointer.
std::string escape_pointer(std::string_view token);

}  // namespace sovereign::json
