#include "sql/rules.hpp"

#include <cmath>

#include "base/encoding.hpp"

namespace sovereign::sql {

Result<void> check_parameters(const Call& call) {
  for (const Value& value : call.parameters) {
    if (const auto* words = std::get_if<std::string>(&value)) {
      if (words->find('\0') != std::string::npos || !base::is_utf8(*words)) {
        return bad_text(std::string(call.statement.name));
      }
    } else if (const auto* number = std::get_if<double>(&value); number && std::isnan(*number)) {
      return base::fail(ErrorCode::unprocessable, "NaN cannot be stored.",
                        std::string(call.statement.name));
    }
  }
  return {};
}

Result<void> check_parameters(const Write& write) {
  for (const Call& call : write.calls) {
    if (auto checked = check_parameters(call); !checked) return checked;
  }
  return {};
}

bool meets(Expect expect, const ResultSet& result) {
  if (expect == Expect::anything) return true;
  // A SELECT affects nothing, and RETURNING returns what was affected.
  return std::max<std::size_t>(static_cast<std::size_t>(result.affected), result.rows.size()) == 1;
}

Failure database_unavailable(std::string context) {
  return base::fail(ErrorCode::unavailable, "The database is not available; try again in a moment.",
                    std::move(context));
}

Failure database_bug(std::string context) {
  return base::fail(ErrorCode::internal, "The server made a mistake.", std::move(context));
}

Failure bad_text(std::string context) {
  return base::fail(ErrorCode::unprocessable, "Text must be UTF-8 without NUL characters.",
                    std::move(context));
}

Failure queue_full(std::string_view queue) {
  return base::fail(ErrorCode::unavailable, "The server is busy; try again in a moment.",
                    fmt::format("{} queue full", queue));
}

}  // namespace sovereign::sql
