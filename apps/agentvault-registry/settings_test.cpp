#include "settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace sovereign::registry_app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    char pattern[] = "/tmp/settings-XXXXXX";
    folder_ = mkdtemp(pattern);
    sources_.environment = [this](const char* name) {
      const auto found = environment_.find(name);
      return found == environment_.end() ? nullptr : found->second.c_str();
    };
    environment_["HOME"] = "/home/ada";
  }
  ~SettingsTest() override { std::filesystem::remove_all(folder_); }

  void write_file(std::string_view text) {
    sources_.file = folder_ + "/config.toml";
    std::ofstream(sources_.file) << text;
  }

  std::string problem() {
    const auto settings = load_settings(sources_);
    return settings ? "none" : settings.error().detail;
  }

  std::string folder_;
  std::map<std::string, std::string, std::less<>> environment_;
  config::Sources sources_;
};

TEST_F(SettingsTest, CommandLineWinsOverEnvironmentOverFile) {
  write_file("listen = \"1.1.1.1:1\"\nloops = 1\n[log]\nlevel = \"warn\"\n");
  environment_["AGENTVAULT_LISTEN"] = "2.2.2.2:2";
  environment_["AGENTVAULT_LOOPS"] = "2";
  sources_.flags["listen"] = {"3.3.3.3:3"};
  const auto settings = load_settings(sources_);
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->listen, "3.3.3.3:3");
  EXPECT_EQ(settings->loops, 2);
  EXPECT_EQ(settings->log_level, "warn");
}

TEST_F(SettingsTest, ReadsListsFromEverySource) {
  write_file("cors_origins = [\"https://a.example\"]\n");
  environment_["AGENTVAULT_TRUSTED_PROXIES"] = "10.0.0.1,10.0.0.2";
  const auto settings = load_settings(sources_);
  ASSERT_TRUE(settings);
  EXPECT_THAT(settings->cors_origins, ElementsAre("https://a.example"));
  EXPECT_THAT(settings->trusted_proxies, ElementsAre("10.0.0.1", "10.0.0.2"));
}

TEST_F(SettingsTest, NamesAnUnknownKeyAndItsLine) {
  write_file("\n[smtp]\nhots = \"x\"\n");
  EXPECT_THAT(problem(), testing::AllOf(HasSubstr("config.toml:3"), HasSubstr("'smtp.hots'")));
}

TEST_F(SettingsTest, NamesAMisspeltEnvironmentVariable) {
  sources_.environment_names = {"AGENTVAULT_LISTN"};
  EXPECT_THAT(problem(), HasSubstr("AGENTVAULT_LISTN"));
}

TEST_F(SettingsTest, SaysWhatAValueMayBeAndWhereItCameFrom) {
  environment_["AGENTVAULT_LOG_LEVEL"] = "loud";
  EXPECT_EQ(problem(), "log.level (AGENTVAULT_LOG_LEVEL): must be one of debug, info, warn, error");
  environment_.erase("AGENTVAULT_LOG_LEVEL");
  environment_["AGENTVAULT_SMTP_PORT"] = "70000";
  EXPECT_EQ(problem(), "smtp.port (AGENTVAULT_SMTP_PORT): must be a whole number from 1 to 65535");
  environment_.erase("AGENTVAULT_SMTP_PORT");
  sources_.flags["listen"] = {"nonsense"};
  EXPECT_THAT(problem(), HasSubstr("127.0.0.1:8000"));
}

TEST_F(SettingsTest, RefusesWhatWouldBeUnsafe) {
  environment_["JWT_SECRET_KEY"] = "short-secret";
  EXPECT_THAT(problem(), testing::AllOf(HasSubstr("32 bytes"), Not(HasSubstr("short-secret"))));
  environment_.erase("JWT_SECRET_KEY");
  environment_["AGENTVAULT_CORS_ORIGINS"] = "*";
  EXPECT_THAT(problem(), HasSubstr("cors_origins"));
}

TEST_F(SettingsTest, PrintsWhatItReadsWithoutSecrets) {
  environment_["JWT_SECRET_KEY"] = "0123456789abcdef0123456789abcdef";
  environment_["DATABASE_URL"] = "postgresql://bob:hunter2@db/registry";
  environment_["AGENTVAULT_MAIL_FROM"] = "A \"quoted\" name";
  const auto settings = load_settings(sources_);
  ASSERT_TRUE(settings);
  const auto text = print_settings(*settings);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, Not(HasSubstr("0123456789abcdef")));
  EXPECT_THAT(text, HasSubstr("postgresql://bob:***@db/registry"));
  environment_.erase("JWT_SECRET_KEY");
  environment_.erase("DATABASE_URL");
  environment_.erase("AGENTVAULT_MAIL_FROM");
  std::string again = text;
  again.replace(again.find("\"***\""), 5, "\"\"");
  write_file(again);
  EXPECT_EQ(problem(), "none");
  EXPECT_EQ(load_settings(sources_)->mail_from, "A \"quoted\" name");
}

TEST_F(SettingsTest, TokensOutliveAChangeOfThePort) {
  sources_.flags["listen"] = {"127.0.0.1:1"};
  const auto one = load_settings(sources_)->token_issuer;
  sources_.flags["listen"] = {"127.0.0.1:2"};
  EXPECT_EQ(load_settings(sources_)->token_issuer, one);
  sources_.flags["public_url"] = {"https://registry.example"};
  EXPECT_EQ(load_settings(sources_)->token_issuer, "https://registry.example");
}

TEST_F(SettingsTest, HasNoFlagForSecretsAndNoNameTwice) {
  std::set<std::string> names;
  for (const auto& row : setting_table().rows) {
    EXPECT_EQ(config::flag_of(row).empty(), row.secret) << row.key;
    EXPECT_TRUE(names.insert(std::string(row.key)).second);
    EXPECT_TRUE(names.insert(std::string(row.environment)).second);
  }
}

TEST(Listen, ReadsAddressAndPort) {
  EXPECT_EQ(parse_listen("127.0.0.1:80")->port, 80);
  EXPECT_EQ(parse_listen("[::1]:0")->address, "::1");
  EXPECT_EQ(parse_listen(":8000")->address, "0.0.0.0");
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "x:1 "}) {
    EXPECT_FALSE(parse_listen(text)) << text;
  }
}

TEST_F(SettingsTest, AnS3StoreNeedsAllThatLeadsToIt) {
  environment_["S3_ENDPOINT"] = "https://s3.example.com";
  EXPECT_THAT(problem(), HasSubstr("s3.bucket"));
  environment_["S3_BUCKET"] = "agents";
  EXPECT_THAT(problem(), HasSubstr("s3.access_key_id"));
  environment_["S3_ACCESS_KEY_ID"] = "id";
  environment_["S3_SECRET_ACCESS_KEY"] = "secret";
  EXPECT_EQ(problem(), "none");
  environment_["S3_ENDPOINT"] = "https://s3.example.com/path";
  EXPECT_THAT(problem(), HasSubstr("s3.endpoint"));
  environment_.erase("S3_ENDPOINT");
  EXPECT_THAT(problem(), HasSubstr("s3.endpoint"));
}

}  // namespace
}  // namespace sovereign::registry_app
