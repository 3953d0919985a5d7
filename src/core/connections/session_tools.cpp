// A session's tools: what can be said about a tool without knowing the others' is said here, one
// verdict a tool; the registrar decides the rest in one step.
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "core/connections/session.hpp"

namespace sovereign::core {
namespace {

using protocol::ProtocolError;

/// Whatever stands for the tool's id in its description, for the answer.
std::string claimed_id(const json::Value& description) {
  const auto* object = description.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains("tool_id");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  if (text == nullptr) return {};
  return {text->data(),
          std::min<std::size_t>(text->size(), ToolId::kMaxNameLength + AgentId::kMaxLength + 1)};
}

bool is_over(const protocol::ObjectRef& schema, std::size_t limit) {
  return boost::json::serialize(*schema.object).size() > limit;
}

ToolVerdict check(const protocol::Tool& tool, const AgentId& agent, std::size_t max_schema) {
  const auto id = ToolId::parse(tool.tool_id);
  if (!id || id->name() != tool.name) {
    return protocol_error(CoreCode::tool_invalid_input,
                          "/tool_id: This must be <agent_id>/<name>, with the tool's name.");
  }
  if (id->agent() != agent) {
    return protocol_error(CoreCode::permission_denied,
                          "/tool_id: An agent registers tools under its own id only.");
  }
  if (is_over(tool.input_schema, max_schema) ||
      (tool.output_schema && is_over(*tool.output_schema, max_schema))) {
    return protocol_error(
        CoreCode::tool_input_too_large,
        fmt::format("A schema may have {} bytes (max_schema_bytes).", max_schema));
  }
  return std::nullopt;
}

}  // namespace

void Session::on_register(const Envelope& envelope) {
  const std::string message_id = envelope.id.to_string();
  const auto message = context_.inbox.payload<protocol::ToolsRegister>();
  if (!message) {
    const auto error =
        protocol_error(CoreCode::protocol_bad_envelope, protocol::describe(message.error()));
    send_frame(context_.writer.refusal(protocol::MessageType::core_tools_registered,
                                       {.in_reply_to = message_id, .error = &error}));
    return note_violation(CoreCode::protocol_bad_envelope, error.message);
  }
  const bool replaces = message->replace.value_or(false);
  std::vector<protocol::RejectedTool> rejected;
  std::vector<protocol::Tool> tools;
  std::set<std::string_view> names;
  const std::size_t room = limits_.max_tools - (replaces ? 0 : tools_.size());
  for (const auto& description : *message->tools.array) {
    const auto tool = protocol::read_tool(description);
    ToolVerdict verdict;
    if (!tool) {
      verdict = protocol_error(CoreCode::tool_invalid_input, protocol::describe(tool.error()));
    } else if (verdict = check(*tool, identity_.agent, limits_.max_schema_bytes); !verdict) {
      if (!names.insert(tool->tool_id).second) {
        verdict = protocol_error(CoreCode::tool_invalid_input, "/name: This name comes twice.");
      } else if (tools.size() >= room) {
        verdict = protocol_error(
            CoreCode::limit_concurrency,
            fmt::format("An agent may register {} tools (max_tools).", limits_.max_tools));
        verdict->retryable.reset();
      }
    }
    if (verdict) {
      rejected.push_back({claimed_id(description), std::move(*verdict)});
    } else {
      tools.push_back(*tool);
    }
  }
  register_checked(message_id, tools, std::move(rejected),
                   replaces ? Registration::replace : Registration::add);
}

void Session::register_checked(std::string_view message_id,
                               const std::vector<protocol::Tool>& tools,
                               std::vector<protocol::RejectedTool> rejected, Registration mode) {
  const auto verdicts = context_.registrar->register_tools(*this, tools, mode);
  if (has_ended_) return;
  if (mode == Registration::replace) tools_.clear();
  protocol::ToolsRegistered answer;
  for (std::size_t i = 0; i < tools.size(); ++i) {
    if (verdicts[i]) {
      rejected.push_back({std::string(tools[i].tool_id), *verdicts[i]});
    } else {
      answer.registered.push_back(tools[i].tool_id);
      tools_.emplace(tools[i].tool_id);
    }
  }
  if (!answer.registered.empty()) {
    record("tool.registered", JournalSeverity::info, {{"count", answer.registered.size()}});
  }
  if (!rejected.empty()) {
    json::Array codes;
    for (const auto& tool : std::span(rejected).first(std::min<std::size_t>(rejected.size(), 10))) {
      codes.push_back({{"tool_id", tool.tool_id.substr(0, 200)}, {"code", tool.error.code}});
    }
    record("tool.register_rejected", JournalSeverity::warning,
           {{"count", rejected.size()}, {"first", std::move(codes)}});
    answer.rejected = std::move(rejected);
  }
  send({.in_reply_to = message_id}, answer);
  const bool is_first = !std::exchange(has_registered_, true);
  is_first ? owner_.ready(*this) : owner_.tools_changed(*this);
}

void Session::on_unregister(const Envelope& envelope) {
  const std::string message_id = envelope.id.to_string();
  const auto message = context_.inbox.payload<protocol::ToolsUnregister>();
  if (!message) {
    const auto error =
        protocol_error(CoreCode::protocol_bad_envelope, protocol::describe(message.error()));
    send_frame(context_.writer.refusal(protocol::MessageType::core_tools_unregistered,
                                       {.in_reply_to = message_id, .error = &error}));
    return note_violation(CoreCode::protocol_bad_envelope, error.message);
  }
  const auto removed = context_.registrar->unregister_tools(*this, message->tool_ids);
  if (has_ended_) return;
  protocol::ToolsUnregistered answer;
  for (std::size_t i = 0; i < removed.size(); ++i) {
    if (!removed[i]) continue;
    answer.tool_ids.push_back(message->tool_ids[i]);
    if (const auto known = tools_.find(message->tool_ids[i]); known != tools_.end()) {
      tools_.erase(known);
    }
  }
  send({.in_reply_to = message_id}, answer);
  if (!answer.tool_ids.empty()) owner_.tools_changed(*this);
}

}  // namespace sovereign::core
