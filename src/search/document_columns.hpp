// The documents of a segment, one array a property. The token streams are the truth from which
// postings are made, so that segments can be merged without cutting any text again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/uuid.hpp"
#include "search/schema.hpp"
#include "search/string_table.hpp"

namespace sovereign::search {

/// A token is a term number; overlays (see Token) have this bit set as well.
inline constexpr std::uint32_t overlay_bit = 0x8000'0000;

/// The values of one keyword field: those of document d are ordinals[begins[d], begins[d+1]),
/// numbers into a dictionary, ascending, each once.
struct KeywordColumn {
  std::vector<std::uint32_t> begins{0};
  std::vector<std::uint32_t> ordinals;

  std::span<const std::uint32_t> of(std::size_t document) const {
    return std::span(ordinals).subspan(begins[document], begins[document + 1] - begins[document]);
  }
};

struct DocumentColumns {
  explicit DocumentColumns(const Schema& schema);

  std::size_t size() const { return keys.size(); }
  /// The tokens of one text field of a document.
  std::span<const std::uint32_t> field(std::size_t document, std::size_t field) const {
    const auto* ends = field_ends.data() + document * text_fields;
    const std::size_t begin = field == 0 ? 0 : ends[field - 1];
    return {tokens.data() + token_begins[document] + begin, ends[field] - begin};
  }
  std::span<const std::uint32_t> all_tokens(std::size_t document) const {
    const auto begin = token_begins[document];
    return {tokens.data() + begin, token_begins[document + 1] - begin};
  }
  /// Hints that the document's tokens will be read: first where they are, later themselves.
  void prefetch_ends(std::size_t document) const {
    __builtin_prefetch(token_begins.data() + document);
    __builtin_prefetch(field_ends.data() + document * text_fields);
  }
  void prefetch_tokens(std::size_t document) const {
    const auto* first = tokens.data() + token_begins[document];
    for (std::size_t line = 0; line < 4; ++line) __builtin_prefetch(first + line * 16);
  }
  /// The same for what a hit shows: first where the payload is, later its shared owner count, which
  /// make_shared puts before the object.
  void prefetch_payload(std::size_t document) const {
    __builtin_prefetch(payloads.data() + document);
    __builtin_prefetch(keys.data() + document);
  }
  void prefetch_owner(std::size_t document) const {
    constexpr std::size_t owner_bytes = 16;
    // As a number: there may be no payload, and nothing is read.
    const auto object = reinterpret_cast<std::uintptr_t>(payloads[document].get());
    __builtin_prefetch(reinterpret_cast<const void*>(object - owner_bytes), 1);
  }
  std::size_t memory_bytes() const;

  std::size_t text_fields;
  std::vector<Uuid> keys;
  std::vector<std::shared_ptr<const void>> payloads;
  StringList names;                          ///< Document::sort_name, folded.
  std::vector<std::vector<double>> numbers;  ///< By field; NaN is absent.
  std::vector<std::uint32_t> token_begins{0};
  std::vector<std::uint32_t> tokens;
  std::vector<std::uint16_t> field_ends;  ///< Per document and field, from its first token.
  std::vector<KeywordColumn> keywords;
};

/// One of the inputs of gather().
struct ColumnSource {
  const DocumentColumns* columns;
  std::vector<std::uint32_t> terms;                  ///< Old term number to new.
  std::vector<std::vector<std::uint32_t>> keywords;  ///< Per field, old ordinal to new.
};

struct DocumentReference {
  std::uint32_t source;
  std::uint32_t document;
};

/// The chosen documents in the given order, renumbered.
DocumentColumns gather(const Schema& schema, std::span<const ColumnSource> sources,
                       std::span<const DocumentReference> order);

}  // namespace sovereign::search
