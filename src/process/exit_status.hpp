// How a process ended.
#pragma once

#include <string>

namespace sovereign::process {

struct ExitStatus {
  int code = 0;    ///< 0..255; meaningless when a signal ended the process.
  int signal = 0;  ///< The signal that ended it, or 0.

  bool succeeded() const { return code == 0 && signal == 0; }
  bool operator==(const ExitStatus&) const = default;
};

/// "exited with status 1", "was ended by signal KILL", "wrote a file beyond its size limit (signal
/// XFSZ)".
std::string describe(const ExitStatus& status);

}  // namespace sovereign::process
