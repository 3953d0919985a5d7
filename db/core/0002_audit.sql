-- What happened, in order, each row chained to the one before (docs/formats/audit-log.md). Rows are
-- only ever added, each with the next sequence; these triggers hold for our own code, the chain and
-- the checkpoints tell of everybody else.

CREATE TABLE audit_events (
  sequence INTEGER PRIMARY KEY,
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
CREATE INDEX audit_events_subject ON audit_events (subject_type, subject_id);
CREATE INDEX audit_events_correlation ON audit_events (correlation_id) WHERE correlation_id <> '';
CREATE INDEX audit_events_notable ON audit_events (severity) WHERE severity <> 'info';

CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
-- Refuses INSERT OR REPLACE as well, which deletes without the trigger above.
CREATE TRIGGER audit_events_insert BEFORE INSERT ON audit_events
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit_events)
  OR EXISTS (SELECT 1 FROM audit_events WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'audit rows are only added at the end'); END;

-- The state of the chain at some row, signed with the Core's key (Ed25519).
CREATE TABLE audit_checkpoints (
  sequence INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  at BIGINT NOT NULL,
  signature TEXT NOT NULL
);

CREATE TRIGGER audit_checkpoints_update BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never changed'); END;
CREATE TRIGGER audit_checkpoints_delete BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never deleted'); END;
CREATE TRIGGER audit_checkpoints_insert BEFORE INSERT ON audit_checkpoints
WHEN NEW.sequence <= (SELECT coalesce(max(sequence), 0) FROM audit_checkpoints)
BEGIN SELECT RAISE(ABORT, 'audit checkpoints are only added at the end'); END;
