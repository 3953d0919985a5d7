// Merged results that a reader is paging through: the cursor names one, so that its pages fit
// together whatever peers answer meanwhile. One that is gone is made anew.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "registry/discovery/answers.hpp"
#include "search/snapshot.hpp"

namespace sovereign::registry {

struct ResultSet {
  std::uint64_t question = 0;  ///< Digest of what was asked, by whom it may be seen.
  std::shared_ptr<const search::Snapshot> agents;
  FederationStatus status;
};

/// "<id>.<cursor>": where a page ended, and in which set.
struct SetCursor {
  std::string set;
  std::string position;  ///< A cursor of discovery/cursor.hpp.
};
std::string encode_set_cursor(const SetCursor& cursor);
/// A cursor without a set has an empty one: from a search without peers, or another version.
SetCursor decode_set_cursor(std::string_view text);

/// Any thread.
class ResultSets {
 public:
  /// Few and short-lived, since each keeps a state of the catalog alive.
  static constexpr std::size_t kMost = 64;
  static constexpr std::chrono::minutes kLife{5};

  explicit ResultSets(base::Random& random) : random_(random) {}

  /// The id under which it is kept.
  std::string keep(ResultSet set, SteadyTime now);
  std::optional<ResultSet> find(std::string_view id, std::uint64_t question, SteadyTime now);

 private:
  struct Kept {
    std::string id;
    SteadyTime until;
    ResultSet set;
  };

  base::Random& random_;
  std::mutex mutex_;
  std::list<Kept> kept_;  ///< The newest last.
};

}  // namespace sovereign::registry
