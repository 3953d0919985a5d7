#include "core/admin_web/admin_token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "base/encoding.hpp"
#include "crypto/random.hpp"
#include "support/await.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

class AdminTokenTest : public testing::Test {
 protected:
  Result<AdminToken> load() {
    return AdminToken::load(path, {.random = random, .pool = pool, .on_token = [this](auto token) {
                                     told.emplace_back(token);
                                   }});
  }
  std::string in_file() const {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
  }
  mode_t mode() const {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  void write(std::string_view text, mode_t mode) const {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }

  support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "admin.token";
  crypto::SystemRandom random;
  async::WorkerPool pool{{.threads = 2}};
  std::vector<std::string> told;
};

TEST_F(AdminTokenTest, IsMadeAtTheFirstStartForItsOwnerOnly) {
  const auto before = ::umask(0);
  const auto token = load();
  ::umask(before);
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_EQ(mode(), 0600U);
  EXPECT_EQ(in_file().size(), AdminToken::kLength);
  EXPECT_EQ(base::from_base64url(in_file())->size(), AdminToken::kRandomBytes);
  EXPECT_TRUE(token->matches(in_file()));
  EXPECT_EQ(std::filesystem::file_size(path), AdminToken::kLength + 1);
}

TEST_F(AdminTokenTest, IsKeptFromStartToStart) {
  ASSERT_TRUE(load());
  const auto first = in_file();
  const auto again = load();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->matches(first));
}

TEST_F(AdminTokenTest, MatchesNothingElse) {
  const auto token = load();
  ASSERT_TRUE(token);
  const auto text = in_file();
  EXPECT_FALSE(token->matches(""));
  EXPECT_FALSE(token->matches(text + "\n"));
  EXPECT_FALSE(token->matches(text.substr(1)));
  auto other = text;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(token->matches(other));
}

TEST_F(AdminTokenTest, AFileThatOthersCanReadIsRefused) {
  ASSERT_TRUE(load());
  for (const mode_t wide : {0640U, 0604U, 0660U, 0644U}) {
    ASSERT_EQ(::chmod(path.c_str(), wide), 0);
    const auto token = load();
    ASSERT_FALSE(token);
    EXPECT_TRUE(token.error().detail.contains("chmod 600")) << token.error().detail;
    EXPECT_TRUE(token.error().detail.contains(path.string()));
  }
}

TEST_F(AdminTokenTest, AFileThatHoldsNoTokenIsRefusedWithoutShowingIt) {
  for (const std::string& text :
       {std::string(47, 'a'), std::string(49, 'a'), std::string(48, '!')}) {
    write(text, 0600);
    const auto token = load();
    ASSERT_FALSE(token) << text;
    EXPECT_FALSE(token.error().detail.contains(text));
  }
}

TEST_F(AdminTokenTest, ASymbolicLinkIsRefused) {
  std::filesystem::create_symlink(folder.path() / "elsewhere", path);
  EXPECT_FALSE(load());
}

TEST_F(AdminTokenTest, RotationPutsAnotherInForceAndInTheFile) {
  auto token = load();
  ASSERT_TRUE(token);
  const auto before = in_file();
  const auto rotated = support::await(token->rotate());
  ASSERT_TRUE(rotated);
  EXPECT_NE(*rotated, before);
  EXPECT_EQ(in_file(), *rotated);
  EXPECT_EQ(mode(), 0600U);
  EXPECT_TRUE(token->matches(*rotated));
  EXPECT_FALSE(token->matches(before));
  EXPECT_EQ(support::await(token->read()).value(), *rotated);
  EXPECT_EQ(told, (std::vector{before, *rotated}));
}

TEST_F(AdminTokenTest, OfTwoRotationsAtOnceOneIsRefused) {
  auto token = load();
  ASSERT_TRUE(token);
  std::vector<Task<std::string>> both;
  both.push_back(token->rotate());
  both.push_back(token->rotate());
  const auto outcomes = support::await_all(std::move(both));
  ASSERT_TRUE(outcomes[0]);
  ASSERT_FALSE(outcomes[1]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::conflict);
  EXPECT_EQ(in_file(), *outcomes[0]);
  EXPECT_TRUE(support::await(token->rotate()));
}

TEST_F(AdminTokenTest, ARotationThatCannotBeWrittenLeavesTheOldOneInForce) {
  auto token = load();
  ASSERT_TRUE(token);
  const auto before = in_file();
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_FALSE(support::await(token->rotate()));
  EXPECT_TRUE(token->matches(before));
}

TEST_F(AdminTokenTest, AFileThatWasChangedMeanwhileIsNotShownAsTheToken) {
  auto token = load();
  ASSERT_TRUE(token);
  write(std::string(48, 'z') + "\n", 0600);
  const auto read = support::await(token->read());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::conflict);
}

TEST(AdminTokenPath, IsTheHomesUnlessTheEnvironmentNamesAnother) {
  const Home home("/home/x/.opensentience");
  ::unsetenv("OPENSENTIENCE_ADMIN_TOKEN_PATH");
  EXPECT_EQ(admin_token_path(home), home.admin_token());
  ::setenv("OPENSENTIENCE_ADMIN_TOKEN_PATH", "/run/secrets/token", 1);
  EXPECT_EQ(admin_token_path(home), "/run/secrets/token");
  ::setenv("OPENSENTIENCE_ADMIN_TOKEN_PATH", "token", 1);
  EXPECT_FALSE(admin_token_path(home));
  ::unsetenv("OPENSENTIENCE_ADMIN_TOKEN_PATH");
}

}  // namespace
}  // namespace sovereign::core
