// For tests: runs one task to its end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>

#include "async/task.hpp"
#include "base/random.hpp"

namespace sovereign::mail {

inline Result<void> await(Task<void> task) {
  boost::asio::io_context loop;
  std::optional<Result<void>> outcome;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, Result<void> result) {
    if (error) std::rethrow_exception(error);
    outcome = std::move(result);
  });
  loop.run();
  return *outcome;
}

/// Distinct, not random.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace sovereign::mail
