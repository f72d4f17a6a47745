-- Accounts ------------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS iris.accounts (
    id               uuid PRIMARY KEY,
    -- NFC and lower case; null for accounts of an external issuer that gives no address.
    email            text UNIQUE,
    name             text,
    -- crypt(5) format; null for accounts that log in elsewhere.
    password_hash    text,
    tier             text NOT NULL DEFAULT 'free' CHECK (tier IN ('free', 'premium')),
    -- The last day, in the configured time zone, on which the account counts as premium whatever its tier.
    beta_until       date,
    disabled_at      timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    external_issuer  text,
    external_subject text,
    current_job      text,
    target_job       text,
    sector           text,
    experience_years integer CHECK (experience_years BETWEEN 0 AND 80),
    region           text,
    goals            text,
    UNIQUE (external_issuer, external_subject)
);

CREATE TABLE IF NOT EXISTS iris.sessions (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    -- However often it is refreshed, a session ends here.
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    device       text
);
CREATE INDEX IF NOT EXISTS sessions_account ON iris.sessions (account_id);

-- One row per refresh token ever given in a living session: a replay of an old one must be known as such.
CREATE TABLE IF NOT EXISTS iris.refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES iris.sessions ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    child_hash bytea
);
CREATE INDEX IF NOT EXISTS refresh_tokens_session ON iris.refresh_tokens (session_id);

ALTER TABLE iris.accounts
    -- The address that the external issuer or the unified backend gives: shown, never looked up, so not unique.
    ADD COLUMN IF NOT EXISTS external_email text;

-- Passwords and logins ------------------------------------------------------------------------------------------------

-- A way back in for who forgot the password, good once. The id is the public half of the token in the mail; the other half
-- is a code that only the program's key makes, so nothing here opens an account.
CREATE TABLE IF NOT EXISTS iris.password_resets (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX IF NOT EXISTS password_resets_account ON iris.password_resets (account_id, created_at);

-- The addresses from which an account logged in: a flood of wrong passwords does not lock its owner out there. The hash is
-- keyed and made of account and address together, so that equal addresses of two accounts cannot be joined.
CREATE TABLE IF NOT EXISTS iris.known_addresses (
    account_id    uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    address_hash  bytea NOT NULL,
    last_login_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, address_hash)
);

-- What failed lately, by what it is counted for: an account, an address, an account from a known address, sign-ups. Keys are
-- keyed hashes. Unlogged: a crash of the server forgets it, which no attacker can bring about.
CREATE UNLOGGED TABLE IF NOT EXISTS iris.throttles (
    scope         text NOT NULL,
    key           bytea NOT NULL,
    count         integer NOT NULL,
    -- Which of 64 classes the other side's keys fell into: how many different ones there were, roughly and without naming them.
    peers         bit(64) NOT NULL DEFAULT 0::bit(64),
    started_at    timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz,
    -- The key first: an erasure and an export know keys alone, and a flood may have left millions of rows.
    PRIMARY KEY (key, scope)
);
CREATE INDEX IF NOT EXISTS throttles_last ON iris.throttles (last_at);
ALTER TABLE iris.throttles SET (fillfactor = 70);

-- What is left of an erased account: a keyed hash of its e-mail address, or of issuer and subject, so that erasing and
-- signing up again refills no quota, and so that a token from before the erasure makes no new account.
CREATE TABLE IF NOT EXISTS iris.erased_identities (
    identity_hash bytea PRIMARY KEY,
    erased_at     timestamptz NOT NULL,
    -- The counters that a new account of this identity starts with on that day.
    date          date NOT NULL,
    message_count integer NOT NULL DEFAULT 0,
    blocked_count integer NOT NULL DEFAULT 0,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS erased_identities_expires ON iris.erased_identities (expires_at);

-- Mails and webhooks on their way: written with what causes them, sent when nobody waits, tried again until they arrive or
-- expire. What was sent keeps its row, emptied, as long as its dedupe_key must hold.
CREATE TABLE IF NOT EXISTS iris.outbox (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('mail', 'webhook')),
    topic        text NOT NULL,
    -- Whose data it holds: it goes with the account.
    user_id      uuid REFERENCES iris.accounts ON DELETE CASCADE,
    payload      jsonb NOT NULL,
    -- At most one row of this key: what must be told once.
    dedupe_key   text UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- When it may be tried next; whoever takes it moves this on, so that nobody else takes it meanwhile.
    due_at       timestamptz NOT NULL DEFAULT now(),
    attempts     integer NOT NULL DEFAULT 0,
    last_error   text,
    delivered_at timestamptz,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_due ON iris.outbox (due_at) WHERE delivered_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_user ON iris.outbox (user_id);
CREATE INDEX IF NOT EXISTS outbox_expires ON iris.outbox (expires_at);
