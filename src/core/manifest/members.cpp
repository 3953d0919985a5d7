#include "core/manifest/members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.hpp"
#include "core/manifest/member_reader.hpp"
#include "core/manifest/units.hpp"
#include "core/permissions/permission.hpp"

namespace sovereign::core {
namespace {

using enum Presence;

constexpr std::size_t kMaxListedUnknown = 50;

constexpr auto kMembers = std::to_array<std::string_view>({"manifest_version",
                                                           "id",
                                                           "name",
                                                           "version",
                                                           "description",
                                                           "source",
                                                           "entrypoint",
                                                           "permissions",
                                                           "capabilities",
                                                           "keywords",
                                                           "tool_summary",
                                                           "docs_url",
                                                           "homepage_url",
                                                           "integration_points",
                                                           "repository_url",
                                                           "resources",
                                                           "publisher",
                                                           "execution_limits",
                                                           "verification",
                                                           "trust_score"});

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

class Reading {
 public:
  Reading(const json::Object& document, IdRule rule)
      : members_(document, "", problems_), document_(document), id_rule_(rule) {}

  ManifestReading read() {
    read_version();
    read_id();
    read_identity();
    read_source();
    read_entrypoint();
    read_permissions();
    read_lists();
    read_addresses();
    read_resources();
    read_limits();
    read_publisher();
    note_others();
    reading_.permissions_hash = hash_permissions(reading_.manifest.permissions);
    reading_.is_runnable = reading_.id.has_value() && !problems_.has_errors();
    reading_.problems = problems_.take();
    return std::move(reading_);
  }

 private:
  void error(std::string_view name, std::string_view code, std::string message) {
    members_.problem(name, code, std::move(message), ProblemSeverity::error);
  }
  void warn(std::string_view name, std::string_view code, std::string message) {
    members_.problem(name, code, std::move(message), ProblemSeverity::warning);
  }

  void read_version() {
    const auto* version = members_.find("manifest_version");
    if (version == nullptr) return;
    if (version->is_int64() && version->get_int64() == 1) return;
    const bool is_newer = version->is_uint64() || (version->is_int64() && version->get_int64() > 1);
    if (!is_newer) return error("manifest_version", "invalid_field", "The number 1 is wanted.");
    reading_.refusal = CoreCode::manifest_unsupported_version;
    error("manifest_version", "unsupported_version",
          "This manifest is of a newer version than this program can read: 1.");
  }

  void read_id() {
    const auto* value = members_.find("id");
    if (value == nullptr) {
      const bool has_old = members_.find("agent_id") != nullptr;
      return error(
          "id", "missing_field",
          has_old ? "\"id\" is required; \"agent_id\" is not read." : "\"id\" is required.");
    }
    const auto text = value->is_string() ? view(value->get_string()) : std::string_view();
    reading_.id = AgentId::parse(text);
    if (reading_.id) return;
    if (id_rule_ == IdRule::development) reading_.id = AgentId::parse_in_development(text);
    if (reading_.id) {
      return warn("id", "single_label_id",
                  "An id in reverse-DNS form, such as com.example.agent, is wanted; this one works "
                  "on this machine only.");
    }
    error("id", "invalid_field",
          "An id in reverse-DNS form is wanted: labels of a-z, 0-9, _ and - with dots between, 128 "
          "bytes at most.");
  }

  void read_identity() {
    auto& manifest = reading_.manifest;
    manifest.name = members_.text("name", required, {.max_bytes = 200});
    manifest.version = members_.text("version", required, {.max_bytes = 100});
    if (!manifest.version.empty() && !is_semantic_version(manifest.version)) {
      error("version", "invalid_field", "A semantic version such as 1.2.3 is wanted.");
    }
    manifest.description =
        members_.text("description", required, {.max_bytes = 2000, .lines = Lines::several});
  }

  void read_source() {
    const auto* source = members_.object("source", required);
    if (source == nullptr) return;
    MemberReader reader(*source, "/source", problems_);
    reading_.manifest.git_url =
        strip_user_information(reader.text("git_url", required, {.max_bytes = 4096}));
    reading_.manifest.git_ref = reader.text("ref", optional, {.max_bytes = 512});
  }

  void read_entrypoint() {
    const auto* entrypoint = members_.object("entrypoint", required);
    if (entrypoint == nullptr) return;
    MemberReader reader(*entrypoint, "/entrypoint", problems_);
    const auto type_name = reader.text("type", required, {.max_bytes = 50});
    const auto value = reader.text("value", required, {.max_bytes = 4096});
    if (type_name.empty() || value.empty()) return;
    const auto type = entrypoint_type(type_name);
    if (!type) {
      return reader.problem("type", "invalid_entrypoint", "mix_task, release or command is wanted.",
                            ProblemSeverity::error);
    }
    if (*type == EntrypointType::mix_task && !is_mix_task(value)) {
      return reader.problem("value", "invalid_entrypoint",
                            "The name of a mix task is wanted, such as my_agent.run.",
                            ProblemSeverity::error);
    }
    if (*type != EntrypointType::mix_task && !is_inner_path(value)) {
      return reader.problem("value", "invalid_entrypoint",
                            "A path within the agent's folder is wanted, without \"..\".",
                            ProblemSeverity::error);
    }
    reading_.manifest.entrypoint = Entrypoint{*type, value};
  }

  static std::optional<EntrypointType> entrypoint_type(std::string_view name) {
    using enum EntrypointType;
    for (const auto type : {mix_task, release, command}) {
      if (to_string(type) == name) return type;
    }
    return std::nullopt;
  }

  static bool is_mix_task(std::string_view value) {
    const auto is_word = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return is_word(value.front()) && std::ranges::all_of(value, [&](char c) {
             return is_word(c) || std::string_view("._:-").contains(c);
           });
  }

  /// A relative path that stays inside, and cannot be taken for an option.
  static bool is_inner_path(std::string_view value) {
    if (value.front() == '/' || value.front() == '-' || value.front() == '~') return false;
    for (std::size_t begin = 0; begin <= value.size();) {
      const auto end = std::min(value.find('/', begin), value.size());
      const auto part = value.substr(begin, end - begin);
      if (part.empty() || part == "..") return false;
      begin = end + 1;
    }
    return true;
  }

  void read_permissions() {
    const auto* items = members_.array("permissions", required, kMaxPermissions);
    if (items == nullptr) return;
    std::vector<std::string> permissions;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const auto* text = (*items)[i].if_string();
      if (text != nullptr && base::trim_ascii(view(*text)).empty()) continue;
      const auto pointer = fmt::format("/permissions/{}", i);
      if (text == nullptr) {
        problems_.add({pointer, "invalid_permission", "A text is wanted."});
        continue;
      }
      const auto permission = Permission::parse(view(*text));
      if (!permission) {
        problems_.add({pointer, "invalid_permission", permission.error().detail});
        continue;
      }
      if (permission->domain() == PermissionDomain::unrecognised) {
        problems_.add({pointer, "unrecognised_permission",
                       "No such kind of permission is known; it has no effect.",
                       ProblemSeverity::warning});
      }
      permissions.push_back(permission->text());
    }
    reading_.manifest.permissions = normalise_permissions(std::move(permissions));
  }

  void read_lists() {
    auto& manifest = reading_.manifest;
    manifest.capabilities = members_.texts("capabilities", required, {});
    manifest.keywords = members_.texts("keywords", optional, {});
    manifest.integration_points = members_.texts("integration_points", optional, {});
    const auto* tools = members_.array("tool_summary", optional, 200);
    if (tools == nullptr) return;
    for (std::size_t i = 0; i < tools->size(); ++i) read_tool((*tools)[i], i);
  }

  void read_tool(const json::Value& value, std::size_t i) {
    const auto pointer = fmt::format("/tool_summary/{}", i);
    ToolSummary tool;
    if (const auto* object = value.if_object()) {
      MemberReader reader(*object, pointer, problems_);
      tool.name = reader.text("name", optional, {.max_bytes = 200});
      tool.description =
          reader.text("description", optional, {.max_bytes = 2000, .lines = Lines::several});
    } else if (const auto* text = value.if_string();
               text != nullptr && text->size() <= 200 && is_plain_text(view(*text))) {
      tool.name = view(*text);
    }
    if (!tool.name.empty()) return reading_.manifest.tool_summary.push_back(std::move(tool));
    problems_.add({pointer, "invalid_field",
                   "A tool's name, or an object with \"name\", is wanted.",
                   ProblemSeverity::warning});
  }

  void read_addresses() {
    reading_.manifest.docs_url = members_.web_address("docs_url");
    reading_.manifest.homepage_url = members_.web_address("homepage_url");
    reading_.manifest.repository_url = members_.web_address("repository_url");
  }

  /// The inner object `name` of `outer`, as something to read from; nothing unless it is there.
  std::optional<MemberReader> inner(MemberReader& outer, std::string_view name) {
    const auto* object = outer.object(name, optional);
    if (object == nullptr) return std::nullopt;
    return std::optional<MemberReader>(std::in_place, *object, outer.pointer_to(name), problems_);
  }

  void read_resources() {
    auto resources = inner(members_, "resources");
    if (!resources) return;
    auto& declared = reading_.manifest.resources;
    if (auto cpu = inner(*resources, "cpu")) {
      declared.cpu_request_millicores = cpu->quantity("request", parse_millicores);
      declared.cpu_limit_millicores = cpu->quantity("limit", parse_millicores);
    }
    if (auto memory = inner(*resources, "memory")) {
      declared.memory_request_bytes = memory->quantity("request", parse_bytes);
      declared.memory_limit_bytes = memory->quantity("limit", parse_bytes);
    }
    if (auto disk = inner(*resources, "disk")) {
      declared.disk_limit_bytes = disk->quantity("limit", parse_bytes);
    }
    if (auto network = inner(*resources, "network")) {
      declared.bandwidth_limit_bits = network->quantity("bandwidth_limit", parse_bandwidth);
      declared.max_connections = network->count("max_connections");
    }
  }

  void read_limits() {
    auto limits = inner(members_, "execution_limits");
    if (!limits) return;
    auto& declared = reading_.manifest.limits;
    declared.max_tool_call_ms = limits->quantity("max_tool_call_duration", parse_duration);
    declared.max_concurrent_calls = limits->count("max_concurrent_calls");
    declared.rate_limit = limits->quantity("rate_limit", [&](std::string_view text) {
      const auto rate = parse_rate(text);
      if (rate) declared.rate_period = rate->period;
      return rate ? std::optional(rate->count) : std::nullopt;
    });
  }

  void read_publisher() {
    auto publisher = inner(members_, "publisher");
    if (!publisher) return;
    reading_.manifest.publisher.name = publisher->text("name", optional, {.max_bytes = 200});
    const auto name = publisher->find("url") != nullptr ? "url" : "website";
    reading_.manifest.publisher.url = publisher->web_address(name);
  }

  void note_others() {
    for (const std::string_view name : {"verification", "trust_score"}) {
      if (members_.find(name) == nullptr) continue;
      warn(name, "self_declared", "Only a registry can say this; what a manifest says is ignored.");
    }
    auto& unknown = reading_.manifest.unknown_members;
    for (const auto& member : document_) {
      const std::string_view name(member.key().data(), member.key().size());
      if (std::ranges::find(kMembers, name) != kMembers.end()) continue;
      if (unknown.size() == kMaxListedUnknown) return;
      if (name.size() <= 100 && is_plain_text(name)) unknown.emplace_back(name);
    }
  }

  Problems problems_;
  MemberReader members_;
  const json::Object& document_;
  const IdRule id_rule_;
  ManifestReading reading_;
};

}  // namespace

ManifestReading read_members(const json::Object& document, IdRule rule) {
  return Reading(document, rule).read();
}

}  // namespace sovereign::core
