// What SQLite's engine does when the disk is full, the file is locked, or the process is killed:
// nothing acknowledged is lost, and it works again by itself.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "sql/database.hpp"
#include "sql/sqlite_connection.hpp"
#include "support/await.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::sql {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using support::await;
using support::ChildProcess;

const Migration kMigrations[] = {
    {1, "rows", "CREATE TABLE rows(id BIGINT PRIMARY KEY, body TEXT NOT NULL)"}};
constexpr Statement kInsert{"rows.insert", "INSERT INTO rows(id, body) VALUES($1, $2)"};
constexpr Statement kSelectIds{"rows.ids", "SELECT id FROM rows ORDER BY id"};
constexpr Statement kCount{"rows.count", "SELECT count(*) FROM rows"};

class SqliteFaults : public testing::Test {
 protected:
  std::unique_ptr<Database> open(std::chrono::milliseconds timeout = 5000ms) const {
    auto database = open_database({.url = "sqlite:" + path_, .timeout = timeout});
    if (!database) throw std::runtime_error(database.error().context);
    EXPECT_TRUE((*database)->migrate(kMigrations));
    return std::move(*database);
  }
  static Result<WriteResult> insert(Database& database, std::int64_t id,
                                    std::string body = "body") {
    Write write;
    write.calls.push_back({kInsert, {id, std::move(body)}, Expect::one_row});
    return await(database.write(std::move(write)));
  }
  static std::set<std::int64_t> stored_ids(Database& database) {
    std::set<std::int64_t> ids;
    const auto scanned = database.scan(Call{kSelectIds, {}}, [&ids](std::span<const Value> row) {
      return ids.insert(integer(row[0])).second;
    });
    EXPECT_TRUE(scanned) << scanned.error().context;
    return ids;
  }
  static unsigned mode_of(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
  }

  support::TemporaryFolder folder_;
  const std::string path_ = folder_.file("faults.db");
};

void limit_file_size(rlim_t bytes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_F(SqliteFaults, AFullDiskIsUnavailableLosesNothingAndRecovers) {
  ChildProcess child([this](ChildProcess&) {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto database = open();
    std::set<std::int64_t> acknowledged = {0};
    std::int64_t id = 0;
    ASSERT_TRUE(insert(*database, id).value());
    // The write fails a little later each time: in the first page, in the next, in the index.
    for (rlim_t room = 1; room < 120'000; room += 7'919) {
      struct stat log{};
      ::stat((path_ + "-wal").c_str(), &log);
      limit_file_size(static_cast<rlim_t>(log.st_size) + room);
      bool was_refused = false;
      for (int i = 0; i < 40 && !was_refused; ++i) {
        const auto written = insert(*database, ++id, std::string(5'000, 'x'));
        if (written && *written) acknowledged.insert(id);
        was_refused = !written;
        if (was_refused) EXPECT_EQ(written.error().code, ErrorCode::unavailable);
      }
      EXPECT_TRUE(was_refused);
      EXPECT_EQ(stored_ids(*database), acknowledged);
      limit_file_size(RLIM_INFINITY);
      EXPECT_TRUE(insert(*database, ++id).value());
      acknowledged.insert(id);
    }
    EXPECT_EQ(stored_ids(*database), acknowledged);
  });
  EXPECT_TRUE(child.ended_well());
}

TEST_F(SqliteFaults, AFileLockedByAnotherProcessIsUnavailableUntilItIsFree) {
  open();
  ChildProcess locker([this](ChildProcess& parent) {
    const auto connection = SqliteConnection::open({.path = path_});
    ASSERT_TRUE(
        connection &&
        (*connection)->execute("BEGIN IMMEDIATE; INSERT INTO rows VALUES(-1, 'never committed')"));
    parent.send("locked");
    parent.receive();
  });
  ASSERT_EQ(locker.receive(), "locked");
  const auto database = open_database({.url = "sqlite:" + path_, .timeout = 50ms}).value();
  const auto refused = insert(*database, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(stored_ids(*database).empty());
  locker.send("release");
  ASSERT_TRUE(locker.ended_well());
  EXPECT_TRUE(insert(*database, 1).value());
  EXPECT_EQ(stored_ids(*database), std::set<std::int64_t>{1});
}

asio::awaitable<void> write_for_ever(Database& database, ChildProcess& parent, std::int64_t& next) {
  for (;;) {
    const std::int64_t id = next++;
    Write write;
    write.calls.push_back({kInsert, {id, "body"}, Expect::one_row});
    const auto written = co_await database.write(std::move(write));
    if (written && *written) parent.send(fmt::format("{}", id));
  }
}

TEST_F(SqliteFaults, AKilledProcessLeavesEveryAcknowledgedWrite) {
  ChildProcess writer([this](ChildProcess& parent) {
    const auto database = open();
    asio::io_context loop(1);
    std::int64_t next = 0;
    for (int i = 0; i < 32; ++i)
      asio::co_spawn(loop, write_for_ever(*database, parent, next), asio::detached);
    loop.run();
  });
  std::set<std::int64_t> acknowledged;
  while (acknowledged.size() < 2'000) {
    const std::string line = writer.receive();
    ASSERT_FALSE(line.empty());
    acknowledged.insert(std::stoll(line));
  }
  writer.kill();
  for (std::string line; !(line = writer.receive()).empty();) acknowledged.insert(std::stoll(line));
  const auto database = open();
  const auto stored = stored_ids(*database);
  EXPECT_TRUE(std::ranges::includes(stored, acknowledged));
  // What was in flight may be there too, but no more than that.
  EXPECT_LE(stored.size(), acknowledged.size() + 32);
  EXPECT_TRUE(insert(*database, 1'000'000).value());
}

TEST_F(SqliteFaults, AllFilesAreForTheirOwnerOnly) {
  const auto database = open();
  ASSERT_TRUE(insert(*database, 1).value());
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(mode_of(path_ + suffix), 0600U) << suffix;
}

TEST_F(SqliteFaults, ABackupIsConsistentAndPrivateWhileWritesGoOn) {
  const auto database = open();
  for (std::int64_t id = 0; id < 50; ++id)
    ASSERT_TRUE(insert(*database, id, std::string(3'000, 'x')).value());
  const std::string copy = folder_.file("copy.db");
  std::thread writing([&database] {
    for (std::int64_t id = 50; id < 100; ++id) EXPECT_TRUE(insert(*database, id).value());
  });
  for (int i = 0; i < 5; ++i) {
    const auto written = database->backup(copy);
    EXPECT_TRUE(written) << written.error().context;
  }
  writing.join();
  EXPECT_EQ(mode_of(copy), 0600U);
  const auto restored = open_database({.url = "sqlite:" + copy}).value();
  EXPECT_TRUE(restored->migrate(kMigrations));
  const auto ids = stored_ids(*restored);
  ASSERT_GE(ids.size(), 50U);
  // A consistent copy has no gaps.
  EXPECT_EQ(*ids.rbegin(), static_cast<std::int64_t>(ids.size()) - 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().string().find("partial"), std::string::npos);
  }
}

TEST_F(SqliteFaults, ABackupNeverReplacesTheDatabaseNorStaysHalfDone) {
  const auto database = open();
  ASSERT_TRUE(insert(*database, 1).value());
  EXPECT_EQ(database->backup(path_).error().code, ErrorCode::unprocessable);
  EXPECT_EQ(database->backup(folder_.file("missing/copy.db")).error().code, ErrorCode::unavailable);
  EXPECT_EQ(database->backup(folder_.path().string()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(stored_ids(*database).size(), 1U);
}

TEST_F(SqliteFaults, TheLogOfManyWritesIsFoldedInWhileTheyGoOn) {
  constexpr std::int64_t writes = 200;
  constexpr std::size_t body_bytes = 1 << 20;
  const auto database = open();
  const std::string body(body_bytes, 'x');
  for (std::int64_t id = 0; id < writes; ++id)
    ASSERT_TRUE(insert(*database, id, body)->has_value());
  // 40 000 pages are the most that wait, and the writer may be a write or two ahead.
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), (writes - 20) * body_bytes);
  EXPECT_GT(std::filesystem::file_size(path_), body_bytes);
  EXPECT_EQ(stored_ids(*database).size(), static_cast<std::size_t>(writes));
}

TEST_F(SqliteFaults, AFileThatCannotBeOpenedSaysSo) {
  std::ofstream(folder_.file("text.db")) << std::string(5'000, 'x');
  for (const auto& path :
       {folder_.file("missing/a.db"), folder_.path().string(), folder_.file("text.db")}) {
    const auto database = open_database({.url = "sqlite:" + path});
    ASSERT_FALSE(database) << path;
    EXPECT_EQ(database.error().code, ErrorCode::unavailable);
    EXPECT_NE(database.error().context.find(path), std::string::npos);
  }
}

TEST_F(SqliteFaults, TwoStatementsOfOneNameAreAnError) {
  const auto database = open();
  static constexpr Statement kOther{"rows.count", "SELECT 1 FROM rows"};
  EXPECT_TRUE(await(database->read(Call{kCount, {}})));
  EXPECT_EQ(await(database->read(Call{kOther, {}})).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace sovereign::sql
