// TXT records, asked of the system's name servers (or a given one) with bounded patience. Blocking.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace sovereign::http {

struct NameServer {
  std::string ipv4_address;
  std::uint16_t port = 53;
};

/// The TXT records of `name`, each with its pieces joined; none when the name has none or does not
/// exist. Takes at most about 5 s. Errors: `unavailable` when no server answers, `malformed` when
/// `name` is no domain name.
Result<std::vector<std::string>> query_txt(const std::string& name,
                                           const std::optional<NameServer>& server);

/// The TXT records in a DNS answer (RFC 1035). Error: `malformed`.
Result<std::vector<std::string>> parse_txt_answer(std::span<const std::uint8_t> answer);

}  // namespace sovereign::http
