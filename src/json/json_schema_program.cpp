#include "json/json_schema_program.hpp"

namespace sovereign::json::schema {

NameTable::Entry& NameTable::entry(std::string_view name) {
  const auto [place, is_new] = places_.try_emplace(std::string(name), entries_.size());
  if (is_new) entries_.push_back({.name = std::string(name)});
  return entries_[place->second];
}

const NameTable::Entry* NameTable::find(std::string_view name) const {
  if (entries_.size() <= kCompared) {
    for (const auto& entry : entries_) {
      if (entry.name == name) return &entry;
    }
    return nullptr;
  }
  const auto place = places_.find(name);
  return place == places_.end() ? nullptr : &entries_[place->second];
}

}  // namespace sovereign::json::schema
