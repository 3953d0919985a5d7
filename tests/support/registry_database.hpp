// A temporary database with the registry's schema, on either engine.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "registry/ids.hpp"
#include "registry/migrations.hpp"
#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/private_postgres.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::support {

enum class Engine { sqlite, postgresql };

inline std::string name_of(Engine engine) {
  return engine == Engine::sqlite ? "sqlite" : "postgresql";
}

/// A temporary database with the registry's schema.
class RegistryDatabase {
 public:
  explicit RegistryDatabase(Engine engine = Engine::sqlite)
      : url_(engine == Engine::sqlite ? "sqlite:" + folder_.file("registry.db")
                                      : PrivatePostgres::shared().url_of_new_schema()),
        database_(open()) {
    EXPECT_TRUE(database_->migrate(registry::migrations()));
  }

  /// Another set of connections to it, as another process would have.
  std::unique_ptr<sql::Database> open(std::size_t connections = 4) const {
    auto opened = sql::open_database({.url = url_, .connections = connections});
    if (!opened) throw std::runtime_error(opened.error().detail + " " + opened.error().context);
    return std::move(*opened);
  }
  sql::Database& operator*() const { return *database_; }
  sql::Database* operator->() const { return database_.get(); }
  sql::Database& get() const { return *database_; }
  const TemporaryFolder& folder() const { return folder_; }

  registry::UserId add_user(std::string_view name, base::Random& random) const {
    static constexpr sql::Statement kInsert{
        "test.add_user",
        "INSERT INTO users (id, email, email_key, username, username_key, password_hash, role, "
        "is_active, is_verified, created_at, updated_at) VALUES ($1, $2, $2, $3, $3, 'x', "
        "'developer', 1, 1, 0, 0)"};
    const auto id = registry::UserId::generate(random);
    const std::string text(name);
    sql::Write write;
    write.calls.push_back({kInsert, {id.to_string(), text + "@example.com", text}});
    const auto written = await(database_->write(std::move(write)));
    if (!written || !*written) throw std::runtime_error("user not added");
    return id;
  }

  std::int64_t count(const sql::Statement& statement,
                     std::vector<sql::Value> parameters = {}) const {
    sql::Call call{statement, std::move(parameters)};
    return sql::integer(await(database_->read(std::move(call))).value().rows.at(0).at(0));
  }

 private:
  TemporaryFolder folder_{"registry"};
  const std::string url_;
  std::unique_ptr<sql::Database> database_;
};

}  // namespace sovereign::support
