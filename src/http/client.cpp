#include "http/client.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

#include "http/client_engine.hpp"

namespace sovereign::http {
namespace {

namespace asio = boost::asio;

using SharedEngine = std::shared_ptr<ClientEngine>;
using SharedTransfer = std::shared_ptr<ClientTransfer>;

/// Waits, on the caller's executor, for the one outcome that `begin(resume)` arranges to come from
/// any thread. Cancellation ends the transfer, which brings the outcome about.
template <typename Outcome, typename Begin>
asio::awaitable<Outcome> await_outcome(SharedEngine engine, SharedTransfer transfer, Begin begin) {
  auto initiate = [engine, transfer, begin = std::move(begin)](auto handler) mutable {
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([engine, transfer](asio::cancellation_type) { engine->cancel(transfer); });
    }
    const auto executor = asio::get_associated_executor(handler);
    auto guard = asio::make_work_guard(executor);
    // The guard ends on the caller's side: once it has the outcome, this thread touches it no more.
    begin([executor, slot, guard = std::move(guard),
           handler = std::move(handler)](Outcome outcome) mutable {
      asio::post(executor, [slot, guard = std::move(guard), handler = std::move(handler),
                            outcome = std::move(outcome)]() mutable {
        if (slot.is_connected()) slot.clear();
        std::move(handler)(std::move(outcome));
      });
    });
  };
  using Token = asio::use_awaitable_t<>;
  auto token = Token{};
  Outcome outcome = co_await asio::async_initiate<Token, void(Outcome)>(std::move(initiate), token);
  co_return outcome;
}

/// The whole answer, or the head of a stream.
Task<ClientResponse> run(SharedEngine engine, SharedTransfer transfer) {
  auto begin = [engine, transfer](auto resume) {
    transfer->on_finish(std::move(resume));
    engine->start(transfer);
  };
  auto outcome = co_await await_outcome<Result<ClientResponse>>(engine, transfer, std::move(begin));
  co_return outcome;
}

}  // namespace

Client::Client(ClientOptions options)
    : engine_(std::make_shared<ClientEngine>(std::move(options))) {}

Client::~Client() { stop(); }

void Client::stop() { engine_->stop(); }

ClientCounts Client::counts() const { return engine_->counts(); }

Task<ClientResponse> Client::request(ClientRequest request) {
  if (auto checked = check_headers(request); !checked) co_return Failure(checked.error());
  auto transfer = std::make_shared<ClientTransfer>(std::move(request), ClientTransfer::Kind::whole);
  auto response = co_await run(engine_, std::move(transfer));
  co_return response;
}

Task<ClientStream> Client::stream(ClientRequest request) {
  if (auto checked = check_headers(request); !checked) co_return Failure(checked.error());
  auto engine = engine_;
  auto transfer =
      std::make_shared<ClientTransfer>(std::move(request), ClientTransfer::Kind::stream);
  auto head = co_await run(engine, transfer);
  if (!head) co_return Failure(std::move(head.error()));
  co_return ClientStream(std::move(engine), std::move(transfer), std::move(*head));
}

ClientStream::ClientStream(SharedEngine engine, SharedTransfer transfer, ClientResponse head)
    : engine_(std::move(engine)), transfer_(std::move(transfer)), head_(std::move(head)) {}

ClientStream::ClientStream(ClientStream&&) noexcept = default;

ClientStream& ClientStream::operator=(ClientStream&& other) noexcept {
  if (this == &other) return *this;
  end();
  engine_ = std::move(other.engine_);
  transfer_ = std::move(other.transfer_);
  head_ = std::move(other.head_);
  return *this;
}

ClientStream::~ClientStream() { end(); }

void ClientStream::end() {
  if (transfer_) engine_->cancel(std::exchange(transfer_, nullptr));
}

Task<std::string> ClientStream::read() {
  auto taken = transfer_->buffer()->take();
  if (taken.was_full) engine_->resume(transfer_);
  if (taken.outcome) co_return std::move(*taken.outcome);
  auto begin = [transfer = transfer_](auto resume) { transfer->buffer()->wait(std::move(resume)); };
  auto outcome = co_await await_outcome<Result<std::string>>(engine_, transfer_, std::move(begin));
  co_return outcome;
}

}  // namespace sovereign::http
