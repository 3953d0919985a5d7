// Everything secret that passes through the feature is looked for in what stays on disk.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "registry/idempotency/store.hpp"
#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

using support::kOtherPassword;
using support::kPassword;

std::string bytes_of_all_files(const std::filesystem::path& folder) {
  std::string bytes;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(stream), {});
  }
  return bytes;
}

class PlantedSecretsTest : public support::AccountsTest {
 protected:
  support::Answer call_once(support::Call one) {
    one.headers.emplace_back("Idempotency-Key", fmt::format("planted-key-{}", ++keys_));
    return support::send(with_store_.pipeline, std::move(one));
  }

  crypto::SystemRandom random_;
  SqlIdempotencyStore store_{"the server's secret, 32 bytes long", database_.get(), clock_,
                             random_};
  support::AccountsFeature with_store_{database_.get(), clock_, {.idempotency = &store_}};
  int keys_ = 0;
};

TEST_F(PlantedSecretsTest, NothingSecretIsInTheDatabaseOrItsFiles) {
  std::vector<std::string> secrets{std::string(kPassword), std::string(kOtherPassword),
                                   "planted-key"};
  const auto keep = [&](const std::string& secret) {
    EXPECT_GE(secret.size(), 32U) << secret;
    secrets.push_back(secret);
  };
  const auto registered = call_once(register_call());
  ASSERT_EQ(registered.status, 201) << registered.body;
  for (const auto& key : registered.json().at("recovery_keys").as_array())
    keep(std::string(key.as_string()));
  keep(with_store_.letters.last_token());
  const auto session = call_once(login_call());
  keep(session.text("access_token"));
  keep(session.text("refresh_token"));
  const auto refreshed = call_once(refresh_call(session.text("refresh_token")));
  keep(refreshed.text("access_token"));
  keep(refreshed.text("refresh_token"));
  const auto key = call_once(
      support::with_bearer(session.text("access_token"),
                           post_call("api-keys", R"({"name":"ci","scopes":["agents:read"]})")));
  keep(key.text("key"));
  secrets.push_back(key.text("key").substr(6 + 12));
  ASSERT_EQ(get_as(key.text("key"), "me").status, 200);
  ASSERT_EQ(call_once(post_call("recover", R"({"email":"dev@example.com"})")).status, 202);
  keep(with_store_.letters.last_token());
  ASSERT_EQ(call_once(confirm_call(with_store_.letters.last_token(), kOtherPassword)).status, 204);
  ASSERT_EQ(support::count(database_.get(), "idempotency_keys"), keys_);

  const auto stored =
      support::dump(database_.get()) + bytes_of_all_files(database_.folder().path());
  ASSERT_NE(stored.find("Dev@Example.com"), std::string::npos) << "it is the right place to look";
  for (const auto& secret : secrets) EXPECT_EQ(stored.find(secret), std::string::npos) << secret;
}

TEST_F(PlantedSecretsTest, ARegistrationSentAgainGetsItsRecoveryKeysAgain) {
  const auto first = call_once(register_call());
  --keys_;
  const auto again = call_once(register_call());
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.count("Idempotency-Replayed"), 1U);
  --keys_;
  EXPECT_EQ(call_once(register_call("other@example.com")).status, 422);
}

}  // namespace
}  // namespace sovereign::registry
