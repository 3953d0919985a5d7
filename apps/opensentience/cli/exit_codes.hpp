// How the program ends, for scripts. The help text lists them.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace sovereign::opensentience {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;
inline constexpr int kNotRunning = 3;  ///< The daemon is not there.
inline constexpr int kRefused = 4;     ///< Not allowed, not approved, not confirmed.
inline constexpr int kNotFound = 5;
inline constexpr int kToolFailed = 6;  ///< The tool ran, and failed or was cancelled.
inline constexpr int kTampered = 7;    ///< The audit log is not what was written.

inline constexpr std::string_view kExitCodes =
    "0 done, 1 failed, 2 wrong use, 3 the daemon is not running, 4 refused (not allowed, approved "
    "or "
    "confirmed), 5 not found, 6 the tool failed or was cancelled, 7 the audit log was tampered "
    "with";

/// Of an answer's HTTP status.
int exit_code_of_status(int status);
/// Of a failure before there was an answer.
int exit_code_of(const Error& error);

}  // namespace sovereign::opensentience
