// A PostgreSQL server of our own, from Debian's package: in a temporary folder, on a Unix socket
// only, gone with the process that started it even when that one crashes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "support/temporary_folder.hpp"

namespace sovereign::support {

class PrivatePostgres {
 public:
  /// `volatile_storage` skips fsync: fast, and safe unless the machine itself crashes.
  enum class Storage { volatile_storage, durable };

  /// Makes a cluster and starts it. Throws std::runtime_error saying what is missing. Must be
  /// called from a thread that lives as long as the server: the server ends with it.
  explicit PrivatePostgres(Storage storage);
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  /// The server of this test program, started when first asked for (volatile storage).
  static PrivatePostgres& shared();

  /// A URL of the superuser; a non-empty `schema` becomes the search path.
  std::string url(std::string_view schema = {}) const;

  /// As url(), with a new empty schema of its own.
  std::string url_of_new_schema();

  /// Ends the server at once, as a crash would (SIGQUIT: no checkpoint, clients are dropped).
  void crash();
  /// Disconnects the clients and shuts down in order (SIGINT).
  void stop();
  /// Freezes or thaws all of the server's processes, as a lost network would.
  void freeze();
  void thaw();
  /// Starts the server again, and returns when it takes connections.
  void start();

 private:
  void initialise();
  void end(int signal);
  void signal_all(int signal) const;

  const Storage storage_;
  TemporaryFolder folder_{"postgres"};
  pid_t server_ = 0;
  int schemas_ = 0;
};

}  // namespace sovereign::support
