// The bash completion script, made from the same table as the flags.
#include <fmt/format.h>

#include "commands/commands.hpp"

namespace sovereign::registry_app {
namespace {

constexpr std::string_view kScript = R"(_agentvault_registry() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      serve|admin|peer|import|export|demo-data|backup|completion) command=${{COMP_WORDS[i]}} ;;
    esac
  done
  local settings='{}'
  case $previous in
    --config|--data-dir|--log-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
    import|export|backup) COMPREPLY=($(compgen -f -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W bash -- "$word")); return ;;
    peer) COMPREPLY=($(compgen -W "add list check approve reject deactivate reactivate remove" -- "$word")); return ;;
    admin) COMPREPLY=($(compgen -W create -- "$word")); return ;;
  esac
  case $command in
    '') settings="serve admin peer import export demo-data backup completion $settings" ;;
    serve) settings="--examples $settings" ;;
    admin) settings="--email --username --promote $settings" ;;
    peer) settings="--name --mode --token-stdin --tls-pin --json $settings" ;;
    import) settings="--owner $settings" ;;
    demo-data) settings="--count --seed $settings" ;;
  esac
  COMPREPLY=($(compgen -W "$settings" -- "$word"))
}}
complete -F _agentvault_registry agentvault-registry
)";

}  // namespace

int print_completion(const std::string& shell) {
  if (shell != "bash") {
    fmt::print(stderr, "agentvault-registry: there is completion for bash only\n");
    return kWrongUse;
  }
  std::string flags = "--config --print-config --version --help";
  for (const config::Row& row : setting_table().rows) {
    const auto flag = config::flag_of(row);
    if (!flag.empty()) flags += ' ' + flag;
  }
  fmt::print(kScript, flags);
  return kDone;
}

}  // namespace sovereign::registry_app
