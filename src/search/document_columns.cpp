#include "search/document_columns.hpp"

#include <algorithm>

namespace sovereign::search {
namespace {

template <typename T>
std::size_t bytes_of(const std::vector<T>& vector) {
  return vector.capacity() * sizeof(T);
}

void append_tokens(DocumentColumns& out, const ColumnSource& source, std::uint32_t document) {
  for (const auto token : source.columns->all_tokens(document)) {
    out.tokens.push_back(source.terms[token & ~overlay_bit] | (token & overlay_bit));
  }
  out.token_begins.push_back(static_cast<std::uint32_t>(out.tokens.size()));
  const auto* ends = source.columns->field_ends.data() + document * out.text_fields;
  out.field_ends.insert(out.field_ends.end(), ends, ends + out.text_fields);
}

void append_keywords(DocumentColumns& out, const ColumnSource& source, std::uint32_t document) {
  for (std::size_t f = 0; f < out.keywords.size(); ++f) {
    KeywordColumn& column = out.keywords[f];
    for (const auto ordinal : source.columns->keywords[f].of(document)) {
      column.ordinals.push_back(source.keywords[f][ordinal]);
    }
    std::sort(column.ordinals.begin() + column.begins.back(), column.ordinals.end());
    column.begins.push_back(static_cast<std::uint32_t>(column.ordinals.size()));
  }
}

void reserve(DocumentColumns& out, std::span<const ColumnSource> sources, std::size_t documents) {
  out.keys.reserve(documents);
  out.payloads.reserve(documents);
  out.token_begins.reserve(documents + 1);
  out.field_ends.reserve(documents * out.text_fields);
  for (auto& column : out.numbers) column.reserve(documents);
  for (auto& column : out.keywords) column.begins.reserve(documents + 1);
  std::size_t tokens = 0;
  std::size_t name_bytes = 0;
  for (const auto& source : sources) {
    tokens += source.columns->tokens.size();
    name_bytes += source.columns->names.byte_count();
  }
  out.tokens.reserve(tokens);
  out.names.reserve(documents, name_bytes);
  for (std::size_t f = 0; f < out.keywords.size(); ++f) {
    std::size_t ordinals = 0;
    for (const auto& source : sources) ordinals += source.columns->keywords[f].ordinals.size();
    out.keywords[f].ordinals.reserve(ordinals);
  }
}

}  // namespace

DocumentColumns::DocumentColumns(const Schema& schema)
    : text_fields(schema.text.size()),
      numbers(schema.numbers.size()),
      keywords(schema.keywords.size()) {}

std::size_t DocumentColumns::memory_bytes() const {
  std::size_t total = bytes_of(keys) + bytes_of(payloads) + names.memory_bytes() +
                      bytes_of(token_begins) + bytes_of(tokens) + bytes_of(field_ends);
  for (const auto& column : numbers) total += bytes_of(column);
  for (const auto& column : keywords) total += bytes_of(column.begins) + bytes_of(column.ordinals);
  return total;
}

DocumentColumns gather(const Schema& schema, std::span<const ColumnSource> sources,
                       std::span<const DocumentReference> order) {
  DocumentColumns out(schema);
  reserve(out, sources, order.size());
  for (const auto [s, document] : order) {
    const ColumnSource& source = sources[s];
    out.keys.push_back(source.columns->keys[document]);
    out.payloads.push_back(source.columns->payloads[document]);
    out.names.push_back(source.columns->names[document]);
    for (std::size_t f = 0; f < out.numbers.size(); ++f) {
      out.numbers[f].push_back(source.columns->numbers[f][document]);
    }
    append_tokens(out, source, document);
    append_keywords(out, source, document);
  }
  return out;
}

}  // namespace sovereign::search
