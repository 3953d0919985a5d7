#include "ipc/unix_listener.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "ipc/peer.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::ipc {
namespace {

using ::testing::HasSubstr;

class UnixListenerTest : public ::testing::Test {
 protected:
  UnixListener::OnAccept keep() {
    return [this](Socket socket) { accepted_.push_back(std::move(socket)); };
  }
  void accept_all() {
    loop_.restart();
    loop_.poll();
  }

  boost::asio::io_context loop_{1};
  support::TemporaryFolder folder_{"listener"};
  std::string path_ = folder_.file("a.sock");
  std::vector<Socket> accepted_;
};

TEST_F(UnixListenerTest, a_client_is_accepted_and_the_kernel_says_who_it_is) {
  UnixListener listener(loop_.get_executor(), keep());
  ASSERT_TRUE(listener.open(path_));
  auto client = connect(loop_.get_executor(), path_);
  ASSERT_TRUE(client);
  accept_all();
  ASSERT_EQ(accepted_.size(), 1U);
  const auto peer = peer_of(accepted_[0].native_handle());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->uid, ::getuid());
}

TEST_F(UnixListenerTest, the_socket_has_mode_0600_and_goes_with_the_listener) {
  {
    UnixListener listener(loop_.get_executor(), keep());
    ASSERT_TRUE(listener.open(path_));
    struct stat status{};
    ASSERT_EQ(::lstat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixListenerTest, a_path_over_107_bytes_is_refused_and_names_the_limit) {
  UnixListener listener(loop_.get_executor(), keep());
  const auto opened = listener.open(folder_.file(std::string(107, 'x')));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("107 bytes"));
}

TEST_F(UnixListenerTest, a_folder_that_others_may_enter_is_refused) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0750));
  UnixListener listener(loop_.get_executor(), keep());
  const auto opened = listener.open(path_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("0700"));
}

TEST_F(UnixListenerTest, a_socket_that_nobody_listens_on_is_replaced) {
  {
    boost::asio::local::stream_protocol::acceptor dead(loop_, path_);
  }
  ASSERT_TRUE(std::filesystem::exists(path_));
  UnixListener listener(loop_.get_executor(), keep());
  EXPECT_TRUE(listener.open(path_));
  EXPECT_TRUE(connect(loop_.get_executor(), path_));
}

TEST_F(UnixListenerTest, a_socket_in_use_is_left_alone) {
  UnixListener first(loop_.get_executor(), keep());
  ASSERT_TRUE(first.open(path_));
  UnixListener second(loop_.get_executor(), keep());
  const auto opened = second.open(path_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("another process listens"));
  second.close();
  EXPECT_TRUE(connect(loop_.get_executor(), path_));
}

TEST_F(UnixListenerTest, a_file_at_the_path_is_left_alone) {
  std::ofstream(path_) << "precious";
  UnixListener listener(loop_.get_executor(), keep());
  const auto opened = listener.open(path_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().detail, HasSubstr("something else"));
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(UnixListenerTest, a_connection_to_nobody_is_an_error_that_names_the_path) {
  const auto client = connect(loop_.get_executor(), path_);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().detail, HasSubstr(path_));
}

}  // namespace
}  // namespace sovereign::ipc
