// Installing, building and updating as the API takes and shows them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/install/build_log.hpp"
#include "core/state.hpp"
#include "json/table.hpp"

namespace sovereign::core {

/// Body of installAgent.
struct InstallRequest {
  std::optional<std::string> registry;
  std::optional<std::string> ref;
};

enum class InstallMethod : std::uint8_t { fetched, linked };

struct InstallAnswer {
  std::string agent_id;
  InstallMethod method = InstallMethod::fetched;
  std::string path;
  std::string commit;
  std::string registry;
  std::string manifest_hash;
  std::vector<std::string> permissions;
  std::vector<std::string> warnings;
  bool needs_build = true;
};

/// Which tree to build.
enum class BuildTree : std::uint8_t { current, pending };

/// Body of buildAgent.
struct BuildBody {
  bool confirm = false;
  std::optional<BuildTree> tree;
};

struct BuildStepView {
  std::string name;
  StepState state = StepState::waiting;
  std::optional<std::int64_t> exit_code;
  std::int64_t duration_ms = 0;
  std::string output;
  std::int64_t output_bytes = 0;
  bool output_truncated = false;
};

struct BuildView {
  std::string agent_id;
  std::string commit;
  std::string state;  ///< building, built or failed.
  std::vector<BuildStepView> steps;
  std::optional<std::string> code;
  std::optional<std::string> error;
  std::vector<std::string> warnings;
  base::Timestamp started_at{};
  std::optional<base::Timestamp> finished_at;
};

/// Body of updateAgent.
struct UpdateRequest {
  std::optional<std::string> ref;
  bool confirm = false;
  bool apply = false;
  std::optional<std::vector<std::string>> permissions;
  std::optional<std::string> manifest_hash;
};

enum class UpdateState : std::uint8_t { up_to_date, pending, applied };

struct VersionView {
  std::string commit;
  std::string version;
  std::string manifest_hash;
  std::string build_state;
};

struct UpdatePermissions {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> unchanged;
};

struct ManifestChange {
  std::string member;
  std::string before;
  std::string after;
};

struct UpdateAnswer {
  std::string agent_id;
  UpdateState state = UpdateState::up_to_date;
  VersionView current;
  std::optional<VersionView> pending;
  std::optional<UpdatePermissions> permissions;
  std::vector<ManifestChange> manifest_changes;
  std::vector<std::string> warnings;
  std::optional<std::string> approval_id;
  std::optional<bool> started_again;
};

struct RollbackRequest {
  std::optional<std::string> reason;
};

struct RollbackAnswer {
  std::string agent_id;
  std::string from_commit;
  std::string to_commit;
  /// Of the approval that holds again; none when there is none for exactly this version.
  std::optional<std::string> approval_id;
  std::vector<std::string> warnings;
  std::optional<bool> started_again;
};

inline constexpr std::string_view kStartedAgainText =
    "Of an agent that ran: whether it runs again; if not, a warning says why. Left out for one "
    "that "
    "did not run.";

struct UninstallQuery {
  bool keep_data = false;
};

}  // namespace sovereign::core

namespace sovereign::json {

template <>
struct Names<core::InstallMethod> {
  using enum core::InstallMethod;
  static constexpr std::array values = {EnumName{fetched, "fetched"}, EnumName{linked, "linked"}};
};

template <>
struct Names<core::BuildTree> {
  using enum core::BuildTree;
  static constexpr std::array values = {EnumName{current, "current"}, EnumName{pending, "pending"}};
};

template <>
struct Names<core::StepState> {
  using enum core::StepState;
  static constexpr std::array values = {EnumName{waiting, "waiting"}, EnumName{running, "running"},
                                        EnumName{succeeded, "succeeded"},
                                        EnumName{failed, "failed"}};
};

template <>
struct Names<core::UpdateState> {
  using enum core::UpdateState;
  static constexpr std::array values = {EnumName{up_to_date, "up_to_date"},
                                        EnumName{pending, "pending"}, EnumName{applied, "applied"}};
};

template <>
struct Table<core::InstallRequest> {
  using T = core::InstallRequest;
  static constexpr std::string_view name = "InstallRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("registry", &T::registry,
            {.description = "Where to install from; when left out the folder of an agent in "
                            "development, else the first registry that lists it.",
             .example = R"("community")",
             .max_length = 64}),
      field("ref", &T::ref,
            {.description = "A branch, tag or commit other than the one the registry names.",
             .example = R"("v1.2.0")",
             .max_length = 255}),
  };
};

template <>
struct Table<core::InstallAnswer> {
  using T = core::InstallAnswer;
  static constexpr std::string_view name = "InstallAnswer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id),
      field("method", &T::method,
            {.description = "linked: it runs from the folder it is developed in, whose code can "
                            "change at any time."}),
      field("path", &T::path),
      field("commit", &T::commit, {.description = "Empty when linked."}),
      field("registry", &T::registry),
      field("manifest_hash", &T::manifest_hash),
      field("permissions", &T::permissions, {.description = "What it asks for."}),
      field("warnings", &T::warnings),
      field("needs_build", &T::needs_build),
  };
};

template <>
struct Table<core::BuildBody> {
  using T = core::BuildBody;
  static constexpr std::string_view name = "BuildRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("confirm", &T::confirm,
            {.description = "Must be true: building executes third-party code on this machine.",
             .example = "true",
             .optional = true}),
      field("tree", &T::tree,
            {.description = "current when left out; pending: the update that waits."}),
  };
};

template <>
struct Table<core::BuildStepView> {
  using T = core::BuildStepView;
  static constexpr std::string_view name = "BuildStep";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.example = R"("mix compile")"}),
      field("state", &T::state),
      field("exit_code", &T::exit_code),
      field("duration_ms", &T::duration_ms),
      field("output", &T::output, {.description = "Redacted; in memory only."}),
      field("output_bytes", &T::output_bytes, {.description = "What the step wrote in all."}),
      field("output_truncated", &T::output_truncated),
  };
};

template <>
struct Table<core::BuildView> {
  using T = core::BuildView;
  static constexpr std::string_view name = "Build";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id),
      field("commit", &T::commit, {.description = "Empty for a folder in development."}),
      field("state", &T::state, {.description = "building, built or failed."}),
      field("steps", &T::steps),
      field("code", &T::code, {.description = "Why it failed: a stable code."}),
      field("error", &T::error, {.description = "Why it failed: a sentence."}),
      field("warnings", &T::warnings),
      field("started_at", &T::started_at),
      field("finished_at", &T::finished_at),
  };
};

template <>
struct Table<core::UpdateRequest> {
  using T = core::UpdateRequest;
  static constexpr std::string_view name = "UpdateRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("ref", &T::ref,
            {.description = "A branch, tag or commit other than the one the registry names.",
             .max_length = 255}),
      field("confirm", &T::confirm,
            {.description = "Builds what was fetched, beside the current version. That executes "
                            "third-party code on this machine.",
             .optional = true}),
      field("apply", &T::apply,
            {.description = "Approves the pending update and switches to it.", .optional = true}),
      field("permissions", &T::permissions,
            {.description = "With apply: the permissions to approve. Needed when the new version "
                            "asks for any: none is approved unsaid.",
             .max_length = 300,
             .max_items = 1000}),
      field("manifest_hash", &T::manifest_hash,
            {.description = "With apply: of the manifest that was shown. Another one is 409.",
             .max_length = 64}),
  };
};

template <>
struct Table<core::VersionView> {
  using T = core::VersionView;
  static constexpr std::string_view name = "AgentVersion";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("commit", &T::commit),
      field("version", &T::version),
      field("manifest_hash", &T::manifest_hash),
      field("build_state", &T::build_state),
  };
};

template <>
struct Table<core::UpdatePermissions> {
  using T = core::UpdatePermissions;
  static constexpr std::string_view name = "UpdatePermissions";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("added", &T::added),
      field("removed", &T::removed),
      field("unchanged", &T::unchanged),
  };
};

template <>
struct Table<core::ManifestChange> {
  using T = core::ManifestChange;
  static constexpr std::string_view name = "ManifestChange";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("member", &T::member, {.example = R"("version")"}),
      field("before", &T::before),
      field("after", &T::after),
  };
};

template <>
struct Table<core::UpdateAnswer> {
  using T = core::UpdateAnswer;
  static constexpr std::string_view name = "UpdateAnswer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id),
      field("state", &T::state),
      field("current", &T::current),
      field("pending", &T::pending),
      field("permissions", &T::permissions,
            {.description = "What the pending version asks for against the current one."}),
      field("manifest_changes", &T::manifest_changes),
      field("warnings", &T::warnings),
      field("approval_id", &T::approval_id, {.description = "When applied."}),
      field("started_again", &T::started_again, {.description = core::kStartedAgainText}),
  };
};

template <>
struct Table<core::RollbackRequest> {
  using T = core::RollbackRequest;
  static constexpr std::string_view name = "RollbackRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("reason", &T::reason, {.description = "For the audit log.", .max_length = 200}),
  };
};

template <>
struct Table<core::RollbackAnswer> {
  using T = core::RollbackAnswer;
  static constexpr std::string_view name = "RollbackAnswer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id),
      field("from_commit", &T::from_commit),
      field("to_commit", &T::to_commit),
      field("approval_id", &T::approval_id,
            {.description = "The approval that holds again; left out when there is none for "
                            "exactly this version."}),
      field("warnings", &T::warnings),
      field("started_again", &T::started_again, {.description = core::kStartedAgainText}),
  };
};

template <>
struct Table<core::UninstallQuery> {
  using T = core::UninstallQuery;
  static constexpr std::string_view name = "UninstallQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("keep_data", &T::keep_data,
            {.description = "Leaves the agent's private folder.", .optional = true}),
  };
};

}  // namespace sovereign::json
