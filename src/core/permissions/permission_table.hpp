// Every permission there is, one row each: what may follow it, who makes it true, how a person
// reads it. Parsing, matching, risk and words all follow this table.
#pragma once

#include <span>
#include <string_view>

#include "core/permissions/pattern.hpp"
#include "core/permissions/permission.hpp"

namespace sovereign::core {

struct PermissionRow {
  PermissionDomain domain;
  std::string_view action;
  PatternKind kind;
  /// With PatternKind::fixed: what must follow the action.
  std::string_view word = {};
  Enforcement enforcement = Enforcement::declared_only;
  RiskNote risk = {};
  /// Of a pattern that names everything, or nearly, the risk instead.
  RiskNote wide = {};
  /// {} stands for what is named.
  std::string_view sentence;
};

std::span<const PermissionRow> permission_rows();

/// The domain of this name; `unrecognised` when there is none.
PermissionDomain permission_domain(std::string_view name);

/// The known domain that `name` probably means, or empty.
std::string_view suggest_domain(std::string_view name);

/// What a pattern names, in words that fit into a row's sentence.
std::string describe_pattern(PatternKind kind, std::string_view pattern);

/// The risk that only a look at the pattern shows: hidden folders, secrets' names, everything.
RiskNote risk_of(const PermissionRow& row, std::string_view pattern);

}  // namespace sovereign::core
