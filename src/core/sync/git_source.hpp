// Where a repository is and what of it is meant, read strictly: what passes here can be given to
// git as an argument, stored, shown and audited. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace sovereign::core {

/// Which kinds of places are allowed. Local repositories are for development: their owner says so
/// when a registry is added.
enum class LocalRepositories : std::uint8_t { refused, allowed };

/// "https://host/path", "ssh://user@host/path", "user@host:path"; with LocalRepositories::allowed
/// also "file:///path" and "/path".
class GitUrl {
 public:
  static constexpr std::size_t kMaxLength = 2048;
  enum class Transport : std::uint8_t { https, ssh, file };

  /// Refuses everything else (`registry.invalid_url`): other schemes, a leading '-', spaces and
  /// control characters, bytes beyond ASCII, queries and fragments, ".." in a path. User names and
  /// passwords are dropped, but for the user name of ssh, which is part of the address.
  static Result<GitUrl> parse(std::string_view text, LocalRepositories local);

  const std::string& text() const { return text_; }
  Transport transport() const { return transport_; }

  bool operator==(const GitUrl&) const = default;

 private:
  GitUrl(std::string text, Transport transport) : text_(std::move(text)), transport_(transport) {}
  std::string text_;
  Transport transport_;
};

/// The word GIT_ALLOW_PROTOCOL knows it by.
std::string_view to_string(GitUrl::Transport transport);

/// The name of a commit: 40 lower-case hex digits.
class CommitId {
 public:
  static std::optional<CommitId> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const CommitId&) const = default;

 private:
  explicit CommitId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A branch, a tag, "HEAD", a full name below refs/heads/ or refs/tags/, or a commit.
class GitRef {
 public:
  static constexpr std::size_t kMaxLength = 255;

  /// The rules of git-check-ref-format(1), and narrower: letters, digits and . _ / + - only.
  /// Errors: `registry.invalid_url`.
  static Result<GitRef> parse(std::string_view text);
  /// What the repository itself says.
  static GitRef head() { return GitRef("HEAD"); }

  const std::string& text() const { return text_; }
  /// Set when it names a commit.
  std::optional<CommitId> commit() const { return CommitId::parse(text_); }

  bool operator==(const GitRef&) const = default;

 private:
  explicit GitRef(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace sovereign::core
