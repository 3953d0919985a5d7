#include "registry/accounts/revocations.hpp"

#include <gtest/gtest.h>

#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

class RevocationsTest : public support::AccountsTest {
 protected:
  RevocationsTest() { feature_.revocations.listen(feature_.api_keys); }

  Uuid new_id() { return Uuid::generate(feature_.random); }

  Standing standing_here_{std::chrono::hours(24)};
  Revocations here_{feature_.broadcast, standing_here_, clock_};
};

TEST_F(RevocationsTest, EndASessionHereAndElsewhere) {
  const SessionId session{new_id()};
  here_.session_ended(session, clock_.now());
  EXPECT_TRUE(standing_here_.is_ended(session));
  EXPECT_TRUE(feature_.standing.is_ended(session));
  EXPECT_EQ(feature_.revocations.received(), 1U);
}

TEST_F(RevocationsTest, MakeOthersAskTheDatabaseAboutAChangedAccount) {
  const UserId user{new_id()};
  const UserId other{new_id()};
  feature_.standing.put(user, {.is_active = true});
  feature_.standing.put(other, {.is_active = true});
  here_.account_changed(user, {.is_active = false});
  EXPECT_FALSE(standing_here_.find(user)->is_active);
  EXPECT_FALSE(feature_.standing.find(user));
  EXPECT_TRUE(feature_.standing.find(other));
}

TEST_F(RevocationsTest, IgnoreWhatTheyDoNotUnderstand) {
  const auto id = new_id().to_string();
  feature_.standing.put({*Uuid::parse(id)}, {.is_active = true});
  for (const auto& message : {std::string(), std::string("session"), std::string("session x"),
                              "grant " + id, "account" + id, "account " + id + "0"}) {
    feature_.broadcast.publish("revocations", message);
  }
  EXPECT_EQ(feature_.revocations.received(), 0U);
  EXPECT_TRUE(feature_.standing.find({*Uuid::parse(id)}));
}

}  // namespace
}  // namespace sovereign::registry
