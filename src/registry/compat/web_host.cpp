#include "registry/compat/web_host.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <vector>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

using HostResult = std::expected<std::string, UrlFault>;

/// Percent-decodes what can be decoded; a '%' that is no escape stays, and is forbidden later.
std::string lenient_decode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (const auto decoded = base::percent_decode(text.substr(0, 3));
        text.size() >= 3 && text.front() == '%' && decoded) {
      out += *decoded;
      text.remove_prefix(3);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

bool is_forbidden(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f ||
         std::string_view("#%/:<>?@[\\]^|").find(c) != std::string_view::npos;
}

/// The ASCII form of a domain (UTS #46, non-transitional).
HostResult domain_to_ascii(const std::string& domain) {
  const bool is_ascii =
      std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return base::to_lower_ascii(domain);
  char* ascii = nullptr;
  const int status = idn2_to_ascii_8z(domain.c_str(), &ascii, IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, decltype(&idn2_free)> owned(ascii, &idn2_free);
  if (status != IDN2_OK) return std::unexpected(UrlFault::invalid_host);
  return std::string(owned.get());
}

/// One part of an IPv4 address: decimal, 0x hexadecimal or 0 octal.
std::optional<std::uint64_t> ipv4_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  if (text.empty()) return base == 10 ? std::nullopt : std::optional<std::uint64_t>(0);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> labels_of(std::string_view host) {
  std::vector<std::string_view> labels;
  while (true) {
    const auto dot = host.find('.');
    labels.push_back(host.substr(0, dot));
    if (dot == host.npos) break;
    host.remove_prefix(dot + 1);
  }
  if (labels.size() > 1 && labels.back().empty()) labels.pop_back();
  return labels;
}

bool ends_in_number(std::string_view host) {
  const auto last = labels_of(host).back();
  const bool is_digits =
      !last.empty() && std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
  return is_digits || ((last.starts_with("0x") || last.starts_with("0X")) && ipv4_number(last));
}

HostResult parse_ipv4(std::string_view host) {
  const auto labels = labels_of(host);
  if (labels.size() > 4) return std::unexpected(UrlFault::invalid_ipv4);
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto number = ipv4_number(labels[i]);
    const bool is_last = i + 1 == labels.size();
    // The last part fills what the others leave of the 32 bits.
    const std::uint64_t limit = is_last ? std::uint64_t{1} << (8 * (5 - labels.size())) : 256;
    if (!number || *number >= limit) return std::unexpected(UrlFault::invalid_ipv4);
    address += is_last ? *number : *number << (8 * (3 - i));
  }
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255,
                     address & 255);
}

using Pieces = std::array<std::uint16_t, 8>;

/// Where the first of the longest runs of two zero pieces or more is: (start, length).
std::pair<std::size_t, std::size_t> longest_zeros(const Pieces& pieces) {
  std::pair<std::size_t, std::size_t> best{0, 1};
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t end = i;
    while (end < pieces.size() && pieces[end] == 0) ++end;
    if (end - i > best.second) best = {i, end - i};
    i = std::max(end, i + 1);
  }
  return best;
}

/// As RFC 5952 prints it, but always in hexadecimal pieces.
std::string print_ipv6(const Pieces& pieces) {
  const auto [start, length] = longest_zeros(pieces);
  std::string text = "[";
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (length > 1 && i == start) {
      text += i == 0 ? "::" : ":";
      i += length - 1;
      continue;
    }
    text += fmt::format("{:x}", pieces[i]);
    if (i + 1 < pieces.size()) text += ':';
  }
  return text + ']';
}

HostResult parse_ipv6(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
    return std::unexpected(UrlFault::invalid_ipv6);
  }
  Pieces pieces{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] = static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  return print_ipv6(pieces);
}

}  // namespace

HostResult parse_web_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return std::unexpected(UrlFault::invalid_ipv6);
    return parse_ipv6(std::string(text.substr(1, text.size() - 2)));
  }
  const auto decoded = lenient_decode(text);
  if (!base::is_utf8(decoded) || decoded.find('\0') != decoded.npos) {
    return std::unexpected(UrlFault::invalid_host);
  }
  auto host = domain_to_ascii(decoded);
  if (!host) return host;
  if (host->empty() || std::ranges::any_of(*host, is_forbidden)) {
    return std::unexpected(UrlFault::invalid_host);
  }
  if (ends_in_number(*host)) return parse_ipv4(*host);
  return host;
}

}  // namespace sovereign::registry
