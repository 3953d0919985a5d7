#include "registry/federation/contact.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

using testing::HasSubstr;

TEST(PeerQueryAnswer, IsGoodWhenItListsAgents) {
  const auto page = judge_query(200, R"({"items":[],"pagination":{"total_items":7}})");
  EXPECT_TRUE(page.passed);
  EXPECT_THAT(page.detail, HasSubstr("7 agents"));
  EXPECT_TRUE(judge_query(200, R"({"agents":[{}]})").passed);
}

TEST(PeerQueryAnswer, SaysWhatIsWrongWhenItDoesNot) {
  for (const auto& [status, body, says] : {std::tuple{401, "", "does not accept our token"},
                                           {403, "", "does not accept our token"},
                                           {404, "", "does not answer the queries"},
                                           {429, "", "limits how often"},
                                           {500, "", "with 500"},
                                           {200, "<html>", "something else"},
                                           {200, R"({"items":3})", "else"}}) {
    const auto check = judge_query(status, body);
    EXPECT_FALSE(check.passed);
    EXPECT_THAT(check.detail, HasSubstr(says));
  }
}

class PeerIdentityTest : public testing::Test {
 protected:
  static std::string key_of(std::string_view secret) {
    return base::to_base64url(FederationKey(secret).identity().public_key());
  }
  FederationInfo info{.public_key = key_of("a federation key of 32 bytes ...")};
  ActivePeer peer{.name = "peer"};
};

TEST_F(PeerIdentityTest, IsFineWhileTheKeyIsTheSameOrNew) {
  EXPECT_TRUE(judge_identity(peer, info).passed);
  peer.public_key = crypto::parse_ed25519_key(info.public_key);
  EXPECT_TRUE(judge_identity(peer, info).passed);
}

TEST_F(PeerIdentityTest, IsInDoubtOnceTheKeyIsAnother) {
  peer.public_key = crypto::parse_ed25519_key(key_of("another federation key, 32 bytes"));
  EXPECT_FALSE(judge_identity(peer, info).passed);
  info.public_key.clear();
  EXPECT_FALSE(judge_identity(peer, info).passed);
}

TEST_F(PeerIdentityTest, IsNeededToFollowChangesOnly) {
  info.public_key.clear();
  EXPECT_TRUE(judge_identity(peer, info).passed);
  peer.mode = PeerMode::replicate;
  EXPECT_FALSE(judge_identity(peer, info).passed);
}

}  // namespace
}  // namespace sovereign::registry
