// The Core's schema, as numbered migrations embedded from db/core/.
#pragma once

#include <span>

#include "sql/database.hpp"

namespace sovereign::core {

std::span<const sql::Migration> migrations();

}  // namespace sovereign::core
