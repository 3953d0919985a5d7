#include "search/stemmer.hpp"

#include <libstemmer.h>

#include <algorithm>
#include <new>

namespace sovereign::search {
namespace {

// About 8 MB; a registry of 100 000 agents has some 50 000 words.
constexpr std::size_t remembered_stems = 100'000;

bool all_letters(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

StemCache::StemCache() : stemmer_(sb_stemmer_new("english", "UTF_8")) {
  if (stemmer_ == nullptr) throw std::bad_alloc();
}

StemCache::~StemCache() { sb_stemmer_delete(stemmer_); }

std::string_view StemCache::stem(std::string_view word) {
  if (word.size() < 3 || !all_letters(word)) return word;
  if (const auto known = stems_.find(word); known != stems_.end()) return known->second;
  if (stems_.size() >= remembered_stems) stems_.clear();
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const auto* stemmed = sb_stemmer_stem(stemmer_, symbols, static_cast<int>(word.size()));
  std::string stem(word);
  if (stemmed != nullptr) {
    stem.assign(reinterpret_cast<const char*>(stemmed), sb_stemmer_length(stemmer_));
  }
  return stems_.emplace(word, std::move(stem)).first->second;
}

}  // namespace sovereign::search
