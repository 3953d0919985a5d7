// A few documents that come from elsewhere, searched together with an index for a while: one
// ranking over both, without a change to the index.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "search/schema.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

/// A segment of its own of documents for overlay(); null when there are none. Of equal keys the
/// last wins. Some microseconds a document.
std::shared_ptr<const Segment> make_segment(const std::shared_ptr<const Schema>& schema,
                                            std::span<const Document> documents);

/// Whether the documents of the index are part of what is found.
enum class Below : std::uint8_t { shown, hidden };

/// The documents of `below`, unless hidden, and over them those of `segments` whose keys are new:
/// one that `below` or an earlier segment has is left out. All have the same schema.
std::shared_ptr<const Snapshot> overlay(const std::shared_ptr<const Schema>& schema,
                                        const Snapshot& below,
                                        std::span<const std::shared_ptr<const Segment>> segments,
                                        Below shown = Below::shown);

}  // namespace sovereign::search
