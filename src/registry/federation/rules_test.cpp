#include "registry/federation/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

std::string public_url(std::string_view url) {
  const auto normalised = normalise_peer_url(url, PeerAddresses::public_only);
  return normalised ? *normalised : normalised.error().fields.at(0).code;
}

TEST(PeerUrl, HasOneForm) {
  for (const char* url :
       {"https://EU.example.com", "https://eu.example.com/", "https://eu.example.com:443",
        "HTTPS://eu.example.com//", "https://eu.example.com/api/v1/",
        "https://eu.example.com/api/v1/api/v1"}) {
    EXPECT_EQ(public_url(url), "https://eu.example.com") << url;
  }
  EXPECT_EQ(public_url("https://example.com:8443/Registry/"), "https://example.com:8443/Registry");
}

TEST(PeerUrl, MustBeABaseUrl) {
  for (const char* url :
       {"", "eu.example.com", "ftp://eu.example.com", "https://a:b@eu.example.com",
        "https://eu.example.com/?q=1", "https://eu.example.com/#x"}) {
    EXPECT_EQ(public_url(url), "format") << url;
  }
}

TEST(PeerUrl, MustBePublicAndSecureUnlessPrivatePeersAreAllowed) {
  EXPECT_EQ(public_url("http://eu.example.com"), "scheme");
  for (const char* host : {"localhost", "registry.localhost", "127.0.0.1", "10.0.0.7", "[::1]",
                           "[fe80::1]", "192.168.1.1:8000"}) {
    EXPECT_EQ(public_url(std::string("https://") + host), "private") << host;
  }
  EXPECT_EQ(normalise_peer_url("http://127.0.0.1:8000/", PeerAddresses::any),
            "http://127.0.0.1:8000");
}

TEST(PeerTokens, FitAnAuthorizationHeader) {
  EXPECT_TRUE(is_peer_token("fed_token_secure_string"));
  EXPECT_TRUE(is_peer_token("abcdefghijklmnopqrstuv=="));
  EXPECT_TRUE(is_peer_token(std::string(512, 'a')));
  for (const std::string& text :
       {std::string("nineteen_characters"), std::string(513, 'a'),
        std::string("with a space in the middle"), std::string("equals=in=the=middle=x"),
        std::string(20, '='), std::string("twenty-characters\r\n..")}) {
    EXPECT_FALSE(is_peer_token(text)) << text;
  }
}

TEST(PeerPins, AreDigestsOrNothing) {
  EXPECT_TRUE(is_tls_pin(""));
  EXPECT_TRUE(is_tls_pin("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
  EXPECT_FALSE(is_tls_pin("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
  EXPECT_FALSE(is_tls_pin("sha256//47DEQpj8HBSa"));
  EXPECT_TRUE(is_peer_public_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  EXPECT_TRUE(is_peer_public_key(""));
  EXPECT_FALSE(is_peer_public_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"));
}

TEST(PeerStatuses, FollowOneAnotherAsAdministratorsDecide) {
  using enum PeerStatus;
  EXPECT_EQ(status_after(pending_approval, PeerAction::approve), active);
  EXPECT_EQ(status_after(rejected, PeerAction::approve), active);
  EXPECT_EQ(status_after(pending_approval, PeerAction::reject), rejected);
  EXPECT_EQ(status_after(active, PeerAction::deactivate), inactive);
  EXPECT_EQ(status_after(inactive, PeerAction::reactivate), active);
}

TEST(PeerStatuses, NothingElseFollows) {
  using enum PeerStatus;
  int conflicts = 0;
  for (const auto status : {pending_approval, active, inactive, rejected}) {
    for (const auto& action : json::Names<PeerAction>::values) {
      const auto next = status_after(status, action.value);
      if (next) continue;
      ++conflicts;
      EXPECT_EQ(next.error().code, ErrorCode::conflict);
      EXPECT_THAT(next.error().detail, testing::HasSubstr(json::name_of(status)));
    }
  }
  EXPECT_EQ(conflicts, 4 * 4 - 5);
}

}  // namespace
}  // namespace sovereign::registry
