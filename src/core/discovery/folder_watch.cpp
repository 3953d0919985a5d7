#include "core/discovery/folder_watch.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "core/discovery/walk.hpp"
#include "core/manifest/open_beneath.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

class WatchedFolders {
 public:
  explicit WatchedFolders(process::FileDescriptor descriptor)
      : descriptor_(std::move(descriptor)) {}
  int get() const { return descriptor_.get(); }

 private:
  process::FileDescriptor descriptor_;
};

namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR |
                                IN_DONT_FOLLOW | IN_EXCL_UNLINK;

/// A manifest, a folder that a scan would enter, or events that got lost.
bool matters(const inotify_event& event, std::string_view name) {
  if ((event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) return true;
  if ((event.mask & IN_IGNORED) != 0) return false;
  if ((event.mask & IN_ISDIR) != 0) return !is_skipped_folder(name);
  // A file that is only created has nothing in it yet: its close tells.
  return name == kManifestName && (event.mask & ~std::uint32_t{IN_CREATE}) != 0;
}

/// Whether any event of a read's bytes matters.
bool any_matters(const char* bytes, std::size_t size) {
  for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
    inotify_event event;
    std::memcpy(&event, bytes + at, sizeof event);
    const char* name = bytes + at + sizeof event;
    at += sizeof event + event.len;
    if (at > size) return true;
    if (matters(event, std::string_view(name, ::strnlen(name, event.len)))) return true;
  }
  return false;
}

}  // namespace

struct FolderWatch::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, process::FileDescriptor opened, Listener listener,
        FolderWatchOptions choices)
      : descriptor(executor, opened.get()),
        timer(executor),
        on_change(std::move(listener)),
        options(choices),
        watched(std::make_shared<WatchedFolders>(std::move(opened))) {}
  /// The number is closed by `watched`, which a worker may still use.
  ~State() { descriptor.release(); }

  void read() {
    descriptor.async_read_some(
        asio::buffer(buffer),
        [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          if (error || self->is_stopped) return;
          if (any_matters(self->buffer.data(), size)) self->note();
          self->read();
        });
  }

  void note() {
    const auto now = asio::steady_timer::clock_type::now();
    if (!first) first = now;
    timer.expires_at(std::min(now + options.quiet, *first + options.longest));
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || self->is_stopped) return;
      self->first.reset();
      self->on_change();
    });
  }

  void stop() {
    is_stopped = true;
    boost::system::error_code ignored;
    descriptor.cancel(ignored);
    timer.cancel();
  }

  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
  const Listener on_change;
  const FolderWatchOptions options;
  std::shared_ptr<WatchedFolders> watched;
  std::optional<asio::steady_timer::time_point> first;  ///< Change since the last that was told.
  bool is_stopped = false;
  alignas(inotify_event) std::array<char, 16384> buffer{};
};

Result<std::unique_ptr<FolderWatch>> FolderWatch::start(asio::any_io_executor executor,
                                                        Listener on_change,
                                                        FolderWatchOptions options) {
  process::FileDescriptor descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!descriptor) {
    return base::fail(ErrorCode::unavailable, "Folders cannot be watched.", std::strerror(errno));
  }
  auto state = std::make_shared<State>(std::move(executor), std::move(descriptor),
                                       std::move(on_change), options);
  state->read();
  return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(state)));
}

FolderWatch::~FolderWatch() { stop(); }

const std::shared_ptr<WatchedFolders>& FolderWatch::folders() const { return state_->watched; }

void FolderWatch::stop() { state_->stop(); }

std::size_t watch_folders(WatchedFolders& watched, const std::vector<std::string>& folders) {
  std::size_t count = 0;
  for (const auto& folder : folders) {
    const int watch = ::inotify_add_watch(watched.get(), folder.c_str(), kMask);
    if (watch >= 0) ++count;
    if (watch < 0 && errno == ENOSPC) break;
  }
  return count;
}

}  // namespace sovereign::core
