#include "commands/peers.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <utility>

#include "async/block_on.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "crypto/random.hpp"
#include "json/write.hpp"
#include "port_reservation.hpp"
#include "registry/federation/contact.hpp"
#include "registry/federation/service.hpp"
#include "registry/federation/tables.hpp"
#include "services.hpp"
#include "store_access.hpp"

namespace sovereign::registry_app {
namespace {

const registry::Actor kOperator{.id = "command-line", .request_id = {}, .address = {}};

std::string own_url(const Settings& settings) {
  if (!settings.public_url.empty()) return settings.public_url;
  return http_url(*parse_listen(settings.listen));
}

/// What the commands work with: the registry's database and key, without a server.
struct PeerTools {
  PeerTools(const Settings& settings, const PeerOptions& options,
            std::unique_ptr<sql::Database> opened, registry::FederationKey opened_key)
      : database(std::move(opened)),
        key(std::move(opened_key)),
        service({*database, clock, random, key, follower},
                {.own_url = own_url(settings), .addresses = peer_addresses(settings)}),
        contact(client, {.addresses = peer_addresses(settings), .ca_file = options.ca_file}) {}

  const base::SystemClock clock;
  crypto::SystemRandom random;
  const std::unique_ptr<sql::Database> database;
  const registry::FederationKey key;
  http::Client client;
  registry::Peers peers{key};
  registry::PeerFollower follower{*database, key, peers};
  registry::PeerService service;
  registry::PeerContact contact;
};

Result<std::unique_ptr<PeerTools>> open_tools(const Settings& settings,
                                              const PeerOptions& options) {
  auto database = open_store(settings);
  if (!database) return Failure(database.error());
  auto key = open_federation_key(settings);
  if (!key) return Failure(key.error());
  return std::make_unique<PeerTools>(settings, options, std::move(*database), std::move(*key));
}

/// The token on standard input, asked for on a terminal.
Result<std::string> read_token() {
  if (::isatty(STDIN_FILENO) != 0) fmt::print(stderr, "Token: ");
  std::string line;
  std::getline(std::cin, line);
  std::string token(base::trim_ascii(line));
  if (registry::is_peer_token(token)) return token;
  return base::fail(ErrorCode::unprocessable, std::string(registry::kPeerToken.message));
}

template <typename T>
void print_json(const T& value) {
  fmt::print("{}\n", json::to_text(value));
}

/// What the peer's administrator has to do, with the token that was made here.
void explain_token(const Settings& settings, const std::string& token) {
  fmt::print(
      "\nOn its side, this registry must be a peer with the same token. There, run\n"
      "  agentvault-registry peer add {} --token-stdin\n"
      "and give it this token, which is shown only now:\n  {}\n",
      own_url(settings), token);
}

std::string host_of(std::string_view url) {
  const auto start = url.find("://");
  auto host = url.substr(start == url.npos ? 0 : start + 3);
  return std::string(host.substr(0, host.find('/')));
}

/// What was found out about the peer before it was added.
struct Introduction {
  std::string name;
  std::optional<std::string> public_key;
  std::string trouble;  ///< Why nothing was.
};

Introduction introduce(PeerTools& tools, const PeerOptions& options) {
  Introduction found{.name = options.name, .public_key = {}, .trouble = {}};
  std::optional<std::string> pin;
  if (!options.tls_pin.empty()) pin = options.tls_pin;
  auto info = async::block_on(tools.contact.info(options.url, pin));
  if (!info) {
    found.trouble = info.error().detail;
  } else if (registry::is_peer_public_key(info->public_key)) {
    if (!info->public_key.empty()) found.public_key = info->public_key;
  }
  if (found.name.empty() && info) found.name = info->registry_name;
  if (found.name.empty()) found.name = host_of(options.url);
  return found;
}

Result<registry::PeerWithToken> add(PeerTools& tools, const PeerOptions& options,
                                    const Introduction& found) {
  registry::PeerRequest request;
  request.name = found.name;
  request.registry_url = options.url;
  request.admin_contact = options.contact;
  request.description = options.description;
  request.mode = json::value_of<registry::PeerMode>(options.mode).value();
  if (!options.tls_pin.empty()) request.tls_pin = options.tls_pin;
  request.public_key = found.public_key;
  if (options.token_stdin) {
    auto token = read_token();
    if (!token) return Failure(std::move(token.error()));
    request.federation_access_token = std::move(*token);
  }
  return async::block_on(tools.service.add(std::move(request), kOperator));
}

void print_table(const std::vector<registry::Peer>& peers) {
  std::size_t name_width = 4;
  for (const auto& peer : peers)
    name_width = std::max(name_width, base::count_code_points(peer.name));
  fmt::print("{:<{}}  {:<16}  {:<9}  URL\n", "NAME", name_width, "STATUS", "MODE");
  for (const auto& peer : peers) {
    fmt::print("{:<{}}  {:<16}  {:<9}  {}\n", peer.name, name_width, json::name_of(peer.status),
               json::name_of(peer.mode), peer.registry_url);
  }
}

void print_report(const registry::PeerReport& report) {
  fmt::print("{} ({}): {}\n", report.name, report.registry_url,
             report.passed() ? "all is well" : "something is wrong");
  for (const auto& check : report.checks) {
    fmt::print("  {:<6} {:<8} {}\n", check.passed ? "ok" : "FAILED", check.check, check.detail);
  }
}

/// The active peers that the options name, or all of them.
Result<std::vector<registry::ActivePeer>> chosen_peers(PeerTools& tools,
                                                       const PeerOptions& options) {
  if (auto loaded = async::block_on(tools.follower.catch_up()); !loaded)
    return Failure(loaded.error());
  const auto active = tools.peers.active();
  if (options.peers.empty()) return *active;
  std::vector<registry::ActivePeer> chosen;
  for (const auto& name : options.peers) {
    const auto stored = async::block_on(tools.service.find_named(name));
    if (!stored) return base::fail(stored.error().code, fmt::format("{}: no such peer", name));
    const auto found = std::ranges::find(*active, stored->peer.id, &registry::ActivePeer::id);
    if (found == active->end()) {
      return base::fail(ErrorCode::conflict,
                        fmt::format("{} is {}, so nothing is asked of it", stored->peer.name,
                                    json::name_of(stored->peer.status)));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

int add_peer(const Settings& settings, const PeerOptions& options) {
  auto tools = open_tools(settings, options);
  if (!tools) return report(tools.error());
  const auto found = introduce(**tools, options);
  const auto added = add(**tools, options, found);
  if (!added) return report(added.error());
  if (options.json) {
    print_json(*added);
    return kDone;
  }
  fmt::print("Added {} ({}), active from now on.\n", added->name, added->registry_url);
  if (!found.trouble.empty()) fmt::print("It does not answer yet: {}\n", found.trouble);
  if (added->federation_access_token) explain_token(settings, *added->federation_access_token);
  return kDone;
}

int list_peers(const Settings& settings, const PeerOptions& options) {
  auto tools = open_tools(settings, options);
  if (!tools) return report(tools.error());
  const auto page = async::block_on(
      (*tools)->service.list({}, {.skip = 0, .limit = registry::PeerStore::kMaxPeers}));
  if (!page) return report(page.error());
  if (options.json) {
    print_json(*page);
  } else if (page->items.empty()) {
    fmt::print("No peers. Add one: agentvault-registry peer add URL\n");
  } else {
    print_table(page->items);
  }
  return kDone;
}

int change_peer(const Settings& settings, const PeerOptions& options, registry::PeerAction action) {
  auto tools = open_tools(settings, options);
  if (!tools) return report(tools.error());
  const auto found = async::block_on((*tools)->service.find_named(options.peers.front()));
  if (!found) return report(found.error());
  registry::EnteredTokens tokens;
  if (options.token_stdin) {
    auto token = read_token();
    if (!token) return report(token.error());
    tokens.federation_access_token = std::move(*token);
  }
  const auto changed = async::block_on(
      (*tools)->service.act(found->peer.id, action, std::move(tokens), {}, kOperator));
  if (!changed) return report(changed.error());
  if (options.json) {
    print_json(*changed);
    return kDone;
  }
  fmt::print("{} is {} now.\n", changed->name, json::name_of(changed->status));
  if (changed->federation_access_token) explain_token(settings, *changed->federation_access_token);
  return kDone;
}

int remove_peer(const Settings& settings, const PeerOptions& options) {
  auto tools = open_tools(settings, options);
  if (!tools) return report(tools.error());
  const auto found = async::block_on((*tools)->service.find_named(options.peers.front()));
  if (!found) return report(found.error());
  const auto removed = async::block_on((*tools)->service.remove(found->peer.id, {}, kOperator));
  if (!removed) return report(removed.error());
  fmt::print("Removed {} ({}).\n", found->peer.name, found->peer.registry_url);
  return kDone;
}

int check_peers(const Settings& settings, const PeerOptions& options) {
  auto tools = open_tools(settings, options);
  if (!tools) return report(tools.error());
  const auto chosen = chosen_peers(**tools, options);
  if (!chosen) return report(chosen.error());
  std::vector<registry::PeerReport> reports;
  for (const auto& peer : *chosen) {
    auto checked = async::block_on((*tools)->contact.check(peer));
    if (!checked) return report(checked.error());
    reports.push_back(std::move(*checked));
  }
  if (options.json) {
    print_json(reports);
  } else if (reports.empty()) {
    fmt::print("There are no active peers.\n");
  } else {
    for (const auto& each : reports) print_report(each);
  }
  return std::ranges::all_of(reports, &registry::PeerReport::passed) ? kDone : kFailed;
}

}  // namespace sovereign::registry_app
