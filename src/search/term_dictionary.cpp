#include "search/term_dictionary.hpp"

namespace sovereign::search {

TermDictionary::TermDictionary(StringTable terms, std::vector<StemForm> stems)
    : terms_(std::move(terms)), stems_(std::move(stems)), typos_(terms_), suffixes_(terms_) {}

std::vector<std::uint32_t> TermDictionary::with_stem(std::string_view stem) const {
  std::vector<std::uint32_t> found;
  const auto [first, last] =
      with_prefix(stem.substr(0, stem.size() < 2 ? stem.size() : stem.size() - 1));
  for (auto term = first; term < last; ++term) {
    // Of the right length, before the word itself is fetched from memory.
    const StemForm& form = stems_[term];
    if (form.kept <= stem.size() && form.gives(stem, terms_[term])) found.push_back(term);
  }
  return found;
}

std::size_t TermDictionary::memory_bytes() const {
  return terms_.memory_bytes() + typos_.memory_bytes() + suffixes_.memory_bytes() +
         stems_.capacity() * sizeof(StemForm);
}

}  // namespace sovereign::search
