#include "search/string_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

namespace sovereign::search {

std::uint64_t string_prefix(std::string_view text) {
  std::uint64_t value = 0;
  if (!text.empty()) std::memcpy(&value, text.data(), std::min<std::size_t>(text.size(), 8));
  return __builtin_bswap64(value);
}

std::uint32_t StringTable::lower_bound(std::string_view text) const {
  const auto prefix = string_prefix(text);
  auto [first, last] = std::ranges::equal_range(prefixes_, prefix);
  std::size_t low = static_cast<std::size_t>(first - prefixes_.begin());
  std::size_t high = static_cast<std::size_t>(last - prefixes_.begin());
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (strings_[middle] < text) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return static_cast<std::uint32_t>(low);
}

std::optional<std::uint32_t> StringTable::find(std::string_view text) const {
  const auto at = lower_bound(text);
  if (at < size() && strings_[at] == text) return at;
  return std::nullopt;
}

std::pair<std::uint32_t, std::uint32_t> StringTable::with_prefix(std::string_view prefix) const {
  const auto first = lower_bound(prefix);
  // 0xFF is in no UTF-8 text, so this is above all that begin with the prefix.
  const auto last = lower_bound(std::string(prefix) + '\xFF');
  return {first, last};
}

std::uint32_t Interner::intern(std::string_view text) {
  if (strings_.size() * 2 >= slots_.size()) grow();
  const auto full = std::hash<std::string_view>{}(text);
  const auto hash = static_cast<std::uint32_t>(full ^ full >> 32);
  const auto mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.number == 0) {
      strings_.push_back(text);
      slot = {hash, static_cast<std::uint32_t>(strings_.size())};
      return slot.number - 1;
    }
    if (slot.hash == hash && strings_[slot.number - 1] == text) return slot.number - 1;
  }
}

void Interner::grow() {
  std::vector<Slot> larger(std::max<std::size_t>(slots_.size() * 2, 64));
  const auto mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == 0) continue;
    std::size_t at = slot.hash & mask;
    while (larger[at].number != 0) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

std::vector<std::uint32_t> sorted_order(const StringList& strings) {
  struct Entry {
    std::uint64_t prefix;
    std::uint32_t number;
  };
  std::vector<Entry> entries(strings.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) entries[i] = {string_prefix(strings[i]), i};
  std::ranges::sort(entries, [&](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const auto order = strings[a.number] <=> strings[b.number];
    return order != 0 ? order < 0 : a.number < b.number;
  });
  std::vector<std::uint32_t> order(entries.size());
  std::ranges::transform(entries, order.begin(), &Entry::number);
  return order;
}

}  // namespace sovereign::search
