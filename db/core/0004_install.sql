-- Registries (git repositories that list agents), what they list, and the trees that were fetched.

CREATE TABLE registries (
  name TEXT PRIMARY KEY,
  -- Without user information, but for the user name of ssh.
  url TEXT NOT NULL,
  git_ref TEXT NOT NULL,
  -- Whether the registry and what it lists may lie on this machine (file://).
  allows_files BIGINT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  added_at BIGINT NOT NULL,
  synced_at BIGINT,
  git_commit TEXT NOT NULL DEFAULT '',
  last_error TEXT NOT NULL DEFAULT ''
);

-- Entries as compact JSON. One that a registry listed once stays, marked as removed.
CREATE TABLE registry_entries (
  registry TEXT NOT NULL REFERENCES registries (name) ON DELETE CASCADE,
  agent_id TEXT NOT NULL,
  entry TEXT NOT NULL,
  is_removed BIGINT NOT NULL DEFAULT 0,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (registry, agent_id)
);
CREATE INDEX registry_entries_agent ON registry_entries (agent_id);

-- One exported commit of an agent. Of an agent there is at most one tree of each role: current,
-- previous (what a rollback goes back to) and pending (an update that waits for a person).
CREATE TABLE install_trees (
  agent_id TEXT NOT NULL,
  git_commit TEXT NOT NULL,
  git_tree TEXT NOT NULL,
  git_url TEXT NOT NULL,
  git_ref TEXT NOT NULL,
  registry TEXT NOT NULL,
  registry_commit TEXT NOT NULL,
  expected_manifest_hash TEXT NOT NULL,
  -- Relative to the tree.
  manifest_path TEXT NOT NULL,
  manifest_hash TEXT NOT NULL,
  -- Of all files but what a build leaves: tells whether somebody changed them since.
  source_hash TEXT NOT NULL,
  path TEXT NOT NULL,
  role TEXT NOT NULL,
  build_state TEXT NOT NULL,
  build_hash TEXT NOT NULL DEFAULT '',
  -- JSON array of sentences: what was odd about the commit.
  warnings TEXT NOT NULL DEFAULT '[]',
  fetched_at BIGINT NOT NULL,
  built_at BIGINT,
  PRIMARY KEY (agent_id, git_commit)
);
CREATE UNIQUE INDEX install_trees_role ON install_trees (agent_id, role);
