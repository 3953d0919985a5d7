#include "infrastructure.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "blob/file_store.hpp"
#include "blob/s3_store.hpp"
#include "crypto/key_file.hpp"
#include "mail/outbox_mailer.hpp"
#include "mail/smtp_mailer.hpp"

namespace sovereign::registry_app {
namespace {

constexpr std::size_t kSecretBytes = 32;

std::size_t threads_or_cores(std::int64_t threads) {
  return threads > 0 ? static_cast<std::size_t>(threads)
                     : std::max(1U, std::thread::hardware_concurrency());
}

mail::SmtpSecurity smtp_security(std::string_view name) {
  if (name == "none") return mail::SmtpSecurity::none;
  return name == "tls" ? mail::SmtpSecurity::tls : mail::SmtpSecurity::starttls;
}

std::unique_ptr<mail::Mailer> make_mailer(Infrastructure& infrastructure) {
  const Settings& settings = infrastructure.settings;
  auto& pool = infrastructure.pools.mail;
  if (settings.smtp_host.empty()) {
    return std::make_unique<mail::OutboxMailer>(
        std::filesystem::absolute(settings.data_dir) / "outbox", settings.mail_from, pool,
        infrastructure.clock, infrastructure.random);
  }
  return std::make_unique<mail::SmtpMailer>(
      mail::SmtpOptions{.host = settings.smtp_host,
                        .port = static_cast<std::uint16_t>(settings.smtp_port),
                        .security = smtp_security(settings.smtp_security),
                        .username = settings.smtp_username,
                        .password = settings.smtp_password,
                        .from = settings.mail_from},
      pool, infrastructure.clock, infrastructure.random);
}

}  // namespace

std::filesystem::path blob_folder(const Settings& settings) {
  return std::filesystem::absolute(settings.data_dir) / "blobs";
}

std::unique_ptr<blob::Store> make_blob_store(const Settings& settings, http::Client& client,
                                             async::WorkerPool& pool, base::Random& random) {
  if (settings.s3_endpoint.empty()) {
    return std::make_unique<blob::FileStore>(blob_folder(settings), pool);
  }
  return std::make_unique<blob::S3Store>(
      blob::S3Options{.location = s3_location(settings),
                      .region = settings.s3_region,
                      .access_key_id = settings.s3_access_key_id,
                      .secret_access_key = settings.s3_secret_access_key},
      client, pool, random);
}

operations::LogSettings log_settings(const Settings& settings) {
  return {.level = settings.log_level,
          .format = settings.log_format,
          .file = settings.log_file,
          .access = settings.access_log};
}

WorkerPools::WorkerPools(const Settings& settings)
    : passwords({.name = "passwords",
                 .threads = threads_or_cores(settings.password_threads),
                 .queue_limit = 64}),
      mail({.name = "mail", .threads = 2, .queue_limit = 256}),
      outbound({.name = "outbound", .threads = 4, .queue_limit = 64}),
      indexing({.name = "indexing", .threads = 1, .queue_limit = 64}),
      blobs({.name = "blobs", .threads = 4, .queue_limit = 256}) {}

Result<OpenedStore> open_for_serving(const Settings& settings, telemetry::Log& log) {
  const auto folder = prepare_data_dir(settings);
  if (!folder) return Failure(folder.error());
  auto lock = lock_data_dir(*folder);
  if (!lock) return Failure(lock.error());
  auto secret = settings.jwt_secret_key;
  if (secret.empty()) {
    crypto::SystemRandom random;
    auto key = crypto::load_or_create_key(*folder / "jwt.key", kSecretBytes, random);
    if (!key) return Failure(key.error());
    secret = std::move(*key);
  }
  auto federation_key = open_federation_key(settings);
  if (!federation_key) return Failure(federation_key.error());
  auto shared = SharedStore::open(settings, secret, log);
  if (!shared) return Failure(shared.error());
  if (settings.s3_endpoint.empty()) {
    if (auto made = blob::FileStore::prepare(blob_folder(settings)); !made) {
      return Failure(made.error());
    }
  }
  auto database = open_store(settings);
  if (!database) return Failure(database.error());
  return OpenedStore{.lock = std::move(*lock),
                     .database = std::move(*database),
                     .secret = std::move(secret),
                     .federation_key = std::move(*federation_key),
                     .shared = std::move(*shared)};
}

Infrastructure::Infrastructure(const Settings& all_settings, telemetry::Log& program_log,
                               OpenedStore opened)
    : settings(all_settings),
      log(program_log),
      store(std::move(opened)),
      pools(all_settings),
      blobs(make_blob_store(all_settings, http_client, pools.blobs, random)),
      signer(store.secret, {}, {.issuer = all_settings.token_issuer}),
      hasher({}, random),
      mailer(make_mailer(*this)),
      access_log(operations::access_log_options(log_settings(all_settings)), clock) {}

}  // namespace sovereign::registry_app
