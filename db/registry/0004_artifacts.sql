-- Files that publishers keep with their agents. The bytes lie in the object store under object_key,
-- a new key for each upload, so that a row and what it points to never change apart.
CREATE TABLE artifacts (
  agent_id TEXT NOT NULL REFERENCES agents (id),
  name TEXT NOT NULL,
  object_key TEXT NOT NULL UNIQUE,
  size BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  media_type TEXT NOT NULL,
  uploaded_at BIGINT NOT NULL,
  PRIMARY KEY (agent_id, name)
);

-- How much an agent ("agent:<uuid>") or an account ("user:<uuid>") keeps, for quotas.
CREATE TABLE artifact_usage (
  owner TEXT PRIMARY KEY,
  bytes BIGINT NOT NULL,
  files BIGINT NOT NULL
);

-- Objects that may exist without a row that needs them: written before an upload, removed by the
-- transaction that makes its row, written again by the one that drops the row. What stays here is
-- removed from the store; once collecting is 1, no row can be made for it any more.
CREATE TABLE unneeded_objects (
  object_key TEXT PRIMARY KEY,
  since BIGINT NOT NULL,
  collecting BIGINT NOT NULL
);
CREATE INDEX unneeded_objects_since ON unneeded_objects (since);
