-- What older clients know and we do not: integers for accounts and API keys (ids are UUIDs, so one
-- table serves all kinds), an account's organization. And the index that the activity feed reads.

CREATE TABLE integer_aliases (
  number ${SEQUENCE},
  id TEXT NOT NULL UNIQUE
);

ALTER TABLE users ADD COLUMN organization TEXT;

CREATE INDEX audit_log_action ON audit_log (action, sequence);
