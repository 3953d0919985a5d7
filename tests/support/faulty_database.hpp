// A database that fails once, at the n-th call: before the statement ran, or (a write) after it was
// committed but before that was known. For loops that try every n.
#pragma once

#include <utility>

#include "sql/database.hpp"

namespace sovereign::support {

class FaultyDatabase final : public sql::Database {
 public:
  enum class Fault { before, after };

  explicit FaultyDatabase(sql::Database& inner) : inner_(inner) {}

  /// The `call`-th call from now (1 is the next) fails.
  void fail_at(int call, Fault fault) {
    countdown_ = call;
    fault_ = fault;
  }
  /// Whether the fault is still to come.
  bool is_armed() const { return countdown_ > 0; }
  void disarm() { countdown_ = 0; }

  Task<sql::ResultSet> read(sql::Call call) override {
    if (is_due()) co_return lost();
    auto result = co_await inner_.read(std::move(call));
    co_return result;
  }
  Task<sql::WriteResult> write(sql::Write write) override {
    const bool fails = is_due();
    if (fails && fault_ == Fault::before) co_return lost();
    auto result = co_await inner_.write(std::move(write));
    if (fails) co_return lost();
    co_return result;
  }
  Result<void> scan(sql::Call call, const sql::RowVisitor& visit) override {
    if (is_due()) return lost();
    return inner_.scan(std::move(call), visit);
  }
  Result<void> migrate(std::span<const sql::Migration> migrations) override {
    return inner_.migrate(migrations);
  }
  Task<void> check() override {
    auto result = co_await inner_.check();
    co_return result;
  }
  Result<void> backup(const std::string& path) override { return inner_.backup(path); }
  std::unique_ptr<sql::Listening> listen(std::string_view channel,
                                         std::function<void()> on_announcement) override {
    return inner_.listen(channel, std::move(on_announcement));
  }
  sql::DatabaseStatus status() const override { return inner_.status(); }
  std::string_view engine() const override { return inner_.engine(); }

 private:
  bool is_due() { return countdown_ > 0 && --countdown_ == 0; }
  static Failure lost() {
    return base::fail(ErrorCode::unavailable, "The database is away.", "planned fault");
  }

  sql::Database& inner_;
  int countdown_ = 0;
  Fault fault_ = Fault::before;
};

}  // namespace sovereign::support
