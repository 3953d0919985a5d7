// The field tables of peers: names, bounds and documentation of what crosses the border. The seed's
// names come first; those of the deployed registry are aliases.
#pragma once

#include "registry/agents/field_rules.hpp"
#include "registry/federation/rules.hpp"
#include "registry/federation/types.hpp"

namespace sovereign::registry::peer_fields {

inline constexpr json::FieldOptions kName{
    .description = "Shown as the origin of the peer's agents. Unique without regard to case.",
    .example = R"("European AgentVault Registry")",
    .min_length = 3,
    .max_length = 100,
    .rule = &kPlainText};
inline constexpr json::FieldOptions kUrl{.description = "Base URL of the peer. Also base_url.",
                                         .example = R"("https://eu.agentvault.example")",
                                         .alias = "base_url",
                                         .max_length = kMaxUrl,
                                         .rule = &kHttpUrl};
inline constexpr json::FieldOptions kContact{
    .description = "Who to write to. Also admin_contact_email.",
    .example = R"("admin@eu.agentvault.example")",
    .alias = "admin_contact_email",
    .optional = true,
    .max_length = 255,
    .rule = &kPeerContact};
inline constexpr json::FieldOptions kDescription{.optional = true, .max_length = 500};
inline constexpr json::FieldOptions kMode{
    .description =
        "query: asked with each federated search; replicate: its changes are followed, "
        "and searches read the copy.",
    .optional = true};
inline constexpr json::FieldOptions kPin{
    .description = "The only public key its TLS certificate may have, besides the usual checks.",
    .example = R"("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")",
    .rule = &kTlsPin};
inline constexpr json::FieldOptions kKey{
    .description =
        "Ed25519 key that signs its change feed. Left out, it is read from the peer's "
        "/federation/info once, and kept.",
    .example = R"("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")",
    .rule = &kPeerPublicKey};
inline constexpr json::FieldOptions kToken{
    .description =
        "The pair's shared secret: presented when this registry asks the peer, accepted "
        "when the peer asks this registry. Its administrator enters the same one. Left "
        "out, one is made and shown once.",
    .max_length = 512,
    .rule = &kPeerToken};
inline constexpr json::FieldOptions kInbound{
    .description = "What the peer presents, if that is to be another secret.",
    .max_length = 512,
    .rule = &kPeerToken};

}  // namespace sovereign::registry::peer_fields

template <>
struct sovereign::json::Table<sovereign::registry::PeerProposal> {
  using T = sovereign::registry::PeerProposal;
  static constexpr std::string_view name = "PeerProposal";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, registry::peer_fields::kName),
      field("registry_url", &T::registry_url, registry::peer_fields::kUrl),
      field("admin_contact", &T::admin_contact, registry::peer_fields::kContact),
      field("description", &T::description, registry::peer_fields::kDescription),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerRequest> {
  using T = sovereign::registry::PeerRequest;
  static constexpr std::string_view name = "PeerRequest";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<T, registry::PeerProposal>(),
      std::tuple{
          field("federation_access_token", &T::federation_access_token,
                registry::peer_fields::kToken),
          field("inbound_access_token", &T::inbound_access_token, registry::peer_fields::kInbound),
          field("mode", &T::mode, registry::peer_fields::kMode),
          field("tls_pin", &T::tls_pin, registry::peer_fields::kPin),
          field("public_key", &T::public_key, registry::peer_fields::kKey),
      });
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerChange> {
  using T = sovereign::registry::PeerChange;
  static constexpr std::string_view name = "PeerChange";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, registry::peer_fields::kName),
      field("registry_url", &T::registry_url, registry::peer_fields::kUrl),
      field("admin_contact", &T::admin_contact, registry::peer_fields::kContact),
      field("description", &T::description, registry::peer_fields::kDescription),
      field("mode", &T::mode, registry::peer_fields::kMode),
      field("tls_pin", &T::tls_pin, registry::peer_fields::kPin),
      field("public_key", &T::public_key, registry::peer_fields::kKey),
      field("federation_access_token", &T::federation_access_token, registry::peer_fields::kToken),
      field("inbound_access_token", &T::inbound_access_token, registry::peer_fields::kInbound),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::EnteredTokens> {
  using T = sovereign::registry::EnteredTokens;
  static constexpr std::string_view name = "PeerTokens";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("federation_access_token", &T::federation_access_token, registry::peer_fields::kToken),
      field("inbound_access_token", &T::inbound_access_token, registry::peer_fields::kInbound),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::Peer> {
  using T = sovereign::registry::Peer;
  static constexpr std::string_view name = "Peer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id),
      field("name", &T::name),
      field("registry_url", &T::registry_url),
      field("base_url", &T::registry_url, {.description = "The same as registry_url."}),
      field("admin_contact", &T::admin_contact),
      field("admin_contact_email", &T::admin_contact,
            {.description = "The same as admin_contact."}),
      field("description", &T::description),
      field("mode", &T::mode),
      field("status", &T::status, {.description = "Only ACTIVE peers are asked or answered."}),
      field("tls_pin", &T::tls_pin),
      field("public_key", &T::public_key, {.description = "Left out until it is known."}),
      field("proposed_by", &T::proposed_by, {.description = "The developer who proposed it."}),
      field("approved_by", &T::approved_by,
            {.description = "user:<id>, api_key:<id>, or command-line.",
             .example = R"("command-line")"}),
      field("registered_at", &T::created_at),
      field("approved_at", &T::approved_at),
      field("updated_at", &T::updated_at),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerWithToken> {
  using T = sovereign::registry::PeerWithToken;
  static constexpr std::string_view name = "PeerWithToken";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<T, registry::Peer>(),
      std::tuple{field("federation_access_token", &T::federation_access_token,
                       {.description = "Only if it was made here. Shown this once: the peer's "
                                       "administrator enters the same one."})});
};

template <>
struct sovereign::json::Table<sovereign::registry::PublicPeer> {
  using T = sovereign::registry::PublicPeer;
  static constexpr std::string_view name = "PublicPeer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id),
      field("name", &T::name),
      field("description", &T::description),
      field("registry_url", &T::registry_url),
      field("base_url", &T::registry_url, {.description = "The same as registry_url."}),
      field("status", &T::status, {.description = "Always ACTIVE."}),
      field("registered_at", &T::created_at),
      field("approved_at", &T::approved_at),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerPaging> {
  using T = sovereign::registry::PeerPaging;
  static constexpr std::string_view name = "PeerPaging";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("skip", &T::skip,
            {.description = "How many to leave out. Also offset.",
             .alias = "offset",
             .optional = true,
             .minimum = 0,
             .maximum = 1'000'000}),
      field("limit", &T::limit,
            {.description = "100 when left out.", .optional = true, .minimum = 1, .maximum = 1000}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerListQuery> {
  using T = sovereign::registry::PeerListQuery;
  static constexpr std::string_view name = "PeerListQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status, {.description = "Only those that are so now."}),
      field("skip", &T::skip,
            {.alias = "offset", .optional = true, .minimum = 0, .maximum = 1'000'000}),
      field("limit", &T::limit, {.optional = true, .minimum = 1, .maximum = 1000}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerPagination> {
  using T = sovereign::registry::PeerPagination;
  static constexpr std::string_view name = "PeerPagination";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("total_items", &T::total_items),
      field("limit", &T::limit),
      field("offset", &T::offset),
      field("total_pages", &T::total_pages),
      field("current_page", &T::current_page, {.description = "From 1."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerPage> {
  using T = sovereign::registry::PeerPage;
  static constexpr std::string_view name = "PeerPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("items", &T::items, {.description = "Newest first."}),
      field("pagination", &T::pagination),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::PublicPeerPage> {
  using T = sovereign::registry::PublicPeerPage;
  static constexpr std::string_view name = "PublicPeerPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("items", &T::items, {.description = "Newest first."}),
      field("pagination", &T::pagination),
  };
};
