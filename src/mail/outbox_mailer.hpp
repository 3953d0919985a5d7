// Puts each mail as a file into a folder, for installations without a mail server: an operator or a
// program of theirs takes it from there.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "mail/mailer.hpp"

namespace sovereign::mail {

class OutboxMailer final : public Mailer {
 public:
  /// The folder is made, with mode 0700, when the first mail comes. `pool`, `clock` and `random`
  /// must outlive the mailer.
  OutboxMailer(std::filesystem::path folder, std::string from, async::WorkerPool& pool,
               const Clock& clock, base::Random& random);

  /// Writes `<UTC time>-<number>-<random>.eml`, mode 0600: names sort by time. A file is complete
  /// as soon as it has this name.
  Task<void> send(Message message) override;

 private:
  const std::filesystem::path folder_;
  const std::string from_;
  async::WorkerPool& pool_;
  const Clock& clock_;
  base::Random& random_;
  std::atomic<std::uint64_t> sent_ = 0;
};

}  // namespace sovereign::mail
