#include "core/permissions/permission_table.hpp"

#include <algorithm>
#include <array>

namespace sovereign::core {
namespace {

using enum PatternKind;
using D = PermissionDomain;
constexpr auto kCore = Enforcement::core;
constexpr auto kDeclared = Enforcement::declared_only;

struct DomainName {
  std::string_view name;
  PermissionDomain domain;
};

constexpr auto kDomains = std::to_array<DomainName>({
    {"filesystem", D::filesystem},
    {"network", D::network},
    {"process", D::process},
    {"env", D::env},
    {"tool", D::tool},
    {"event", D::event},
    {"database", D::database},
    {"graph", D::graph},
    {"fleetprompt", D::fleetprompt},
    {"company", D::company},
    {"mission", D::mission},
    {"delegatic", D::delegatic},
    {"secrets", D::secrets},
    {"audit", D::audit},
});

/// Names seen in the wild for ours, beyond typing errors.
struct Alias {
  std::string_view name;
  std::string_view meant;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"fs", "filesystem"},
    {"file", "filesystem"},
    {"files", "filesystem"},
    {"net", "network"},
    {"http", "network"},
    {"proc", "process"},
    {"exec", "process"},
    {"environment", "env"},
    {"tools", "tool"},
    {"events", "event"},
    {"db", "database"},
    {"secret", "secrets"},
});

constexpr RiskNote kReads{Risk::medium, "It sees whatever is stored there."};
constexpr RiskNote kReadsAll{Risk::high, "It sees nearly all your files, keys and passwords too."};
constexpr RiskNote kWrites{Risk::medium, "It can change and delete what is there."};
constexpr RiskNote kWritesAll{Risk::high, "It can change and delete nearly all your files."};
constexpr RiskNote kExecutes{Risk::high, "A program that it starts can do whatever you can."};
constexpr RiskNote kSends{Risk::medium, "What it knows can be sent there."};
constexpr RiskNote kSendsAll{Risk::high, "What it knows can be sent anywhere."};
constexpr RiskNote kSignals{Risk::high, "It can end other programs of yours."};
constexpr RiskNote kAllVariables{Risk::high, "Variables often hold passwords and keys."};
constexpr RiskNote kAgentsTools{Risk::medium, "It acts through all that the other agent can do."};
constexpr RiskNote kAllTools{Risk::high, "It acts through whatever agents offer, now and later."};
constexpr RiskNote kAllEvents{Risk::high, "It sees or makes events of every kind."};
constexpr RiskNote kData{Risk::medium, "It can change the data there."};
constexpr RiskNote kAllData{Risk::high, "It can change all data there."};
constexpr RiskNote kSecrets{Risk::high, "It acts with your credentials."};
constexpr RiskNote kAdministers{Risk::high, "It can change how things work for all others."};
constexpr RiskNote kActs{Risk::medium, "It starts work of others."};
constexpr RiskNote kChanges{Risk::medium, "It changes what others rely on."};

constexpr auto kRows = std::to_array<PermissionRow>({
    {D::filesystem, "read", path, {}, kDeclared, kReads, kReadsAll, "Read {}."},
    {D::filesystem,
     "write",
     path,
     {},
     kDeclared,
     kWrites,
     kWritesAll,
     "Create, change and delete {}."},
    {D::filesystem, "execute", program, {}, kDeclared, kExecutes, kExecutes, "Run {}."},
    {D::network, "egress", host, {}, kDeclared, kSends, kSendsAll, "Connect to {}."},
    {D::network, "tcp", connect, {}, kDeclared, kSends, kSendsAll, "Connect to {}."},
    {D::network, "dns", fixed, "resolve", kDeclared, {}, {}, "Look up the addresses of hosts."},
    {D::process, "spawn", none, {}, kDeclared, kExecutes, kExecutes, "Start other programs."},
    {D::process, "signal", process, {}, kDeclared, kSignals, kSignals, "Send signals to {}."},
    {D::env, "read", variable, {}, kCore, {}, kAllVariables, "See {}."},
    {D::env, "write", variable, {}, kDeclared, {}, {}, "Set {} for itself."},
    {D::tool, "invoke", tool, {}, kCore, {}, kAllTools, "Call {}."},
    {D::event, "publish", topic, {}, kDeclared, {}, kAllEvents, "Publish {}."},
    {D::event, "subscribe", topic, {}, kDeclared, {}, kAllEvents, "Receive {}."},
    {D::event, "filter", fixed, "set", kDeclared, {}, {}, "Choose which events it receives."},
    {D::event, "admin", none, {}, kDeclared, kAdministers, kAdministers, "Administer events."},
    {D::event, "inspect", none, {}, kDeclared, kReads, kReads, "Look at all events."},
    {D::event, "dlq", fixed, "read", kDeclared, kReads, kReads, "Read events that failed."},
    {D::event, "dlq", fixed, "requeue", kDeclared, kActs, kActs, "Send failed events again."},
    {D::database, "rw", scope, {}, kDeclared, kData, kAllData, "Read and change {} in databases."},
    {D::graph, "read", scope, {}, kDeclared, {}, kReads, "Read {} in the knowledge graph."},
    {D::graph, "write", scope, {}, kDeclared, kData, kAllData, "Change {} in the knowledge graph."},
    {D::graph, "query", fixed, "advanced", kDeclared, kReads, kReads,
     "Ask the knowledge graph freely."},
    {D::graph, "entity", fixed, "create", kDeclared, kData, kData,
     "Add entries to the knowledge graph."},
    {D::graph, "entity", fixed, "link", kDeclared, kData, kData,
     "Connect entries of the knowledge graph."},
    {D::graph,
     "schema",
     fixed,
     "read",
     kDeclared,
     {},
     {},
     "See how the knowledge graph is organised."},
    {D::graph, "schema", fixed, "write", kDeclared, kAdministers, kAdministers,
     "Change how the knowledge graph is organised."},
    {D::graph,
     "inspect",
     none,
     {},
     kDeclared,
     kReads,
     kReads,
     "Look at all of the knowledge graph."},
    {D::graph,
     "admin",
     none,
     {},
     kDeclared,
     kAdministers,
     kAdministers,
     "Administer the knowledge graph."},
    {D::fleetprompt, "skill", fixed, "read", kDeclared, {}, {}, "See the skills that there are."},
    {D::fleetprompt, "skill", fixed, "execute", kDeclared, kActs, kActs, "Run skills."},
    {D::fleetprompt, "workflow", fixed, "trigger", kDeclared, kActs, kActs, "Start workflows."},
    {D::company, "create", scope, {}, kDeclared, kChanges, kChanges, "Create {} as a company."},
    {D::company, "read", scope, {}, kDeclared, {}, kReads, "See {} of the companies."},
    {D::company, "update", scope, {}, kDeclared, kChanges, kAllData, "Change {} of the companies."},
    {D::company, "delete", scope, {}, kDeclared, kChanges, kAllData, "Delete {} of the companies."},
    {D::company, "agent", fixed, "add", kDeclared, kChanges, kChanges, "Add agents to companies."},
    {D::company, "resource", fixed, "share", kDeclared, kSends, kSends,
     "Share things between companies."},
    {D::mission, "start", scope, {}, kDeclared, kActs, kActs, "Start missions of {}."},
    {D::mission, "read", scope, {}, kDeclared, {}, kReads, "See missions of {}."},
    {D::mission, "cancel", scope, {}, kDeclared, kChanges, kChanges, "Cancel missions of {}."},
    {D::delegatic, "company", fixed, "read", kDeclared, {}, {}, "See companies."},
    {D::delegatic, "mission", fixed, "start", kDeclared, kActs, kActs, "Start missions."},
    {D::delegatic, "mission", fixed, "read", kDeclared, {}, {}, "See missions."},
    {D::delegatic, "mission", fixed, "cancel", kDeclared, kChanges, kChanges, "Cancel missions."},
    {D::secrets,
     "read_ref",
     scope,
     {},
     kDeclared,
     kReads,
     kSecrets,
     "See which secrets there are in {}."},
    {D::secrets, "use", scope, {}, kDeclared, kSecrets, kSecrets, "Use the secrets of {}."},
    {D::audit, "log", fixed, "events", kDeclared, {}, {}, "Add its own events to the audit log."},
});

bool is_wide_path(std::string_view pattern) {
  constexpr auto kRoots =
      std::to_array<std::string_view>({"/", "/*", "/**", "/**/*", "/home", "/home/**", "/home/*/**",
                                       "/root/**", "/etc/**", "~", "~/*", "~/**", "~/**/*"});
  return std::ranges::find(kRoots, pattern) != kRoots.end() || pattern.starts_with("/**/") ||
         pattern.starts_with("~/**/") || pattern.starts_with("/*/");
}

bool is_wide(PatternKind kind, std::string_view pattern) {
  switch (kind) {
    case path: return is_wide_path(pattern);
    case connect: return pattern.starts_with("connect:*:");
    case tool: return pattern == "*" || pattern.starts_with("*/");
    default: return pattern == "*";
  }
}

/// "~/.ssh/id", "/home/a/.config".
bool names_hidden_file(std::string_view path) {
  for (auto at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 2)) {
    const auto next = path.substr(at + 2, 1);
    if (!next.empty() && next != "/") return true;
  }
  return false;
}

bool looks_like_secret(std::string_view variable) {
  constexpr auto kParts = std::to_array<std::string_view>(
      {"TOKEN", "SECRET", "PASSW", "KEY", "CREDENTIAL", "PRIVATE", "AUTH"});
  std::string upper(variable);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return std::ranges::any_of(kParts, [&](std::string_view part) { return upper.contains(part); });
}

/// One letter more, less, other or swapped.
bool is_one_slip_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  const auto rest_a = std::string_view(in_a, a.end());
  const auto rest_b = std::string_view(in_b, b.end());
  if (rest_b.empty()) return false;
  if (a.size() != b.size()) return rest_a == rest_b.substr(1);
  if (rest_a.substr(1) == rest_b.substr(1)) return true;
  return rest_a.size() > 1 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0] &&
         rest_a.substr(2) == rest_b.substr(2);
}

}  // namespace

std::span<const PermissionRow> permission_rows() { return kRows; }

PermissionDomain permission_domain(std::string_view name) {
  const auto found = std::ranges::find(kDomains, name, &DomainName::name);
  return found == kDomains.end() ? PermissionDomain::unrecognised : found->domain;
}

std::string_view suggest_domain(std::string_view name) {
  for (const auto& alias : kAliases) {
    if (alias.name == name) return alias.meant;
  }
  for (const auto& domain : kDomains) {
    if (is_one_slip_apart(name, domain.name)) return domain.name;
  }
  return {};
}

RiskNote risk_of(const PermissionRow& row, std::string_view pattern) {
  if (is_wide(row.kind, pattern)) return row.wide;
  if (row.kind == path && names_hidden_file(pattern)) {
    return {Risk::high,
            "Hidden folders hold settings, keys and programs that start by themselves."};
  }
  if (row.kind == variable && row.action == "read" && looks_like_secret(pattern)) {
    return {Risk::high, "Its name says that it holds a secret."};
  }
  if (row.kind == tool && pattern.ends_with("/*")) return kAgentsTools;
  return row.risk;
}

}  // namespace sovereign::core
