-- Every agent the Core knows: found in a folder, listed by a registry, installed. Times are
-- microseconds since 1970 (UTC), lists are JSON arrays of strings, states are the words of
-- src/core/state.hpp. What is approved is in permission_approvals, what runs in memory and in runs.

CREATE TABLE agents (
  agent_id TEXT PRIMARY KEY,
  origin TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL,
  keywords TEXT NOT NULL DEFAULT '[]',
  integration_points TEXT NOT NULL DEFAULT '[]',
  capabilities TEXT NOT NULL DEFAULT '[]',
  permissions TEXT NOT NULL DEFAULT '[]',
  -- The manifest that holds: of the installed tree, else of the local folder; empty for remote ones.
  manifest_path TEXT NOT NULL DEFAULT '',
  manifest_hash TEXT NOT NULL DEFAULT '',
  permissions_hash TEXT NOT NULL DEFAULT '',
  -- JSON array of {path, code, message, severity}.
  problems TEXT NOT NULL DEFAULT '[]',
  is_runnable BIGINT NOT NULL DEFAULT 0,
  -- Where it comes from; URLs without user information.
  git_url TEXT NOT NULL DEFAULT '',
  git_ref TEXT NOT NULL DEFAULT '',
  git_commit TEXT NOT NULL DEFAULT '',
  git_tree TEXT NOT NULL DEFAULT '',
  registry TEXT NOT NULL DEFAULT '',
  registry_commit TEXT NOT NULL DEFAULT '',
  expected_manifest_hash TEXT NOT NULL DEFAULT '',
  -- As the registry says; information, never authority.
  verification_level BIGINT NOT NULL DEFAULT 0,
  trust_score DOUBLE PRECISION,
  is_deprecated BIGINT NOT NULL DEFAULT 0,
  replacement_id TEXT NOT NULL DEFAULT '',
  publisher TEXT NOT NULL DEFAULT '',
  install_state TEXT NOT NULL DEFAULT 'none',
  build_state TEXT NOT NULL DEFAULT 'not_built',
  install_path TEXT NOT NULL DEFAULT '',
  built_at BIGINT,
  last_error TEXT NOT NULL DEFAULT '',
  -- JSON object of the fetched tree that waits for a person's word, or empty.
  pending TEXT NOT NULL DEFAULT '',
  -- Neither its folder nor its registry entry is there any more.
  is_gone BIGINT NOT NULL DEFAULT 0,
  discovered_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL
);

-- Other folders that hold an agent of the same id: shown, never used.
CREATE TABLE shadowed_agents (
  manifest_path TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL,
  manifest_hash TEXT NOT NULL,
  seen_at BIGINT NOT NULL
);
CREATE INDEX shadowed_agents_agent ON shadowed_agents (agent_id);
