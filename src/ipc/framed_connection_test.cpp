#include "ipc/framed_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace sovereign::ipc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

std::string framed(std::string_view content) {
  const std::size_t size = content.size();
  std::string frame{static_cast<char>(size >> 24 & 0xff), static_cast<char>(size >> 16 & 0xff),
                    static_cast<char>(size >> 8 & 0xff), static_cast<char>(size & 0xff)};
  return frame.append(content);
}

class Recorder final : public FrameHandler {
 public:
  void on_frame(std::string_view frame) override {
    frames.emplace_back(frame);
    if (then) then();
  }
  void on_closed(CloseReason why) override { reason = why; }

  std::vector<std::string> frames;
  std::optional<CloseReason> reason;
  std::function<void()> then;
};

// What the next writes do; static because the seam is a plain function.
struct Writes {
  static inline int count = 0;
  static inline int fail_at = 0;          // The n-th write fails; 0: none.
  static inline std::size_t portion = 0;  // At most so many bytes a write; 0: no bound.

  static ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
    if (++count == fail_at) {
      errno = EPIPE;
      return -1;
    }
    if (portion > 0 && count % 2 == 0) {
      errno = EAGAIN;
      return -1;
    }
    return ::send(socket, bytes, portion > 0 ? std::min(portion, size) : size, flags);
  }
};

class FramedConnectionTest : public ::testing::Test {
 protected:
  FramedConnectionTest() {
    Writes::count = 0;
    Writes::fail_at = 0;
    Writes::portion = 0;
  }

  void open(ConnectionSettings settings = {}) {
    Socket near(loop_);
    asio::local::connect_pair(near, far_);
    near.non_blocking(true);
    far_.non_blocking(true);
    connection_ = FramedConnection::create(std::move(near), settings);
    connection_->start(handler_);
  }
  void poll() {
    loop_.restart();
    loop_.poll();
  }
  bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      loop_.restart();
      loop_.run_one_until(deadline);
    }
    return holds();
  }
  /// Everything the far end can read now.
  std::string read_all() {
    std::string all;
    char buffer[65536];
    boost::system::error_code error;
    for (;;) {
      const std::size_t bytes = far_.read_some(asio::buffer(buffer), error);
      if (error) return all;
      all.append(buffer, bytes);
    }
  }
  void write(std::string_view bytes) { asio::write(far_, asio::buffer(bytes)); }

  asio::io_context loop_{1};
  Socket far_{loop_};
  Recorder handler_;
  std::shared_ptr<FramedConnection> connection_;
};

TEST_F(FramedConnectionTest, a_frame_is_on_its_way_when_send_returns) {
  open();
  EXPECT_EQ(connection_->send(framed("hello")), SendOutcome::accepted);
  EXPECT_EQ(read_all(), framed("hello"));
  EXPECT_EQ(connection_->queued_bytes(), 0U);
}

TEST_F(FramedConnectionTest, frames_are_handed_over_in_order_and_the_end_last) {
  open();
  write(framed("one") + framed("two"));
  far_.close();
  poll();
  EXPECT_THAT(handler_.frames, ElementsAre("one", "two"));
  EXPECT_EQ(handler_.reason, CloseReason::ended);
  EXPECT_EQ(connection_->send(framed("late")), SendOutcome::closed);
}

TEST_F(FramedConnectionTest, a_stream_that_ends_within_a_frame_is_broken) {
  open();
  write(framed("whole") + framed("half").substr(0, 5));
  far_.close();
  poll();
  EXPECT_THAT(handler_.frames, ElementsAre("whole"));
  EXPECT_EQ(handler_.reason, CloseReason::broken);
}

TEST_F(FramedConnectionTest, a_bad_length_closes_the_socket) {
  open({.max_frame_bytes = 10});
  write(framed("12345678901"));
  poll();
  EXPECT_EQ(handler_.reason, CloseReason::frame_too_large);
  char byte;
  boost::system::error_code error;
  far_.read_some(asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error);
}

TEST_F(FramedConnectionTest, what_the_socket_does_not_take_is_queued_up_to_the_bound) {
  open({.max_queued_bytes = 300'000});
  const std::string frame = framed(std::string(100'000, 'x'));
  std::size_t accepted = 0;
  while (connection_->send(frame) == SendOutcome::accepted) ++accepted;
  EXPECT_LE(connection_->queued_bytes(), 300'000U);
  EXPECT_GT(accepted, 2U);
  std::string received;
  EXPECT_TRUE(until([&] {
    received += read_all();
    return received.size() == accepted * frame.size();
  }));
  EXPECT_EQ(connection_->queued_bytes(), 0U);
  EXPECT_EQ(connection_->send(frame), SendOutcome::accepted);
}

TEST_F(FramedConnectionTest, frames_arrive_whole_when_the_socket_takes_them_in_small_portions) {
  Writes::portion = 3;
  open({.send = &Writes::send});
  std::string sent;
  for (int i = 0; i < 20; ++i) {
    const std::string frame = framed("frame " + std::to_string(i));
    sent += frame;
    EXPECT_EQ(connection_->send(frame), SendOutcome::accepted);
  }
  std::string received;
  EXPECT_TRUE(until([&] {
    received += read_all();
    return received.size() == sent.size();
  }));
  EXPECT_EQ(received, sent);
}

TEST_F(FramedConnectionTest, whichever_write_fails_the_handler_hears_it_once_and_nothing_after) {
  for (int n = 1;; ++n) {
    Writes::count = 0;
    Writes::fail_at = n;
    Writes::portion = 5;
    handler_ = {};
    far_ = Socket(loop_);
    open({.send = &Writes::send});
    for (int i = 0; i < 5; ++i) connection_->send(framed("frame"));
    std::string received;
    EXPECT_TRUE(until([&] {
      received += read_all();
      return handler_.reason || received.size() == 5 * framed("frame").size();
    }));
    if (!handler_.reason) {
      EXPECT_GT(n, 10);
      break;
    }
    EXPECT_EQ(handler_.reason, CloseReason::broken) << n;
    EXPECT_EQ(connection_->send(framed("late")), SendOutcome::closed) << n;
  }
  connection_->close();
}

TEST_F(FramedConnectionTest, finish_sends_what_is_queued_and_waits_for_the_peer_to_close) {
  Writes::portion = 4;
  open({.send = &Writes::send});
  connection_->send(framed("goodbye"));
  connection_->finish(10s);
  EXPECT_EQ(connection_->send(framed("more")), SendOutcome::closed);
  write(framed("ignored"));
  std::string received;
  EXPECT_TRUE(until([&] {
    received += read_all();
    return received == framed("goodbye");
  }));
  far_.close();
  const std::weak_ptr<FramedConnection> weak = connection_;
  connection_.reset();
  EXPECT_TRUE(until([&] { return weak.expired(); }));
  EXPECT_TRUE(handler_.frames.empty());
  EXPECT_FALSE(handler_.reason);
}

TEST_F(FramedConnectionTest, a_peer_that_does_not_close_is_waited_for_no_longer_than_the_linger) {
  open();
  connection_->finish(5ms);
  const std::weak_ptr<FramedConnection> weak = connection_;
  connection_.reset();
  EXPECT_TRUE(until([&] { return weak.expired(); }));
}

TEST_F(FramedConnectionTest, closing_within_a_frame_ends_what_is_handed_over) {
  open();
  handler_.then = [this] { connection_->close(); };
  write(framed("one") + framed("two"));
  poll();
  EXPECT_THAT(handler_.frames, ElementsAre("one"));
  EXPECT_FALSE(handler_.reason);
}

}  // namespace
}  // namespace sovereign::ipc
