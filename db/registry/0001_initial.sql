-- The registry's first schema. Runs on SQLite 3.40 and PostgreSQL 13 alike: ids are UUID text, times
-- are microseconds since 1970 (UTC), booleans are 0/1, JSON documents are text kept as given.
-- Columns named *_key hold the case-folded form that must be unique. Secrets are only kept as digests
-- or password hashes.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  is_active BIGINT NOT NULL,
  is_verified BIGINT NOT NULL,
  last_login_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX users_updated ON users (updated_at);

-- A sign-in and its chain of refresh tokens. Access tokens carry the session's id in their jti.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_ended ON sessions (ended_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
  digest TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- Recovery keys shown at registration, and links sent by mail; each works once. A link without an
-- account is a decoy: asking for one costs the same whether the address is known or not.
CREATE TABLE recovery_keys (
  digest TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX recovery_keys_user ON recovery_keys (user_id);

CREATE TABLE mail_tokens (
  digest TEXT PRIMARY KEY,
  user_id TEXT REFERENCES users (id),
  purpose TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX mail_tokens_user ON mail_tokens (user_id, purpose, created_at);
CREATE INDEX mail_tokens_expiry ON mail_tokens (expires_at);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  lookup_id TEXT NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  scopes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_keys_user ON api_keys (user_id);
CREATE INDEX api_keys_revoked ON api_keys (revoked_at);

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  did TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  agent_type TEXT NOT NULL,
  status TEXT NOT NULL,
  description TEXT NOT NULL,
  developer_id TEXT NOT NULL REFERENCES users (id),
  api_endpoints TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  tags TEXT NOT NULL,
  human_readable_id TEXT NOT NULL,
  human_readable_id_key TEXT NOT NULL UNIQUE,
  pricing TEXT,
  teg_wallet_address TEXT,
  metadata TEXT NOT NULL,
  card TEXT,
  card_digest TEXT,
  verified_at BIGINT,
  verified_method TEXT,
  version BIGINT NOT NULL,
  last_seen_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX agents_developer ON agents (developer_id, status);
CREATE INDEX agents_name ON agents (name);
CREATE INDEX agents_status_updated ON agents (status, updated_at);

-- Every change of an agent, in commit order for one agent; what replicas and followers read.
CREATE TABLE changes (
  sequence ${SEQUENCE},
  kind TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);

-- What an onboarded agent signs in with.
CREATE TABLE agent_credentials (
  client_id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  secret_digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX agent_credentials_agent ON agent_credentials (agent_id);

CREATE TABLE bootstrap_tokens (
  id TEXT PRIMARY KEY,
  token_digest TEXT NOT NULL UNIQUE,
  creator_id TEXT NOT NULL REFERENCES users (id),
  agent_type_hint TEXT,
  requested_by TEXT,
  metadata TEXT NOT NULL,
  consumed BIGINT NOT NULL,
  consumed_at BIGINT,
  consumed_by_agent_id TEXT REFERENCES agents (id),
  revoked_at BIGINT,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX bootstrap_tokens_creator ON bootstrap_tokens (creator_id, created_at);

CREATE TABLE verification_challenges (
  id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX verification_challenges_agent ON verification_challenges (agent_id);

-- First answers to requests with an Idempotency-Key; the answer is sealed with a key that only the
-- caller's Idempotency-Key and the server's secret give together.
CREATE TABLE idempotency_keys (
  digest TEXT PRIMARY KEY,
  body_digest TEXT NOT NULL,
  status BIGINT,
  answer TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Who did what to what; written in the transaction of the change itself.
CREATE TABLE audit_log (
  sequence ${SEQUENCE},
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  request_id TEXT NOT NULL
);
CREATE INDEX audit_log_subject ON audit_log (subject);
