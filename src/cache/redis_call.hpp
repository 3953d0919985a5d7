// One command on its way to Redis and back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cache/redis_session.hpp"
#include "cache/redis_slots.hpp"

namespace sovereign::cache {

struct RedisCommand {
  std::vector<std::string> words;  ///< Of a script: EVAL, its text's place (empty), "1", key ...
  std::string key = {};            ///< Decides the node of a cluster; empty: any node.
  const RedisScript* script = nullptr;
  std::chrono::milliseconds limit{200};  ///< From the hand-over to the answer.
};

struct RedisCall {
  RedisCommand command;
  SteadyTime started;
  SteadyTime deadline;
  int redirections = 0;
  bool is_asking = false;  ///< ASKING goes before it: the node has the slot only in part.
  bool with_text = false;  ///< The server does not know the script's hash.
  /// Called once, on the loop's thread. Empty when nobody waits.
  std::move_only_function<void(Result<Reply>)> done = nullptr;
};

using RedisCallPtr = std::unique_ptr<RedisCall>;

}  // namespace sovereign::cache
