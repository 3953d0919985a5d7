// Status lines, ready to send.
#pragma once

#include <string_view>

namespace sovereign::http {

/// "HTTP/1.1 404 Not Found\r\n". A status that is not in RFC 9110 (or 418 ... 451 of its kin) is
/// our bug and becomes the line of 500.
std::string_view status_line(int status);

/// The words of the status line: "Not Found".
std::string_view reason_phrase(int status);

}  // namespace sovereign::http
