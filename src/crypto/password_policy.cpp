// How a password is judged: it is cut into pieces in the cheapest way, where a common word, a run
// ("4321", "aaaa"), a keyboard walk or a year is one piece and any other character one of its own.
// Guessing programs think in such pieces, so a password of few of them is weak however long it is.
#include "crypto/password_policy.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "crypto/password.hpp"

namespace sovereign::crypto {
namespace {

// In half characters, so that a word can weigh one and a half.
constexpr int kCharacterWeight = 2;
constexpr int kWordWeight = 3;
constexpr int kRunWeight = 3;
constexpr int kYearWeight = 2;
/// Below seven characters' worth of guessing work. A random password of 12 weighs 24.
constexpr int kMinWeight = 14;
constexpr std::size_t kMinRun = 3;
constexpr std::size_t kMinDistinct = 5;

/// Words at the head of every published list of leaked passwords, four letters or more.
constexpr auto kCommonWords = std::to_array<std::string_view>({
    "abcd",       "access",        "account",
    "admin",      "administrator", "agent",
    "alex",       "alexander",     "amanda",
    "andrea",     "andrew",        "angel",
    "anthony",    "apple",         "arsenal",
    "asdf",       "ashley",        "august",
    "autumn",     "babygirl",      "bailey",
    "banana",     "barcelona",     "baseball",
    "basketball", "batman",        "biteme",
    "blink",      "bond",          "brandon",
    "buster",     "butterfly",     "change",
    "changeme",   "charlie",       "cheese",
    "chelsea",    "chocolate",     "christ",
    "computer",   "cookie",        "correcthorsebatterystaple",
    "daniel",     "december",      "default",
    "demo",       "dragon",        "elizabeth",
    "facebook",   "family",        "february",
    "flower",     "football",      "forever",
    "freedom",    "friday",        "friend",
    "friends",    "fuck",          "fuckyou",
    "george",     "ginger",        "google",
    "guest",      "hannah",        "happy",
    "harley",     "heaven",        "hello",
    "hockey",     "home",          "hunter",
    "iloveyou",   "internet",      "january",
    "jasmine",    "jennifer",      "jessica",
    "jesus",      "jordan",        "joshua",
    "justin",     "killer",        "letmein",
    "liverpool",  "login",         "london",
    "love",       "lovely",        "loveme",
    "loveyou",    "maggie",        "manager",
    "master",     "matrix",        "matthew",
    "maxwell",    "mercedes",      "merlin",
    "michael",    "michelle",      "michigan",
    "monday",     "money",         "monkey",
    "monster",    "morgan",        "mustang",
    "mynoob",     "naruto",        "nicole",
    "nothing",    "november",      "october",
    "office",     "orange",        "pass",
    "passphrase", "passwd",        "passwort",
    "password",   "peanut",        "pepper",
    "pokemon",    "power",         "princess",
    "purple",     "qwerty",        "ranger",
    "registry",   "robert",        "root",
    "rosebud",    "samantha",      "samsung",
    "secret",     "september",     "server",
    "shadow",     "silver",        "snoopy",
    "soccer",     "sophie",        "spring",
    "starwars",   "summer",        "sunday",
    "sunshine",   "super",         "superman",
    "system",     "temp",          "test",
    "testing",    "thisis",        "thomas",
    "thunder",    "tigger",        "trustno",
    "user",       "welcome",       "whatever",
    "winter",     "william",       "woman",
    "work",       "world",         "yankees",
    "yellow",     "youtube",       "zxcvbn",
});

/// Neighbouring keys, left to right and top to bottom, on the usual layouts.
constexpr auto kKeyLines = std::to_array<std::string_view>({
    "1234567890", "!@#$%^&*()", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm",
    "qwertzuiop", "yxcvbnm",    "1qaz",       "2wsx",      "3edc",    "4rfv",       "5tgb",
    "6yhn",       "7ujm",       "!qaz",       "@wsx",      "#edc",
});

using Text = std::u32string;

/// Code points of well-formed UTF-8, ASCII letters in lower case.
Text fold(std::string_view utf8) {
  Text text;
  for (const char c : base::to_lower_ascii(utf8)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      text += byte;
    } else if (byte >= 0xc0) {
      text += byte & (byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07);
    } else {
      text.back() = text.back() << 6 | (byte & 0x3f);
    }
  }
  return text;
}

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || c >= 0x80; }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

/// Whether `c` is `letter` or what people write for it.
bool stands_for(char32_t c, char32_t letter) {
  if (c == letter) return true;
  switch (c) {
    case '0': return letter == 'o';
    case '1':
    case '!': return letter == 'i' || letter == 'l';
    case '3': return letter == 'e';
    case '4':
    case '@': return letter == 'a';
    case '5':
    case '$': return letter == 's';
    case '7': return letter == 't';
    default: return false;
  }
}

bool has_word_at(const Text& text, std::size_t at, const Text& word) {
  return text.size() - at >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char32_t letter, char32_t c) { return stands_for(c, letter); });
}

/// How many characters from `at` on follow each other by `step` (1, -1 or 0) in the alphabet.
std::size_t run_length(const Text& text, std::size_t at, int step) {
  std::size_t length = 1;
  while (at + length < text.size() && static_cast<std::int64_t>(text[at + length]) ==
                                          static_cast<std::int64_t>(text[at + length - 1]) + step) {
    ++length;
  }
  return length;
}

/// How many characters from `at` on are neighbours on `line`, in its direction or against it.
std::size_t walk_length(const Text& text, std::size_t at, std::string_view line, int direction) {
  auto position = text[at] < 0x80 ? line.find(static_cast<char>(text[at])) : std::string_view::npos;
  if (position == std::string_view::npos) return 0;
  std::size_t length = 1;
  for (;; ++length) {
    position += static_cast<std::size_t>(direction);  // Before the first: wraps to past the end.
    if (at + length >= text.size() || position >= line.size()) return length;
    if (text[at + length] != static_cast<char32_t>(line[position])) return length;
  }
}

std::size_t longest_run(const Text& text, std::size_t at) {
  std::size_t longest = 1;
  for (const int step : {-1, 0, 1}) longest = std::max(longest, run_length(text, at, step));
  for (const auto line : kKeyLines) {
    for (const int direction : {-1, 1}) {
      longest = std::max(longest, walk_length(text, at, line, direction));
    }
  }
  return longest;
}

bool has_year_at(const Text& text, std::size_t at) {
  if (text.size() - at < 4) return false;
  const auto century = text.substr(at, 2);
  return (century == U"19" || century == U"20") && is_digit(text[at + 2]) && is_digit(text[at + 3]);
}

/// The weight of the cheapest way to put `text` together.
int weigh(const Text& text, const std::vector<Text>& words) {
  std::vector<int> weights(text.size() + 1, static_cast<int>(text.size()) * kCharacterWeight);
  weights[0] = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto reach = [&](std::size_t length, int weight) {
      weights[at + length] = std::min(weights[at + length], weights[at] + weight);
    };
    reach(1, kCharacterWeight);
    for (std::size_t length = longest_run(text, at); length >= kMinRun; --length)
      reach(length, kRunWeight);
    if (has_year_at(text, at)) reach(4, kYearWeight);
    for (const auto& word : words) {
      if (has_word_at(text, at, word)) reach(word.size(), kWordWeight);
    }
  }
  return weights.back();
}

/// True for a short unit written again and again, the last time perhaps not to its end.
bool is_repetition(const Text& text) {
  const std::size_t longest = std::min(kMinPasswordCodePoints - 1, text.size() / 2);
  for (std::size_t period = 1; period <= longest; ++period) {
    if (std::equal(text.begin() + static_cast<std::ptrdiff_t>(period), text.end(), text.begin()))
      return true;
  }
  return false;
}

std::size_t count_distinct(Text text) {
  std::ranges::sort(text);
  return static_cast<std::size_t>(std::ranges::unique(text).begin() - text.begin());
}

/// Without what surrounds the first and the last letter.
Text core(const Text& text) {
  const auto first = std::ranges::find_if(text, is_letter);
  const auto last = std::find_if(text.rbegin(), text.rend(), is_letter).base();
  return first < last ? Text(first, last) : Text();
}

/// The names the owner is known by: username, email, and the email's local part.
std::vector<Text> owner_names(const PasswordOwner& owner) {
  std::vector<Text> names;
  const auto local_part = owner.email.substr(0, owner.email.find('@'));
  for (const auto name : {owner.username, owner.email, local_part}) {
    if (!base::is_utf8(name)) continue;
    if (auto text = core(fold(name)); text.size() >= 3) names.push_back(std::move(text));
  }
  return names;
}

std::vector<Text> known_words(std::vector<Text> words) {
  words.reserve(words.size() + kCommonWords.size());
  for (const auto word : kCommonWords) words.emplace_back(word.begin(), word.end());
  return words;
}

}  // namespace

std::optional<PasswordProblem> password_problem(std::string_view password,
                                                const PasswordOwner& owner) {
  if (password.size() > kMaxPasswordBytes) {
    return PasswordProblem{"too_long", "The password must have at most 1024 bytes."};
  }
  if (!base::is_utf8(password))
    return PasswordProblem{"invalid_utf8", "The password must be valid UTF-8."};
  if (password.contains('\0'))
    return PasswordProblem{"contains_nul", "The password must not contain NUL."};
  const auto text = fold(password);
  if (text.size() < kMinPasswordCodePoints) {
    return PasswordProblem{"too_short", "The password must have at least 12 characters."};
  }
  auto names = owner_names(owner);
  if (std::ranges::find(names, core(text)) != names.end()) {
    return PasswordProblem{"account_name",
                           "The password must not be the account's own name or email."};
  }
  if (count_distinct(text) < kMinDistinct || is_repetition(text) ||
      weigh(text, known_words(std::move(names))) < kMinWeight) {
    return PasswordProblem{
        "too_common",
        "The password is too easy to guess; add words or characters that are not a "
        "pattern."};
  }
  return std::nullopt;
}

}  // namespace sovereign::crypto
