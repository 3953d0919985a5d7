#include "registry/agents/record.hpp"

#include <fmt/format.h>

#include <functional>

#include "json/write.hpp"

namespace sovereign::registry {
namespace {

/// Writes members of one object; the first opens it.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) {}

  /// `name` is one of ours and needs no escapes.
  std::string& key(std::string_view name) {
    out_ += first_ ? "{\"" : ",\"";
    first_ = false;
    out_ += name;
    out_ += "\":";
    return out_;
  }
  template <typename T>
  void put(std::string_view name, const T& value) {
    json::write(key(name), value);
  }
  void put_raw(std::string_view name, std::string_view text) { key(name) += text; }

 private:
  std::string& out_;
  bool first_ = true;
};

std::size_t expected_size(const Agent& agent) {
  constexpr std::size_t kMembers = 900;  // Names, ids and times, with some room for escapes.
  std::size_t size = kMembers + agent.name.size() + agent.description.size() +
                     agent.metadata.size() + agent.human_readable_id.size() +
                     (agent.pricing ? agent.pricing->size() : 0) +
                     (agent.card ? agent.card->size() : 0);
  for (const auto* list : {&agent.api_endpoints, &agent.capabilities, &agent.tags}) {
    for (const auto& item : *list) size += item.size() + 3;
  }
  return size;
}

void write_identity(ObjectWriter& writer, const Agent& agent) {
  writer.put("id", agent.id);
  writer.put("did", did_of(agent.id));
  writer.put("name", agent.name);
  writer.put("agent_type", agent.agent_type);
  writer.put("status", agent.status);
  writer.put("description", agent.description);
  writer.put("humanReadableId", agent.human_readable_id);
  writer.put("api_endpoints", agent.api_endpoints);
  writer.put("capabilities", agent.capabilities);
  writer.put("tags", agent.tags);
  if (agent.pricing) writer.put_raw("pricing", *agent.pricing);
  if (agent.teg_wallet_address) writer.put("teg_wallet_address", *agent.teg_wallet_address);
  writer.put_raw("metadata", agent.metadata);
}

void write_origin(ObjectWriter& writer, const Agent& agent, const Developer& developer,
                  std::string_view registry_url, std::string_view origin) {
  writer.put("developer_id", agent.developer_id);
  writer.put("developer", developer.username);
  writer.put("developer_email", developer.email);
  writer.put("is_verified", agent.verified_at.has_value());
  if (agent.verified_at) writer.put("verified_at", *agent.verified_at);
  writer.put("is_federated", !origin.empty());
  writer.put("registry_url", registry_url);
  if (!origin.empty()) writer.put("origin_registry_name", origin);
  writer.put("version", agent.version);
  writer.put("created_at", agent.created_at);
  writer.put("updated_at", agent.updated_at);
  if (agent.card_digest) writer.put("card_digest", *agent.card_digest);
}

}  // namespace

std::string did_of(AgentId id) { return "did:agentvault:" + id.to_string(); }

AgentRecord make_record(const Agent& agent, const Developer& developer,
                        std::string_view registry_url, std::string_view origin) {
  AgentRecord record{.id = agent.id,
                     .developer_id = agent.developer_id,
                     .status = agent.status,
                     .version = agent.version,
                     .created_at = agent.created_at,
                     .updated_at = agent.updated_at,
                     .human_readable_id = agent.human_readable_id};
  record.json.reserve(expected_size(agent));
  ObjectWriter writer(record.json);
  write_identity(writer, agent);
  write_origin(writer, agent, developer, registry_url, origin);
  record.item_size = record.json.size();
  if (agent.card) writer.put_raw("card", *agent.card);
  record.json += '}';
  record.json.shrink_to_fit();
  record.etag =
      fmt::format("\"{}-{:016x}\"", agent.version, std::hash<std::string_view>{}(record.json));
  return record;
}

}  // namespace sovereign::registry
