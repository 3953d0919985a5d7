// Query strings and HTML forms as documents, so that a field table reads them as it reads JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "json/read.hpp"
#include "json/table.hpp"

namespace sovereign::http {

using Pairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMaxPairs = 200;  ///< Parameters in a query string or form.

/// Splits and decodes application/x-www-form-urlencoded text. Errors: `malformed` for a bad
/// escape, invalid UTF-8 or too many pairs; `unprocessable` for NUL.
Result<Pairs> parse_pairs(std::string_view text);

/// What the text of a parameter is to become.
enum class PairKind { text, boolean, integer, number, list };

struct PairField {
  std::string_view name;
  std::string_view alias;
  PairKind kind = PairKind::text;
};

/// A document with a member for each pair that `fields` names (others are ignored; the last of
/// several wins unless it is a list, which also splits at commas). An empty value counts as absent,
/// but for text. Text that is not of its kind stays text, for the table to refuse.
json::Object to_document(const Pairs& pairs, std::span<const PairField> fields);

/// `error` with its pointers ("/page") as query parameters ("?page").
Error point_at_query(Error error);

template <typename M>
constexpr PairKind kind_of() {
  if constexpr (json::is_optional<M>) {
    return kind_of<typename M::value_type>();
  } else if constexpr (json::is_vector<M>) {
    return PairKind::list;
  } else if constexpr (std::same_as<M, bool>) {
    return PairKind::boolean;
  } else if constexpr (std::integral<M>) {
    return PairKind::integer;
  } else if constexpr (std::floating_point<M>) {
    return PairKind::number;
  } else {
    return PairKind::text;
  }
}

template <json::Tabled T>
std::vector<PairField> pair_fields() {
  std::vector<PairField> fields;
  json::for_each_field<T>([&]<typename M>(const json::Field<T, M>& field) {
    fields.push_back({field.name, field.options.alias, kind_of<M>()});
  });
  return fields;
}

/// Reads a query string by T's table.
template <json::Tabled T>
Result<T> read_query(std::string_view text) {
  static const std::vector<PairField> fields = pair_fields<T>();
  static const Result<T> absent = json::read<T>(json::Object());
  if (text.empty() && absent) return absent;  // The usual case of the hottest routes.
  const auto pairs = parse_pairs(text);
  if (!pairs) return Failure(pairs.error());
  auto result = json::read<T>(to_document(*pairs, fields));
  if (!result) return Failure(point_at_query(std::move(result.error())));
  return result;
}

/// Reads an urlencoded or multipart form body by T's table; `content_type` says which. nullopt when
/// it is neither.
template <json::Tabled T>
std::optional<Result<T>> read_form(std::string_view content_type, std::string_view body);

/// The fields of a multipart/form-data body (RFC 7578) as text; files are refused as `malformed`.
Result<Pairs> parse_multipart(std::string_view content_type, std::string_view body);

/// "application/json; charset=utf-8" -> "application/json", in lower case.
std::string media_type(std::string_view content_type);

template <json::Tabled T>
std::optional<Result<T>> read_form(std::string_view content_type, std::string_view body) {
  static const std::vector<PairField> fields = pair_fields<T>();
  const auto type = media_type(content_type);
  if (type != "application/x-www-form-urlencoded" && type != "multipart/form-data")
    return std::nullopt;
  const auto pairs =
      type == "multipart/form-data" ? parse_multipart(content_type, body) : parse_pairs(body);
  if (!pairs) return Failure(pairs.error());
  return json::read<T>(to_document(*pairs, fields));
}

}  // namespace sovereign::http
