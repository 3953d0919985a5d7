-- What happened, in order, each row chained to the one before. Rows are only ever added.

CREATE TABLE audit_events (
  sequence ${SEQUENCE},
  event_id TEXT NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  event_type TEXT NOT NULL,
  severity TEXT NOT NULL,
  actor_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  causation_id TEXT NOT NULL,
  metadata TEXT NOT NULL,
  hash TEXT NOT NULL
);

-- The state of the chain at some row, signed with the Core's key (Ed25519).
CREATE TABLE audit_checkpoints (
  sequence BIGINT PRIMARY KEY,
  hash TEXT NOT NULL,
  at BIGINT NOT NULL,
  signature TEXT NOT NULL
);
