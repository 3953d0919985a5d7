#include "search/segment_builder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "search/document_columns.hpp"
#include "search/limits.hpp"
#include "search/segment.hpp"
#include "search/stemmer.hpp"
#include "search/string_table.hpp"
#include "search/tokenizer.hpp"
#include "search/unicode.hpp"

namespace sovereign::search {

// Documents as they come: terms and keyword values numbered in the order of their appearance.
struct SegmentDraft {
  explicit SegmentDraft(const Schema& schema)
      : columns(schema),
        keyword_values(schema.keywords.size()),
        keyword_displays(schema.keywords.size()) {}

  DocumentColumns columns;
  Interner terms;
  std::vector<Interner> keyword_values;
  std::vector<std::vector<std::string>> keyword_displays;  ///< The smallest spelling of each.
  Tokens tokens;                                           ///< Scratch.
};

namespace {

void add_text(SegmentDraft& draft, const Schema& schema, const Document& document) {
  auto& columns = draft.columns;
  const auto begin = columns.tokens.size();
  for (std::size_t f = 0; f < schema.text.size(); ++f) {
    if (f < document.text.size()) {
      tokenize(document.text[f], schema.text[f].kind, draft.tokens);
      for (const Token& token : draft.tokens.list) {
        if (columns.tokens.size() - begin >= limits::document_tokens) break;
        const auto term = draft.terms.intern(draft.tokens.text(token));
        columns.tokens.push_back(token.overlay ? term | overlay_bit : term);
      }
    }
    columns.field_ends.push_back(static_cast<std::uint16_t>(columns.tokens.size() - begin));
  }
  columns.token_begins.push_back(static_cast<std::uint32_t>(columns.tokens.size()));
}

void add_keyword(SegmentDraft& draft, std::size_t field, const std::string& value) {
  const auto ordinal = draft.keyword_values[field].intern(fold_case(value));
  auto& displays = draft.keyword_displays[field];
  if (ordinal == displays.size()) {
    displays.push_back(value);
  } else if (value < displays[ordinal]) {
    displays[ordinal] = value;
  }
  draft.columns.keywords[field].ordinals.push_back(ordinal);
}

void add_keywords(SegmentDraft& draft, const Document& document) {
  for (std::size_t f = 0; f < draft.keyword_values.size(); ++f) {
    auto& column = draft.columns.keywords[f];
    if (f < document.keywords.size()) {
      const auto& values = document.keywords[f];
      const auto count = std::min(values.size(), limits::document_keywords);
      for (std::size_t i = 0; i < count; ++i) add_keyword(draft, f, values[i]);
    }
    const auto first = column.ordinals.begin() + column.begins.back();
    std::sort(first, column.ordinals.end());
    column.ordinals.erase(std::unique(first, column.ordinals.end()), column.ordinals.end());
    column.begins.push_back(static_cast<std::uint32_t>(column.ordinals.size()));
  }
}

// From the order of appearance to ascending order.
std::vector<std::uint32_t> ranks_of(const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> ranks(order.size());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

StringTable sorted_table(const StringList& strings, const std::vector<std::uint32_t>& order) {
  StringTable table;
  table.reserve(strings.size(), strings.byte_count());
  for (const auto number : order) table.push_back(strings[number]);
  return table;
}

// Ascending by key; of equal keys the last added.
std::vector<DocumentReference> order_by_key(const std::vector<Uuid>& keys) {
  std::vector<DocumentReference> order;
  order.reserve(keys.size());
  for (std::uint32_t i = 0; i < keys.size(); ++i) order.push_back({0, i});
  std::ranges::sort(order, [&](const auto& a, const auto& b) {
    const auto by_key = keys[a.document] <=> keys[b.document];
    return by_key != 0 ? by_key < 0 : a.document > b.document;
  });
  const auto repeated = std::ranges::unique(
      order, [&](const auto& a, const auto& b) { return keys[a.document] == keys[b.document]; });
  order.erase(repeated.begin(), repeated.end());
  return order;
}

TermDictionary make_dictionary(StringTable terms, StemCache& stems) {
  std::vector<StemForm> forms(terms.size());
  for (std::size_t i = 0; i < forms.size(); ++i) forms[i] = stems.form(terms[i]);
  return {std::move(terms), std::move(forms)};
}

}  // namespace

SegmentBuilder::SegmentBuilder(std::shared_ptr<const Schema> schema)
    : schema_(std::move(schema)), draft_(std::make_unique<SegmentDraft>(*schema_)) {}
SegmentBuilder::SegmentBuilder(SegmentBuilder&&) noexcept = default;
SegmentBuilder& SegmentBuilder::operator=(SegmentBuilder&&) noexcept = default;
SegmentBuilder::~SegmentBuilder() = default;

void SegmentBuilder::add(const Document& document) {
  auto& columns = draft_->columns;
  columns.keys.push_back(document.key);
  columns.payloads.push_back(document.payload);
  columns.names.push_back(fold_name(document.sort_name));
  for (std::size_t f = 0; f < columns.numbers.size(); ++f) {
    columns.numbers[f].push_back(f < document.numbers.size()
                                     ? document.numbers[f]
                                     : std::numeric_limits<double>::quiet_NaN());
  }
  add_text(*draft_, *schema_, document);
  add_keywords(*draft_, document);
}

std::size_t SegmentBuilder::size() const { return draft_->columns.size(); }

std::shared_ptr<const Segment> SegmentBuilder::finish(StemCache& stems) {
  if (prepared_) return std::exchange(prepared_, nullptr);
  if (size() == 0) return nullptr;
  const auto draft = std::exchange(draft_, std::make_unique<SegmentDraft>(*schema_));
  const auto term_order = sorted_order(draft->terms.strings());
  ColumnSource source{.columns = &draft->columns, .terms = ranks_of(term_order), .keywords = {}};
  std::vector<std::pair<StringTable, StringList>> keyword_values;
  for (std::size_t f = 0; f < draft->keyword_values.size(); ++f) {
    const auto& values = draft->keyword_values[f].strings();
    const auto order = sorted_order(values);
    StringList displays;
    for (const auto ordinal : order) displays.push_back(draft->keyword_displays[f][ordinal]);
    keyword_values.emplace_back(sorted_table(values, order), std::move(displays));
    source.keywords.push_back(ranks_of(order));
  }
  auto dictionary = make_dictionary(sorted_table(draft->terms.strings(), term_order), stems);
  const auto order = order_by_key(draft->columns.keys);
  return std::make_shared<const Segment>(schema_, std::move(dictionary), std::move(keyword_values),
                                         gather(*schema_, {&source, 1}, order));
}

void SegmentBuilder::prepare() {
  StemCache stems;
  prepared_ = finish(stems);
}

}  // namespace sovereign::search
