// The registry's schema, as numbered migrations embedded from db/registry/.
#pragma once

#include <span>

#include "sql/database.hpp"

namespace sovereign::registry {

std::span<const sql::Migration> migrations();

}  // namespace sovereign::registry
