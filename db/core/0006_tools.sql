-- The tools an agent last registered, and what waits for a person's word.

CREATE TABLE tools (
  tool_id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL,
  description TEXT NOT NULL,
  declaration TEXT NOT NULL,
  registered_at BIGINT NOT NULL
);
CREATE INDEX tools_agent ON tools (agent_id);

-- A call that needs confirmation. Its input stays in memory; here are its digest, its size and a
-- redacted summary. `result` is how the approved call ended: succeeded, or an error's code.
CREATE TABLE confirmations (
  id TEXT PRIMARY KEY,
  tool_id TEXT NOT NULL,
  caller_type TEXT NOT NULL,
  caller_id TEXT NOT NULL,
  input_sha256 TEXT NOT NULL,
  input_bytes BIGINT NOT NULL,
  summary TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'expired', 'executed')),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT NOT NULL DEFAULT '',
  call_id TEXT NOT NULL DEFAULT '',
  result TEXT NOT NULL DEFAULT ''
);
CREATE INDEX confirmations_created ON confirmations (created_at);
