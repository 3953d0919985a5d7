// JSON rewritten as text, without reading it into values: what a tool answers may hold numbers that
// no type of ours has room for, and must keep each digit.
#pragma once

#include <string>
#include <string_view>

namespace sovereign::json {

/// Appends the valid `document` without the space between its tokens: one line.
void append_compact(std::string& out, std::string_view document);

/// The valid `document` with two blanks a level. Numbers stay as they are written; strings lose
/// escapes that they do not need.
std::string pretty(std::string_view document);

}  // namespace sovereign::json
