// Of the router: a call as a coroutine.
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>

#include "core/errors.hpp"
#include "core/router/router.hpp"

namespace sovereign::core {
namespace {

namespace asio = boost::asio;

/// Waits in the coroutine's frame for the end of its call.
class AwaitedCall final : public CallObserver {
 public:
  AwaitedCall(Router& router, CallObserver* streams) : router_(router), streams_(streams) {}

  void streamed(const protocol::ToolStream& message) override {
    if (streams_ != nullptr) streams_->streamed(message);
  }

  void finished(const CallEnd& end) override {
    end_ = end;
    if (resume_) std::exchange(resume_, nullptr)();
  }

  /// Returns once the call `id` has ended, or the coroutine is cancelled, which ends the call too.
  asio::awaitable<void> wait(CallId id) {
    auto token = asio::use_awaitable_t<>{};
    co_await asio::async_initiate<asio::use_awaitable_t<>, void()>(
        [this, id](auto handler) {
          auto slot = asio::get_associated_cancellation_slot(handler);
          resume_ = [handler = std::move(handler), slot]() mutable {
            slot.clear();
            const auto executor = asio::get_associated_executor(handler);
            asio::post(executor, std::move(handler));
          };
          if (end_) return std::exchange(resume_, nullptr)();
          if (!slot.is_connected()) return;
          slot.assign([this, id](asio::cancellation_type) { give_up(id); });
        },
        token);
  }

  CallEnd take() { return std::move(*end_); }

 private:
  void give_up(CallId id) {
    router_.abandon(id, *this);
    auto resume = std::exchange(resume_, nullptr);
    if (!resume) return;
    end_ = std::unexpected(Refusal{fail(CoreCode::tool_canceled, "The caller has gone.").error()});
    // The slot must not be cleared while it calls this.
    asio::post(router_.executor(), std::move(resume));
  }

  Router& router_;
  CallObserver* streams_;
  std::optional<CallEnd> end_;
  std::move_only_function<void()> resume_;
};

}  // namespace

asio::awaitable<CallEnd> Router::call(CallRequest request, CallObserver* streams) {
  AwaitedCall awaited(*this, streams);
  const auto submitted = submit(std::move(request), awaited);
  if (!submitted) co_return std::unexpected(submitted.error());
  if (submitted->replayed != nullptr) co_return *submitted->replayed;
  co_await awaited.wait(submitted->call);
  co_return awaited.take();
}

}  // namespace sovereign::core
