#include "core/state.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace sovereign::core {
namespace {

template <typename State>
constexpr auto kNames = std::array<std::string_view, 0>{};
template <>
constexpr std::array<std::string_view, 3> kNames<Origin>{"local_dev", "registry_available",
                                                         "installed"};
template <>
constexpr std::array<std::string_view, 4> kNames<InstallState>{"none", "fetching", "fetched",
                                                               "failed"};
template <>
constexpr std::array<std::string_view, 5> kNames<BuildState>{"not_built", "building", "built",
                                                             "failed", "stale"};
template <>
constexpr std::array<std::string_view, 5> kNames<Enablement>{"none", "active", "suspended",
                                                             "drifted", "revoked"};
template <>
constexpr std::array<std::string_view, 6> kNames<RunState>{"stopped",  "starting", "running",
                                                           "stopping", "backoff",  "crashed"};
template <>
constexpr std::array<std::string_view, 4> kNames<Health>{"unknown", "ok", "degraded", "unhealthy"};
template <>
constexpr std::array<std::string_view, 3> kNames<ConnectionState>{"disconnected", "handshaking",
                                                                  "ready"};

template <typename State>
std::string_view name_of(State value) {
  return kNames<State>[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view to_string(Origin value) { return name_of(value); }
std::string_view to_string(InstallState value) { return name_of(value); }
std::string_view to_string(BuildState value) { return name_of(value); }
std::string_view to_string(Enablement value) { return name_of(value); }
std::string_view to_string(RunState value) { return name_of(value); }
std::string_view to_string(Health value) { return name_of(value); }
std::string_view to_string(ConnectionState value) { return name_of(value); }

template <typename State>
std::optional<State> parse_state(std::string_view name) {
  for (std::size_t i = 0; i < kNames<State>.size(); ++i) {
    if (kNames<State>[i] == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

template std::optional<Origin> parse_state(std::string_view);
template std::optional<InstallState> parse_state(std::string_view);
template std::optional<BuildState> parse_state(std::string_view);
template std::optional<Enablement> parse_state(std::string_view);
template std::optional<RunState> parse_state(std::string_view);
template std::optional<Health> parse_state(std::string_view);
template std::optional<ConnectionState> parse_state(std::string_view);

std::string_view summary_status(Origin origin, InstallState install, BuildState build,
                                Enablement enablement, RunState run) {
  const bool failed = install == InstallState::failed || build == BuildState::failed ||
                      run == RunState::crashed || run == RunState::backoff;
  if (failed) return "error";
  if (run != RunState::stopped) return "running";
  if (enablement == Enablement::active) return "enabled";
  if (origin == Origin::installed) return "installed";
  return origin == Origin::local_dev ? "local_dev" : "local_uninstalled";
}

}  // namespace sovereign::core
