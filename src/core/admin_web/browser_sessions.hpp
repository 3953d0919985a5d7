// Browsers that have signed in: in memory only, so that a restart ends them all.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"

namespace sovereign::core {

inline constexpr std::string_view kSessionCookie = "opensentience_session";

struct BrowserSession {
  std::string name;        ///< For people and the audit log: "web:3f9a01bc". No secret.
  std::string csrf_token;  ///< Must come back in X-CSRF-Token with what changes something.
  base::Timestamp started{};
  base::Timestamp last_used{};
};

/// Loop thread only. Keeps digests of the cookies' values, not the values.
class BrowserSessions {
 public:
  static constexpr std::chrono::hours kIdle{12};
  static constexpr std::chrono::hours kLifetime{7 * 24};
  static constexpr std::size_t kMaxSessions = 64;

  /// Both must outlive it.
  BrowserSessions(const base::Clock& clock, base::Random& random)
      : clock_(clock), random_(random) {}

  struct Opened {
    std::string cookie;             ///< The only copy: 32 random bytes in base64url.
    const BrowserSession* session;  ///< Valid until the next call that is not const.
  };
  /// A session under a new value, whatever the browser sent before. Beyond kMaxSessions the one
  /// that was used longest ago ends.
  Opened open();

  /// The session of this cookie, which counts as used now; null when there is none or its time is
  /// over. Valid until the next call that is not const.
  const BrowserSession* use(std::string_view cookie);

  /// Whether the session of this name has not ended. Does not count as use.
  bool is_open(std::string_view name) const;

  void close(std::string_view cookie);
  /// How many there were.
  std::size_t close_all();

  std::size_t size() const { return sessions_.size(); }
  /// When it ends if it is not used again.
  static base::Timestamp expiry_of(const BrowserSession& session);

 private:
  void drop_expired();

  const base::Clock& clock_;
  base::Random& random_;
  std::map<crypto::Digest256, BrowserSession> sessions_;
};

}  // namespace sovereign::core
