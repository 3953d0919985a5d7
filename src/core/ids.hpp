// The Core's typed ids. Agents and tools are named by people, so their ids are texts that were
// checked once; everything else is a UUID.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.hpp"

namespace sovereign::core {

using RunId = base::Id<struct RunTag>;
using CallId = base::Id<struct CallTag>;
using SessionId = base::Id<struct SessionTag>;  ///< Of one connection of an agent.
using ApprovalId = base::Id<struct ApprovalTag>;
using ConfirmationId = base::Id<struct ConfirmationTag>;

/// Names an agent, reverse-DNS: "com.example.hello". Also a folder name and the prefix of its
/// tools' ids, so it holds nothing but a-z 0-9 . _ - and no label is empty or starts or ends with
/// '-' or '_'.
class AgentId {
 public:
  static constexpr std::size_t kMaxLength = 128;

  /// nullopt unless `text` has two labels or more and follows the rule above.
  static std::optional<AgentId> parse(std::string_view text);
  /// Takes a single label too: agents in development that predate the rule.
  static std::optional<AgentId> parse_in_development(std::string_view text);

  const std::string& text() const { return text_; }

  auto operator<=>(const AgentId&) const = default;

 private:
  explicit AgentId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Names a tool: "com.example.hello/hello_world". The name after the slash is 1 to 64 of
/// A-Z a-z 0-9 . _ - and starts with a letter or a digit.
class ToolId {
 public:
  static constexpr std::size_t kMaxNameLength = 64;

  static std::optional<ToolId> parse(std::string_view text);
  /// nullopt when `name` breaks the rule.
  static std::optional<ToolId> of(const AgentId& agent, std::string_view name);

  const AgentId& agent() const { return agent_; }
  std::string_view name() const { return std::string_view(text_).substr(agent_.text().size() + 1); }
  const std::string& text() const { return text_; }

  bool operator==(const ToolId& other) const { return text_ == other.text_; }
  auto operator<=>(const ToolId& other) const { return text_ <=> other.text_; }

 private:
  ToolId(AgentId agent, std::string text) : agent_(std::move(agent)), text_(std::move(text)) {}
  AgentId agent_;
  std::string text_;
};

}  // namespace sovereign::core

template <>
struct std::hash<sovereign::core::AgentId> {
  std::size_t operator()(const sovereign::core::AgentId& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};

template <>
struct std::hash<sovereign::core::ToolId> {
  std::size_t operator()(const sovereign::core::ToolId& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};
