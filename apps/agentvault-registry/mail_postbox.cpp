#include "mail_postbox.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace sovereign::registry_app {

void MailPostbox::post(mail::Message message) {
  if (waiting_.fetch_add(1) >= kMaxWaiting) {
    waiting_.fetch_sub(1);
    log_.error("mail_dropped", {{"reason", "too many letters are waiting"}});
    return;
  }
  boost::asio::co_spawn(
      executor_, send(std::move(message)), [this](std::exception_ptr error, Result<void> sent) {
        waiting_.fetch_sub(1);
        if (error || !sent) {
          log_.error("mail_not_sent", {{"reason", error ? "exception" : sent.error().detail}});
        }
      });
}

Task<void> MailPostbox::send(mail::Message message) {
  auto sending = mailer_.send(std::move(message));
  co_return co_await std::move(sending);
}

}  // namespace sovereign::registry_app
