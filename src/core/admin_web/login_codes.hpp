// One-time codes that sign a browser in: `opensentience open` asks for one and opens a page with
// it, so that the token itself never passes through a browser's address bar.
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

/// Loop thread only.
class LoginCodes {
 public:
  static constexpr std::chrono::minutes kLifetime{2};
  static constexpr std::size_t kMaxCodes = 8;  ///< Beyond these the oldest is forgotten.

  /// Both must outlive it.
  LoginCodes(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  /// 32 random bytes in base64url.
  std::string issue();
  /// Whether the code was good; it is not any more.
  bool redeem(std::string_view code);
  void forget_all() { codes_.clear(); }

 private:
  void drop_expired();

  const base::Clock& clock_;
  base::Random& random_;
  std::map<crypto::Digest256, base::SteadyTime> codes_;  ///< Until when.
};

}  // namespace sovereign::core
