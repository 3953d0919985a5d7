// The bash completion script, made from the same table as the verbs and their flags.
#include <fmt/format.h>

#include <memory>

#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

constexpr std::string_view kScript = R"(_opensentience() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} verb= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${{COMP_WORDS[i]}} == -* ]] || verb+="${{verb:+ }}${{COMP_WORDS[i]}}"
  done
  while :; do
    case $verb in
{}    esac
    [[ $verb == *' '* ]] || return
    verb=${{verb% *}}
  done
}}
complete -o default -F _opensentience opensentience
)";

/// One case: the words that may follow `path`.
void add_cases(std::string& cases, const CLI::App& app, const std::string& path) {
  std::string words;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    words += command->get_name() + ' ';
  }
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words += "--" + name + ' ';
  }
  if (!path.empty()) words += "--json --yes ";
  words.pop_back();
  cases += fmt::format("      '{}') COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", path,
                       words);
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_cases(cases, *command,
              path.empty() ? command->get_name() : path + ' ' + command->get_name());
  }
}

int print_completion(const CLI::App& app, const std::string& shell) {
  if (shell != "bash") {
    fmt::print(stderr, "opensentience: there is completion for bash only\n");
    return kWrongUse;
  }
  std::string cases;
  add_cases(cases, app, "");
  fmt::print(kScript, cases);
  return kDone;
}

}  // namespace

void add_completion_command(CLI::App& app, Choice& choice) {
  auto shell = std::make_shared<std::string>("bash");
  auto* completion = app.add_subcommand("completion", "Print a shell's completion script");
  completion->add_option("SHELL", *shell, "bash")->capture_default_str();
  completion->callback([&app, &choice, shell] {
    choice.run_alone = [&app, shell] { return print_completion(app, *shell); };
  });
}

}  // namespace sovereign::opensentience
