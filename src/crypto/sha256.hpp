// SHA-256 of what comes in pieces (FIPS 180-4).
#pragma once

#include <memory>
#include <string_view>

#include "crypto/digest.hpp"

namespace sovereign::crypto {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The digest of all that was given; the object starts anew after it.
  Digest256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sovereign::crypto
