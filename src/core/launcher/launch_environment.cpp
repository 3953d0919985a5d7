#include "core/launcher/launch_environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace sovereign::core {
namespace {

constexpr std::string_view kOwnPrefix = "OPENSENTIENCE_";

/// Many small virtual machines share a computer: two schedulers each and no busy waiting. No crash
/// dump, since it would hold the session token.
void add_beam(process::Environment& environment) {
  environment.emplace("ELIXIR_ERL_OPTIONS", "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none");
  environment.emplace("ERL_CRASH_DUMP_BYTES", "0");
}

/// Without distribution a release opens no port and starts no epmd.
void add_release(process::Environment& environment, std::string_view temporary) {
  environment.emplace("RELEASE_DISTRIBUTION", "none");
  environment.emplace("RELEASE_MODE", "interactive");
  environment.emplace("RELEASE_TMP", temporary);
}

}  // namespace

process::Environment launch_environment(const EnvironmentFacts& facts,
                                        const LaunchApproval& approval) {
  process::Environment environment{
      {"OPENSENTIENCE_SOCKET", std::string(facts.socket)},
      {"OPENSENTIENCE_SESSION_TOKEN", std::string(facts.session_token)},
      {"OPENSENTIENCE_AGENT_ID", facts.agent.text()},
      {"OPENSENTIENCE_RUN_ID", facts.run.to_string()},
      {"OPENSENTIENCE_MANIFEST_HASH", std::string(facts.manifest_hash)},
      {"OPENSENTIENCE_INSTALL_PATH", std::string(facts.install_path)},
      {"OPENSENTIENCE_PROTOCOL", "1"},
      {"PATH", std::string(facts.path)},
      {"HOME", std::string(facts.home)},
      {"LANG", "C.UTF-8"},
      {"TMPDIR", std::string(facts.temporary)},
      {"MIX_ENV", "prod"},
  };
  if (facts.kind != LaunchKind::command) add_beam(environment);
  if (facts.kind == LaunchKind::release) add_release(environment, facts.temporary);
  for (const auto& [name, value] : facts.operator_environment) {
    if (name.starts_with(kOwnPrefix) || !approval.allows_env(name)) continue;
    environment.emplace(name, value);  // Keeps what is there.
  }
  return environment;
}

process::Environment own_environment() {
  process::Environment environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

}  // namespace sovereign::core
