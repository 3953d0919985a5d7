-- Every start of an agent's process, and how it ended.

CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  ready_at BIGINT,
  stopped_at BIGINT,
  pid BIGINT,
  -- Start time of the process in clock ticks since boot: tells a reused pid.
  process_started BIGINT,
  exit_code BIGINT,
  signal BIGINT,
  reason TEXT NOT NULL DEFAULT '',
  manifest_hash TEXT NOT NULL,
  approval_id TEXT NOT NULL,
  started_by TEXT NOT NULL
);
CREATE INDEX runs_agent ON runs (agent_id, started_at);
CREATE INDEX runs_status ON runs (status);
