// What an onboarded agent signs in with (RFC 6749 section 2.3.1): a client id and a secret of 258
// random bits, of which only a digest is stored. There is nothing to guess, so neither salt nor
// slowness.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "http/request.hpp"
#include "registry/onboarding/types.hpp"

namespace sovereign::registry {

/// client_id "agent-" and 16 hex digits; client_secret "avcs_" and 43 url-safe characters.
AgentCredential make_credential(base::Random& random);

/// What is stored of a secret, in hex.
std::string secret_digest(std::string_view secret);

/// The id and secret of HTTP Basic authentication, each form-decoded as RFC 6749 asks; nullopt when
/// the request has another or no Authorization. An empty id for one that cannot be read.
std::optional<AgentCredential> basic_credential(const http::Request& request);

}  // namespace sovereign::registry
