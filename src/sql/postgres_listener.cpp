#include "sql/postgres_listener.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "sql/postgres_values.hpp"

namespace sovereign::sql {
namespace {

using namespace std::chrono_literals;

constexpr auto kReconnectPause = 1000ms;
constexpr auto kForever = -1ms;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};

}  // namespace

PostgresListener::PostgresListener(PostgresSettings settings, std::string_view channel,
                                   std::function<void()> on_announcement)
    : settings_(std::move(settings)),
      statement_(fmt::format("LISTEN {}", channel)),
      on_announcement_(std::move(on_announcement)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "pg-listener");
}

PostgresListener::~PostgresListener() {
  const std::uint64_t one = 1;
  // Cannot fail: an eventfd takes a first number without waiting.
  (void)!::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void PostgresListener::run() {
  do {
    listen();
  } while (wait(-1, kReconnectPause));
}

void PostgresListener::listen() {
  const PostgresConnectParameters parameters(settings_);
  const std::unique_ptr<PGconn, Finish> connection(
      PQconnectdbParams(parameters.keywords(), parameters.values(), 1));
  if (PQstatus(connection.get()) != CONNECTION_OK) return;
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const PostgresResult listening(PQexec(connection.get(), statement_.c_str()));
  if (PQresultStatus(listening.get()) != PGRES_COMMAND_OK) return;
  on_announcement_();
  while (wait(PQsocket(connection.get()), kForever)) {
    if (PQconsumeInput(connection.get()) == 0) return;
    bool is_announced = false;
    while (PGnotify* announcement = PQnotifies(connection.get())) {
      is_announced = true;
      PQfreemem(announcement);
    }
    if (is_announced) on_announcement_();
  }
}

bool PostgresListener::wait(int descriptor, std::chrono::milliseconds timeout) const {
  std::array<pollfd, 2> waiting = {pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                                   pollfd{.fd = descriptor, .events = POLLIN, .revents = 0}};
  // Interrupted by a signal, it looks too early, which does no harm.
  (void)::poll(waiting.data(), waiting.size(), static_cast<int>(timeout.count()));
  return waiting[0].revents == 0;
}

}  // namespace sovereign::sql
