-- What a person allowed an agent, bound to exactly what they saw. One approval at most holds for an
-- agent; a new one supersedes it.

CREATE TABLE permission_approvals (
  id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL,
  permissions TEXT NOT NULL,
  manifest_hash TEXT NOT NULL,
  permissions_hash TEXT NOT NULL,
  git_commit TEXT NOT NULL,
  status TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  approved_at BIGINT NOT NULL,
  ended_by TEXT,
  ended_at BIGINT,
  ended_reason TEXT
);
CREATE UNIQUE INDEX permission_approvals_active ON permission_approvals (agent_id)
  WHERE status IN ('active', 'suspended');
CREATE INDEX permission_approvals_agent ON permission_approvals (agent_id, approved_at);
