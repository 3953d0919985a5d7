#include "registry/discovery/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "json/parse.hpp"
#include "json/write.hpp"
#include "registry/discovery/cursor.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {
namespace {

/// What is added around an item and around the page, so that one reservation is enough.
constexpr std::size_t kItemExtra = 160;
constexpr std::size_t kPageExtra = 512;

const AgentRecord& record_of(const search::Hit& hit) {
  return *static_cast<const AgentRecord*>(hit.payload.get());
}

bool wants(const std::vector<std::string>& fields, std::string_view name) {
  return fields.empty() || std::ranges::find(fields, name) != fields.end();
}

void write_score(std::string& out, float score) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, score).ptr;
  out.append(buffer, end);
}

void write_matches(std::string& out, const std::vector<search::Match>& matches) {
  out += '[';
  for (const auto& match : matches) {
    if (out.back() != '[') out += ',';
    out += R"({"field":")";
    out += index_fields::name_of_text(match.field);
    out += R"(","term":)";
    json::write_string(out, match.term);
    out += R"(,"found":)";
    json::write_string(out, match.indexed);
    out += R"(,"kind":")";
    out += search::to_string(match.kind);
    out += R"("})";
  }
  out += ']';
}

void write_selected(std::string& out, const AgentRecord& record,
                    const std::vector<std::string>& fields) {
  out += '{';
  json::RawMembers members(record.json);
  while (const auto member = members.next()) {
    if (!wants(fields, member->name)) continue;
    if (out.back() != '{') out += ',';
    out += '"';
    out += member->name;
    out += "\":";
    out += member->value;
  }
}

/// How a page is written.
struct PageStyle {
  ItemKind kind;
  const FederatedPart* federated = nullptr;
};

void write_staleness(std::string& out, Timestamp received_at, Timestamp now) {
  const auto age = std::chrono::floor<std::chrono::seconds>(std::max(now, received_at)) -
                   std::chrono::floor<std::chrono::seconds>(received_at);
  fmt::format_to(std::back_inserter(out), "{}\"staleness_seconds\":{}",
                 out.back() == '{' ? "" : ",", age.count());
}

void write_item(std::string& out, const search::Hit& hit, const std::vector<std::string>& fields,
                const PageStyle& style) {
  const auto kind = style.kind;
  const auto& record = record_of(hit);
  if (fields.empty()) {
    out += record.item_without_brace();
  } else {
    write_selected(out, record, fields);
  }
  if (style.federated != nullptr && record.received_at && wants(fields, "staleness_seconds")) {
    write_staleness(out, *record.received_at, style.federated->now);
  }
  if (kind == ItemKind::found && wants(fields, "score")) {
    out += out.back() == '{' ? "\"score\":" : ",\"score\":";
    write_score(out, hit.score);
  }
  if (kind == ItemKind::found && wants(fields, "matched")) {
    out += out.back() == '{' ? "\"matched\":" : ",\"matched\":";
    write_matches(out, hit.matched);
  }
  out += '}';
}

void write_facets(std::string& out, const std::vector<search::Facet>& facets) {
  static const search::Schema schema = index_fields::schema();
  out += '{';
  for (const auto& facet : facets) {
    if (out.back() != '{') out += ',';
    json::write_string(out, schema.keywords.at(facet.field));
    out += ":[";
    for (const auto& [value, count] : facet.values) {
      if (out.back() != '[') out += ',';
      out += R"({"value":)";
      json::write_string(out, value);
      fmt::format_to(std::back_inserter(out), R"(,"count":{}}})", count);
    }
    out += ']';
  }
  out += '}';
}

std::size_t expected_size(const SearchPlan& plan, const search::Answer& answer) {
  std::size_t size = kPageExtra;
  for (const auto& hit : answer.hits) {
    size += kItemExtra + (plan.fields.empty() ? record_of(hit).item_size : 0);
  }
  return size;
}

/// All but the closing brace.
std::string write_page(const SearchPlan& plan, const search::Answer& answer,
                       const PageStyle& style) {
  std::string out;
  out.reserve(expected_size(plan, answer));
  out += R"({"agents":[)";
  for (const auto& hit : answer.hits) {
    if (out.back() != '[') out += ',';
    write_item(out, hit, plan.fields, style);
  }
  out += R"(],"pagination":)";
  auto pagination = pagination_of(plan, answer);
  if (style.federated != nullptr) pagination.next_cursor = style.federated->next_cursor;
  json::write(out, pagination);
  out += R"(,"facets":)";
  write_facets(out, answer.facets);
  return out;
}

}  // namespace

Pagination pagination_of(const SearchPlan& plan, const search::Answer& answer) {
  const auto per_page = static_cast<std::uint64_t>(plan.per_page);
  Pagination pagination{.total = answer.total,
                        .page = plan.page,
                        .per_page = plan.per_page,
                        .pages = (answer.total + per_page - 1) / per_page,
                        .next_cursor = std::nullopt};
  if (answer.next) {
    pagination.next_cursor = encode_cursor({.query_digest = plan.digest,
                                            .page = static_cast<std::uint32_t>(plan.page + 1),
                                            .position = *answer.next});
  }
  return pagination;
}

std::string write_agent_page(const SearchPlan& plan, const search::Answer& answer) {
  return write_page(plan, answer, {.kind = ItemKind::listed}) + '}';
}

std::string write_discovery_page(const SearchPlan& plan, const search::Answer& answer,
                                 std::chrono::nanoseconds query_time) {
  auto out = write_page(plan, answer, {.kind = ItemKind::found});
  fmt::format_to(std::back_inserter(out),
                 R"(,"federation_status":{{"peers_queried":0,"peers_responded":0,)"
                 R"("query_time_ms":{:.3f},"peers":[]}}}})",
                 std::chrono::duration<double, std::milli>(query_time).count());
  return out;
}

std::string write_federated_page(const SearchPlan& plan, const search::Answer& answer,
                                 const FederatedPart& part, ItemKind kind) {
  auto out = write_page(plan, answer, {.kind = kind, .federated = &part});
  out += R"(,"federation_status":)";
  json::write(out, part.status);
  return out += '}';
}

std::string write_agent(const AgentRecord& record, const std::vector<std::string>& fields) {
  if (fields.empty()) return record.json;
  std::string out;
  write_selected(out, record, fields);
  return out += '}';
}

}  // namespace sovereign::registry
