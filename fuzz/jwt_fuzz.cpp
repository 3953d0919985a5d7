// Feeds bytes to the token verifier twice: as a whole token, and as the claims of one that is
// rightly signed, which is how they reach the claims parser. What is accepted must survive signing
// again.
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "crypto/jwt.hpp"

namespace crypto = sovereign::crypto;
namespace base = sovereign::base;

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr sovereign::Timestamp kNow{std::chrono::seconds{1'750'000'000}};

void check(const crypto::JwtSigner& signer, std::string_view token) {
  const auto claims = signer.verify(token, kNow);
  if (!claims) return;
  const auto again = signer.sign(*claims);
  if (again.size() > crypto::kMaxTokenBytes) return;
  if (signer.verify(again, kNow) != claims) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::JwtSigner signer(kSecret);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(signer, text);
  std::string token =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + base::to_base64url(base::as_bytes(text));
  token += "." + base::to_base64url(crypto::hmac_sha256(kSecret, token));
  check(signer, token);
  return 0;
}
