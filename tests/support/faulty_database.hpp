// A database whose n-th operation fails as if the server had gone away: before it did anything, or
// after the commit and before its answer.
#pragma once

#include <optional>
#include <utility>

#include "sql/database.hpp"

namespace sovereign::support {

enum class FaultPoint { before, after };

class FaultyDatabase final : public sql::Database {
 public:
  explicit FaultyDatabase(sql::Database& inner) : inner_(inner) {}

  /// The operation of this number (from 1) fails; the ones before and after it do not.
  void fail_at(std::size_t number, FaultPoint point) {
    failing_ = number;
    point_ = point;
    count_ = 0;
    failed_ = false;
  }
  /// Whether the failure has come to pass.
  bool failed() const { return failed_; }

  Task<sql::ResultSet> read(sql::Call call) override {
    const bool fails = is_next_failing();
    auto task = inner_.read(std::move(call));
    auto result = co_await std::move(task);
    if (fails) co_return away();
    co_return result;
  }
  Task<sql::WriteResult> write(sql::Write write) override {
    const bool fails = is_next_failing();
    if (fails && point_ == FaultPoint::before) co_return away();
    auto task = inner_.write(std::move(write));
    auto result = co_await std::move(task);
    if (fails) co_return away();
    co_return result;
  }
  Result<void> scan(sql::Call call, const sql::RowVisitor& visit) override {
    if (is_next_failing()) return away();
    return inner_.scan(std::move(call), visit);
  }
  Result<void> migrate(std::span<const sql::Migration> migrations) override {
    return inner_.migrate(migrations);
  }
  Task<void> check() override { return inner_.check(); }
  Result<void> backup(const std::string& path) override { return inner_.backup(path); }
  sql::DatabaseStatus status() const override { return inner_.status(); }
  std::string_view engine() const override { return inner_.engine(); }

 private:
  bool is_next_failing() {
    if (++count_ != failing_) return false;
    failed_ = true;
    return true;
  }
  static Failure away() {
    return base::fail(ErrorCode::unavailable, "The database is away; try again in a moment.");
  }

  sql::Database& inner_;
  std::size_t failing_ = 0;
  std::size_t count_ = 0;
  FaultPoint point_ = FaultPoint::before;
  bool failed_ = false;
};

}  // namespace sovereign::support
