#include "registry/federation/peers.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "crypto/random.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kSecret = "a federation key of 32 bytes ...";

class PeersTest : public testing::Test {
 protected:
  ActivePeer peer(std::string name, std::string_view token) {
    return {.id = PeerId::generate(random_),
            .name = std::move(name),
            .url = "https://registry.example.com",
            .token = "presented",
            .accepted = key_.token_digest(token)};
  }

  crypto::SystemRandom random_;
  FederationKey key_{kSecret};
  Peers peers_{key_};
};

TEST_F(PeersTest, without_peers_nobody_is_let_in) {
  EXPECT_TRUE(peers_.active()->empty());
  EXPECT_FALSE(peers_.authenticate(""));
  EXPECT_FALSE(peers_.authenticate("anything"));
}

TEST_F(PeersTest, a_token_names_the_peer_that_presents_it) {
  const auto one = peer("one", "first token");
  const auto two = peer("two", "second token");
  peers_.replace({two, one});
  EXPECT_EQ(peers_.authenticate("first token"), one.id);
  EXPECT_EQ(peers_.authenticate("second token"), two.id);
  EXPECT_FALSE(peers_.authenticate("first token "));
  EXPECT_FALSE(peers_.authenticate("presented"));
  EXPECT_FALSE(peers_.authenticate(""));
}

TEST_F(PeersTest, who_holds_the_list_keeps_it_while_it_is_replaced) {
  peers_.replace({peer("one", "t")});
  const auto held = peers_.active();
  peers_.replace({});
  EXPECT_EQ(held->size(), 1U);
  EXPECT_TRUE(peers_.active()->empty());
  EXPECT_FALSE(peers_.authenticate("t"));
}

TEST_F(PeersTest, active_peers_are_ordered_by_name) {
  peers_.replace({peer("b", "1"), peer("c", "2"), peer("a", "3")});
  std::string names;
  for (const auto& each : *peers_.active()) names += each.name;
  EXPECT_EQ(names, "abc");
}

TEST_F(PeersTest, a_sealed_token_opens_for_its_own_peer_and_key_only) {
  const auto mine = PeerId::generate(random_);
  const auto sealed = key_.seal_token(mine, "the token", random_);
  EXPECT_EQ(sealed.find("token"), std::string::npos);
  EXPECT_EQ(key_.open_token(mine, sealed), "the token");
  EXPECT_FALSE(key_.open_token(PeerId::generate(random_), sealed));
  const FederationKey other("another federation key, 32 bytes");
  EXPECT_FALSE(other.open_token(mine, sealed));
  EXPECT_FALSE(key_.open_token(mine, "not base64url!"));
}

TEST_F(PeersTest, one_secret_gives_one_identity_on_every_replica) {
  EXPECT_EQ(FederationKey(kSecret).identity().public_key(), key_.identity().public_key());
  EXPECT_NE(FederationKey("another federation key, 32 bytes").identity().public_key(),
            key_.identity().public_key());
}

}  // namespace
}  // namespace sovereign::registry
