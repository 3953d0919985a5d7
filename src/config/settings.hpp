// Settings of a program, from a table: each row says a setting's key in the TOML file, its
// environment variable, its flag, its bounds and what it means. Command line over environment over
// file over default.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace sovereign::config {

/// Where a value goes.
using Slot = std::variant<std::string*, std::int64_t*, bool*, std::vector<std::string>*>;

namespace detail {
template <typename Member>
struct ClassOf;
template <typename C, typename V>
struct ClassOf<V C::*> {
  using Class = C;
  using Value = V;
};
}  // namespace detail

/// A member of a program's settings.
struct Place {
  Slot (*in)(void* settings);
  bool is_list = false;
};

/// `place<&Settings::listen>`, for a row.
template <auto member>
inline constexpr Place place{
    .in = [](void* settings) -> Slot {
      using Class = typename detail::ClassOf<decltype(member)>::Class;
      return &(static_cast<Class*>(settings)->*member);
    },
    .is_list = std::is_same_v<typename detail::ClassOf<decltype(member)>::Value,
                              std::vector<std::string>>};

struct Row {
  std::string_view key;  ///< In the TOML file; the flag is "--" with '-' for '.' and '_'.
  std::string_view environment;
  Place place;
  std::string_view description;
  bool secret = false;  ///< Has no flag, and is masked when printed.
  std::span<const std::string_view> choices = {};
  std::int64_t minimum = 0;
  std::int64_t maximum = 1'000'000;
};

/// All settings of one program.
struct Table {
  std::span<const Row> rows;
  /// All variables that start so are settings; others of the prefix are refused as misspelt.
  std::string_view environment_prefix;
  /// Variables of the prefix that are no settings.
  std::span<const std::string_view> other_environment = {};
};

/// "--smtp-host" of "smtp.host"; empty for secrets.
std::string flag_of(const Row& row);

/// What the command line gave, by key; lists hold several.
using FlagValues = std::map<std::string, std::vector<std::string>, std::less<>>;
/// Reads an environment variable; null when unset.
using Environment = std::function<const char*(const char* name)>;

struct Sources {
  FlagValues flags;
  Environment environment;
  /// Names of all environment variables, to find misspelt ones.
  std::vector<std::string> environment_names;
  std::string file;  ///< Path of a TOML file; empty for none.
};

/// Merges the sources into `settings`, an object that the table's places are members of. Errors:
/// `unprocessable`; the detail names the setting, where it came from and what it may be, never its
/// value.
Result<void> load_into(const Table& table, const Sources& sources, void* settings);

template <typename Settings>
Result<Settings> load(const Table& table, const Sources& sources) {
  Settings settings;
  if (auto loaded = load_into(table, sources, &settings); !loaded) return Failure(loaded.error());
  return settings;
}

/// Shows a secret that is set: "***" unless the program knows better.
using Mask = std::string (*)(const Row& row, const std::string& value);

/// The settings as the TOML file that would give them, each key with its meaning. `settings` is
/// only read.
std::string print(const Table& table, void* settings, Mask mask);

}  // namespace sovereign::config
