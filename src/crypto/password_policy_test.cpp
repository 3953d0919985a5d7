#include "crypto/password_policy.hpp"

#include <gtest/gtest.h>

namespace sovereign::crypto {
namespace {

constexpr PasswordOwner kOwner{.email = "jane.doe+news@example.com", .username = "WonderfulJane"};

std::string_view problem(std::string_view password) {
  const auto found = password_problem(password, kOwner);
  return found ? found->code : "";
}

TEST(PasswordPolicy, AcceptsRandomOnesAndSentencesOfUncommonWords) {
  for (const char* password :
       {"xK9#mQ2$vL7p", "kz7rq2mwx4tb", "purple elephant dances at noon", "Grünkohl mit Äpfeln",
        "84719365028461", "4f9c1d7e8b2a", "my dog ate the blue lamp", "пароль от старого дома",
        "jane met a green turtle once"}) {
    EXPECT_EQ(problem(password), "") << password;
  }
}

TEST(PasswordPolicy, CountsCodePointsNotBytes) {
  EXPECT_EQ(problem("xK9#mQ2$vL7"), "too_short");
  EXPECT_EQ(problem("éèàùçâêîôûë"), "too_short");
  EXPECT_EQ(problem("éèàùçâêîôûëx"), "");
}

TEST(PasswordPolicy, LimitsTheBytes) {
  std::string password = "xK9#mQ2$vL7p";
  while (password.size() < 1024) password += static_cast<char>('!' + password.size() * 37 % 90);
  EXPECT_EQ(problem(password), "");
  EXPECT_EQ(problem(password + "x"), "too_long");
}

TEST(PasswordPolicy, RefusesBytesThatAreNotText) {
  EXPECT_EQ(problem("xK9#mQ2$vL7p\xff"), "invalid_utf8");
  EXPECT_EQ(problem(std::string_view("xK9#mQ\0vL7pab", 13)), "contains_nul");
}

TEST(PasswordPolicy, RefusesRepetition) {
  for (const char* password :
       {"aaaaaaaaaaaa", "abababababab", "abcxyzabcxyzabc", "Tr0ub4d0rTr0ub4d0r", "112211221122"}) {
    EXPECT_EQ(problem(password), "too_common") << password;
  }
}

TEST(PasswordPolicy, RefusesSequencesAndKeyboardWalks) {
  for (const char* password :
       {"123456789012", "abcdefghijkl", "qwertyuiop[]", "1qaz2wsx3edc", "!QAZ2wsx#EDC",
        "poiuytrewq12", "asdfghjkl123", "9876543210987", "zyxwvutsrqpo", "azertyuiop12"}) {
    EXPECT_EQ(problem(password), "too_common") << password;
  }
}

TEST(PasswordPolicy, RefusesCommonWordsWithDecoration) {
  for (const char* password :
       {"password1234", "Password2024!", "P@ssw0rd1234", "iloveyou1234", "letmeinletmein99",
        "welcome12345", "adminadmin123", "qwerty123456", "thisisapassword", "summer2024!!",
        "changemechangeme1", "superman1999!", "MyPassword123", "correcthorsebatterystaple"}) {
    EXPECT_EQ(problem(password), "too_common") << password;
  }
}

TEST(PasswordPolicy, RefusesTheAccountsOwnNames) {
  for (const char* password : {"WonderfulJane", "wonderfuljane", "WONDERFULJANE1987",
                               "jane.doe+news@example.com", "jane.doe+news", "12jane.doe+news!!"}) {
    EXPECT_EQ(problem(password), "account_name") << password;
  }
  EXPECT_EQ(problem("wonderfuljanepassword1"), "too_common");
}

TEST(PasswordPolicy, LooksPastAnAccountWithoutNames) {
  EXPECT_EQ(password_problem("xK9#mQ2$vL7p", {}), std::nullopt);
}

}  // namespace
}  // namespace sovereign::crypto
