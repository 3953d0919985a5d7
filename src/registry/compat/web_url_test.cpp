#include "registry/compat/web_url.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

/// The normal form, or the fault in brackets.
std::string read(std::string_view text) {
  const auto url = parse_web_url(text);
  if (!url) return "<" + std::string(to_string(url.error())) + ">";
  return url->is_http() ? url->to_string() : url->scheme + ":";
}

struct Case {
  std::string_view text;
  std::string_view normal;
};

constexpr Case kAccepted[] = {
    {"https://x.example.com", "https://x.example.com/"},
    {"  https://x.com/a \n", "https://x.com/a"},
    {"HTTPS://X.Example.COM/Path", "https://x.example.com/Path"},
    {"http://LOCALHOST/", "http://localhost/"},
    {"https://user:pw@x.com/", "https://user:pw@x.com/"},
    {"https://a@b:p@w@x.com/", "https://a%40b:p%40w@x.com/"},
    {"https://@x.com/", "https://x.com/"},
    {"https://:@x.com/", "https://x.com/"},
    {"https:x.com", "https://x.com/"},
    {"https:/x.com", "https://x.com/"},
    {"https:///x.com", "https://x.com/"},
    {"https:\\\\x.com\\a\\b", "https://x.com/a/b"},
    {"ht\ntps://x.c\tom/", "https://x.com/"},
    {"https://x.com:443/a", "https://x.com/a"},
    {"http://x.com:80", "http://x.com/"},
    {"https://x.com:8443", "https://x.com:8443/"},
    {"https://x.com:/", "https://x.com/"},
    {"https://x.com:00443/", "https://x.com/"},
    {"https://[::1]/", "https://[::1]/"},
    {"https://[2001:DB8:0:0:1:0:0:1]:8443/", "https://[2001:db8::1:0:0:1]:8443/"},
    {"https://[::ffff:1.2.3.4]/", "https://[::ffff:102:304]/"},
    {"https://[1:2:3:4:5:6:7:0]/", "https://[1:2:3:4:5:6:7:0]/"},
    {"https://[1::]/", "https://[1::]/"},
    {"https://127.1/", "https://127.0.0.1/"},
    {"https://0x7f.0.0.1/", "https://127.0.0.1/"},
    {"https://2130706433/", "https://127.0.0.1/"},
    {"https://1.2.3.4./", "https://1.2.3.4/"},
    {"https://b\xc3\xbc"
     "cher.example/",
     "https://xn--bcher-kva.example/"},
    {"https://B%C3%9Ccher.example/", "https://xn--bcher-kva.example/"},
    {"https://x.com/a b/\xc3\xbc", "https://x.com/a%20b/%C3%BC"},
    {"https://x.com/%7e%zz", "https://x.com/%7e%zz"},
    {"https://x.com/a/./b/../c", "https://x.com/a/c"},
    {"https://x.com/a/%2E%2e/", "https://x.com/"},
    {"https://x.com/..", "https://x.com/"},
    {"https://x.com/a/..", "https://x.com/"},
    {"https://x.com/a/.", "https://x.com/a/"},
    {"https://x.com?q=a b'#f g`", "https://x.com/?q=a%20b%27#f%20g%60"},
    {"https://x.com/?", "https://x.com/?"},
    {"https://x.com/#", "https://x.com/#"},
    {"https://x.com//a//", "https://x.com//a//"},
    {"ws://localhost/", "ws:"},
    {"data:text/plain,x", "data:"},
    {"x-1+2.3:y", "x-1+2.3:"},
};

TEST(WebUrl, IsReadAndWrittenAsBrowsersDo) {
  for (const auto& [text, normal] : kAccepted) EXPECT_EQ(read(text), normal) << text;
}

TEST(WebUrl, InItsNormalFormStaysAsItIs) {
  for (const auto& [text, normal] : kAccepted) {
    if (normal.starts_with("http")) {
      EXPECT_EQ(read(normal), normal);
    }
  }
}

TEST(WebUrl, ThatIsNoneIsRefusedWithTheReason) {
  constexpr Case kRefused[] = {
      {"", "<input is empty>"},
      {" \t ", "<input is empty>"},
      {"example.com", "<relative URL without a base>"},
      {"/a2a", "<relative URL without a base>"},
      {"1http://x", "<relative URL without a base>"},
      {"ht tp://x", "<relative URL without a base>"},
      {"https://", "<empty host>"},
      {"https://?q", "<empty host>"},
      {"https://user@/", "<empty host>"},
      {"https://:443/", "<empty host>"},
      {"https://x.com:99999/", "<invalid port number>"},
      {"https://x.com:65536/", "<invalid port number>"},
      {"https://x.com:8a/", "<invalid port number>"},
      {"https://x.com:-1/", "<invalid port number>"},
      {"https://a b/", "<invalid domain name>"},
      {"https://a%00b/", "<invalid domain name>"},
      {"https://a%2fb/", "<invalid domain name>"},
      {"https://a^b/", "<invalid domain name>"},
      {"https://%ff/", "<invalid domain name>"},
      {"https://1.2.3.256/", "<invalid IPv4 address>"},
      {"https://1.2.3.4.5/", "<invalid IPv4 address>"},
      {"https://a.1.2x.0x/", "<invalid IPv4 address>"},
      {"https://4294967296/", "<invalid IPv4 address>"},
      {"https://[::1/", "<invalid IPv6 address>"},
      {"https://[1:2]/", "<invalid IPv6 address>"},
      {"https://[::1%25eth0]/", "<invalid IPv6 address>"},
  };
  for (const auto& [text, reason] : kRefused) EXPECT_EQ(read(text), reason) << text;
}

}  // namespace
}  // namespace sovereign::registry
