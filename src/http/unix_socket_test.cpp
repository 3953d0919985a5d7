// The Unix-domain listener: its file, and who is at the other end.
#include "http/unix_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "http/server.hpp"
#include "support/http_client.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using support::HttpClient;

/// Answers who asks: "uid pid address port".
class WhoAmI final : public Application {
 public:
  Handling handle(Request& request) override {
    return Response{.content_type = "text/plain",
                    .body = fmt::format("{} {} {} {}", request.peer ? request.peer->uid : -1U,
                                        request.peer ? request.peer->pid : -1, request.peer_address,
                                        request.local_port)};
  }
  Response refuse(int status, std::string_view, Request&) override { return {.status = status}; }
  void completed(const Request&, const Outcome&) override {}
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

class UnixSocketTest : public testing::Test {
 protected:
  std::unique_ptr<Server> make(ServerLimits limits = {}) {
    return std::make_unique<Server>(ServerOptions{.port = 0,
                                                  .unix_socket = UnixSocketOptions{.path = path},
                                                  .loops = 2,
                                                  .limits = limits},
                                    application);
  }

  support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "admin.sock";
  WhoAmI application;
};

TEST_F(UnixSocketTest, HandlersLearnWhoIsAtTheOtherEnd) {
  auto server = make();
  ASSERT_TRUE(server->start());
  EXPECT_EQ(HttpClient(path).get("/").body, fmt::format("{} {} unix 0", ::getuid(), ::getpid()));
  EXPECT_EQ(HttpClient(server->port()).get("/").body,
            fmt::format("{} -1 127.0.0.1 {}", -1U, server->port()));
}

TEST_F(UnixSocketTest, OnlyItsOwnerMayConnectFromTheFirstMoment) {
  const auto before = ::umask(0);
  auto server = make();
  ASSERT_TRUE(server->start());
  ::umask(before);
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(UnixSocketTest, TheModeIsExactWhateverTheUmask) {
  const auto before = ::umask(0077);
  const auto file = UnixSocketFile::bind(path, 0660);
  ::umask(before);
  ASSERT_TRUE(file);
  EXPECT_EQ(mode_of(path), 0660U);
}

TEST_F(UnixSocketTest, TheFileIsGoneAfterTheStop) {
  auto server = make();
  ASSERT_TRUE(server->start());
  EXPECT_TRUE(server->stop(10s));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixSocketTest, AFileThatNobodyAnswersOnIsReplaced) {
  {
    auto file = UnixSocketFile::bind(path, 0600);
    ASSERT_TRUE(file);
    ::close(file->release_descriptor());
    std::filesystem::rename(path, folder.path() / "left");  // Survives its owner, as after a crash.
  }
  std::filesystem::rename(folder.path() / "left", path);
  auto server = make();
  ASSERT_TRUE(server->start());
  EXPECT_EQ(HttpClient(path).get("/").status, 200);
}

TEST_F(UnixSocketTest, AFileThatSomebodyAnswersOnIsLeftAlone) {
  auto first = make();
  ASSERT_TRUE(first->start());
  const auto second = make()->start();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(HttpClient(path).get("/").status, 200);
}

TEST_F(UnixSocketTest, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path) << "precious";
  const auto bound = UnixSocketFile::bind(path, 0600);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, ErrorCode::conflict);
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(UnixSocketTest, AnotherProgramsFileIsNotRemoved) {
  auto first = UnixSocketFile::bind(path, 0600);
  ASSERT_TRUE(first);
  std::filesystem::remove(path);
  const auto second = UnixSocketFile::bind(path, 0600);
  ASSERT_TRUE(second);
  first->remove();
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixSocketTest, APathThatDoesNotFitIsRefused) {
  const auto bound = UnixSocketFile::bind(folder.path() / std::string(108, 'x'), 0600);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, ErrorCode::unprocessable);
}

TEST_F(UnixSocketTest, ItsConnectionsCountInTheTotal) {
  auto server = make({.connections = 1});
  ASSERT_TRUE(server->start());
  HttpClient first(path);
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(HttpClient(path).get("/").status, 503);
}

TEST_F(UnixSocketTest, StoppingClosesItsIdleConnections) {
  auto server = make();
  ASSERT_TRUE(server->start());
  HttpClient idle(path);
  EXPECT_EQ(idle.get("/").status, 200);
  EXPECT_TRUE(server->stop(10s));
  EXPECT_EQ(idle.read_until_closed(), "");
}

}  // namespace
}  // namespace sovereign::http
