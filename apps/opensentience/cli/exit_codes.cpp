#include "cli/exit_codes.hpp"

#include "http/local_client.hpp"

namespace sovereign::opensentience {

int exit_code_of_status(int status) {
  switch (status) {
    case 400:
    case 422: return kWrongUse;
    case 401:
    case 403:
    case 409: return kRefused;
    case 404: return kNotFound;
    default: return status < 300 ? kDone : kFailed;
  }
}

int exit_code_of(const Error& error) {
  if (error.name == http::kDaemonNotRunning) return kNotRunning;
  switch (error.code) {
    case ErrorCode::malformed:
    case ErrorCode::unprocessable: return kWrongUse;
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
    case ErrorCode::conflict: return kRefused;
    case ErrorCode::not_found: return kNotFound;
    default: return kFailed;
  }
}

}  // namespace sovereign::opensentience
