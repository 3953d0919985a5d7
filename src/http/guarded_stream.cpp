#include "http/guarded_stream.hpp"

#include <utility>

namespace sovereign::http {

namespace asio = boost::asio;

namespace {

class GuardedWriter final : public StreamWriter {
 public:
  GuardedWriter(StreamWriter& out, const Principal& principal, const Authenticator& authenticator)
      : out_(out), principal_(principal), authenticator_(authenticator) {}

  asio::awaitable<bool> write(std::string_view bytes) override {
    if (!authenticator_.is_current(principal_)) co_return false;
    auto write = out_.write(bytes);
    const bool is_open = co_await std::move(write);
    co_return is_open;
  }

 private:
  StreamWriter& out_;
  const Principal& principal_;
  const Authenticator& authenticator_;
};

class GuardedBody final : public StreamBody {
 public:
  GuardedBody(std::unique_ptr<StreamBody> body, Principal principal,
              const Authenticator& authenticator)
      : body_(std::move(body)), principal_(std::move(principal)), authenticator_(authenticator) {}

  StreamTraits traits() const override { return body_->traits(); }

  asio::awaitable<void> run(StreamWriter& writer) override {
    GuardedWriter guarded(writer, principal_, authenticator_);
    auto run = body_->run(guarded);
    co_await std::move(run);
  }

 private:
  const std::unique_ptr<StreamBody> body_;
  const Principal principal_;
  const Authenticator& authenticator_;
};

}  // namespace

std::unique_ptr<StreamBody> guard_stream(std::unique_ptr<StreamBody> body, Principal principal,
                                         const Authenticator& authenticator) {
  return std::make_unique<GuardedBody>(std::move(body), std::move(principal), authenticator);
}

}  // namespace sovereign::http
