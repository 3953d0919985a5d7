// Sends mail through a mail server (RFC 5321), with libcurl on a worker pool.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "mail/mailer.hpp"

namespace sovereign::mail {

enum class SmtpSecurity {
  none,      ///< Only for a server on the same machine.
  starttls,  ///< TLS is demanded after connecting; usually port 587.
  tls,       ///< TLS from the start; usually port 465.
};

struct SmtpOptions {
  std::string host;
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::starttls;
  std::string username;  ///< Empty: no authentication.
  std::string password;
  std::string from;                           ///< A bare address.
  std::chrono::milliseconds timeout{15'000};  ///< For a whole mail, connecting included.
};

class SmtpMailer final : public Mailer {
 public:
  /// Throws std::invalid_argument for a host that is not a name or address, or a `from` that is not
  /// an address. `pool`, `clock` and `random` must outlive the mailer.
  SmtpMailer(SmtpOptions options, async::WorkerPool& pool, const Clock& clock,
             base::Random& random);

  /// Certificates are always checked. Nothing is tried twice: the caller knows what a retry costs.
  Task<void> send(Message message) override;

 private:
  const SmtpOptions options_;
  async::WorkerPool& pool_;
  const Clock& clock_;
  base::Random& random_;
};

}  // namespace sovereign::mail
