// The Core's database in a folder of its own, migrated, with what chains its audit log.
#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/audit/audit_chain.hpp"
#include "core/migrations.hpp"
#include "core/redaction/redactor.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::support {

class CoreDatabase {
 public:
  explicit CoreDatabase(std::chrono::milliseconds timeout = std::chrono::milliseconds(5000))
      : database_(make(timeout)) {}

  sql::Database& get() { return *database_; }
  core::Redactor& redactor() { return redactor_; }
  core::AuditChain& chain() { return chain_; }
  const TemporaryFolder& folder() const { return folder_; }
  std::string path() const { return folder_.file("core.sqlite3"); }

  /// Another one over the same file.
  std::unique_ptr<sql::Database> open(std::chrono::milliseconds timeout) {
    auto opened = sql::open_database(
        {.url = "sqlite:" + path(), .timeout = timeout, .functions = chain_.functions()});
    if (!opened) throw std::runtime_error(opened.error().context);
    return std::move(*opened);
  }
  /// Closes it: all is in the one file then.
  void close() { database_.reset(); }
  void reopen() { database_ = open(std::chrono::milliseconds(5000)); }

 private:
  /// The bytes of a migrated database, made once a process: migrating takes a while.
  static const std::string& migrated_file() {
    static const std::string kBytes = [] {
      const TemporaryFolder folder("core-template");
      const std::string path = folder.file("core.sqlite3");
      auto database = sql::open_database({.url = "sqlite:" + path});
      if (!database) throw std::runtime_error(database.error().context);
      const auto migrated = (*database)->migrate(core::migrations());
      if (!migrated) throw std::runtime_error(migrated.error().context);
      database->reset();
      std::ifstream file(path, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return kBytes;
  }
  std::unique_ptr<sql::Database> make(std::chrono::milliseconds timeout) {
    std::ofstream(path(), std::ios::binary) << migrated_file();
    return open(timeout);
  }

  TemporaryFolder folder_{"core"};
  core::Redactor redactor_;
  core::AuditChain chain_{redactor_};
  std::unique_ptr<sql::Database> database_;
};

}  // namespace sovereign::support
