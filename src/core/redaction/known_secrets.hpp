// Secrets whose exact value is known. Any thread.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/redaction/redactor.hpp"

namespace sovereign::core {

class KnownSecrets {
 public:
  ~KnownSecrets();

  /// A number to remove it by; 0 when it is too short to be taken.
  std::size_t add(std::string secret);
  void remove(std::size_t number);

  /// `text` with every secret in it replaced, the longest where several begin.
  std::string replace(std::string text, RedactionStats& stats) const;

 private:
  /// What a search needs; never changed, so that a search holds no lock.
  struct Index {
    static constexpr std::size_t kFilterBits = 4096;
    ~Index();
    const std::string* match(std::string_view text) const;

    std::bitset<kFilterBits> filter;   ///< Of the first bytes' hashes.
    std::vector<std::string> secrets;  ///< Longest first.
  };

  void rebuild();

  mutable std::mutex mutex_;
  std::map<std::size_t, std::string> secrets_;
  std::size_t last_number_ = 0;
  std::shared_ptr<const Index> index_;  ///< Null when there are no secrets.
};

}  // namespace sovereign::core
