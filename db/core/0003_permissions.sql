-- What a person allowed an agent, bound to exactly what they saw. One approval at most holds for an
-- agent; a new one supersedes it.

CREATE TABLE permission_approvals (
  id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL,
  -- JSON array of strings, sorted: a subset of what the manifest asks for.
  permissions TEXT NOT NULL,
  -- All that the manifest asked for then.
  requested TEXT NOT NULL,
  -- What it holds for: the manifest, all that it asks for, and the commit of an installed tree or
  -- the folder of an agent in development.
  manifest_hash TEXT NOT NULL,
  permissions_hash TEXT NOT NULL,
  git_commit TEXT NOT NULL,
  folder TEXT NOT NULL,
  -- active, suspended, superseded or revoked.
  status TEXT NOT NULL,
  approved_by_type TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  approved_at BIGINT NOT NULL,
  ended_by TEXT,
  ended_at BIGINT,
  ended_reason TEXT
);
CREATE UNIQUE INDEX permission_approvals_active ON permission_approvals (agent_id)
  WHERE status IN ('active', 'suspended');
CREATE INDEX permission_approvals_agent ON permission_approvals (agent_id, approved_at);
