// What services stand on: clocks, randomness, threads, the database, keys, mail, logs and metrics.
#pragma once

#include <array>
#include <memory>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "blob/store.hpp"
#include "crypto/jwt.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"
#include "http/client.hpp"
#include "mail/mailer.hpp"
#include "operations/program.hpp"
#include "settings.hpp"
#include "shared_store.hpp"
#include "sql/database.hpp"
#include "store_access.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::registry_app {

/// Where the settings want logs.
operations::LogSettings log_settings(const Settings& settings);

/// Threads for work that blocks, kept apart so that one kind cannot starve another.
struct WorkerPools {
  explicit WorkerPools(const Settings& settings);
  std::array<async::WorkerPool*, 5> all() {
    return {&passwords, &mail, &outbound, &indexing, &blobs};
  }

  async::WorkerPool passwords;
  async::WorkerPool mail;      ///< A mail server may hold a thread for its whole time-out.
  async::WorkerPool outbound;  ///< So may a name server that is asked for a proof.
  async::WorkerPool indexing;  ///< Large merges of the search index.
  async::WorkerPool blobs;     ///< Files of artifacts.
};

/// What had to be opened, and could fail.
struct OpenedStore {
  std::optional<base::FileLock> lock;
  std::unique_ptr<sql::Database> database;
  std::unique_ptr<sql::Database> replica = nullptr;  ///< For reads that may lag; null without one.
  std::string secret;                                ///< Signs tokens, seals replayed answers.
  registry::FederationKey federation_key;
  std::unique_ptr<SharedStore> shared;
};
/// `log` must outlive what was opened.
Result<OpenedStore> open_for_serving(const Settings& settings, telemetry::Log& log);

/// Where artifacts are kept: S3 when that is configured, else `data_dir`/blobs.
std::unique_ptr<blob::Store> make_blob_store(const Settings& settings, http::Client& client,
                                             async::WorkerPool& pool, base::Random& random);

struct Infrastructure {
  Infrastructure(const Settings& settings, telemetry::Log& log, OpenedStore opened);

  const Settings& settings;
  telemetry::Log& log;
  const base::SystemClock clock;
  crypto::SystemRandom random;
  OpenedStore store;
  WorkerPools pools;
  http::Client http_client;  ///< For all requests to other servers.
  std::unique_ptr<blob::Store> blobs;
  const crypto::JwtSigner signer;
  const crypto::PasswordHasher hasher;
  std::unique_ptr<mail::Mailer> mailer;
  telemetry::AccessLog access_log;
  telemetry::Metrics metrics;
};

}  // namespace sovereign::registry_app
