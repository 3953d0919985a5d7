-- Registries (git repositories that list agents), what they list, and the trees that were fetched.

CREATE TABLE registries (
  name TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  git_ref TEXT NOT NULL,
  allows_files BIGINT NOT NULL,
  is_enabled BIGINT NOT NULL,
  added_at BIGINT NOT NULL,
  synced_at BIGINT,
  git_commit TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT ''
);

CREATE TABLE registry_entries (
  registry TEXT NOT NULL REFERENCES registries (name) ON DELETE CASCADE,
  agent_id TEXT NOT NULL,
  entry TEXT NOT NULL,
  is_removed BIGINT NOT NULL DEFAULT 0,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (registry, agent_id)
);

-- One fetched commit of an agent; several may lie side by side, one is current.
CREATE TABLE install_trees (
  agent_id TEXT NOT NULL,
  git_commit TEXT NOT NULL,
  git_tree TEXT NOT NULL,
  git_url TEXT NOT NULL,
  git_ref TEXT NOT NULL,
  registry TEXT NOT NULL,
  registry_commit TEXT NOT NULL,
  manifest_hash TEXT NOT NULL,
  path TEXT NOT NULL,
  role TEXT NOT NULL,
  build_state TEXT NOT NULL,
  build_hash TEXT NOT NULL DEFAULT '',
  fetched_at BIGINT NOT NULL,
  built_at BIGINT,
  PRIMARY KEY (agent_id, git_commit)
);
