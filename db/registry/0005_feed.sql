-- The order of changes as readers see it. PostgreSQL gives sequence numbers out before the commit, so
-- a low one may appear late; there each change gets its position once it can be seen, NULL until
-- then. On SQLite the sequence is that order, and position stays NULL. See docs/adr/0008.

ALTER TABLE changes ADD COLUMN position BIGINT;
UPDATE changes SET position = sequence;
CREATE UNIQUE INDEX changes_position ON changes (position);
