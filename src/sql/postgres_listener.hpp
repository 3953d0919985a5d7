// Waits for announcements (LISTEN) on a PostgreSQL connection and a thread of its own. A hint to
// look sooner, never the news itself: what is announced while the connection is away is lost, so
// whoever listens looks by itself now and then.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/file_descriptor.hpp"
#include "sql/database.hpp"
#include "sql/postgres_settings.hpp"

namespace sovereign::sql {

class PostgresListener final : public Listening {
 public:
  /// `channel` is a lower-case word. `on_announcement` is called on the listener's thread, also
  /// after each connect: something may have been missed.
  PostgresListener(PostgresSettings settings, std::string_view channel,
                   std::function<void()> on_announcement);
  /// Ends the thread; at most the connect timeout when the server hangs just then.
  ~PostgresListener() override;

 private:
  void run();
  /// Until the connection is lost or this stops.
  void listen();
  /// Waits for `descriptor` (-1: none), at most `timeout`; false when this stops.
  bool wait(int descriptor, std::chrono::milliseconds timeout) const;

  const PostgresSettings settings_;
  const std::string statement_;
  const std::function<void()> on_announcement_;
  base::FileDescriptor stop_;  ///< An eventfd, readable when it is time.
  std::thread thread_;
};

}  // namespace sovereign::sql
