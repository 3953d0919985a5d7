// Lists of agent cards: what older clients ask for, as a search of the catalog. Pure decisions.
#pragma once

#include <string>

#include "base/error.hpp"
#include "registry/compat/card_types.hpp"
#include "registry/discovery/plan.hpp"

namespace sovereign::registry {

/// The search that answers `query`: newest change first. Errors: `unauthenticated` (one's own
/// cards, of nobody), `unprocessable`.
Result<SearchPlan> plan_card_list(const CardListQuery& query, const Viewer& viewer);

/// The body of the answer.
std::string write_card_page(const CardListQuery& query, const search::Answer& answer);

}  // namespace sovereign::registry
