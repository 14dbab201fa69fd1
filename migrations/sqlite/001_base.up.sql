-- The complete table set of the storage specification (07 §3). Booleans are 0/1, instants are TEXT
-- in RFC 3339 with nine fraction digits and Z, lists and objects are JSON text. Columns that may be
-- unknown hold NULL, never an empty string. Every value is written by the application; no default
-- is left to the engine except constants.
--
-- An index exists for a query that the product makes and for nothing else; the comment above each
-- one names it. Foreign keys that block or cascade a deletion count as such queries.

-- Clients and users (07 §3.1) -------------------------------------------------------------------

CREATE TABLE clients (
  id TEXT NOT NULL PRIMARY KEY,
  secret_hash TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',
  redirect_uris TEXT NOT NULL DEFAULT '[]',
  grant_types TEXT NOT NULL DEFAULT '["authorization_code"]',
  response_types TEXT NOT NULL DEFAULT '["code"]',
  token_endpoint_auth_method TEXT NOT NULL DEFAULT 'none',
  status TEXT NOT NULL DEFAULT 'active',
  registration_source TEXT NOT NULL DEFAULT 'dcr',
  cimd_url TEXT NOT NULL DEFAULT '',
  scope TEXT NOT NULL DEFAULT '',
  is_agent INTEGER NOT NULL DEFAULT 0,
  agent_description TEXT NOT NULL DEFAULT '',
  application_type TEXT,
  dpop_bound_access_tokens INTEGER NOT NULL DEFAULT 0,
  last_used_at TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  issued_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
-- A metadata document is met again under its URL.
CREATE INDEX clients_cimd_url ON clients (cimd_url) WHERE cimd_url <> '';
-- The gauge of active clients, at each scrape.
CREATE INDEX clients_status ON clients (status);
-- The JWKS document lists the active agents.
CREATE INDEX clients_agent_status ON clients (status) WHERE is_agent = 1;
-- Page of the admin list, newest first, without sorting all clients for each page.
CREATE INDEX clients_issued_at ON clients (issued_at, id);

CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT,
  name TEXT NOT NULL DEFAULT '',
  password_hash TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL DEFAULT 'user',
  status TEXT NOT NULL DEFAULT 'active',
  provider TEXT NOT NULL DEFAULT 'local',
  provider_sub TEXT NOT NULL DEFAULT '',
  provider_issuer TEXT NOT NULL DEFAULT '',
  -- Ours: browser sessions that began before are over. A changed password and a forced logout end
  -- all of them at once, without a row per session.
  sessions_since TEXT,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
-- Login by e-mail; one account per address.
CREATE UNIQUE INDEX users_email ON users (email) WHERE email IS NOT NULL;
-- Federated login; one account per identity of an issuer (B23). Serves (provider, provider_sub)
-- too.
CREATE UNIQUE INDEX users_identity ON users (provider, provider_sub, provider_issuer)
  WHERE provider <> 'local' AND provider_sub <> '';
-- The admin list, newest first.
CREATE INDEX users_created_at ON users (created_at);

-- Authorization code and refresh (07 §3.2) ------------------------------------------------------

CREATE TABLE auth_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL DEFAULT '',
  redirect_uri TEXT NOT NULL,
  scope TEXT NOT NULL DEFAULT '',
  resource TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT '',
  code_hash TEXT,
  code_challenge TEXT NOT NULL,
  code_challenge_method TEXT NOT NULL DEFAULT 'S256',
  expires_at TEXT NOT NULL,
  consumed_at TEXT,
  failed_redemptions INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;
-- Redemption finds the code, and two sessions cannot share one.
CREATE UNIQUE INDEX auth_sessions_code_hash ON auth_sessions (code_hash)
  WHERE code_hash IS NOT NULL;
-- Purge; the pending authorizations of a user, which are those of the last minutes.
CREATE INDEX auth_sessions_expires_at ON auth_sessions (expires_at, user_id);

CREATE TABLE token_families (
  id TEXT NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  scope TEXT NOT NULL DEFAULT '',
  resource TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'active',
  created_at TEXT NOT NULL,
  revoked_at TEXT,
  auth_session_id TEXT,
  -- Ours: the access token that the code was redeemed for (see access_token_jtis).
  access_jti TEXT,
  access_expires_at TEXT
) STRICT;
-- Statistics: families of a state since a time.
CREATE INDEX token_families_status ON token_families (status, created_at);
-- Families of a client: its deletion, its tokens. With their status, because revoked families stay
-- and the active ones are wanted.
CREATE INDEX token_families_client_id ON token_families (client_id, status);
-- Families of a user: forced logout, deletion, consent revocation.
CREATE INDEX token_families_user_id ON token_families (user_id, status);
-- A replayed code finds the family it made, and makes no second one.
CREATE UNIQUE INDEX token_families_auth_session_id ON token_families (auth_session_id)
  WHERE auth_session_id IS NOT NULL;

-- All who look for a row know its family, or its hash: one key serves the use of a token and all of
-- its family. Each rotation writes to a random page of every index here, so that one less counts.
-- A table clustered by this key costs more: its rows are too long, and its pages split too often.
--
-- Rows are appended in the order of their creation and are never moved, so that purge needs no
-- index: it walks the table by rowid from its beginning, a bounded range at a time, and deletes in
-- it what has expired together with its access token (expires_at and access_expires_at are past, or
-- the latter is NULL). It ends at the first row that was created later than the shortest configured
-- life ago: what follows cannot have expired.
CREATE TABLE refresh_tokens (
  id TEXT NOT NULL,
  family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  consumed_at TEXT,
  dpop_jkt TEXT,
  parent_id TEXT,
  siblings INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  -- Ours: the access token that was issued with it, NULL for the first of a family (see
  -- access_token_jtis).
  access_jti TEXT,
  access_expires_at TEXT,
  PRIMARY KEY (family_id, id) -- Also serves what happens to a whole family.
) STRICT;
-- A presented token is found by its hash.
CREATE UNIQUE INDEX refresh_tokens_token_hash ON refresh_tokens (token_hash);

-- Token tracking (07 §3.3) ----------------------------------------------------------------------

-- The access tokens of a family, under the columns that runbooks know. Each was issued with its
-- family or with a refresh token and is kept in that row: a table of its own would cost each
-- rotation one more row and one more random page. Nobody asks for a single jti.
CREATE VIEW access_token_jtis (jti, family_id, expires_at, created_at) AS
SELECT access_jti, id, access_expires_at, created_at FROM token_families
WHERE access_jti IS NOT NULL
UNION ALL
SELECT access_jti, family_id, access_expires_at, created_at FROM refresh_tokens
WHERE access_jti IS NOT NULL;

CREATE TABLE revoked_jtis (
  jti TEXT NOT NULL PRIMARY KEY,
  revoked_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
-- Purge.
CREATE INDEX revoked_jtis_expires_at ON revoked_jtis (expires_at);

-- Protected resources and upstream providers (07 §3.6) ------------------------------------------

CREATE TABLE broker_providers (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  protocol TEXT NOT NULL CHECK (protocol IN ('oauth', 'api_key', 'service_account')),
  config_data TEXT NOT NULL DEFAULT '{}',
  enc_secret_data TEXT,
  enc_secret_backend TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE resources (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  uri TEXT NOT NULL DEFAULT '',
  -- Ours: the canonical form of uri (B28) and its path, '' when there is none.
  uri_key TEXT NOT NULL DEFAULT '',
  uri_path TEXT NOT NULL DEFAULT '',
  backend_kind TEXT NOT NULL CHECK (backend_kind IN ('mint', 'broker')),
  broker_provider_id TEXT REFERENCES broker_providers (id) ON DELETE RESTRICT,
  scopes TEXT NOT NULL DEFAULT '[]',
  policy TEXT NOT NULL DEFAULT '{}',
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  CHECK ((backend_kind = 'broker') = (broker_provider_id IS NOT NULL))
) STRICT;
-- A token request names a resource by its URI, byte for byte.
CREATE INDEX resources_uri ON resources (uri) WHERE uri <> '';
-- The same, spelled otherwise (B28).
CREATE INDEX resources_uri_key ON resources (uri_key) WHERE uri_key <> '';
-- Protected resource metadata by path (01 §3.3, lookup 3).
CREATE INDEX resources_uri_path ON resources (uri_path) WHERE uri_path <> '';
-- Resources of a provider: admin list, and its deletion is blocked by them.
CREATE INDEX resources_broker_provider_id ON resources (broker_provider_id)
  WHERE broker_provider_id IS NOT NULL;

CREATE TABLE fronting_links (
  source_slug TEXT NOT NULL REFERENCES resources (slug) ON DELETE RESTRICT,
  target_slug TEXT NOT NULL REFERENCES resources (slug) ON DELETE RESTRICT,
  scope_map TEXT NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (source_slug, target_slug)
) STRICT;
-- Links that lead to a resource: its deletion and its fronting page.
CREATE INDEX fronting_links_target_slug ON fronting_links (target_slug);

CREATE TABLE consent_grants (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  resource_id TEXT NOT NULL REFERENCES resources (id) ON DELETE RESTRICT,
  scopes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  revoked_at TEXT,
  UNIQUE (user_id, client_id, resource_id) -- Also serves the consents of a user.
) STRICT;
-- Consents of a client go with it.
CREATE INDEX consent_grants_client_id ON consent_grants (client_id);
-- Consents block the deletion of their resource.
CREATE INDEX consent_grants_resource_id ON consent_grants (resource_id);

CREATE TABLE broker_grants (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  broker_provider_id TEXT NOT NULL REFERENCES broker_providers (id) ON DELETE RESTRICT,
  credential_data BLOB NOT NULL,
  scopes_granted TEXT NOT NULL,
  enc_backend TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  revoked_at TEXT,
  UNIQUE (user_id, broker_provider_id) -- Also serves the grants of a user.
) STRICT;
-- Grants block the deletion of their provider.
CREATE INDEX broker_grants_broker_provider_id ON broker_grants (broker_provider_id);

CREATE TABLE connect_pending_states (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  provider_id TEXT NOT NULL REFERENCES broker_providers (id) ON DELETE RESTRICT,
  resource_id TEXT NOT NULL REFERENCES resources (id) ON DELETE RESTRICT,
  code_verifier TEXT NOT NULL,
  return_url TEXT NOT NULL,
  scopes TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
-- Purge. Rows live ten minutes, so that the blocked deletions may scan the table.
CREATE INDEX connect_pending_states_expires_at ON connect_pending_states (expires_at);

-- Issued tokens (07 §3.3, B48) ------------------------------------------------------------------

-- A rowid table: rows are appended at the right edge whatever the order of their ids, and ids are
-- UUIDv7, so that the key grows at its right edge too. `jti` needs no storage: it is the id of a
-- mint token.
CREATE TABLE issuances (
  id TEXT NOT NULL PRIMARY KEY,
  subject_user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  resource_id TEXT NOT NULL REFERENCES resources (id) ON DELETE RESTRICT,
  scopes TEXT NOT NULL,
  backend_kind TEXT NOT NULL,
  is_machine INTEGER NOT NULL,
  revocable INTEGER NOT NULL,
  issued_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT,
  dpop_jkt TEXT,
  agent_id TEXT,
  agent_chain TEXT NOT NULL DEFAULT '[]',
  consent_client_id TEXT,
  parent_jti TEXT,
  jti TEXT GENERATED ALWAYS AS (CASE backend_kind WHEN 'mint' THEN id END) VIRTUAL
) STRICT;
-- These three are the expensive part of a token: each new row falls on a leaf page of its own
-- client, resource or user, far from the last one. Two things keep them cheap. The subject is left
-- out where it is the client itself, that is for client_credentials. And the instant of issue is
-- left out everywhere: SQLite orders entries of one key by rowid, which is the order of commit, so
-- "newest first" is read off backwards, and a time window becomes a range of rowids through the
-- primary key (UUIDv7). Measured with 1,000,000 rows, 10,000 clients, 1,000 resources, 64 tokens
-- per commit, FULL, pages of 4,096 bytes and checkpoints in the same thread: 43 µs of CPU per token
-- against 48 µs with (client_id, issued_at), and 72 MB less on disk. Whoever copies rows into this
-- table inserts them in the order of their ids.
--
-- Issuances of a client within a window; live machine tokens of a client that is to be deleted;
-- audit rows of a client's tokens, which join through here.
CREATE INDEX issuances_client_id ON issuances (client_id);
-- Issuances of a resource within a window; issuances block the deletion of their resource.
CREATE INDEX issuances_resource_id ON issuances (resource_id);
-- Issuances of a user within a window; roots of a consent's lineage; audit rows of a user's tokens,
-- which join through here.
CREATE INDEX issuances_subject_user_id ON issuances (subject_user_id)
  WHERE subject_user_id <> client_id;
-- Lineage: what was derived from a token.
CREATE INDEX issuances_parent_jti ON issuances (parent_jti) WHERE parent_jti IS NOT NULL;

CREATE TABLE unbound_machine_tokens (
  jti TEXT NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  issued_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Tokens of a client: its deletion, the admin list.
CREATE INDEX unbound_machine_tokens_client_id ON unbound_machine_tokens (client_id);
-- Purge.
CREATE INDEX unbound_machine_tokens_expires_at ON unbound_machine_tokens (expires_at);

-- Every machine token under the columns that runbooks know, wherever it is kept.
CREATE VIEW machine_tokens (jti, client_id, scopes, resource, issued_at, expires_at, revoked) AS
SELECT
  i.id,
  i.client_id,
  coalesce((SELECT group_concat(s.value, ' ' ORDER BY s.key) FROM json_each(i.scopes) AS s), ''),
  r.uri,
  i.issued_at,
  i.expires_at,
  i.revoked_at IS NOT NULL
FROM issuances AS i
JOIN resources AS r ON r.id = i.resource_id
WHERE i.is_machine = 1
UNION ALL
SELECT jti, client_id, scopes, '', issued_at, expires_at, revoked FROM unbound_machine_tokens;

-- Replay (07 §3.4, B8) --------------------------------------------------------------------------

CREATE TABLE dpop_jtis (
  jkt TEXT NOT NULL,
  jti TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (jkt, jti)
) STRICT;
-- Purge.
CREATE INDEX dpop_jtis_expires_at ON dpop_jtis (expires_at);

CREATE TABLE assertion_jtis (
  issuer TEXT NOT NULL,
  jti TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (issuer, jti)
) STRICT;
-- Purge.
CREATE INDEX assertion_jtis_expires_at ON assertion_jtis (expires_at);

-- Operations (07 §3.5) --------------------------------------------------------------------------

-- Clustered by its id: UUIDv7 puts new rows at the right edge and the newest first when read
-- backwards, so created_at needs no index. A token with a row in issuances has its own id there and
-- here, and its row here is found through there; has_issuance = 1 keeps it out of the indexes of
-- actors and clients. A token without one is in the index of clients: its own table forgets it with
-- its client, or when it is purged. The other two indexes leave out the one hot action. A query
-- uses an index only when it repeats the condition word for word.
CREATE TABLE audit_events (
  id TEXT NOT NULL PRIMARY KEY,
  action TEXT NOT NULL,
  actor_id TEXT NOT NULL DEFAULT '',
  client_id TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  trace_id TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL,
  -- Ours.
  has_issuance INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
-- The audit log by action, newest first (entries of a clustered table end with its key).
CREATE INDEX audit_events_action ON audit_events (action)
  WHERE action <> 'client_credentials.issued';
-- The audit log by actor.
CREATE INDEX audit_events_actor_id ON audit_events (actor_id)
  WHERE action <> 'client_credentials.issued' AND has_issuance = 0;
-- The audit log by client; machine tokens of a client that is an actor.
CREATE INDEX audit_events_client_id ON audit_events (client_id)
  WHERE client_id <> '' AND has_issuance = 0;

CREATE TABLE runtime_settings (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE revoked_sessions (
  session_id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
-- Purge.
CREATE INDEX revoked_sessions_expires_at ON revoked_sessions (expires_at);

CREATE TABLE oidc_states (
  state_hash TEXT NOT NULL PRIMARY KEY,
  redirect TEXT NOT NULL,
  nonce TEXT NOT NULL,
  code_verifier TEXT NOT NULL,
  browser_nonce TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
-- Purge.
CREATE INDEX oidc_states_expires_at ON oidc_states (expires_at);

-- Cross-app access (07 §3.6) --------------------------------------------------------------------

CREATE TABLE trusted_idps (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  issuer TEXT NOT NULL UNIQUE,
  jwks_uri TEXT NOT NULL,
  audience TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
-- The admin list, newest first.
CREATE INDEX trusted_idps_created_at ON trusted_idps (created_at);

CREATE TABLE xaa_policies (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  idp_id TEXT NOT NULL REFERENCES trusted_idps (id) ON DELETE CASCADE,
  client_ids TEXT,
  scopes TEXT,
  resources TEXT,
  groups_any TEXT,
  acr_any TEXT,
  max_auth_age INTEGER,
  enabled INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
-- Policies of an issuer, for each assertion.
CREATE INDEX xaa_policies_idp_id ON xaa_policies (idp_id);
-- The admin list, newest first.
CREATE INDEX xaa_policies_created_at ON xaa_policies (created_at);

CREATE TABLE subject_mappings (
  id TEXT NOT NULL PRIMARY KEY,
  idp_id TEXT NOT NULL REFERENCES trusted_idps (id) ON DELETE CASCADE,
  idp_subject TEXT NOT NULL,
  local_user_id TEXT,
  created_at TEXT NOT NULL,
  UNIQUE (idp_id, idp_subject) -- Also serves the mappings of an issuer.
) STRICT;
-- The admin list, newest first.
CREATE INDEX subject_mappings_created_at ON subject_mappings (created_at);
