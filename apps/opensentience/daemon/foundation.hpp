// What the daemon's features stand on: the home folder and its lock, clocks, randomness, threads,
// keys, the database, logs and metrics. Made in this order, taken apart in reverse.
#pragma once

#include <memory>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/file_lock.hpp"
#include "core/admin_web/admin_token.hpp"
#include "core/audit/audit_chain.hpp"
#include "core/home.hpp"
#include "core/redaction/redactor.hpp"
#include "crypto/random.hpp"
#include "crypto/signature.hpp"
#include "daemon/settings.hpp"
#include "process/spawner.hpp"
#include "sql/database.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::opensentience {

struct Foundation {
  /// Opens everything. Blocks. Errors say what to do.
  static Result<std::unique_ptr<Foundation>> open(core::Home home, Settings settings,
                                                  telemetry::Log& log);
  Foundation(core::Home home_folder, Settings all_settings, telemetry::Log& program_log,
             base::FileLock taken);

  const core::Home home;
  const Settings settings;
  telemetry::Log& log;
  base::FileLock lock;
  const base::SystemClock clock;
  crypto::SystemRandom random;
  telemetry::Metrics metrics;
  telemetry::AccessLog access_log;
  core::Redactor redactor;
  core::SecretHandle token_secret;  ///< Keeps the admin token out of logs.
  async::WorkerPool files;          ///< Trees, manifests, logs, the audit log's checkpoints.
  async::WorkerPool scans;          ///< Walks over folders, which may take long.
  process::Spawner spawner;
  core::AuditChain chain;
  std::optional<crypto::Ed25519Key> audit_key;
  std::optional<core::AdminToken> token;
  std::unique_ptr<sql::Database> database;
};

}  // namespace sovereign::opensentience
