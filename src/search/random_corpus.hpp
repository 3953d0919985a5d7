// Small random documents, filters and queries for tests and the fuzz target: few distinct words and
// values, so that everything collides with everything. Not for programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "search/query.hpp"
#include "search/schema.hpp"

namespace sovereign::search::testing {

inline Schema small_schema() {
  return {.text = {{"name", 4, 0.3F, TextKind::identifier, 4},
                   {"tags", 1.5F, 0.2F, TextKind::identifier, 3},
                   {"description", 1, 0.5F, TextKind::prose, 10}},
          .keywords = {"tag", "owner"},
          .numbers = {"created", "rating"}};
}

/// A key whose order is that of the number.
inline Uuid key_of(std::uint32_t number) {
  Uuid key;
  for (std::size_t i = 0; i < 4; ++i) {
    key.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  return key;
}

inline std::uint32_t number_of(const Uuid& key) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | key.bytes[i];
  return number;
}

/// The same sequence for the same seed, on every machine.
class RandomCorpus {
 public:
  explicit RandomCorpus(std::uint64_t seed) : state_(seed * 2 + 1) {}

  std::uint32_t below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>((state_ >> 33) % bound);
  }

  std::string word() {
    static const std::vector<std::string> words = {"weather",
                                                   "database",
                                                   "databases",
                                                   "search",
                                                   "searching",
                                                   "image",
                                                   "mail",
                                                   "code",
                                                   "run",
                                                   "running",
                                                   "container",
                                                   "kubernetes",
                                                   "mysql",
                                                   "openweather",
                                                   "browser",
                                                   "browse",
                                                   "agent",
                                                   "server",
                                                   "tool",
                                                   "the",
                                                   "of",
                                                   "Cloud",
                                                   "slack",
                                                   "message",
                                                   "GitHub",
                                                   "git-hub",
                                                   "caf\xC3\xA9",
                                                   "c++",
                                                   "\xE5\xA4\xA9\xE6\xB0\x94",
                                                   "v2"};
    // The smaller of two draws: some words are in most documents, some in few.
    const auto bound = static_cast<std::uint32_t>(words.size());
    return words[std::min(below(bound), below(bound))];
  }

  std::string words(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : " ") + word();
    return text;
  }

  Document document(std::uint32_t number) {
    Document out{.key = key_of(number)};
    out.text = {words(1 + below(3)), words(below(3)), words(below(12))};
    out.keywords.resize(2);
    for (auto n = below(4); n > 0; --n)
      out.keywords[0].push_back((below(2) ? "Tag" : "tag") + std::to_string(below(6)));
    out.keywords[1] = {"owner" + std::to_string(below(3))};
    out.numbers = {static_cast<double>(below(40)), below(5) == 0
                                                       ? std::numeric_limits<double>::quiet_NaN()
                                                       : static_cast<double>(below(50)) / 10};
    out.sort_name = out.text[0];
    out.payload = std::make_shared<const Document>(out);
    return out;
  }

  Filter filter(int depth = 3) {
    switch (below(depth > 0 ? 6 : 3)) {
      case 0: return {};
      case 1: return {HasTerm{below(2), below(3) ? "tag" + std::to_string(below(7)) : "OWNER1"}};
      case 2:
        return {
            InRange{below(2), static_cast<double>(below(30)) / 10, static_cast<double>(below(60))}};
      case 3: return {AllOf{filters(depth)}};
      case 4: return {AnyOf{filters(depth)}};
      default: return {NoneOf{filters(depth)}};
    }
  }

  Query query() {
    Query out;
    if (below(4) != 0) out.text = words(1 + below(4));
    if (below(3) == 0 && !out.text.empty()) out.text.pop_back();
    out.filter = below(2) == 0 ? Filter{} : filter();
    out.sort = {static_cast<Sort::By>(below(3)), static_cast<Sort::Direction>(below(2)), below(2)};
    out.limit = 1 + below(20);
    out.facets = {0, 1};
    out.facet_limit = 1 + below(8);
    return out;
  }

 private:
  std::vector<Filter> filters(int depth) {
    std::vector<Filter> out(below(4));
    for (auto& each : out) each = filter(depth - 1);
    return out;
  }

  std::uint64_t state_;
};

}  // namespace sovereign::search::testing
