// Permission strings, "domain:action[:rest]", as typed values. Each domain has one matcher with a
// fixed meaning (docs/permissions.md); a glob character where its domain knows none is an error of
// the string, never a literal, so that no grant can change its meaning later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "core/ids.hpp"

namespace sovereign::core {

inline constexpr std::size_t kPermissionBytes = 300;

enum class PermissionDomain : std::uint8_t {
  filesystem,
  network,
  process,
  env,
  tool,
  event,
  database,
  graph,
  fleetprompt,
  company,
  mission,
  delegatic,
  secrets,
  audit,
  unrecognised,
};

enum class Risk : std::uint8_t { low, medium, high };
/// "low", "medium", "high".
std::string_view to_string(Risk risk);

struct RiskNote {
  Risk level = Risk::low;
  std::string_view reason = {};  ///< One sentence, a constant; empty with low.
};

/// Who makes the permission true.
enum class Enforcement : std::uint8_t {
  core,           ///< The Core: without it the agent cannot.
  declared_only,  ///< Nobody in this version: it says what the agent intends.
  unrecognised,   ///< Nobody, and it has no effect at all.
};
/// "core", "declared_only", "unrecognised".
std::string_view to_string(Enforcement enforcement);

struct PermissionRow;

/// Immutable; cheap to match, made once.
class Permission {
 public:
  /// `text` is trimmed. Errors: permission_invalid; the detail says what is wrong. An unknown
  /// domain parses as `unrecognised`; an unknown action of a known domain does not.
  static Result<Permission> parse(std::string_view text);

  const std::string& text() const { return text_; }
  PermissionDomain domain() const { return domain_; }
  /// The domain as written, for metrics and denials.
  std::string_view category() const;
  std::string_view action() const;
  /// What follows the action; empty when nothing does.
  std::string_view rest() const;

  /// Of an unrecognised domain the one that may be meant ("filesystem" for fs), or empty.
  std::string_view suggestion() const;

  Enforcement enforcement() const;
  RiskNote risk() const;
  /// So wide that enabling it needs a flag of its own: tool:invoke:* and tool:invoke:*/*.
  bool is_dangerous() const;
  /// What it would allow, as one sentence for a person: "Read all files and folders below
  /// ~/Projects."
  std::string describe() const;

  /// Whether whoever has this may do everything that `other` says, by the domain's matcher. Never
  /// across domains or actions, and never for what is unrecognised.
  bool covers(const Permission& other) const;

  // The questions at run time; false when the domain or action is another one.
  bool matches_tool(const ToolId& tool) const;        ///< tool:invoke
  bool matches_env(std::string_view variable) const;  ///< env:read
  bool matches_host(std::string_view host) const;     ///< network:egress, not by tag
  bool matches_topic(std::string_view action, std::string_view topic) const;  ///< event:<action>
  /// filesystem:<action>. `path` is absolute and real (no links, no "..") and `home` what ~ means.
  struct PathQuestion {
    std::string_view action;
    std::string_view path;
    std::string_view home;
  };
  bool matches_path(const PathQuestion& question) const;
  /// The tag of network:egress:<tag> (a bare word, looked up in the operator's network_tags), or
  /// empty.
  std::string_view network_tag() const;

  bool operator==(const Permission& other) const { return text_ == other.text_; }

 private:
  Permission() = default;

  std::string text_;
  PermissionDomain domain_ = PermissionDomain::unrecognised;
  const PermissionRow* row_ = nullptr;  ///< Null when unrecognised.
  std::size_t action_at_ = 0;
  std::size_t rest_at_ = 0;  ///< text_.size() when there is none.
};

/// Permissions that hold together; what an approval grants.
class PermissionSet {
 public:
  PermissionSet() = default;
  /// Errors: permission_invalid, of the first that does not parse.
  static Result<PermissionSet> parse(const std::vector<std::string>& texts);

  bool covers(const Permission& wanted) const;
  bool allows_tool(const ToolId& tool) const;
  bool allows_env(std::string_view variable) const;
  const std::vector<Permission>& all() const { return permissions_; }

 private:
  explicit PermissionSet(std::vector<Permission> permissions)
      : permissions_(std::move(permissions)) {}
  std::vector<Permission> permissions_;
};

}  // namespace sovereign::core
