// What state an agent is in: one word for each question, so that no answer hides another.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sovereign::core {

/// Where the Core knows it from.
enum class Origin : std::uint8_t { local_dev, registry_available, installed };
enum class InstallState : std::uint8_t { none, fetching, fetched, failed };
/// `stale`: the source or its lock changed since the build.
enum class BuildState : std::uint8_t { not_built, building, built, failed, stale };
/// `drifted`: the manifest is not the approved one. `suspended`: disabled, the approval is kept.
enum class Enablement : std::uint8_t { none, active, suspended, drifted, revoked };
enum class RunState : std::uint8_t { stopped, starting, running, stopping, backoff, crashed };
enum class Health : std::uint8_t { unknown, ok, degraded, unhealthy };
enum class ConnectionState : std::uint8_t { disconnected, handshaking, ready };

/// The part that lives in memory only.
struct LiveState {
  RunState run = RunState::stopped;
  Health health = Health::unknown;
  ConnectionState connection = ConnectionState::disconnected;

  bool operator==(const LiveState&) const = default;
};

// The names used in JSON, SQL and filters: the enumerators as they are spelled. Reading a name
// that is not one gives nullopt.
std::string_view to_string(Origin value);
std::string_view to_string(InstallState value);
std::string_view to_string(BuildState value);
std::string_view to_string(Enablement value);
std::string_view to_string(RunState value);
std::string_view to_string(Health value);
std::string_view to_string(ConnectionState value);

/// `parse_state<Origin>("installed")`.
template <typename State>
std::optional<State> parse_state(std::string_view name);

/// One word for lists: error > running > enabled > installed > local_dev | local_uninstalled.
std::string_view summary_status(Origin origin, InstallState install, BuildState build,
                                Enablement enablement, RunState run);

}  // namespace sovereign::core
