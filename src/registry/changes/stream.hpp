// A reader that stays: everything from its cursor on, then what happens, until it is too slow or
// goes. The same for server-sent events and WebSockets, which differ in how they write.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registry/changes/feed.hpp"

namespace sovereign::registry {

/// One transport. Each member returns false when the connection is over.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  virtual boost::asio::awaitable<bool> item(const ChangePageItem& item,
                                            const std::optional<ChangeInclude>& include) = 0;
  /// The items of `block` from `first` on, as documents without cards: bytes that readers share.
  virtual boost::asio::awaitable<bool> block(const ChangeBlock& block, std::size_t first) = 0;
  /// "live" or "position".
  virtual boost::asio::awaitable<bool> notice(std::string_view event, std::string_view cursor) = 0;
  /// What waits to be written is written.
  virtual boost::asio::awaitable<bool> flush() = 0;
};

struct ChangeStreamOptions {
  ChangeCursor from;
  ChangeFilter filter;
  std::optional<ChangeInclude> include;
};

/// On one event loop's thread.
class ChangeStream {
 public:
  enum class End : std::uint8_t {
    closed,   ///< The client went, or stop() was called.
    cut_off,  ///< It is too slow; cursor() says where to go on.
    failed,   ///< The database does not answer; cursor() too.
  };
  /// With nothing to send: how often the client is told where it is.
  static constexpr std::chrono::seconds kPositionPeriod{15};

  /// `feed` must outlive it; `place` is held while it lives.
  ChangeStream(ChangeFeed& feed, std::unique_ptr<ChangeHub::Stream> place,
               ChangeStreamOptions options)
      : feed_(feed), place_(std::move(place)), options_(std::move(options)) {}

  /// Cancellable.
  boost::asio::awaitable<End> run(ChangeSink& sink);

  /// From the next page on.
  void set_filter(ChangeFilter filter) { options_.filter = std::move(filter); }
  /// run() returns soon.
  void stop();
  /// Behind what was sent.
  std::string cursor() const;

 private:
  boost::asio::awaitable<std::optional<End>> step(ChangeSink& sink);
  boost::asio::awaitable<bool> send(ChangeSink& sink, const ChangePage& page);
  boost::asio::awaitable<std::optional<End>> rest(ChangeSink& sink);
  void has_told();

  ChangeFeed& feed_;
  const std::unique_ptr<ChangeHub::Stream> place_;
  ChangeStreamOptions options_;
  std::unique_ptr<Wakers::Waker> waker_;
  ChangeCursor told_;  ///< The last cursor that the client knows.
  SteadyTime told_at_{};
  bool is_live_ = false;
  bool is_stopped_ = false;
};

}  // namespace sovereign::registry
