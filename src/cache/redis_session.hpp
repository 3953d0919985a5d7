// From nothing to a Redis connection that takes commands: connect, authenticate, choose the
// database, learn what the server is.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cache/redis_socket.hpp"
#include "cache/redis_url.hpp"
#include "cache/resp.hpp"

namespace sovereign::cache {

/// A script that runs at the server in one step. A constant: known by its address.
struct RedisScript {
  std::string_view text;
};

/// What every connection is made with; all must outlive it.
struct SessionSetup {
  asio::io_context& loop;
  const RedisUrl& url;
  asio::ssl::context* tls = nullptr;  ///< Null without TLS.
  std::chrono::milliseconds connect_limit{2000};
};

/// What a session asks beyond being let in.
enum class Handshake { commands, messages };

struct RedisSession {
  std::shared_ptr<RedisSocket> socket;
  ReplyReader replies;
  Reply slots;                             ///< Of CLUSTER SLOTS; an error where that is unknown.
  std::vector<std::string> script_hashes;  ///< As the scripts given; empty where it was refused.
};

/// The server at `node`, or at the URL's socket, within the limit. With Handshake::messages, slots
/// and hashes are not asked for. Error: unavailable; the context says at which step.
Task<std::unique_ptr<RedisSession>> open_session(SessionSetup setup, RedisNode node,
                                                 Handshake handshake,
                                                 std::vector<const RedisScript*> scripts);

}  // namespace sovereign::cache
