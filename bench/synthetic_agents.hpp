// A deterministic corpus in the shape of a registry: words, tags and capabilities follow Zipf's
// law, descriptions have about forty words.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "search/schema.hpp"

namespace sovereign::bench {

inline search::Schema agent_schema() {
  using enum search::TextKind;
  return {.text = {{"name", 4, 0.3F, identifier, 4},
                   {"humanReadableId", 3, 0.3F, identifier, 6},
                   {"capabilities", 2, 0.2F, identifier, 3},
                   {"tags", 1.5F, 0.2F, identifier, 3},
                   {"description", 1, 0.5F, prose, 25}},
          .keywords = {"capabilities", "tags", "developer"},
          .numbers = {"created", "updated", "reputation"}};
}

/// Draws ranks 0 .. size-1 with probability proportional to 1 / (rank + 1)^exponent.
class Zipf {
 public:
  Zipf(std::size_t size, double exponent) : cumulative_(size) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      sum += std::pow(static_cast<double>(i + 1), -exponent);
      cumulative_[i] = sum;
    }
  }
  std::size_t operator()(std::mt19937_64& random) const {
    std::uniform_real_distribution<double> uniform(0, cumulative_.back());
    const auto at = std::ranges::lower_bound(cumulative_, uniform(random));
    return static_cast<std::size_t>(at - cumulative_.begin());
  }

 private:
  std::vector<double> cumulative_;
};

class SyntheticAgents {
 public:
  static constexpr std::size_t vocabulary = 40'000;

  explicit SyntheticAgents(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < vocabulary; ++i) words_.push_back(invent_word(i));
  }

  const std::string& word(std::size_t rank) const { return words_[rank]; }
  std::string capability(std::size_t rank) const { return "capability-" + words_[rank * 7 + 50]; }
  std::string tag(std::size_t rank) const { return words_[rank * 11 + 30]; }

  search::Document next() {
    search::Document agent;
    for (auto& byte : agent.key.bytes) byte = static_cast<std::uint8_t>(random_());
    const std::string name = pick(name_words_) + " " + pick(name_words_) + " " + pick(text_words_);
    std::vector<std::string> capabilities(3 + random_() % 3);
    for (auto& value : capabilities) value = capability(labels_(random_));
    std::vector<std::string> tags(3 + random_() % 3);
    for (auto& value : tags) value = tag(labels_(random_));
    const std::string developer = "developer-" + std::to_string(developers_(random_));
    std::string description;
    const std::size_t length = 20 + random_() % 40;
    for (std::size_t i = 0; i < length; ++i) description += pick(text_words_) + ' ';
    agent.text = {name, developer + "/" + pick(name_words_) + "-" + pick(text_words_),
                  joined(capabilities), joined(tags), description};
    agent.keywords = {std::move(capabilities), std::move(tags), {developer}};
    const auto created =
        static_cast<double>(1.75e15 + static_cast<double>(random_() % 100'000'000));
    agent.numbers = {created, created + static_cast<double>(random_() % 1000),
                     static_cast<double>(random_() % 500) / 100};
    agent.sort_name = name;
    agent.payload = payload_;
    return agent;
  }

 private:
  // Short for frequent words; the digits of the rank in a base of syllables, so no two are equal.
  static std::string invent_word(std::size_t rank) {
    static constexpr std::string_view consonants = "bcdfgklmnprstvz";
    static constexpr std::string_view vowels = "aeiou";
    std::string word;
    for (std::size_t rest = rank * 7919 % 40'009 + 75; rest > 0; rest /= 75) {
      word += consonants[rest % 15];
      word += vowels[rest / 15 % 5];
    }
    return word + (rank % 3 == 0 ? "n" : rank % 3 == 1 ? "rt" : "");
  }

  std::string pick(const Zipf& zipf) { return words_[zipf(random_)]; }
  static std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const auto& value : values) text += value + ' ';
    return text;
  }

  std::mt19937_64 random_;
  std::vector<std::string> words_;
  Zipf text_words_{vocabulary, 1.0};
  Zipf name_words_{vocabulary, 0.7};
  Zipf labels_{1000, 1.0};
  Zipf developers_{5000, 0.8};
  std::shared_ptr<const void> payload_ = std::make_shared<int>(0);
};

}  // namespace sovereign::bench
