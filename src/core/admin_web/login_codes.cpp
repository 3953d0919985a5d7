#include "core/admin_web/login_codes.hpp"

#include <algorithm>

#include "crypto/random.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kCharacters = 43;  // 32 random bytes in base64url.

}  // namespace

std::string LoginCodes::issue() {
  drop_expired();
  if (codes_.size() >= kMaxCodes) {
    codes_.erase(
        std::ranges::min_element(codes_, {}, [](const auto& entry) { return entry.second; }));
  }
  auto code = crypto::random_token(random_, kCharacters, crypto::Alphabet::url_safe);
  codes_.insert_or_assign(crypto::sha256(code), clock_.steady_now() + kLifetime);
  return code;
}

bool LoginCodes::redeem(std::string_view code) {
  drop_expired();
  return codes_.erase(crypto::sha256(code)) > 0;
}

void LoginCodes::drop_expired() {
  const auto now = clock_.steady_now();
  std::erase_if(codes_, [now](const auto& entry) { return now >= entry.second; });
}

}  // namespace sovereign::core
