-- The registries that this one is peered with, and those that were proposed. The token we present is
-- sealed with the federation key (base64url); of the one we accept there is a keyed digest (hex).
CREATE TABLE peers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  registry_url TEXT NOT NULL UNIQUE,
  admin_contact TEXT NOT NULL,
  description TEXT NOT NULL,
  mode TEXT NOT NULL,
  status TEXT NOT NULL,
  presented_token TEXT,
  accepted_digest TEXT UNIQUE,
  tls_pin TEXT,
  public_key TEXT,
  proposed_by TEXT REFERENCES users (id),
  approved_by TEXT,
  approved_at BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX peers_status ON peers (status, created_at);
CREATE INDEX peers_proposed_by ON peers (proposed_by, created_at);
