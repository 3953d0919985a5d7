#include "sql/url.hpp"

#include <optional>

#include "base/encoding.hpp"
#include "sql/database.hpp"

namespace sovereign::sql {
namespace {

constexpr std::string_view kMask = "***";

bool is_secret_key(std::string_view key) {
  // A key that cannot be decoded could name anything.
  const auto decoded = base::percent_decode(key);
  return !decoded || base::to_lower_ascii(*decoded).find("pass") != std::string::npos;
}

/// "?a=b&password=c": values of secret keys masked.
std::string mask_query(std::string_view query) {
  std::string masked;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && is_secret_key(pair.substr(0, equals))) {
      masked.append(pair.substr(0, equals + 1)).append(kMask);
    } else {
      masked += pair;
    }
    if (end < query.size()) masked += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return masked;
}

/// The end of libpq's value: a blank, or the closing quote; a backslash escapes either.
std::size_t word_value_end(std::string_view words, std::size_t position) {
  const bool quoted = position < words.size() && words[position] == '\'';
  for (std::size_t i = position + (quoted ? 1 : 0); i < words.size(); ++i) {
    if (words[i] == '\\') {
      ++i;
    } else if (quoted ? words[i] == '\'' : std::string_view(" \t\r\n").contains(words[i])) {
      return quoted ? i + 1 : i;
    }
  }
  return words.size();
}

/// "host=/run user=x password = 'y'": libpq's words, blanks around '=' allowed.
std::string mask_words(std::string_view words) {
  std::string masked;
  std::size_t position = 0;
  while (position < words.size()) {
    const std::size_t equals = words.find('=', position);
    if (equals == std::string_view::npos) return masked.append(words.substr(position));
    const std::string_view key = base::trim_ascii(words.substr(position, equals - position));
    const std::size_t value =
        std::min(words.find_first_not_of(" \t\r\n", equals + 1), words.size());
    const std::size_t end = word_value_end(words, value);
    masked += words.substr(position, value - position);
    masked += is_secret_key(key) ? kMask : words.substr(value, end - value);
    position = end;
  }
  return masked;
}

Result<DatabaseAddress> parse_sqlite(std::string_view rest) {
  const auto refuse = [](std::string detail) {
    return base::fail(ErrorCode::malformed, std::move(detail));
  };
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    if (!rest.starts_with('/')) {
      return refuse("An SQLite URL is sqlite:///absolute/path or sqlite:relative/path.");
    }
  }
  if (rest.find_first_of("?#") != std::string_view::npos)
    return refuse("An SQLite URL takes no parameters.");
  auto path = base::percent_decode(rest);
  if (!path || path->find('\0') != std::string::npos)
    return refuse("The SQLite URL has a bad %-escape.");
  if (path->empty() || path->ends_with('/') || path->starts_with(':')) {
    return refuse("The SQLite URL must name a file.");
  }
  return SqliteAddress{std::move(*path)};
}

}  // namespace

Result<DatabaseAddress> parse_database_url(std::string_view url) {
  if (url.starts_with("sqlite:")) return parse_sqlite(url.substr(7));
  const bool is_uri = url.starts_with("postgresql://") || url.starts_with("postgres://");
  const bool is_words =
      url.find("://") == std::string_view::npos && url.find('=') != std::string_view::npos;
  if ((is_uri || is_words) && url.find('\0') == std::string_view::npos) {
    return PostgresAddress{std::string(url)};
  }
  return base::fail(ErrorCode::malformed, "A database URL starts with sqlite: or postgresql://.");
}

std::string mask_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return mask_words(url);
  std::string masked(url.substr(0, scheme + 3));
  std::string_view rest = url.substr(scheme + 3);
  // The last '@' ends the password even when it holds an unescaped '/', '?' or '@'; that an '@' in
  // a parameter hides the host too is the lesser evil.
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    const std::size_t colon = rest.substr(0, at).find(':');
    masked += rest.substr(0, std::min(colon, at));
    if (colon != std::string_view::npos) masked.append(":").append(kMask);
    rest.remove_prefix(at);
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  masked += rest.substr(0, question);
  if (question < rest.size()) masked.append("?").append(mask_query(rest.substr(question + 1)));
  return masked;
}

}  // namespace sovereign::sql
