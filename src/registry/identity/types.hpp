// Proof that an agent's publisher holds what the agent claims: its endpoint or its key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "json/table.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

using ChallengeId = base::Id<struct ChallengeTag>;

/// http: a file below an endpoint's origin. dns: a TXT record of an endpoint's host. signature: by
/// the key of the agent's DID document.
enum class VerificationMethod : std::uint8_t { http, dns, signature };

/// Body of verify. Without challenge_id it asks for a challenge, else it asks to check one.
struct VerificationRequest {
  std::optional<ChallengeId> challenge_id;
  std::optional<VerificationMethod> method;
  std::optional<std::string> endpoint;   ///< With http and dns; left out: the agent's first.
  std::optional<std::string> signature;  ///< With signature: base64url.
};

/// One way to answer a challenge: what to put where.
struct VerificationStep {
  VerificationMethod method = VerificationMethod::http;
  std::string where;  ///< A URL, the name of a TXT record, or "signature" of the request.
  std::string value;  ///< The body, the record's text, or the text to sign.
  std::string instructions;
};

struct Challenge {
  ChallengeId id;
  std::string token;
  Timestamp expires_at{};
};

enum class VerificationState : std::uint8_t { challenge, verified };

/// The answer of verify: a challenge, or that the agent is verified.
struct OwnershipAnswer {
  VerificationState status = VerificationState::challenge;
  std::optional<ChallengeId> challenge_id;
  std::optional<std::string> token;
  std::optional<std::vector<VerificationStep>> methods;
  std::optional<Timestamp> expires_at;
  std::optional<std::string> did;
  std::optional<VerificationMethod> method;
  std::optional<Timestamp> verified_at;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::VerificationMethod> {
  using enum sovereign::registry::VerificationMethod;
  static constexpr std::array values = {EnumName{http, "http"}, EnumName{dns, "dns"},
                                        EnumName{signature, "signature"}};
};

template <>
struct sovereign::json::Names<sovereign::registry::VerificationState> {
  using enum sovereign::registry::VerificationState;
  static constexpr std::array values = {EnumName{challenge, "challenge"},
                                        EnumName{verified, "verified"}};
};

template <>
struct sovereign::json::Table<sovereign::registry::VerificationRequest> {
  using T = sovereign::registry::VerificationRequest;
  static constexpr std::string_view name = "VerificationRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("challenge_id", &T::challenge_id,
            {.description = "Left out: a new challenge. Given: that challenge is checked."}),
      field("method", &T::method, {.description = "Needed to check.", .example = R"("http")"}),
      field(
          "endpoint", &T::endpoint,
          {.description = "Which of the agent's endpoints, with http and dns; its first when left "
                          "out.",
           .example = R"("https://api.myagent.com/v1")",
           .max_length = 2048}),
      field("signature", &T::signature,
            {.description = "With signature: Ed25519 over the challenge's text, in base64url.",
             .max_length = 128}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::VerificationStep> {
  using T = sovereign::registry::VerificationStep;
  static constexpr std::string_view name = "VerificationStep";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("method", &T::method),
      field("where", &T::where,
            {.description = "The URL, the name of the TXT record, or the member of the request."}),
      field("value", &T::value,
            {.description = "The whole body, the text of the record, or the text to sign."}),
      field("instructions", &T::instructions),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::OwnershipAnswer> {
  using T = sovereign::registry::OwnershipAnswer;
  static constexpr std::string_view name = "OwnershipAnswer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status),
      field("challenge_id", &T::challenge_id, {.description = "To send back when it is in place."}),
      field("token", &T::token, {.description = "Not secret; it is there to be published."}),
      field("methods", &T::methods, {.description = "One of these is enough."}),
      field("expires_at", &T::expires_at),
      field("did", &T::did),
      field("method", &T::method, {.description = "By which the agent is verified."}),
      field("verified_at", &T::verified_at),
  };
};
