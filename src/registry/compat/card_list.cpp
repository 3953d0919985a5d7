#include "registry/compat/card_list.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "json/parse.hpp"
#include "json/write.hpp"
#include "registry/agents/record.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {
namespace {

namespace keyword = index_fields::keyword;
using search::Filter;

Filter has(std::size_t field, std::string value) {
  return {search::HasTerm{field, std::move(value)}};
}

Filter any_status(std::initializer_list<std::string_view> statuses) {
  std::vector<Filter> any;
  for (const auto status : statuses) any.push_back(has(keyword::status, std::string(status)));
  return {search::AnyOf{std::move(any)}};
}

/// Deactivated cards can be read by their id, so listing them tells nothing new; what
/// administrators have suspended is for its publisher.
Filter visible(const CardListQuery& query, const Viewer& viewer) {
  if (query.active_only) return any_status({"active"});
  if (query.owned_only || viewer.is_admin) return {search::Everything{}};
  return any_status({"active", "deprecated", "inactive"});
}

Filter filter_of(const CardListQuery& query, const Viewer& viewer) {
  std::vector<Filter> all{visible(query, viewer)};
  if (query.owned_only) all.push_back(has(keyword::developer_id, viewer.account->to_string()));
  for (const auto& tag : query.tags) all.push_back(has(keyword::tags, tag));
  if (query.has_tee) {
    auto tee = has(keyword::tee, std::string(index_fields::kAnyTee));
    all.push_back(*query.has_tee ? std::move(tee) : Filter{search::NoneOf{{std::move(tee)}}});
  }
  if (query.tee_type) all.push_back(has(keyword::tee, index_fields::tee_term(*query.tee_type)));
  // Text without a word in it matches nothing, rather than everything.
  if (query.search && !query.search->empty() && !search::has_words(*query.search)) {
    all.push_back({search::AnyOf{}});
  }
  return {search::AllOf{std::move(all)}};
}

const search::Schema& index_schema() {
  static const search::Schema schema = index_fields::schema();
  return schema;
}

/// The members of an item that the record has as JSON already.
void append_raw(std::string& out, std::string_view name, std::string_view record) {
  out += fmt::format(",\"{}\":{}", name, json::raw_member(record, name).value_or("null"));
}

void append_item(std::string& out, const AgentRecord& record) {
  out += fmt::format(R"({{"id":"{}")", record.id.to_string());
  append_raw(out, "name", record.json);
  append_raw(out, "description", record.json);
  out += fmt::format(R"(,"is_active":{},"origin_registry_name":"Local"}})",
                     record.status == AgentStatus::active);
}

}  // namespace

CardPagination card_pagination(std::uint64_t total, const CardListQuery& query) {
  const auto items = static_cast<std::int64_t>(total);
  return {.total_items = items,
          .limit = query.limit,
          .offset = query.skip,
          .total_pages = (items + query.limit - 1) / query.limit,
          .current_page = query.skip / query.limit + 1};
}

Result<SearchPlan> plan_card_list(const CardListQuery& query, const Viewer& viewer) {
  if (query.owned_only && !viewer.account) {
    return base::fail(ErrorCode::unauthenticated,
                      "Authentication required to list owned agent cards.");
  }
  SearchPlan plan;
  plan.query = {.text = query.search.value_or(std::string()),
                .filter = filter_of(query, viewer),
                .sort = {.by = search::Sort::By::number, .field = index_fields::number::updated_at},
                .offset = static_cast<std::size_t>(query.skip),
                .limit = static_cast<std::size_t>(query.limit),
                .explain = false};
  if (auto valid = search::validate(plan.query, index_schema()); !valid) {
    auto error = std::move(valid.error());
    for (auto& field : error.fields) field.pointer = "?search";
    return Failure(std::move(error));
  }
  return plan;
}

std::string write_card_page(const CardListQuery& query, const search::Answer& answer) {
  std::string out = R"({"items":[)";
  for (const auto& hit : answer.hits) {
    if (out.back() != '[') out += ',';
    append_item(out, *std::static_pointer_cast<const AgentRecord>(hit.payload));
  }
  out += R"(],"pagination":)";
  json::write(out, card_pagination(answer.total, query));
  return out + '}';
}

}  // namespace sovereign::registry
