#include "core/redaction/redactor.hpp"

#include <gtest/gtest.h>

#include "core/redaction/line_redactor.hpp"
#include "core/redaction/sensitive_names.hpp"
#include "core/redaction/utf8.hpp"
#include "json/write.hpp"
#include "support/planted_secrets.hpp"

namespace sovereign::core {
namespace {

std::string redacted(std::string_view text) { return Redactor().text(text); }

TEST(Redactor, TakesOutEveryPlantedSecretAndNothingTwice) {
  for (const auto& planted : support::kPlantedSecrets) {
    const std::string once = redacted(planted.text);
    EXPECT_FALSE(once.contains(planted.secret)) << planted.kind << ": " << once;
    EXPECT_TRUE(once.contains(kRedacted)) << planted.kind << ": " << once;
    EXPECT_EQ(redacted(once), once) << planted.kind;
  }
}

TEST(Redactor, LeavesOrdinaryTextAsItIs) {
  for (const char* text : {
           "",
           "compiled 12 files in 0.4 s",
           "author: Grace Hopper, design=modern, token_count=150, max_tokens: 4096",
           "session_id=0193a2b4-0000-7000-8000-000000000001 started",
           "the bearer of this letter uses basic authentication",
           "commit 876320ea1b2c3d4e5f60718293a4b5c6d7e8f901",
           "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
           "https://example.org/a/b?page=2&sort=name#top",
           "ssh://git@github.com/example/agent.git and git@github.com:example/agent.git",
           "com.example.sk-learn-tools/predict",
           "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
           "** (RuntimeError) no token",
           "Token::Type == other",
           "tokens: 150",
           "password: nil",
           "line one\r\nline two\ttabbed\n",
           "na\xc3\xafve \xff\xfe bytes",
       }) {
    EXPECT_EQ(redacted(text), text);
  }
}

TEST(Redactor, KeepsWhatSurroundsASecret) {
  EXPECT_EQ(redacted("a password=hunter2, then b"), "a password=[REDACTED], then b");
  EXPECT_EQ(redacted("https://u:p@host:8080/path"), "https://[REDACTED]@host:8080/path");
  EXPECT_EQ(redacted(R"({"token":"abc","n":1})"), R"({"token":"[REDACTED]","n":1})");
  EXPECT_EQ(redacted("Bearer abcdef123456 sent"), "Bearer [REDACTED] sent");
  EXPECT_EQ(redacted("Authorization: Digest a=b, c=d\nnext"), "Authorization: [REDACTED]\nnext");
  EXPECT_EQ(redacted("x\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\ny"),
            "x\n[REDACTED]\ny");
  EXPECT_EQ(redacted("x -----BEGIN EC PRIVATE KEY-----\nAAAA\nBBBB"), "x [REDACTED]");
}

TEST(Redactor, KnownSecretsGoWhereverTheyStandUntilTheirHandleEnds) {
  Redactor redactor;
  {
    const auto handle = redactor.add_secret("open sesame");
    const auto longer = redactor.add_secret("open sesame seed");
    EXPECT_EQ(redactor.text("say open sesame twice: open sesame!"),
              "say [REDACTED] twice: [REDACTED]!");
    EXPECT_EQ(redactor.text("an open sesame seed"), "an [REDACTED]");
    EXPECT_EQ(json::to_text(redactor.value({{"a", "xopen sesamex"}})), R"({"a":"x[REDACTED]x"})");
  }
  EXPECT_EQ(redactor.text("open sesame"), "open sesame");
}

TEST(Redactor, AShortTextIsNoKnownSecret) {
  Redactor redactor;
  const auto handle = redactor.add_secret("the");
  EXPECT_EQ(redactor.text("the cat"), "the cat");
}

TEST(Redactor, AHandleMayOutliveItsRedactorAndBeMoved) {
  SecretHandle handle;
  {
    Redactor redactor;
    handle = redactor.add_secret("open sesame");
    const SecretHandle moved = std::move(handle);
    EXPECT_EQ(redactor.text("open sesame"), kRedacted);
    handle = redactor.add_secret("second secret");
  }
  EXPECT_EQ(redacted("second secret"), "second secret");
}

TEST(Redactor, SensitiveMembersGoWholeAndHarmlessOnesStay) {
  const auto value = json::parse(R"({"token":{"a":1},"Password":"x","apiKey":["y"],"pin_code":7,
      "session_id":"s-1","token_count":3,"author":"Ann","designSig":"z","has_token":true,
      "secret":null})");
  EXPECT_EQ(json::to_text(Redactor().value(*value)),
            R"({"token":"[REDACTED]","Password":"[REDACTED]","apiKey":"[REDACTED]","pin_code":7,)"
            R"("session_id":"s-1","token_count":3,"author":"Ann","designSig":"[REDACTED]",)"
            R"("has_token":true,"secret":null})");
}

TEST(Redactor, StringsAreOneLineAndCutAtACharacter) {
  const json::Value value{{"a", std::string("x\ny\0z", 5)},
                          {"stdout", std::string(600, 'o')},
                          {"b", std::string(1999, 'b') + "\xc3\xa9"}};
  RedactionStats stats;
  const auto out = Redactor().object(value.as_object(), &stats);
  EXPECT_EQ(out.at("a").as_string(), "x yz");
  EXPECT_EQ(out.at("stdout").as_string(), std::string(500, 'o') + "[TRUNCATED]");
  EXPECT_EQ(out.at("b").as_string(), std::string(1999, 'b') + "[TRUNCATED]");
  EXPECT_EQ(stats.truncated, 2U);
}

TEST(Redactor, ASecretOnTheCutIsNotCutInHalf) {
  Redactor redactor;
  const auto handle = redactor.add_secret("open sesame");
  const auto out = redactor.value(json::Value(std::string(1996, 'x') + "open sesame"));
  EXPECT_FALSE(std::string_view(out.as_string()).contains("open"));
}

TEST(Redactor, ADocumentIsCutToItsBounds) {
  json::Value deep(1);
  for (int i = 0; i < 40; ++i) deep = json::Array{deep};
  EXPECT_EQ(json::to_text(Redactor().value(deep)), R"([[[[[["[TRUNCATED]"]]]]]])");

  json::Object wide;
  for (int i = 0; i < 1000; ++i) wide[std::to_string(i)] = i;
  const auto narrow = Redactor().object(wide);
  EXPECT_EQ(narrow.size(), 201U);
  EXPECT_EQ(narrow.at("truncated_members").as_uint64(), 800U);

  json::Array large(200, json::Value(std::string(1990, 'x')));
  json::Object nested;
  for (int i = 0; i < 5; ++i) nested[std::to_string(i)] = large;
  RedactionStats stats;
  EXPECT_LT(json::to_text(Redactor().value(nested, &stats)).size(), 230'000U);
  EXPECT_LT(stats.steps, 3'000'000U);
}

TEST(SensitiveNames, GoByWholeWords) {
  for (const char* name : {"token", "access_token", "accessToken", "X-Api-Key", "APIKey",
                           "client_secret", "sshKey", "ssh.private.key", "Set-Cookie",
                           "db_password", "auth", "sig", "credentials", "JWT", "session"}) {
    EXPECT_TRUE(is_sensitive_name(name)) << name;
  }
  for (const char* name :
       {"author", "design", "token_counts", "session_id", "tokenizer", "key", "keyboard",
        "authority", "monkey", "public_key", "", "_", "secretary", "token_type", "token_expires"}) {
    EXPECT_FALSE(is_sensitive_name(name)) << name;
  }
}

TEST(LineRedactor, HidesAPrivateKeyThatSpansLines) {
  const Redactor redactor;
  LineRedactor lines(redactor);
  EXPECT_EQ(lines.line("before"), "before");
  EXPECT_EQ(lines.line("key: -----BEGIN PRIVATE KEY-----"), "key: [REDACTED]");
  EXPECT_EQ(lines.line("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"), kRedacted);
  EXPECT_EQ(lines.line("-----END PRIVATE KEY-----"), kRedacted);
  EXPECT_EQ(lines.line("after"), "after");
}

TEST(LineRedactor, AKeyWithoutAnEndDoesNotHideTheLogForEver) {
  const Redactor redactor;
  LineRedactor lines(redactor);
  lines.line("-----BEGIN PRIVATE KEY-----");
  for (std::size_t i = 0; i < LineRedactor::kMaxKeyLines; ++i)
    EXPECT_EQ(lines.line("a"), kRedacted);
  EXPECT_EQ(lines.line("a"), "a");
}

TEST(Redactor, WorkIsLinearWhateverTheTextIs) {
  for (const std::string_view piece : {"a",
                                       " ",
                                       "-",
                                       ".",
                                       "sk-",
                                       "eyJ-",
                                       "eyJ0123456789.",
                                       "eyJ0123456789.x.",
                                       "bearer ",
                                       "basic a/",
                                       "token=",
                                       "token=\"",
                                       "token:\\\"",
                                       "password: ",
                                       "://",
                                       "a://b@",
                                       "://a:",
                                       "-----BEGIN ",
                                       "-----BEGIN PRIVATE KEY-----",
                                       "-----BEGIN PRIVATE KEY-----END ",
                                       "\"",
                                       "\\",
                                       "&token=",
                                       "--token ",
                                       "AKIA",
                                       "ghp_a",
                                       "cookie: ",
                                       "\xff",
                                       "open ses"}) {
    Redactor redactor;
    const auto handle = redactor.add_secret("open sesame");
    const auto steps_for = [&](std::size_t size) {
      std::string text;
      while (text.size() < size) text += piece;
      RedactionStats stats;
      const std::string out = redactor.text(text, &stats);
      EXPECT_LE(out.size(), 12 * text.size()) << piece;
      return static_cast<double>(stats.steps) / static_cast<double>(text.size());
    };
    const double small = steps_for(2'000);
    const double large = steps_for(40'000);
    EXPECT_LT(large, 12) << piece;
    EXPECT_LT(large, small + 1) << piece;
  }
}

TEST(Utf8, BadBytesBecomeReplacementCharactersAndGoodOnesStay) {
  EXPECT_EQ(to_utf8("a\xff"
                    "b\xc3\xa9"),
            "a\xef\xbf\xbd"
            "b\xc3\xa9");
  EXPECT_EQ(to_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(to_utf8("cut \xf0\x9f\xa6"), "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Utf8, ATextIsCutBetweenCharacters) {
  EXPECT_EQ(utf8_floor("a\xc3\xa9", 2), 1U);
  EXPECT_EQ(utf8_floor("a\xc3\xa9", 3), 3U);
  EXPECT_EQ(utf8_floor("abc", 9), 3U);
}

}  // namespace
}  // namespace sovereign::core
