// Tells when manifests or folders change in the scanned tree (inotify), so that it is scanned
// again. Never reads what changed itself. Loop thread only, but watch_folders().
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace sovereign::core {

struct FolderWatchOptions {
  std::chrono::milliseconds quiet{300};     ///< Without a further change, before it is told.
  std::chrono::milliseconds longest{3000};  ///< It is told then, quiet or not.
};

/// The kernel's side, which worker threads may use: adding watches blocks for a little.
class WatchedFolders;

class FolderWatch {
 public:
  using Listener = std::function<void()>;

  /// Error: `unavailable` when the system gives no inotify instance; scanning works without.
  static Result<std::unique_ptr<FolderWatch>> start(boost::asio::any_io_executor executor,
                                                    Listener on_change,
                                                    FolderWatchOptions options = {});
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  const std::shared_ptr<WatchedFolders>& folders() const;
  /// Nothing is told any more.
  void stop();

 private:
  struct State;
  explicit FolderWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;  ///< Shared with the read and the timer under way.
};

/// Watches these too; how many are watched of them. Fewer when the system's limit is reached. Any
/// thread; blocks.
std::size_t watch_folders(WatchedFolders& watched, const std::vector<std::string>& folders);

}  // namespace sovereign::core
