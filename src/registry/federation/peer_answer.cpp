#include "registry/federation/peer_answer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "json/read.hpp"
#include "json/write.hpp"
#include "registry/agents/record.hpp"
#include "registry/agents/registration.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {

/// What an item says beyond a registration. All of it may be missing: programs differ.
struct PeerItem {
  AgentId id;
  std::optional<std::string> did;
  std::optional<AgentStatus> status;
  std::optional<bool> is_active;
  bool is_federated = false;
  std::optional<std::string> registry_url;
  std::optional<UserId> developer_id;
  std::optional<std::string> developer;
  std::optional<std::string> developer_email;
  bool is_verified = false;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> updated_at;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::PeerItem> {
  using T = sovereign::registry::PeerItem;
  static constexpr std::string_view name = "PeerItem";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id),
      field("did", &T::did, {.max_length = 255}),
      field("status", &T::status),
      field("is_active", &T::is_active),
      field("is_federated", &T::is_federated, {.optional = true}),
      field("registry_url", &T::registry_url, {.max_length = registry::kMaxUrl}),
      field("developer_id", &T::developer_id),
      field("developer", &T::developer, {.max_length = 255, .rule = &registry::kPlainText}),
      field("developer_email", &T::developer_email,
            {.max_length = 320, .rule = &registry::kPlainText}),
      field("is_verified", &T::is_verified, {.optional = true}),
      field("created_at", &T::created_at),
      field("updated_at", &T::updated_at),
  };
};

namespace sovereign::registry {
namespace {

/// Members that are read by the rules of registrations. The card is not asked of peers.
constexpr std::array<std::string_view, 10> kRegistered = {
    "name", "agent_type",      "description", "api_endpoints",      "capabilities",
    "tags", "humanReadableId", "pricing",     "teg_wallet_address", "metadata"};

class AnswerReader {
 public:
  explicit AnswerReader(const PeerAnswerContext& context) : context_(context) {}

  void take(const json::Value& item) {
    auto document = accept(item);
    if (!document) {
      ++refused_;
      return;
    }
    documents_.push_back(std::move(*document));
  }

  PeerAnswer finish(std::size_t bytes) const {
    return {.agents = search::make_segment(peer_agents_schema(), documents_),
            .accepted = documents_.size(),
            .refused = refused_,
            .bytes = bytes,
            .received_at = context_.now};
  }

 private:
  std::optional<search::Document> accept(const json::Value& value) {
    if (documents_.size() >= context_.max_items || !value.is_object()) return std::nullopt;
    auto item = json::read<PeerItem>(value);
    if (!item || !is_own_and_active(*item)) return std::nullopt;
    auto registration = registration_of(value.get_object());
    if (!registration || !seen_.insert(item->id).second) return std::nullopt;
    const auto entry = entry_of(*item, std::move(*registration));
    auto record = make_record(entry.agent, entry.developer, context_.peer_url, context_.peer_name);
    record.received_at = context_.now;
    return index_fields::document_of(entry, std::make_shared<const AgentRecord>(std::move(record)));
  }

  /// The peer's own agent: not one it has from others, and none that says it is ours.
  bool is_own_and_active(const PeerItem& item) const {
    return item.id != AgentId{} && !item.is_federated && item.is_active.value_or(true) &&
           item.status.value_or(AgentStatus::active) == AgentStatus::active &&
           item.did.value_or(did_of(item.id)) == did_of(item.id) &&
           item.registry_url != context_.own_url;
  }

  static std::optional<AgentRegistration> registration_of(const json::Object& item) {
    json::Object registered;
    for (const auto name : kRegistered) {
      if (const auto* member = item.if_contains(name)) registered[name] = *member;
    }
    if (!registered.contains("agent_type")) registered["agent_type"] = "agent";
    const auto text = json::to_text(json::Value(std::move(registered)));
    auto registration = read_registration(text);
    if (!registration) return std::nullopt;
    return std::move(*registration);
  }

  CatalogAgent entry_of(const PeerItem& item, AgentRegistration registration) const {
    CatalogAgent entry;
    entry.agent.id = item.id;
    assign(entry.agent, std::move(registration));
    entry.developer = {.id = item.developer_id.value_or(UserId{}),
                       .username = item.developer.value_or(std::string()),
                       .email = item.developer_email.value_or(std::string())};
    entry.agent.developer_id = entry.developer.id;
    // From the future they would come first in every list.
    entry.agent.created_at = std::min(item.created_at.value_or(Timestamp{}), context_.now);
    entry.agent.updated_at =
        std::min(item.updated_at.value_or(entry.agent.created_at), context_.now);
    if (item.is_verified) entry.agent.verified_at = entry.agent.updated_at;
    return entry;
  }

  const PeerAnswerContext& context_;
  std::vector<search::Document> documents_;
  std::unordered_set<AgentId> seen_;
  std::size_t refused_ = 0;
};

}  // namespace

const std::shared_ptr<const search::Schema>& peer_agents_schema() {
  static const auto schema = std::make_shared<const search::Schema>(index_fields::schema());
  return schema;
}

Result<PeerAnswer> read_peer_answer(std::string_view body, const PeerAnswerContext& context) {
  const auto document = json::parse(body);
  const json::Value* items = nullptr;
  if (document && document->is_object()) {
    items = document->get_object().if_contains("items");
    if (items == nullptr) items = document->get_object().if_contains("agents");
  }
  if (items == nullptr || !items->is_array()) {
    return base::fail(ErrorCode::unprocessable, "The peer's answer is no list of agents.",
                      document ? std::string() : document.error().detail);
  }
  AnswerReader reader(context);
  for (const auto& item : items->get_array()) reader.take(item);
  return reader.finish(body.size());
}

}  // namespace sovereign::registry
