#include "registry/identity/origin.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

std::string text_of(std::string_view url) {
  const auto origin = origin_of(url);
  return origin ? origin->to_string() : "none";
}

TEST(Origin, IsSchemeHostAndPortInOneSpelling) {
  EXPECT_EQ(text_of("HTTPS://API.Example.org/v1?q#f"), "https://api.example.org");
  EXPECT_EQ(text_of("https://a.example:443/"), "https://a.example");
  EXPECT_EQ(text_of("http://a.example:443"), "http://a.example:443");
  EXPECT_EQ(text_of("http://a.example:"), "http://a.example");
  EXPECT_EQ(text_of("http://[2001:DB8::1]:8080/x"), "http://[2001:db8::1]:8080");
  EXPECT_EQ(text_of("https://a.example\\@evil.example/"), "https://a.example");
}

TEST(Origin, IsNothingForWhatIsNoPlainHttpUrl) {
  for (const char* url : {"", "a.example", "ftp://a.example", "http://", "http://user@a.example/",
                          "http://a.example:0/", "http://a.example:65536/", "http://[::1/",
                          "http://a.example:80x/", "http://:80/"}) {
    EXPECT_EQ(text_of(url), "none") << url;
  }
}

TEST(Origin, KnowsWhichHostsHaveNames) {
  EXPECT_TRUE(origin_of("http://a.example")->is_named());
  EXPECT_TRUE(origin_of("http://localhost")->is_named());
  EXPECT_FALSE(origin_of("http://192.0.2.1")->is_named());
  EXPECT_FALSE(origin_of("http://[::1]")->is_named());
}

}  // namespace
}  // namespace sovereign::registry
