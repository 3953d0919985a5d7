// Puts a registry together: every part is made here, once, in the order in which it is needed, and
// taken apart in reverse.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "settings.hpp"
#include "telemetry/log.hpp"

namespace sovereign::registry_app {

class Registry {
 public:
  /// Opens the store, loads the catalog, builds services and routes. Blocks. Errors say what to do.
  static Result<std::unique_ptr<Registry>> open(const Settings& settings, telemetry::Log& log);
  ~Registry();

  /// How many agents are known.
  std::size_t agents() const;

  /// Starts to serve.
  Result<void> start();
  /// "http://127.0.0.1:8000", with the port that was bound.
  std::string url() const;

  /// After logrotate renamed the files.
  void reopen_logs();

  /// Finishes what is in flight and ends; whether all of it was finished in time.
  bool stop();

 private:
  struct Parts;
  explicit Registry(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sovereign::registry_app
