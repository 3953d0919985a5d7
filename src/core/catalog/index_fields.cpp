#include "core/catalog/index_fields.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "crypto/digest.hpp"

namespace sovereign::core::index_fields {
namespace {

void append(std::string& text, const std::vector<std::string>& items) {
  for (const auto& item : items) {
    text += item;
    text += '\n';
  }
}

}  // namespace

search::Schema schema() {
  using enum search::TextKind;
  return {.text = {{.name = "id",
                    .weight = 2.0F,
                    .length_normalisation = 0.2F,
                    .kind = identifier,
                    .typical_length = 4},
                   {.name = "name",
                    .weight = 4.0F,
                    .length_normalisation = 0.4F,
                    .kind = identifier,
                    .typical_length = 3},
                   {.name = "keywords",
                    .weight = 2.5F,
                    .length_normalisation = 0.4F,
                    .kind = identifier,
                    .typical_length = 6},
                   {.name = "description",
                    .weight = 1.0F,
                    .length_normalisation = 0.6F,
                    .kind = prose,
                    .typical_length = 25}},
          .keywords = {"status", "origin", "capabilities", "integration_points", "id"},
          .numbers = {"verification", "trust_score"}};
}

base::Uuid key_of(const AgentId& id) {
  const auto digest = crypto::sha256(id.text());
  base::Uuid key;
  std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

std::vector<std::string> statuses_of(const AgentRecord& record) {
  std::vector<std::string> statuses{std::string(record.status())};
  const auto add = [&statuses](bool holds, std::string_view word) {
    if (holds && std::ranges::find(statuses, word) == statuses.end()) statuses.emplace_back(word);
  };
  const bool is_there = !record.is_gone || record.origin == Origin::installed;
  add(record.is_gone, "gone");
  add(is_there && record.origin == Origin::local_dev, "local_dev");
  add(is_there && record.origin == Origin::registry_available, "registry_available");
  add(record.origin == Origin::installed, "installed");
  add(record.enablement == Enablement::active, "enabled");
  add(record.live.run == RunState::stopped && record.enablement == Enablement::active, "stopped");
  add(record.live.run != RunState::stopped && record.live.run != RunState::crashed, "running");
  return statuses;
}

search::Document document_of(std::shared_ptr<const AgentRecord> record) {
  std::string words;
  append(words, record->keywords);
  append(words, record->integration_points);
  append(words, record->capabilities);
  const double score = record->badge.trust_score.value_or(std::numeric_limits<double>::quiet_NaN());
  search::Document document{
      .key = key_of(record->id),
      .text = {record->id.text(), record->name, std::move(words), record->description},
      .keywords = {statuses_of(*record),
                   {std::string(to_string(record->origin))},
                   record->capabilities,
                   record->integration_points,
                   {record->id.text()}},
      .numbers = {static_cast<double>(record->badge.verification_level), score},
      .sort_name = record->name.empty() ? record->id.text() : record->name};
  document.payload = std::move(record);
  return document;
}

}  // namespace sovereign::core::index_fields
