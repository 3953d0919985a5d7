#include "process/exit_status.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

namespace sovereign::process {

std::string describe(const ExitStatus& status) {
  if (status.signal == SIGXFSZ) return "wrote a file beyond its size limit (signal XFSZ)";
  if (status.signal == SIGXCPU) return "used up its processor time (signal XCPU)";
  if (status.signal == 0) return fmt::format("exited with status {}", status.code);
  const char* name = ::sigabbrev_np(status.signal);
  if (name == nullptr) return fmt::format("was ended by signal {}", status.signal);
  return fmt::format("was ended by signal {}", name);
}

}  // namespace sovereign::process
