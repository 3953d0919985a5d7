// The daemon: its foundation, its features and the server before them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "core/home.hpp"
#include "daemon/settings.hpp"
#include "telemetry/log.hpp"

namespace sovereign::opensentience {

class Daemon {
 public:
  /// Opens everything and serves. Blocks. Errors say what to do.
  static Result<std::unique_ptr<Daemon>> start(core::Home home, Settings settings,
                                               telemetry::Log& log);
  /// As stop().
  ~Daemon();

  /// "http://127.0.0.1:6767", with the port that was bound.
  std::string url() const;
  /// Known at the start.
  std::size_t agents() const;

  /// After logrotate renamed the files.
  void reopen_logs();

  /// Stops agents, finishes what is in flight, and ends.
  void stop();

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sovereign::opensentience
