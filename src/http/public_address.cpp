#include "http/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sovereign::http {

namespace ip = boost::asio::ip;

namespace {

struct Block4 {
  std::uint32_t prefix;
  int bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array kSpecial4 = {
    Block4{v4(0, 0, 0, 0), 8},      Block4{v4(10, 0, 0, 0), 8},     Block4{v4(100, 64, 0, 0), 10},
    Block4{v4(127, 0, 0, 0), 8},    Block4{v4(169, 254, 0, 0), 16}, Block4{v4(172, 16, 0, 0), 12},
    Block4{v4(192, 0, 0, 0), 24},   Block4{v4(192, 0, 2, 0), 24},   Block4{v4(192, 88, 99, 0), 24},
    Block4{v4(192, 168, 0, 0), 16}, Block4{v4(198, 18, 0, 0), 15},  Block4{v4(198, 51, 100, 0), 24},
    Block4{v4(203, 0, 113, 0), 24}, Block4{v4(224, 0, 0, 0), 3},
};

struct Block6 {
  std::uint32_t prefix;  // Of the address's first 32 bits.
  int bits;
};

// Within 2000::/3, the only global unicast space that is handed out.
constexpr Block6 kGlobal6{0x2000'0000, 3};
constexpr std::array kSpecial6 = {
    Block6{0x2001'0000, 23},  // Protocol assignments, Teredo among them.
    Block6{0x2001'0db8, 32},  // Documentation.
    Block6{0x2002'0000, 16},  // 6to4.
    Block6{0x3fff'0000, 20},  // Documentation.
};

constexpr bool is_within(std::uint32_t address, std::uint32_t prefix, int bits) {
  return (address ^ prefix) >> (32 - bits) == 0;
}

}  // namespace

bool is_public_address(const ip::address& address) {
  if (address.is_v4()) {
    const auto number = address.to_v4().to_uint();
    return std::ranges::none_of(
        kSpecial4, [&](Block4 block) { return is_within(number, block.prefix, block.bits); });
  }
  const auto bytes = address.to_v6().to_bytes();
  const auto start = v4(bytes[0], bytes[1], bytes[2], bytes[3]);
  return is_within(start, kGlobal6.prefix, kGlobal6.bits) &&
         std::ranges::none_of(
             kSpecial6, [&](Block6 block) { return is_within(start, block.prefix, block.bits); });
}

bool may_be_public_host(std::string_view lower_case_host) {
  auto host = lower_case_host;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host == "localhost" || host.ends_with(".localhost")) return false;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = ip::make_address(host, error);
  return error || is_public_address(address);
}

}  // namespace sovereign::http
