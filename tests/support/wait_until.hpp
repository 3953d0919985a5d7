// Waits for what another thread or process brings about and nothing announces.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace sovereign::support {

/// Asks every millisecond whether `holds`; false when it does not within half a minute.
inline bool wait_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace sovereign::support
