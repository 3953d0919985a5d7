#include "core/install/builder.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/errors.hpp"
#include "core/home.hpp"
#include "core/install/tree_rules.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kNamedFiles = 5;

std::string name_some(const std::vector<std::string>& paths) {
  std::string names;
  for (std::size_t i = 0; i < paths.size() && i < kNamedFiles; ++i) {
    if (i > 0) names += ", ";
    names += shown_path(paths[i]);
  }
  if (paths.size() > kNamedFiles) names += fmt::format(" and {} more", paths.size() - kNamedFiles);
  return names;
}

struct Inspection {
  BuildHashes hashes;
  TreeChanges changes;
};

Result<Inspection> inspect(const BuildRequest::Exported& exported, const TreeSnapshot& before) {
  const auto after = take_snapshot(exported.tree, exported.project, TreePart::sources);
  if (!after) return Failure(after.error());
  const auto output = take_snapshot(exported.tree, exported.project, TreePart::build_output);
  if (!output) return Failure(output.error());
  return Inspection{{digest_of(*after), digest_of(*output)}, compare_snapshots(before, *after)};
}

}  // namespace

Task<void> Builder::prepare(BuildPlace place) {
  auto make = [home = place.private_folder]() -> Result<void> {
    for (const auto& folder : {home.parent_path(), home, home / "tmp", home / "mix_home",
                               home / "hex_home", home / "rebar3_cache"}) {
      if (auto made = prepare_private_folder(folder); !made) return made;
    }
    return {};
  };
  auto task = async::run_blocking(pool_, std::move(make));
  const auto made = co_await std::move(task);
  co_return made;
}

Task<TreeSnapshot> Builder::check_before(BuildRequest::Exported exported) {
  auto check = [exported = std::move(exported)]() -> Result<TreeSnapshot> {
    auto before = take_snapshot(exported.tree, exported.project, TreePart::sources);
    if (before && digest_of(*before) != exported.source_hash) {
      return fail(CoreCode::install_invalid_tree,
                  "The installed files were changed since they were fetched; install the agent "
                  "anew.");
    }
    return before;
  };
  auto task = async::run_blocking(pool_, std::move(check));
  auto before = co_await std::move(task);
  co_return before;
}

Task<BuildHashes> Builder::check_after(BuildRequest::Exported exported, TreeSnapshot before,
                                       std::shared_ptr<BuildRecord> record) {
  auto job = [exported = std::move(exported), before = std::move(before)] {
    return inspect(exported, before);
  };
  auto task = async::run_blocking(pool_, std::move(job));
  auto inspection = co_await std::move(task);
  if (!inspection) co_return Failure(std::move(inspection.error()));
  if (!inspection->changes.changed.empty()) {
    co_return fail(CoreCode::build_failed, fmt::format("The build changed its own sources: {}.",
                                                       name_some(inspection->changes.changed)));
  }
  if (!inspection->changes.added.empty()) {
    record->warnings.push_back(fmt::format("The build added files to the sources: {}.",
                                           name_some(inspection->changes.added)));
  }
  co_return std::move(inspection->hashes);
}

Task<void> Builder::run_step(const BuildStep& step, BuildPlace place, BuildStepRecord& record,
                             OnLine on_line) {
  record.state = StepState::running;
  const auto say = [&](std::string_view line) { on_line(step.name, line); };
  // Of each stream its own: a private key in one does not end at a line of the other.
  StepOutput output(redactor_, record, options_.output_bytes, say);
  StepOutput errors(redactor_, record, options_.output_bytes, say);
  auto command = build_command(options_, step, place);
  command.on_output = [&](process::Stream stream, std::string_view bytes) {
    (stream == process::Stream::output ? output : errors).add(bytes);
  };
  auto task = runner_.run(command);
  const auto result = co_await std::move(task);
  output.finish();
  errors.finish();
  if (!result) {
    record.state = StepState::failed;
    co_return Failure(explain_start_failure(options_, result.error()));
  }
  record.duration_ms = result->duration.count();
  if (result->status.signal == 0) record.exit_code = result->status.code;
  record.state = result->succeeded() ? StepState::succeeded : StepState::failed;
  if (!result->succeeded()) co_return Failure(explain_failure(step, command, *result));
  co_return Result<void>{};
}

Task<BuildHashes> Builder::build(BuildRequest request, std::shared_ptr<BuildRecord> record,
                                 OnLine on_line) {
  TreeSnapshot before;
  if (request.exported) {
    auto checking = check_before(*request.exported);
    auto checked = co_await std::move(checking);
    if (!checked) co_return Failure(std::move(checked.error()));
    before = std::move(*checked);
  }
  auto preparing = prepare(request.place);
  const auto prepared = co_await std::move(preparing);
  if (!prepared) co_return Failure(prepared.error());
  const auto steps = build_steps(request.type);
  record->steps.clear();
  for (const auto& step : steps) record->steps.push_back({.name = std::string(step.name)});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto running = run_step(steps[i], request.place, record->steps[i], on_line);
    const auto ran = co_await std::move(running);
    if (!ran) co_return Failure(ran.error());
  }
  if (!request.exported) co_return BuildHashes{};
  auto checking = check_after(std::move(*request.exported), std::move(before), record);
  auto hashes = co_await std::move(checking);
  co_return hashes;
}

}  // namespace sovereign::core
