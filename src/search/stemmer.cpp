#include "search/stemmer.hpp"

#include <libstemmer.h>

#include <algorithm>
#include <new>

namespace sovereign::search {
namespace {

// About 4 MB; a registry of 100 000 agents has some 50 000 words.
constexpr std::size_t remembered_words = 100'000;

bool all_letters(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

StemForm unchanged(std::string_view word) {
  return {.kept = static_cast<std::uint8_t>(word.size()), .tail = {}};
}

}  // namespace

StemCache::StemCache() : stemmer_(sb_stemmer_new("english", "UTF_8")) {
  if (stemmer_ == nullptr) throw std::bad_alloc();
}

StemCache::~StemCache() { sb_stemmer_delete(stemmer_); }

StemForm StemCache::form(std::string_view word) {
  if (word.size() < 3 || !all_letters(word)) return unchanged(word);
  if (words_.size() >= remembered_words) {
    words_ = Interner();
    forms_.clear();
  }
  const auto number = words_.intern(word);
  if (number == forms_.size()) forms_.push_back(compute(word));
  return forms_[number];
}

std::string StemCache::stem(std::string_view word) {
  const auto made = form(word);
  return std::string(word.substr(0, made.kept)) + std::string(made.tail_text());
}

StemForm StemCache::compute(std::string_view word) const {
  const auto* symbols = reinterpret_cast<const sb_symbol*>(word.data());
  const auto* stemmed = sb_stemmer_stem(stemmer_, symbols, static_cast<int>(word.size()));
  if (stemmed == nullptr) return unchanged(word);
  const std::string_view stem(reinterpret_cast<const char*>(stemmed),
                              static_cast<std::size_t>(sb_stemmer_length(stemmer_)));
  const auto kept = std::ranges::mismatch(word, stem).in2 - stem.begin();
  const auto tail = stem.substr(static_cast<std::size_t>(kept));
  StemForm form{.kept = static_cast<std::uint8_t>(kept), .tail = {}};
  if (tail.size() > form.tail.size()) return unchanged(word);
  std::ranges::copy(tail, form.tail.begin());
  return form;
}

}  // namespace sovereign::search
