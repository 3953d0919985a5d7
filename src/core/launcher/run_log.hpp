// What a run says: its last lines in memory, for those who look or follow, and all of them on disk.
// Loop thread only; redaction and writing happen on a worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "core/launcher/log_file.hpp"
#include "core/launcher/log_lines.hpp"
#include "core/launcher/ports.hpp"
#include "core/launcher/wake_up.hpp"
#include "process/child.hpp"

namespace sovereign::core {

class RunLog : public std::enable_shared_from_this<RunLog> {
 public:
  static constexpr std::size_t kLines = 1000;

  /// The pool and the clock must outlive it.
  RunLog(std::unique_ptr<LogFile> file, async::WorkerPool& workers, const base::Clock& clock)
      : file_(std::move(file)), workers_(workers), clock_(clock) {}

  /// Reads `pipe` to its end; reads no faster than the lines are written, which makes the writer
  /// wait. `pipe` must live as long as this runs; closing it ends this.
  boost::asio::awaitable<void> pump(process::Pipe& pipe, LogStream stream,
                                    std::unique_ptr<LineFilter> filter);

  /// The lines in memory after `sequence`, at most the last `count`.
  std::vector<LogLine> after(std::uint64_t sequence, std::size_t count) const;
  std::uint64_t last_sequence() const { return last_sequence_; }

  /// No more lines will come.
  void close();
  bool is_closed() const { return is_closed_; }
  /// Resumes when there are lines after `sequence` or the log is closed, at the latest at
  /// `deadline`.
  boost::asio::awaitable<void> wait_after(std::uint64_t sequence, base::SteadyTime deadline);

  /// Lines that could not be written to disk.
  std::uint64_t lost() const { return lost_; }

 private:
  struct Batch;
  boost::asio::awaitable<void> keep(std::shared_ptr<Batch> batch);
  void add(Batch& batch);

  std::unique_ptr<LogFile> file_;
  async::WorkerPool& workers_;
  const base::Clock& clock_;
  std::deque<LogLine> lines_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t lost_ = 0;
  bool is_closed_ = false;
  WakeUp news_;
};

}  // namespace sovereign::core
