#include "core/admin_web/browser_sessions.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/random.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kCookieCharacters = 43;  // 32 random bytes in base64url.
constexpr std::size_t kNameBytes = 4;

std::string name_of_session(base::Random& random) {
  std::array<std::uint8_t, kNameBytes> bytes;
  random.fill(bytes);
  return "web:" + base::to_hex(bytes);
}

}  // namespace

BrowserSessions::Opened BrowserSessions::open() {
  drop_expired();
  if (sessions_.size() >= kMaxSessions) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& entry) { return entry.second.last_used; }));
  }
  const auto now = clock_.now();
  auto cookie = crypto::random_token(random_, kCookieCharacters, crypto::Alphabet::url_safe);
  BrowserSession session{
      .name = name_of_session(random_),
      .csrf_token = crypto::random_token(random_, kCookieCharacters, crypto::Alphabet::url_safe),
      .started = now,
      .last_used = now};
  const auto added = sessions_.insert_or_assign(crypto::sha256(cookie), std::move(session));
  return {.cookie = std::move(cookie), .session = &added.first->second};
}

const BrowserSession* BrowserSessions::use(std::string_view cookie) {
  const auto found = sessions_.find(crypto::sha256(cookie));
  if (found == sessions_.end()) return nullptr;
  const auto now = clock_.now();
  if (now >= expiry_of(found->second)) {
    sessions_.erase(found);
    return nullptr;
  }
  found->second.last_used = std::max(now, found->second.last_used);
  return &found->second;
}

bool BrowserSessions::is_open(std::string_view name) const {
  const auto now = clock_.now();
  return std::ranges::any_of(sessions_, [&](const auto& entry) {
    return entry.second.name == name && now < expiry_of(entry.second);
  });
}

void BrowserSessions::close(std::string_view cookie) { sessions_.erase(crypto::sha256(cookie)); }

std::size_t BrowserSessions::close_all() {
  const auto count = sessions_.size();
  sessions_.clear();
  return count;
}

base::Timestamp BrowserSessions::expiry_of(const BrowserSession& session) {
  return std::min<base::Timestamp>(session.last_used + kIdle, session.started + kLifetime);
}

void BrowserSessions::drop_expired() {
  const auto now = clock_.now();
  std::erase_if(sessions_, [now](const auto& entry) { return now >= expiry_of(entry.second); });
}

}  // namespace sovereign::core
