#include "core/sync/git_source.hpp"

#include <algorithm>
#include <array>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_word(char c) { return is_letter(c) || is_digit(c); }

template <typename Rule>
bool all(std::string_view text, Rule rule) {
  return std::ranges::all_of(text, rule);
}

Failure refuse_url(std::string detail) {
  return fail(CoreCode::registry_invalid_url, std::move(detail));
}

/// Letters, digits, '.', '-', '_'; neither an option nor empty.
bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && is_word(host.front()) &&
         all(host, [](char c) { return is_word(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_address(std::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
         all(host.substr(1, host.size() - 2), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
                  c == '.';
         });
}

/// "host" or "host:port".
bool is_host_and_port(std::string_view text) {
  const auto end_of_address = text.rfind(']');
  const auto colon = text.find(':', end_of_address == std::string_view::npos ? 0 : end_of_address);
  const auto host = text.substr(0, colon);
  if (!is_host_name(host) && !is_address(host)) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 && all(port, is_digit);
}

bool is_user_name(std::string_view user) {
  return !user.empty() && user.size() <= 64 && is_word(user.front()) &&
         all(user, [](char c) { return is_word(c) || c == '.' || c == '-' || c == '_'; });
}

bool has_parent_segment(std::string_view path) {
  while (true) {
    const auto slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

/// Printable ASCII without what shells, URLs and git give a meaning of their own.
bool is_plain(std::string_view text) {
  return all(text, [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("\\\"'`<>|{}^?#;&$*!()").find(c) == std::string_view::npos;
  });
}

struct Address {
  std::string_view user;
  std::string_view host;  ///< With its port.
};

Address split_address(std::string_view authority) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return {{}, authority};
  const auto user = authority.substr(0, at);
  return {user.substr(0, user.find(':')), authority.substr(at + 1)};
}

}  // namespace

std::string_view to_string(GitUrl::Transport transport) {
  switch (transport) {
    case GitUrl::Transport::https: return "https";
    case GitUrl::Transport::ssh: return "ssh";
    case GitUrl::Transport::file: return "file";
  }
  return {};
}

Result<GitUrl> GitUrl::parse(std::string_view text, LocalRepositories local) {
  constexpr std::string_view kHttps = "https://";
  constexpr std::string_view kSsh = "ssh://";
  constexpr std::string_view kFile = "file://";
  if (text.empty() || text.size() > kMaxLength) {
    return refuse_url("The URL of a repository has 1 to 2048 characters.");
  }
  if (text.front() == '-' || !is_plain(text)) {
    return refuse_url("The URL holds characters that have no place in one.");
  }
  const bool is_https = text.starts_with(kHttps);
  if (is_https || text.starts_with(kSsh)) {
    const auto scheme = is_https ? kHttps : kSsh;
    const auto rest = text.substr(scheme.size());
    const auto slash = rest.find('/');
    const auto path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
    const auto address = split_address(rest.substr(0, slash));
    if (path.size() < 2 || has_parent_segment(path) || !is_host_and_port(address.host)) {
      return refuse_url("The URL needs a host and a path, as in https://example.org/agents.git.");
    }
    if (is_https) return GitUrl(std::string(kHttps).append(address.host) += path, Transport::https);
    if (!address.user.empty() && !is_user_name(address.user)) {
      return refuse_url("The user name in the URL is not one.");
    }
    std::string url(kSsh);
    if (!address.user.empty()) (url += address.user) += '@';
    return GitUrl((url += address.host) += path, Transport::ssh);
  }
  if (text.front() == '/' || text.starts_with("file:///")) {
    if (local == LocalRepositories::refused) {
      return refuse_url("Repositories on this machine are not allowed here.");
    }
    const auto path = text.front() == '/' ? text : text.substr(kFile.size());
    if (path.size() < 2 || has_parent_segment(path) || path.find('%') != std::string_view::npos) {
      return refuse_url("The path of a local repository is absolute, without \"..\" and \"%\".");
    }
    return GitUrl(std::string(text), Transport::file);
  }
  // user@host:path; anything with "::" or "://" is another transport.
  const auto at = text.find('@');
  const auto colon = text.find(':');
  if (at != std::string_view::npos && colon != std::string_view::npos && at < colon) {
    const auto path = text.substr(colon + 1);
    if (is_user_name(text.substr(0, at)) && is_host_name(text.substr(at + 1, colon - at - 1)) &&
        !path.empty() && path.front() != '-' && path.front() != ':' && !path.starts_with("//") &&
        !has_parent_segment(path)) {
      return GitUrl(std::string(text), Transport::ssh);
    }
  }
  return refuse_url("The URL must start with https:// or ssh://, or be like git@host:path.");
}

std::optional<CommitId> CommitId::parse(std::string_view text) {
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  if (text.size() != 40 || !all(text, is_hex)) return std::nullopt;
  return CommitId(std::string(text));
}

Result<GitRef> GitRef::parse(std::string_view text) {
  const auto is_allowed = [](char c) {
    return is_word(c) || c == '.' || c == '_' || c == '/' || c == '+' || c == '-';
  };
  const bool is_good =
      !text.empty() && text.size() <= kMaxLength && all(text, is_allowed) && text.front() != '-' &&
      text.front() != '/' && text.back() != '/' && text.back() != '.' && text.front() != '.' &&
      text.find("..") == std::string_view::npos && text.find("//") == std::string_view::npos &&
      text.find("/.") == std::string_view::npos && text.find("/-") == std::string_view::npos &&
      !text.ends_with(".lock") && text.find(".lock/") == std::string_view::npos;
  if (!is_good) {
    return refuse_url("A ref is a branch, a tag or a commit: letters, digits and . _ / + - only.");
  }
  if (text.starts_with("refs/") && !text.starts_with("refs/heads/") &&
      !text.starts_with("refs/tags/")) {
    return refuse_url("A full ref name starts with refs/heads/ or refs/tags/.");
  }
  return GitRef(std::string(text));
}

}  // namespace sovereign::core
