#include "json/uri_reference.hpp"

#include <optional>

namespace sovereign::json {
namespace {

using Part = std::optional<std::string_view>;

struct Parts {
  Part scheme;
  Part authority;
  std::string_view path;
  Part query;
};

/// As the regular expression of RFC 3986, appendix B.
Parts split(std::string_view uri) {
  Parts parts;
  const auto colon = uri.find_first_of(":/?");
  if (colon != std::string_view::npos && colon > 0 && uri[colon] == ':') {
    parts.scheme = uri.substr(0, colon);
    uri.remove_prefix(colon + 1);
  }
  if (const auto mark = uri.find('?'); mark != std::string_view::npos) {
    parts.query = uri.substr(mark + 1);
    uri = uri.substr(0, mark);
  }
  if (uri.starts_with("//")) {
    const auto end = std::min(uri.find('/', 2), uri.size());
    parts.authority = uri.substr(2, end - 2);
    uri.remove_prefix(end);
  }
  parts.path = uri;
  return parts;
}

/// Section 5.2.4, for the dots between slashes.
std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool is_last = path.empty();
    if (segment == "/." || segment == ".") {
      if (is_last) out += '/';
    } else if (segment == "/.." || segment == "..") {
      const auto slash = out.rfind('/');
      out.resize(slash == std::string::npos ? 0 : slash);
      if (is_last) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

std::string merge(const Parts& base, std::string_view path) {
  if (base.authority && base.path.empty()) return '/' + std::string(path);
  const auto slash = base.path.rfind('/');
  const auto folder = slash == std::string_view::npos ? "" : base.path.substr(0, slash + 1);
  return std::string(folder) + std::string(path);
}

std::string compose(const Parts& parts, std::string_view path) {
  std::string uri;
  if (parts.scheme) uri.append(*parts.scheme) += ':';
  if (parts.authority) uri.append("//").append(*parts.authority);
  uri += path;
  if (parts.query) uri.append("?").append(*parts.query);
  return uri;
}

std::string resolve(std::string_view base_uri, std::string_view reference) {
  if (reference.empty()) return std::string(base_uri);
  Parts target = split(reference);
  if (target.scheme) return compose(target, remove_dot_segments(target.path));
  const Parts base = split(base_uri);
  target.scheme = base.scheme;
  if (target.authority) return compose(target, remove_dot_segments(target.path));
  target.authority = base.authority;
  if (target.path.empty()) {
    if (!target.query) target.query = base.query;
    return compose(target, base.path);
  }
  if (target.path.starts_with('/')) return compose(target, remove_dot_segments(target.path));
  return compose(target, remove_dot_segments(merge(base, target.path)));
}

}  // namespace

SplitUri resolve_uri(std::string_view base, std::string_view reference) {
  const auto mark = reference.find('#');
  SplitUri split;
  if (mark != std::string_view::npos) {
    split.fragment = reference.substr(mark + 1);
    reference = reference.substr(0, mark);
  }
  split.uri = resolve(base, reference);
  return split;
}

}  // namespace sovereign::json
