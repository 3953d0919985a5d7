// What can be asked of a Snapshot, and what it answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/uuid.hpp"
#include "search/schema.hpp"

namespace sovereign::search {

struct Filter;

struct Everything {};
struct AllOf {
  std::vector<Filter> of;  ///< Empty: everything.
};
struct AnyOf {
  std::vector<Filter> of;  ///< Empty: nothing.
};
struct NoneOf {
  std::vector<Filter> of;  ///< Documents that match none of these; with one member, "not".
};
/// Documents whose keyword field has this value, whatever its case.
struct HasTerm {
  std::size_t field = 0;  ///< Index into Schema::keywords.
  std::string value;
};
/// Documents whose number is present and in [min, max].
struct InRange {
  std::size_t field = 0;  ///< Index into Schema::numbers.
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// A boolean tree. `Filter{AllOf{{Filter{HasTerm{0, "sql"}}, Filter{InRange{0, 1, 5}}}}}`
struct Filter {
  std::variant<Everything, AllOf, AnyOf, NoneOf, HasTerm, InRange> node;
};

/// The order of hits. Ties go by key, so every order is total; descending is the exact reverse of
/// ascending. By relevance without any word to search: number field 0 descending (by name when the
/// schema has no numbers).
struct Sort {
  enum class By : std::uint8_t { relevance, number, name };
  enum class Direction : std::uint8_t { ascending, descending };
  By by = By::relevance;
  Direction direction = Direction::descending;  ///< Not for relevance.
  std::size_t field = 0;                        ///< By::number: index into Schema::numbers.
};

/// A rank (0 is the first hit); how cursors of relevance orders say where they are.
struct Rank {
  std::uint64_t value = 0;
  bool operator==(const Rank&) const = default;
};

/// Where a page ended. With a number or a name the walk sees each document that stays in place
/// exactly once, whatever is inserted or removed meanwhile; with a rank it is as good as an offset.
struct Position {
  std::variant<Rank, double, std::string> at;  ///< By order: relevance, number, name (case-folded).
  Uuid key;                                    ///< The last hit seen; unused with a rank.
  bool operator==(const Position&) const = default;
};

struct Query {
  std::string text;  ///< Words as a person types them; empty lists what the filter leaves.
  Filter filter;
  Sort sort;
  std::size_t offset = 0;  ///< Hits skipped, counted from `after` when that is given.
  std::size_t limit = 20;
  std::optional<Position> after;    ///< Only hits behind it; from the `next` of the same query.
  std::vector<std::size_t> facets;  ///< Keyword fields to count values of.
  std::size_t facet_limit = 10;     ///< The most frequent values, this many a field.
  bool explain = true;              ///< Fill Hit::matched.
};

/// How a word of the query was found in a document, best first.
enum class MatchKind : std::uint8_t {
  exact,
  stem,    ///< Another form of the word: running, runs.
  prefix,  ///< The query's last word begins it.
  part,    ///< It is a part of a longer word: weather in openweather.
  typo,    ///< One typing error away.
};
std::string_view to_string(MatchKind kind);

struct Match {
  std::size_t field = 0;  ///< Index into Schema::text.
  std::string term;       ///< As the user wrote it.
  std::string indexed;    ///< The word of the document, folded.
  MatchKind kind = MatchKind::exact;
};

struct Hit {
  std::shared_ptr<const void> payload;
  Uuid key;
  float score = 0;             ///< 0 for queries without words. Comparable within one answer only.
  std::vector<Match> matched;  ///< By field, then in the order of the query's words.
};

struct FacetValue {
  std::string value;  ///< As first written (of several spellings the smallest).
  std::uint64_t count = 0;
};
struct Facet {
  std::size_t field = 0;
  std::vector<FacetValue> values;  ///< By count descending, then by folded value.
};

struct Answer {
  std::vector<Hit> hits;
  std::uint64_t total = 0;  ///< Exact: all documents that match text and filter, on any page.
  std::vector<Facet> facets;
  std::optional<Position> next;  ///< Present when there are hits behind the last one.
};

/// Checks sizes, depths, field numbers and that `after` fits the order. Pointers in the error name
/// members of Query ("/filter", "/sort"). Snapshot::search wants a query that has passed this.
Result<void> validate(const Query& query, const Schema& schema);

/// The order an answer really has: relevance without words becomes an order by number or name.
Sort effective_sort(const Query& query, const Schema& schema);
/// Whether a text holds anything to search for.
bool has_words(std::string_view text);
/// Whether the position is one of that order.
bool fits(const Position& position, const Sort& sort);

}  // namespace sovereign::search
