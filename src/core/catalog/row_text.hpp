// How lists and small structures are kept in a column: as JSON text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/agent_record.hpp"

namespace sovereign::core {

std::string to_row_text(const std::vector<std::string>& strings);
std::string to_row_text(const std::vector<ManifestProblem>& problems);
/// Empty for nothing.
std::string to_row_text(const std::optional<PendingUpdate>& pending);

// Errors: `internal`, for text that none of the above wrote.
Result<std::vector<std::string>> strings_from_row(std::string_view text);
Result<std::vector<ManifestProblem>> problems_from_row(std::string_view text);
Result<std::optional<PendingUpdate>> pending_from_row(std::string_view text);

}  // namespace sovereign::core
