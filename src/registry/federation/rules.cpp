#include "registry/federation/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/public_address.hpp"
#include "registry/agents/field_rules.hpp"
#include "registry/identity/origin.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kPointer = "/registry_url";
constexpr std::size_t kMinToken = 20;
constexpr std::size_t kMaxToken = 512;

Failure refuse(std::string code, std::string message) {
  return base::fail_field(std::string(kPointer), std::move(code), std::move(message));
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_one_of(char c, std::string_view others) { return is_alphanumeric(c) || others.contains(c); }

/// The path after scheme and authority, without slashes at the end and without /api/v1.
std::string_view path_of(std::string_view url) {
  constexpr std::string_view kApi = "/api/v1";
  const auto slash = url.find('/', url.find("://") + 3);
  auto path = slash == url.npos ? std::string_view() : url.substr(slash);
  while (path.ends_with('/') || path.ends_with(kApi)) {
    path.remove_suffix(path.ends_with('/') ? 1 : kApi.size());
  }
  return path;
}

}  // namespace

Result<std::string> normalise_peer_url(std::string_view url, PeerAddresses addresses) {
  const auto origin = origin_of(url);
  if (!origin || !is_http_url(url)) return refuse("format", std::string(kHttpUrl.message));
  if (url.contains('?')) return refuse("format", "This must be a base URL, without a query.");
  if (addresses == PeerAddresses::public_only) {
    if (origin->scheme != "https") {
      return refuse("scheme",
                    "A peer must have an https URL, unless AGENTVAULT_ALLOW_PRIVATE_PEERS is set.");
    }
    if (!http::may_be_public_host(origin->host)) {
      return refuse("private",
                    "A peer must have a public address, unless AGENTVAULT_ALLOW_PRIVATE_PEERS is "
                    "set.");
    }
  }
  return origin->to_string() + std::string(path_of(url));
}

bool is_peer_token(std::string_view text) {
  if (text.size() < kMinToken || text.size() > kMaxToken) return false;
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_one_of(c, "-._~+/"); });
}

bool is_tls_pin(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256//";
  if (text.empty()) return true;
  if (!text.starts_with(kPrefix)) return false;
  text.remove_prefix(kPrefix.size());
  return text.size() == 44 && text.ends_with('=') &&
         std::ranges::all_of(text.substr(0, 43), [](char c) { return is_one_of(c, "+/"); });
}

bool is_peer_public_key(std::string_view text) {
  return text.empty() || crypto::parse_ed25519_key(text).has_value();
}

bool is_peer_contact(std::string_view text) { return text.empty() || is_plain_text(text); }

Result<PeerStatus> status_after(PeerStatus status, PeerAction action) {
  using enum PeerStatus;
  struct Step {
    PeerAction action;
    PeerStatus from;
    PeerStatus to;
  };
  // A proposal that was rejected may be approved after all.
  static constexpr Step kSteps[] = {
      {PeerAction::approve, pending_approval, active},  {PeerAction::approve, rejected, active},
      {PeerAction::reject, pending_approval, rejected}, {PeerAction::deactivate, active, inactive},
      {PeerAction::reactivate, inactive, active},
  };
  for (const auto& step : kSteps) {
    if (step.action == action && step.from == status) return step.to;
  }
  return base::fail(ErrorCode::conflict, fmt::format("The peer is {}: there is nothing to {}.",
                                                     json::name_of(status), json::name_of(action)));
}

std::string_view audit_name(PeerAction action) {
  switch (action) {
    case PeerAction::approve: return "peer.approve";
    case PeerAction::reject: return "peer.reject";
    case PeerAction::deactivate: return "peer.deactivate";
    case PeerAction::reactivate: return "peer.reactivate";
  }
  std::unreachable();
}

}  // namespace sovereign::registry
