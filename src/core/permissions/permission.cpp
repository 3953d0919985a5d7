#include "core/permissions/permission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.hpp"
#include "core/permissions/permission_table.hpp"
#include "core/plain_text.hpp"

namespace sovereign::core {
namespace {

bool is_token(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Failure invalid(std::string detail) {
  return fail(CoreCode::permission_invalid, std::move(detail));
}

struct Parts {
  std::string_view domain;
  std::string_view action;
  std::optional<std::string_view> rest;
};

/// domain ":" action [":" rest]: only the first two colons separate.
Result<Parts> split(std::string_view text) {
  if (text.empty() || text.size() > kPermissionBytes) {
    return invalid(fmt::format("A permission has 1 to {} bytes.", kPermissionBytes));
  }
  if (!is_plain_text(text) || text.find(' ') != std::string_view::npos) {
    return invalid("A permission has no spaces, control characters or invisible characters.");
  }
  const auto first = text.find(':');
  if (first == std::string_view::npos) return invalid("A permission is domain:action[:rest].");
  const auto second = text.find(':', first + 1);
  Parts parts{text.substr(0, first), {}, std::nullopt};
  if (second == std::string_view::npos) {
    parts.action = text.substr(first + 1);
  } else {
    parts.action = text.substr(first + 1, second - first - 1);
    parts.rest = text.substr(second + 1);
  }
  const bool has_empty_rest = parts.rest && parts.rest->empty();
  if (!is_token(parts.domain) || !is_token(parts.action) || has_empty_rest) {
    return invalid("A permission is domain:action[:rest]: words, and something after each colon.");
  }
  return parts;
}

bool fits(const PermissionRow& row, const Parts& parts) {
  if (row.kind == PatternKind::none) return !parts.rest;
  if (row.kind == PatternKind::fixed) return parts.rest == row.word;
  return parts.rest.has_value();
}

/// The row for what is there, or why there is none.
Result<const PermissionRow*> find_row(PermissionDomain domain, const Parts& parts) {
  bool knows_action = false;
  for (const auto& row : permission_rows()) {
    if (row.domain != domain || row.action != parts.action) continue;
    knows_action = true;
    if (!fits(row, parts)) continue;
    if (!parts.rest) return &row;
    const auto problem = check_pattern(row.kind, *parts.rest);
    if (!problem.empty()) return invalid(std::string(problem));
    return &row;
  }
  if (!knows_action) {
    return invalid(fmt::format("{} has no action \"{}\".", parts.domain, parts.action));
  }
  return invalid(fmt::format("{}:{} {}.", parts.domain, parts.action,
                             parts.rest ? "is not followed by this" : "needs to say what"));
}

}  // namespace

std::string_view to_string(Risk risk) {
  switch (risk) {
    case Risk::low: return "low";
    case Risk::medium: return "medium";
    case Risk::high: return "high";
  }
  std::unreachable();
}

std::string_view to_string(Enforcement enforcement) {
  switch (enforcement) {
    case Enforcement::core: return "core";
    case Enforcement::declared_only: return "declared_only";
    case Enforcement::unrecognised: return "unrecognised";
  }
  std::unreachable();
}

Result<Permission> Permission::parse(std::string_view text) {
  const auto trimmed = base::trim_ascii(text);
  const auto parts = split(trimmed);
  if (!parts) return Failure(parts.error());
  Permission permission;
  permission.text_ = trimmed;
  permission.domain_ = permission_domain(parts->domain);
  permission.action_at_ = parts->domain.size() + 1;
  permission.rest_at_ = std::min(permission.action_at_ + parts->action.size() + 1, trimmed.size());
  if (permission.domain_ == PermissionDomain::unrecognised) return permission;
  const auto row = find_row(permission.domain_, *parts);
  if (!row) return Failure(row.error());
  permission.row_ = *row;
  return permission;
}

std::string_view Permission::category() const {
  return std::string_view(text_).substr(0, action_at_ - 1);
}

std::string_view Permission::action() const {
  const auto from_action = std::string_view(text_).substr(action_at_);
  return from_action.substr(0, from_action.find(':'));
}

std::string_view Permission::rest() const { return std::string_view(text_).substr(rest_at_); }

std::string_view Permission::suggestion() const {
  return row_ == nullptr ? suggest_domain(category()) : std::string_view();
}

Enforcement Permission::enforcement() const {
  return row_ == nullptr ? Enforcement::unrecognised : row_->enforcement;
}

RiskNote Permission::risk() const {
  if (row_ != nullptr) return risk_of(*row_, rest());
  return {Risk::medium, "Nobody here knows what it means."};
}

bool Permission::is_dangerous() const {
  return domain_ == PermissionDomain::tool && (rest() == "*" || rest() == "*/*");
}

std::string Permission::describe() const {
  if (row_ != nullptr) {
    std::string sentence(row_->sentence);
    if (const auto at = sentence.find("{}"); at != std::string::npos) {
      sentence.replace(at, 2, describe_pattern(row_->kind, rest()));
    }
    return sentence;
  }
  const auto meant = suggestion();
  const auto hint = meant.empty() ? std::string() : fmt::format(" Perhaps {}: is meant.", meant);
  return fmt::format("Unrecognised: \"{}\" is no kind of permission here, so it has no effect.{}",
                     category(), hint);
}

bool Permission::covers(const Permission& other) const {
  if (row_ == nullptr || row_ != other.row_) return false;
  return pattern_covers(row_->kind, rest(), other.rest());
}

bool Permission::matches_tool(const ToolId& tool) const {
  return domain_ == PermissionDomain::tool &&
         pattern_covers(PatternKind::tool, rest(), tool.text());
}

bool Permission::matches_env(std::string_view variable) const {
  if (domain_ != PermissionDomain::env || action() != "read") return false;
  if (variable.empty() || variable.find_first_of(std::string_view("=*\0", 3)) != variable.npos) {
    return false;
  }
  return pattern_covers(PatternKind::variable, rest(), variable);
}

bool Permission::matches_host(std::string_view host) const {
  if (domain_ != PermissionDomain::network || action() != "egress") return false;
  if (!network_tag().empty() || host.empty() || host.contains('*')) return false;
  return pattern_covers(PatternKind::host, rest(), host);
}

bool Permission::matches_topic(std::string_view action, std::string_view topic) const {
  if (domain_ != PermissionDomain::event || row_->kind != PatternKind::topic) return false;
  return this->action() == action && topic_matches(rest(), topic);
}

bool Permission::matches_path(const PathQuestion& question) const {
  if (domain_ != PermissionDomain::filesystem || action() != question.action) return false;
  if (!question.path.starts_with('/')) return false;
  auto pattern = rest();
  auto path = question.path;
  if (pattern.starts_with('~')) {
    auto home = question.home;
    while (home.ends_with('/')) home.remove_suffix(1);
    if (home.empty() || !path.starts_with(home)) return false;
    path.remove_prefix(home.size());
    pattern.remove_prefix(1);
    if (!path.empty() && path.front() != '/') return false;
  } else if (!pattern.starts_with('/')) {
    return false;  // The bare name of a program.
  }
  return path_matches(pattern, path);
}

std::string_view Permission::network_tag() const {
  const bool is_host = domain_ == PermissionDomain::network && row_->kind == PatternKind::host;
  return is_host && is_network_tag(rest()) ? rest() : std::string_view();
}

Result<PermissionSet> PermissionSet::parse(const std::vector<std::string>& texts) {
  std::vector<Permission> permissions;
  permissions.reserve(texts.size());
  for (const auto& text : texts) {
    auto permission = Permission::parse(text);
    if (!permission) return Failure(std::move(permission.error()));
    permissions.push_back(std::move(*permission));
  }
  return PermissionSet(std::move(permissions));
}

bool PermissionSet::covers(const Permission& wanted) const {
  return std::ranges::any_of(permissions_, [&](const auto& held) { return held.covers(wanted); });
}

bool PermissionSet::allows_tool(const ToolId& tool) const {
  return std::ranges::any_of(permissions_, [&](const auto& p) { return p.matches_tool(tool); });
}

bool PermissionSet::allows_env(std::string_view variable) const {
  return std::ranges::any_of(permissions_, [&](const auto& p) { return p.matches_env(variable); });
}

}  // namespace sovereign::core
