// Lists of permission strings: how they are compared and hashed.
#pragma once

#include <string>
#include <vector>

namespace sovereign::core {

/// Trimmed, none empty, each once, sorted.
std::vector<std::string> normalise_permissions(std::vector<std::string> permissions);

/// SHA-256 (64 hex digits) of the compact JSON array of `permissions`, which must be normalised.
std::string hash_permissions(const std::vector<std::string>& permissions);

}  // namespace sovereign::core
