#include "commands/doctor.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "cli/view.hpp"

namespace sovereign::opensentience {
namespace {

enum class Grade { good, advice, missing };

struct Finding {
  std::string what;
  Grade grade = Grade::good;
  std::string detail;  ///< What was found, or what to do.
};

std::optional<std::filesystem::path> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const auto candidate = std::filesystem::path(rest.substr(0, end)) / name;
    if (end > 0 && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

Finding check_program(std::string_view name, std::string_view why, std::string_view remedy) {
  if (const auto found = find_program(name)) {
    return {std::string(name), Grade::good, found->native()};
  }
  return {std::string(name), Grade::missing, fmt::format("{}; {}", why, remedy)};
}

Finding check_home(const core::Home& home) {
  if (!std::filesystem::exists(home.root())) {
    return {"home folder", Grade::good,
            fmt::format("{} will be made at the first start", home.root().native())};
  }
  const auto checked = core::prepare_private_folder(home.root());
  if (!checked) return {"home folder", Grade::missing, checked.error().detail};
  return {"home folder", Grade::good, home.root().native()};
}

Finding check_sockets(const core::Home& home) {
  constexpr std::size_t longest = 107;
  const auto path = home.admin_socket().native();
  if (path.size() <= longest) return {"sockets", Grade::good, path};
  return {
      "sockets", Grade::missing,
      fmt::format("{} is longer than the {} bytes of a socket's address; set XDG_RUNTIME_DIR or "
                  "a shorter OPENSENTIENCE_HOME",
                  path, longest)};
}

Finding check_disk(const core::Home& home) {
  constexpr std::uint64_t wanted = 1'000'000'000;
  auto folder = home.root();
  while (!std::filesystem::exists(folder) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  struct statvfs space{};
  if (::statvfs(folder.c_str(), &space) != 0) return {"disk", Grade::advice, "cannot be measured"};
  const auto free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  return {"disk", free < wanted ? Grade::advice : Grade::good,
          fmt::format("{} free below {}", byte_count(free), folder.native())};
}

Finding check_pidfd() {
  const long descriptor = ::syscall(SYS_pidfd_open, ::getpid(), 0);
  if (descriptor < 0) {
    return {"kernel", Grade::missing, "has no pidfd_open; Linux 5.4 or newer is needed"};
  }
  ::close(static_cast<int>(descriptor));
  return {"kernel", Grade::good, "processes can be held by descriptor"};
}

Finding check_sandbox() {
  return {"sandbox", Grade::advice,
          "this version separates agents by process and permission only: an agent can still read "
          "your files and reach the network; run only agents you trust"};
}

Finding check_daemon(const core::Home& home) {
  http::LocalClient client(home.admin_socket());
  const auto answer = client.request({.target = "/api/v1/health"});
  if (!answer) return {"daemon", Grade::advice, "is not running: opensentience serve"};
  if (answer->status == 200) return {"daemon", Grade::good, "runs, and everything works"};
  return {"daemon", Grade::missing, "runs, but not all of it works: opensentience status"};
}

std::string_view mark_of(Grade grade) {
  switch (grade) {
    case Grade::good: return "ok";
    case Grade::advice: return "note";
    case Grade::missing: return "MISSING";
  }
  return "ok";
}

}  // namespace

int run_doctor(Session& session) {
  const auto& home = session.home();
  const std::vector<Finding> findings{
      check_home(home),
      check_sockets(home),
      check_disk(home),
      check_pidfd(),
      check_program("git", "registries and installs need it", "apt-get install git"),
      check_program("mix", "Elixir agents need it", "apt-get install elixir"),
      check_sandbox(),
      check_daemon(home),
  };
  bool is_complete = true;
  json::Array report;
  for (const auto& finding : findings) {
    if (finding.grade == Grade::missing) is_complete = false;
    report.push_back(json::Object{
        {"what", finding.what}, {"status", mark_of(finding.grade)}, {"detail", finding.detail}});
    if (!session.options().json) {
      fmt::print("{:<8}{:<13}{}\n", mark_of(finding.grade), finding.what,
                 printable(finding.detail));
    }
  }
  session.printed_as_json(json::Object{{"findings", std::move(report)}});
  return is_complete ? kDone : kFailed;
}

}  // namespace sovereign::opensentience
