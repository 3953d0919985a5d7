// Sends letters in the background, so that no request waits for a mail server.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <atomic>

#include "mail/mailer.hpp"
#include "registry/accounts/postbox.hpp"
#include "telemetry/log.hpp"

namespace sovereign::registry_app {

class MailPostbox final : public registry::Postbox {
 public:
  static constexpr std::size_t kMaxWaiting =
      1000;  ///< Letters on their way; more are dropped, and logged.

  /// `executor` runs the sending; all must outlive the letters on their way.
  MailPostbox(mail::Mailer& mailer, telemetry::Log& log, boost::asio::any_io_executor executor)
      : mailer_(mailer), log_(log), executor_(std::move(executor)) {}

  void post(mail::Message message) override;

 private:
  Task<void> send(mail::Message message);

  mail::Mailer& mailer_;
  telemetry::Log& log_;
  boost::asio::any_io_executor executor_;
  std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace sovereign::registry_app
