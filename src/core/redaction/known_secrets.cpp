#include "core/redaction/known_secrets.hpp"

#include <algorithm>
#include <cstring>

#include "crypto/digest.hpp"

namespace sovereign::core {
namespace {

/// Of the first kMinSecretBytes of `text`.
std::size_t filter_bit(std::string_view text, std::size_t bits) {
  static_assert(Redactor::kMinSecretBytes == sizeof(std::uint64_t));
  std::uint64_t head = 0;
  std::memcpy(&head, text.data(), sizeof head);
  return static_cast<std::size_t>((head * 0x9e3779b97f4a7c15U) >> 32U) % bits;
}

}  // namespace

KnownSecrets::Index::~Index() {
  for (std::string& secret : secrets) crypto::wipe(secret);
}

const std::string* KnownSecrets::Index::match(std::string_view text) const {
  if (!filter.test(filter_bit(text, kFilterBits))) return nullptr;
  const auto found = std::ranges::find_if(
      secrets, [&](const std::string& secret) { return text.starts_with(secret); });
  return found == secrets.end() ? nullptr : &*found;
}

KnownSecrets::~KnownSecrets() {
  for (auto& [number, secret] : secrets_) crypto::wipe(secret);
}

std::size_t KnownSecrets::add(std::string secret) {
  if (secret.size() < Redactor::kMinSecretBytes) return 0;
  const std::lock_guard lock(mutex_);
  secrets_.emplace(++last_number_, std::move(secret));
  rebuild();
  return last_number_;
}

void KnownSecrets::remove(std::size_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = secrets_.find(number);
  if (found == secrets_.end()) return;
  crypto::wipe(found->second);
  secrets_.erase(found);
  rebuild();
}

void KnownSecrets::rebuild() {
  if (secrets_.empty()) {
    index_.reset();
    return;
  }
  auto index = std::make_shared<Index>();
  for (const auto& [number, secret] : secrets_) {
    index->filter.set(filter_bit(secret, Index::kFilterBits));
    index->secrets.push_back(secret);
  }
  std::ranges::sort(index->secrets, std::ranges::greater(), &std::string::size);
  index_ = std::move(index);
}

std::string KnownSecrets::replace(std::string text, RedactionStats& stats) const {
  std::shared_ptr<const Index> index;
  {
    const std::lock_guard lock(mutex_);
    index = index_;
  }
  if (index == nullptr || text.size() < Redactor::kMinSecretBytes) return text;
  std::string out;
  std::size_t copied = 0;
  std::size_t at = 0;
  while (at + Redactor::kMinSecretBytes <= text.size()) {
    ++stats.steps;
    const std::string* secret = index->match(std::string_view(text).substr(at));
    if (secret == nullptr) {
      ++at;
      continue;
    }
    out.append(text, copied, at - copied).append(kRedacted);
    at += secret->size();
    copied = at;
    ++stats.redacted;
  }
  if (copied == 0) return text;
  out.append(text, copied);
  crypto::wipe(text);
  return out;
}

}  // namespace sovereign::core
