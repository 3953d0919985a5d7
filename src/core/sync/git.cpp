#include "core/sync/git.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "base/encoding.hpp"
#include "core/errors.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kWanted = "refs/core/wanted";
constexpr std::size_t kShownErrorBytes = 300;

Failure fetch_failed(std::string detail, std::string context = {}) {
  return fail(CoreCode::install_fetch_failed, std::move(detail), std::move(context));
}

/// The last line git wrote to standard error, printable, for people.
std::string last_line(std::string_view errors) {
  errors = base::trim_ascii(errors);
  errors.remove_prefix(errors.rfind('\n') == std::string_view::npos ? 0 : errors.rfind('\n') + 1);
  std::string line;
  for (const char c : errors.substr(0, kShownErrorBytes)) {
    line += c >= ' ' && c < '\x7f' ? c : ' ';
  }
  return line;
}

/// ssh never asks, never forwards, runs nothing of its own configuration, and takes known hosts
/// only. The words are constants: git gives them to a shell.
constexpr std::string_view kSshCommand =
    "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o ClearAllForwardings=yes "
    "-o ForwardAgent=no -o PermitLocalCommand=no -o ConnectTimeout=20";

std::vector<std::string> hardening() {
  constexpr std::string_view settings[] = {
      "core.hooksPath=/dev/null",     "core.fsmonitor=false",
      "core.symlinks=false",          "core.attributesFile=/dev/null",
      "core.protectHFS=true",         "core.protectNTFS=true",
      "core.bigFileThreshold=16m",    "credential.helper=",
      "submodule.recurse=false",      "fetch.recurseSubmodules=false",
      "transfer.fsckObjects=true",    "fetch.unpackLimit=1",
      "http.followRedirects=false",   "http.lowSpeedLimit=1000",
      "http.lowSpeedTime=30",         "protocol.ext.allow=never",
      "safe.bareRepository=explicit", "gc.auto=0",
      "maintenance.auto=false",       "pack.threads=1",
      "advice.detachedHead=false",
  };
  std::vector<std::string> arguments;
  for (const auto setting : settings) {
    arguments.emplace_back("-c");
    arguments.emplace_back(setting);
  }
  return arguments;
}

process::Environment environment(const GitOptions& options,
                                 std::optional<GitUrl::Transport> network) {
  process::Environment variables{
      {"PATH", options.search_path},
      {"HOME", "/nonexistent"},
      {"LANG", "C.UTF-8"},
      {"GIT_CONFIG_NOSYSTEM", "1"},
      {"GIT_CONFIG_GLOBAL", "/dev/null"},
      {"GIT_CONFIG_SYSTEM", "/dev/null"},
      {"GIT_TERMINAL_PROMPT", "0"},
      {"GCM_INTERACTIVE", "Never"},
      {"GIT_ASKPASS", "/bin/false"},
      {"SSH_ASKPASS", "/bin/false"},
      {"GIT_ALLOW_PROTOCOL", network ? std::string(to_string(*network)) : "none"},
      {"GIT_PROTOCOL_FROM_USER", "0"},
      {"GIT_SSH_COMMAND", "/bin/false"},
      {"GIT_ATTR_NOSYSTEM", "1"},
      {"GIT_OPTIONAL_LOCKS", "0"},
      {"GIT_NO_REPLACE_OBJECTS", "1"},
  };
  if (!network || *network == GitUrl::Transport::file) return variables;
  for (const auto& [name, value] : options.network_environment) variables.emplace(name, value);
  if (*network == GitUrl::Transport::ssh) variables["GIT_SSH_COMMAND"] = kSshCommand;
  return variables;
}

std::uint64_t size_of(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  using Iterator = std::filesystem::recursive_directory_iterator;
  for (Iterator at(folder, error), end; at != end && !error; at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) bytes += at->file_size(ignored);
  }
  return bytes;
}

std::string git_folder(const std::filesystem::path& mirror) {
  return "--git-dir=" + mirror.string();
}

}  // namespace

process::Command git_command(const GitOptions& options, std::optional<GitUrl::Transport> network,
                             std::vector<std::string> arguments) {
  process::Command command;
  command.program = "git";
  command.arguments = hardening();
  command.arguments.insert(command.arguments.end(), std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  command.environment = environment(options, network);
  command.directory = "/";
  command.timeout = network ? options.limits.network_timeout : options.limits.local_timeout;
  command.limits.file_size = options.limits.file_bytes;
  return command;
}

struct Git::Invocation {
  std::string what;  ///< For people: "fetch from https://...".
  std::optional<GitUrl::Transport> network;
  std::vector<std::string> arguments;
  std::size_t output_bytes = 1 << 20;
  std::optional<std::string> input = std::nullopt;
};

Task<std::string> Git::run(Invocation invocation) {
  auto command = git_command(options_, invocation.network, std::move(invocation.arguments));
  command.output_bytes = invocation.output_bytes;
  command.input = std::move(invocation.input);
  auto task = runner_.run(command);
  auto result = co_await std::move(task);
  if (!result) {
    const bool is_missing = result.error().code == ErrorCode::not_found;
    co_return fetch_failed(
        is_missing ? "The git program was not found; install git." : "git could not be started.",
        result.error().detail + " " + result.error().context);
  }
  if (result->output_truncated) {
    co_return fetch_failed(
        fmt::format("Could not {}: the repository is too large to list.", invocation.what));
  }
  if (!result->succeeded()) {
    const auto reason = last_line(result->errors);
    co_return fetch_failed(
        fmt::format(
            "Could not {}: {}.", invocation.what,
            reason.empty() || result->timed_out ? process::describe(command, *result) : reason),
        process::describe(command, *result));
  }
  co_return std::move(result->output);
}

Task<void> Git::prepare(std::filesystem::path mirror) {
  auto make = [mirror]() -> Result<bool> {
    std::error_code error;
    std::filesystem::create_directories(mirror.parent_path(), error);
    if (error) return fetch_failed("The folder for mirrors could not be made.", error.message());
    return !std::filesystem::exists(mirror / "HEAD", error);
  };
  auto check = async::run_blocking(pool_, std::move(make));
  const auto is_new = co_await std::move(check);
  if (!is_new) co_return Failure(is_new.error());
  if (!*is_new) co_return Result<void>{};
  Invocation invocation{.what = "make a mirror",
                        .network = std::nullopt,
                        .arguments = {"init", "--quiet", "--bare", "--template=",
                                      "--initial-branch=main", "--", mirror.string()}};
  auto task = run(std::move(invocation));
  const auto made = co_await std::move(task);
  if (!made) co_return Failure(made.error());
  co_return Result<void>{};
}

Task<bool> Git::has(std::filesystem::path mirror, CommitId commit) {
  auto command = git_command(options_, std::nullopt,
                             {git_folder(mirror), "cat-file", "-e", commit.text() + "^{commit}"});
  auto task = runner_.run(std::move(command));
  const auto result = co_await std::move(task);
  if (!result) co_return fetch_failed("git could not be started.", result.error().detail);
  co_return result->succeeded();
}

Task<void> Git::download(std::filesystem::path mirror, GitUrl url,
                         std::vector<std::string> refspecs) {
  Invocation invocation{
      .what = "fetch from " + url.text(),
      .network = url.transport(),
      .arguments = {git_folder(mirror), "fetch", "--quiet", "--no-tags", "--force", "--prune",
                    "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance",
                    "--", url.text()}};
  for (auto& refspec : refspecs) invocation.arguments.push_back(std::move(refspec));
  auto task = run(std::move(invocation));
  const auto fetched = co_await std::move(task);
  if (!fetched) co_return Failure(fetched.error());
  co_return Result<void>{};
}

Task<void> Git::check_size(std::filesystem::path mirror) {
  auto measure = [mirror, limit = options_.limits.mirror_bytes]() -> Result<void> {
    if (size_of(mirror) <= limit) return {};
    std::error_code ignored;
    std::filesystem::remove_all(mirror, ignored);
    return fetch_failed(
        fmt::format("The repository is larger than {} MiB and was removed.", limit >> 20));
  };
  auto task = async::run_blocking(pool_, std::move(measure));
  const auto measured = co_await std::move(task);
  co_return measured;
}

Task<CommitId> Git::fetch(std::filesystem::path mirror, GitUrl url, GitRef ref) {
  auto preparation = prepare(mirror);
  const auto prepared = co_await std::move(preparation);
  if (!prepared) co_return Failure(prepared.error());

  auto wanted = ref.commit();
  // A commit may be on any branch, so all are fetched; what a name means is asked first.
  std::vector<std::string> refspecs = {"+refs/heads/*:refs/core/heads/*",
                                       "+refs/tags/*:refs/core/tags/*"};
  if (!wanted) {
    const auto& name = ref.text();
    Invocation question{
        .what = "reach " + url.text(),
        .network = url.transport(),
        .arguments = {"ls-remote", "--quiet", "--", url.text(), name, "refs/tags/" + name + "^{}"}};
    auto task = run(std::move(question));
    const auto answer = co_await std::move(task);
    if (!answer) co_return Failure(answer.error());
    const auto found = find_remote_ref(*answer, ref);
    if (!found) {
      co_return fetch_failed(
          fmt::format("{} has no branch or tag \"{}\".", url.text(), ref.text()));
    }
    wanted = found->commit;
    refspecs = {fmt::format("+{}:{}", found->name, kWanted)};
  }
  auto first_look = has(mirror, *wanted);
  const auto is_here = co_await std::move(first_look);
  if (!is_here) co_return Failure(is_here.error());
  if (*is_here) co_return std::move(*wanted);

  auto fetching = download(mirror, url, std::move(refspecs));
  const auto fetched = co_await std::move(fetching);
  auto sizing = check_size(mirror);
  const auto sized = co_await std::move(sizing);
  if (!fetched) co_return Failure(fetched.error());
  if (!sized) co_return Failure(sized.error());
  auto second_look = has(mirror, *wanted);
  const auto has_come = co_await std::move(second_look);
  if (!has_come) co_return Failure(has_come.error());
  if (!*has_come) {
    co_return fetch_failed(
        fmt::format("{} has no commit {} (any more).", url.text(), wanted->text()));
  }
  co_return std::move(*wanted);
}

Task<TreeListing> Git::list(std::filesystem::path mirror, CommitId commit, ListingScope scope) {
  Invocation question{.what = "read the commit",
                      .network = std::nullopt,
                      .arguments = {git_folder(mirror), "rev-parse", "--verify", "--quiet",
                                    "--end-of-options", commit.text() + "^{tree}"}};
  auto asking = run(std::move(question));
  const auto tree = co_await std::move(asking);
  if (!tree) co_return Failure(tree.error());
  const auto tree_id = CommitId::parse(base::trim_ascii(*tree));
  if (!tree_id) co_return fetch_failed("git named a tree in a way that is not known.");

  Invocation listing{.what = "list the commit's files",
                     .network = std::nullopt,
                     .arguments = {git_folder(mirror), "ls-tree", "-z", "-l", "--full-tree"},
                     .output_bytes = options_.limits.listing_bytes};
  if (scope == ListingScope::everything) {
    listing.arguments.insert(listing.arguments.end(), {"-r", "--", tree_id->text()});
  } else {
    listing.arguments.insert(listing.arguments.end(),
                             {"--", tree_id->text(), "registry.json", "index.json", "agents/"});
  }
  auto task = run(std::move(listing));
  const auto output = co_await std::move(task);
  if (!output) co_return Failure(output.error());
  auto entries = read_listing(*output);
  if (!entries) co_return fetch_failed("git listed the files in a way that is not known.");
  co_return TreeListing{tree_id->text(), std::move(*entries)};
}

Task<std::vector<std::string>> Git::read(std::filesystem::path mirror,
                                         std::vector<TreeEntry> entries) {
  if (entries.empty()) co_return std::vector<std::string>{};
  std::vector<std::string> objects;
  std::string input;
  std::size_t bytes = 0;
  constexpr std::size_t kHeaderBytes = 80;
  for (auto& entry : entries) {
    (input += entry.object) += '\n';
    bytes += entry.size + kHeaderBytes;
    objects.push_back(std::move(entry.object));
  }
  Invocation invocation{.what = "read files of the commit",
                        .network = std::nullopt,
                        .arguments = {git_folder(mirror), "cat-file", "--batch"},
                        .output_bytes = bytes,
                        .input = std::move(input)};
  auto task = run(std::move(invocation));
  const auto output = co_await std::move(task);
  if (!output) co_return Failure(output.error());
  auto blobs = read_batch(*output, objects);
  if (!blobs) co_return fetch_failed("git returned a file in a way that is not known.");
  co_return std::move(*blobs);
}

}  // namespace sovereign::core
