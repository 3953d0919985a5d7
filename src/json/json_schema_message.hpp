// What a validator says of a problem: a pointer and a sentence, never a value of the document.
#pragma once

#include <string>
#include <string_view>

#include "json/json_schema_checker.hpp"

namespace sovereign::json::schema {

/// The RFC 6901 pointer of the way walked; long names are cut.
std::string pointer_to(const Trail<true>& trail);

/// The sentence for the keyword that failed.
std::string_view message_of(std::string_view keyword);
std::string message_of(std::string_view keyword, const Value& bound);

}  // namespace sovereign::json::schema
