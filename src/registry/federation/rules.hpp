// Pure rules of peers: which addresses may be peers, what tokens and pins look like, and how one
// status follows another.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "json/table.hpp"
#include "registry/federation/peers.hpp"

namespace sovereign::registry {

/// Whether peers may be at loopback and private addresses, and speak plain http.
enum class PeerAddresses : std::uint8_t { public_only, any };

/// The base URL of a registry in its one form: lower-case scheme and host, no default port, no
/// slash at the end, and without the /api/v1 that some copy along. Errors: unprocessable at
/// `/registry_url`.
Result<std::string> normalise_peer_url(std::string_view url, PeerAddresses addresses);

/// 20 to 512 characters that an Authorization header can carry (RFC 6750 section 2.1).
bool is_peer_token(std::string_view text);
/// "sha256//" and the base64 of 32 bytes, or nothing.
bool is_tls_pin(std::string_view text);
/// 32 bytes in base64url, or nothing.
bool is_peer_public_key(std::string_view text);

/// One line of visible text, or nothing.
bool is_peer_contact(std::string_view text);

enum class PeerAction : std::uint8_t { approve, reject, deactivate, reactivate };

/// The status after `action`. Error: conflict, which says what the peer is.
Result<PeerStatus> status_after(PeerStatus status, PeerAction action);

/// "peer.approve" ...: what the audit trail calls it.
std::string_view audit_name(PeerAction action);

inline constexpr json::Rule kPeerToken{
    .code = "format",
    .message = "This must be 20 to 512 letters, digits and -._~+/ with = only at the end.",
    .accepts = &is_peer_token,
    .pattern = "^[A-Za-z0-9._~+/-]+=*$"};
inline constexpr json::Rule kPeerContact{.code = "characters",
                                         .message = "This must be one line of visible text.",
                                         .accepts = &is_peer_contact};
inline constexpr json::Rule kTlsPin{
    .code = "format",
    .message = "This must be sha256// and the base64 of the certificate's public key's digest.",
    .accepts = &is_tls_pin,
    .pattern = "^(sha256//[A-Za-z0-9+/]{43}=)?$"};
inline constexpr json::Rule kPeerPublicKey{
    .code = "format",
    .message = "This must be the public_key of the peer's /api/v1/federation/info.",
    .accepts = &is_peer_public_key,
    .pattern = "^([A-Za-z0-9_-]{43})?$"};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::PeerAction> {
  using enum sovereign::registry::PeerAction;
  static constexpr std::array values = {EnumName{approve, "approve"}, EnumName{reject, "reject"},
                                        EnumName{deactivate, "deactivate"},
                                        EnumName{reactivate, "reactivate"}};
};
