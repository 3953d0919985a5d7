// What a walk means for the catalog: a pure decision, as changes to be written.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/catalog/agent_record.hpp"
#include "core/discovery/walk.hpp"

namespace sovereign::core {

enum class LocalChange {
  added,    ///< Was not known, or gone.
  changed,  ///< Another manifest.
  moved,    ///< Another folder holds the id now, since the former does not any more.
  noted,    ///< The same manifest; its git metadata differ.
};

/// The manifest of a known agent is there, but cannot even be listed now.
struct BrokenManifest {
  AgentId agent;
  std::string hash;  ///< Empty when it could not be read.
  ManifestProblem problem;
};

struct LocalUpdate {
  LocalChange change;
  const FoundManifest* found;                 ///< Of the walk.
  std::shared_ptr<const AgentRecord> before;  ///< Null with `added` when nothing was known.
};

struct Shadow {
  AgentId agent;
  ShadowedCopy copy;
};

struct Reconciliation {
  std::vector<LocalUpdate> updates;
  std::size_t unchanged = 0;           ///< `noted` ones included.
  std::vector<BrokenManifest> broken;  ///< Those that are not so already.
  std::vector<AgentId> missing;
  std::vector<Shadow> shadowed;       ///< New, or with another hash.
  std::vector<Shadow> unshadowed;     ///< There no more, or the holder now.
  std::vector<WalkProblem> problems;  ///< Manifests without an id.
};

using Records = std::vector<std::shared_ptr<const AgentRecord>>;

/// An installed agent keeps its id whatever lies in folders; else the folder that held it keeps it
/// as long as it has a manifest; else the first found. After a partial walk nothing is missing.
Reconciliation reconcile(const Walk& walk, const Records& known);

}  // namespace sovereign::core
