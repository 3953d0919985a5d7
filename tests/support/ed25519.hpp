// Signs as an agent would, for tests of what checks signatures.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace sovereign::support {

/// The key of RFC 8032 section 7.1, test 1; its JWK is in RFC 8037 appendix A.
inline constexpr std::string_view kSecretKey =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
inline constexpr std::string_view kPublicKeyX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// An Ed25519 signature over `text` by that key, in base64url.
inline std::string sign_ed25519(std::string_view text) {
  const auto secret = base::from_hex(kSecretKey).value();
  auto* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size());
  auto* context = EVP_MD_CTX_new();
  std::array<std::uint8_t, 64> signature{};
  std::size_t size = signature.size();
  const auto bytes = base::as_bytes(text);
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key);
  EVP_DigestSign(context, signature.data(), &size, bytes.data(), bytes.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return base::to_base64url(signature);
}

}  // namespace sovereign::support
