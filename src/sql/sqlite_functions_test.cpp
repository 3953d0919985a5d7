// Functions of ours in SQL statements.
#include <gtest/gtest.h>

#include <stdexcept>

#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::sql {
namespace {

using support::await;

class SqliteFunctions : public testing::Test {
 protected:
  static std::string join(std::span<const std::string_view> arguments) {
    std::string joined;
    for (const std::string_view argument : arguments) joined += fmt::format("[{}]", argument);
    return joined;
  }
  static std::string refuse(std::span<const std::string_view>) {
    throw std::runtime_error("not today");
  }
  Result<std::string> read(std::string_view sql, std::vector<Value> parameters = {}) {
    const Statement statement{sql, sql};
    const auto answer = await(database_->read({statement, std::move(parameters)}));
    if (!answer) return Failure(answer.error());
    return text(answer->rows.at(0).at(0));
  }

  support::TemporaryFolder folder_;
  DatabaseOptions options_{.url = "sqlite:" + folder_.file("functions.db"),
                           .functions = {{"join2", 2, &join}, {"refuse", 0, &refuse}}};
  std::unique_ptr<Database> database_ = open_database(options_).value();
};

TEST_F(SqliteFunctions, GetTheirArgumentsAsTextAndAnswerInAStatement) {
  EXPECT_EQ(read("SELECT join2($1, $2)", {"a", std::int64_t{-7}}).value(), "[a][-7]");
  EXPECT_EQ(read("SELECT join2('', 'na\xc3\xafve')").value(), "[][na\xc3\xafve]");
}

TEST_F(SqliteFunctions, RunInWritesToo) {
  const Migration migrations[] = {{1, "rows", "CREATE TABLE rows(body TEXT NOT NULL)"}};
  ASSERT_TRUE(database_->migrate(migrations));
  static constexpr Statement kInsert{"insert", "INSERT INTO rows SELECT join2('x', $1)"};
  Write write;
  write.calls.push_back({kInsert, {"y"}, Expect::one_row});
  ASSERT_TRUE(await(database_->write(std::move(write))).value());
  EXPECT_EQ(read("SELECT body FROM rows").value(), "[x][y]");
}

TEST_F(SqliteFunctions, NullExceptionsAndWrongCountsFailTheStatement) {
  for (const char* sql : {"SELECT join2(NULL, 'a')", "SELECT refuse()", "SELECT join2('a')"}) {
    const auto answer = read(sql);
    ASSERT_FALSE(answer) << sql;
    EXPECT_EQ(answer.error().code, ErrorCode::internal) << sql;
  }
  EXPECT_TRUE(read("SELECT refuse()").error().context.contains("not today"));
}

TEST_F(SqliteFunctions, AreOutOfReachOfTheSchemaOfTheFile) {
  const Migration migrations[] = {
      {1, "view", "CREATE VIEW joined AS SELECT join2('a', 'b') AS body"}};
  ASSERT_TRUE(database_->migrate(migrations));
  EXPECT_FALSE(read("SELECT body FROM joined"));
}

TEST_F(SqliteFunctions, ArePartOfSqliteOnly) {
  auto options = options_;
  options.url = "postgresql://nobody@127.0.0.1:1/none";
  const auto refused = open_database(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unprocessable);
}

}  // namespace
}  // namespace sovereign::sql
