// The members of a manifest, once it is known to be a JSON object within its bounds.
#pragma once

#include "core/manifest/manifest.hpp"
#include "json/parse.hpp"

namespace sovereign::core {

/// All but the hash of the document.
ManifestReading read_members(const json::Object& document, IdRule rule);

}  // namespace sovereign::core
