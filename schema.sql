-- The whole schema of Phoenix Iris. Apply it at any time, from any earlier state, as the owner of the database:
--
--   psql -X -v ON_ERROR_STOP=1 -d iris -f schema.sql
--
-- It is one transaction under an advisory lock. Changes expand first and contract a release later, so that workers of
-- the release before go on serving: iris.schema_version says which version this is and which worker is the oldest one
-- that it still serves. Numbers such as limits are parameters: the rules live in the program (IrisDomain).

BEGIN;
SET LOCAL client_min_messages = warning;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('iris.schema')); END $$;

CREATE SCHEMA IF NOT EXISTS iris;

CREATE TABLE IF NOT EXISTS iris.schema_version (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version       integer NOT NULL,
    oldest_worker integer NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
    this_version CONSTANT integer := 4;
    found_version integer := (SELECT version FROM iris.schema_version);
BEGIN
    IF found_version > this_version THEN
        RAISE EXCEPTION 'the database has schema version %, this file is version %', found_version, this_version
            USING HINT = 'Apply the schema.sql of the newest installed release.';
    END IF;
    INSERT INTO iris.schema_version (version, oldest_worker) VALUES (this_version, 2)
    ON CONFLICT (only_row) DO UPDATE
        SET version = excluded.version, oldest_worker = excluded.oldest_worker, applied_at = now()
        WHERE schema_version.version < excluded.version;
END $$;

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

-- Quota ---------------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS iris.user_daily_usage (
    user_id         uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    date            date NOT NULL,
    -- Charged messages, premium too.
    message_count   integer NOT NULL DEFAULT 0,
    tier_at_time    text NOT NULL,
    last_message_at timestamptz,
    -- Answers that the model's safety withheld; the first few of a day are free.
    blocked_count   integer NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, date)
);

-- The moments of the requests let through in the last 60 seconds, oldest first. Its row is also the lock that makes
-- the requests of one user take their turn.
CREATE TABLE IF NOT EXISTS iris.user_minute_usage (
    user_id  uuid PRIMARY KEY REFERENCES iris.accounts ON DELETE CASCADE,
    requests timestamptz[] NOT NULL DEFAULT '{}'
);

-- A message that may yet be charged. A worker that dies leaves its row, which stops counting when it lapses.
CREATE TABLE IF NOT EXISTS iris.quota_reservations (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    date       date NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS quota_reservations_user ON iris.quota_reservations (user_id, date);
-- Every chat leaves a dead row in this nearly empty table, and rewrites one of user_minute_usage in place.
ALTER TABLE iris.quota_reservations SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE iris.user_minute_usage SET (fillfactor = 50);

-- Conversations -------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS iris.iris_chat_sessions (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id           uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    session_id        uuid NOT NULL UNIQUE,
    started_at        timestamptz NOT NULL DEFAULT now(),
    last_message_at   timestamptz NOT NULL DEFAULT now(),
    -- Answered turns.
    message_count     integer NOT NULL DEFAULT 0,
    total_tokens      bigint NOT NULL DEFAULT 0,
    -- Milliseconds over the answered turns.
    avg_response_time double precision
);
CREATE INDEX IF NOT EXISTS iris_chat_sessions_user ON iris.iris_chat_sessions (user_id, last_message_at DESC);

-- What was said: a question and its answer are two rows with one turn_id. The answer's id is the message_id that the API
-- gives, a UUIDv7 made by the worker; created_at follows from the id, so a repeat meets the same key in the same partition.
CREATE TABLE IF NOT EXISTS iris.iris_messages (
    id               uuid NOT NULL,
    session_id       uuid NOT NULL,
    user_id          uuid NOT NULL,
    turn_id          uuid NOT NULL,
    role             text NOT NULL CHECK (role IN ('user', 'assistant')),
    content          text NOT NULL,
    created_at       timestamptz NOT NULL,
    -- Of the turn; on the question it tells later prompts whether the turn counts.
    status           text NOT NULL CHECK (status IN
                       ('pending', 'complete', 'truncated', 'blocked', 'fallback', 'partial', 'abandoned')),
    topic            text,
    model            text,
    confidence       double precision,
    response_time_ms integer,
    -- Unknown is null, never 0.
    tokens_in        integer,
    tokens_out       integer,
    tokens_cached    integer,
    tokens_thought   integer,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX IF NOT EXISTS iris_messages_session ON iris.iris_messages (session_id, created_at);
CREATE INDEX IF NOT EXISTS iris_messages_user ON iris.iris_messages (user_id, created_at);

ALTER TABLE iris.iris_chat_sessions
    -- The user deleted it: nothing more is kept of it, also not an answer that is being written.
    ADD COLUMN IF NOT EXISTS deleted_at       timestamptz,
    -- What the turns up to summarised_until said, for the prompts of premium conversations.
    ADD COLUMN IF NOT EXISTS summary          text,
    ADD COLUMN IF NOT EXISTS summarised_until timestamptz;

ALTER TABLE iris.iris_messages
    -- Of the answer, in millionths of the currency that the prices are in; unknown is null.
    ADD COLUMN IF NOT EXISTS cost_micro       bigint,
    -- What the prompt was thought to cost before the model counted tokens_in.
    ADD COLUMN IF NOT EXISTS tokens_estimated integer;

-- Contexts shared by other apps -------------------------------------------------------------------------------------

-- What another application knows of a user and Alessio may use; `data` holds the members `summary` and `data`.
CREATE TABLE IF NOT EXISTS iris.user_contexts (
    user_id    uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    app        text NOT NULL,
    data       jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, app)
);

-- Repeats: idempotency keys and the answer cache ----------------------------------------------------------------------

-- The requests that came with an Idempotency-Key: first who answers them, then the answer itself.
CREATE TABLE IF NOT EXISTS iris.idempotency_keys (
    user_id     uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    route       text NOT NULL,
    key         text NOT NULL,
    -- SHA-256 of the body, hexadecimal.
    body_hash   text NOT NULL,
    turn_id     uuid NOT NULL,
    question_id uuid,
    -- The conversation's public id: what is kept here of it goes when it is deleted.
    session_id  uuid,
    -- Which worker answers, in the words by which others find out whether it lives; null once it has answered.
    worker      text,
    -- The response without its usage, byte for byte; null while it is being written.
    document    text,
    -- The counts that stood in its usage.
    usage       jsonb,
    -- While it is being written, when its reservation lapses; then, when the answer is forgotten.
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, route, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_session ON iris.idempotency_keys (session_id);

-- Impersonal first answers that the next one who asks the same may have. Empty after a crash of the server, and no worse.
CREATE UNLOGGED TABLE IF NOT EXISTS iris.answer_cache (
    -- A keyed hash, evenly spread: its first byte is the set in which a new row takes the place of the oldest.
    key        bytea NOT NULL CHECK (length(key) > 0),
    tier       text NOT NULL,
    answer     text NOT NULL,
    model      text NOT NULL,
    confidence double precision NOT NULL,
    topic      text NOT NULL,
    finish     text NOT NULL,
    -- Whose question made it.
    user_id    uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    hits       integer NOT NULL DEFAULT 0,
    PRIMARY KEY (key, tier)
);
CREATE INDEX IF NOT EXISTS answer_cache_expires ON iris.answer_cache (expires_at);
CREATE INDEX IF NOT EXISTS answer_cache_user ON iris.answer_cache (user_id);
-- Room for the new version of a row whose hits are counted.
ALTER TABLE iris.answer_cache SET (fillfactor = 70);

-- Money and alerts ----------------------------------------------------------------------------------------------------

-- What the models cost in a day, in millionths; several rows a day, so that settlements don't queue on one.
CREATE TABLE IF NOT EXISTS iris.daily_spend (
    date       date NOT NULL,
    shard      smallint NOT NULL,
    cost_micro bigint NOT NULL,
    PRIMARY KEY (date, shard)
);

-- What an operator must hear of, once: a repeat only counts. One that comes back after it was resolved is new.
CREATE TABLE IF NOT EXISTS iris.alerts (
    kind        text NOT NULL,
    subject     text NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    count       bigint NOT NULL DEFAULT 1,
    detail      jsonb,
    notified_at timestamptz,
    resolved_at timestamptz,
    PRIMARY KEY (kind, subject)
);

-- Analytics: user_id and session_id are keyed hashes, never ids of an account or a conversation -----------------------

CREATE TABLE IF NOT EXISTS iris.iris_events (
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id    text,
    event_type text NOT NULL,
    timestamp  timestamptz NOT NULL DEFAULT now(),
    metadata   jsonb NOT NULL DEFAULT '{}',
    session_id text,
    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);

-- What makes two errors the same one: all that says what failed, and nothing that says when or for whom. Rows carry it, so it
-- never changes its meaning.
CREATE OR REPLACE FUNCTION iris.error_fingerprint(p_type text, p_message text, p_context jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(encode(sha256(convert_to(jsonb_build_array(p_type, p_message, p_context->'provider', p_context->'model',
    p_context->'reason', p_context->'route')::text, 'UTF8')), 'hex'), 16);

-- Up to version 3 errors lay in one plain table, whose rows move into the partitions below.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('iris.iris_errors')) = 'r' THEN
        DROP INDEX IF EXISTS iris.iris_errors_timestamp;
        ALTER TABLE iris.iris_errors DROP CONSTRAINT iris_errors_pkey;
        ALTER TABLE iris.iris_errors RENAME TO iris_errors_plain;
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS iris.iris_errors (
    id            uuid NOT NULL DEFAULT gen_random_uuid(),
    error_type    text NOT NULL,
    -- A template, without anything a user wrote.
    error_message text NOT NULL,
    timestamp     timestamptz NOT NULL DEFAULT now(),
    user_id       text,
    context       jsonb NOT NULL DEFAULT '{}',
    fingerprint   text NOT NULL GENERATED ALWAYS AS (iris.error_fingerprint(error_type, error_message, context)) STORED,
    -- When the row was written, which for what was spooled or imported is later than it happened: groups go by it.
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, timestamp)
) PARTITION BY RANGE (timestamp);
CREATE INDEX IF NOT EXISTS iris_errors_timestamp ON iris.iris_errors (timestamp);
CREATE INDEX IF NOT EXISTS iris_errors_fingerprint ON iris.iris_errors (fingerprint, timestamp);
CREATE INDEX IF NOT EXISTS iris_errors_recorded ON iris.iris_errors (recorded_at);

-- Monthly partitions of the big tables, from the month of `from_day` on. A default partition catches what no month takes, so
-- that a clock or a forgotten timer never loses a row; a month that is made later takes its rows from there.
CREATE OR REPLACE FUNCTION iris.ensure_partitions(from_day date, months integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent    text;
    partition text;
    key       text;
    -- Those that can be written: what is generated is generated again.
    columns   text;
    month     date;
    first     timestamptz;
    next      timestamptz;
BEGIN
    FOR parent, key IN VALUES ('iris_messages', 'created_at'), ('iris_events', 'timestamp'), ('iris_errors', 'timestamp') LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS iris.%I PARTITION OF iris.%I DEFAULT', parent || '_rest', parent);
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
          FROM pg_attribute a
         WHERE a.attrelid = format('iris.%I', parent)::regclass AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '';
        FOR step IN 0 .. months - 1 LOOP
            month := (date_trunc('month', from_day::timestamp) + make_interval(months => step))::date;
            partition := parent || to_char(month, '_YYYYMM');
            CONTINUE WHEN to_regclass(format('iris.%I', partition)) IS NOT NULL;
            first := month::timestamp AT TIME ZONE 'UTC';
            next := (month + interval '1 month')::timestamp AT TIME ZONE 'UTC';
            EXECUTE format('CREATE TABLE iris.%I (LIKE iris.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)',
                partition, parent);
            EXECUTE format('WITH moved AS (DELETE FROM iris.%1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *) '
                'INSERT INTO iris.%5$I (%6$s) SELECT %6$s FROM moved',
                parent || '_rest', key, first, next, partition, columns);
            EXECUTE format('ALTER TABLE iris.%I ATTACH PARTITION iris.%I FOR VALUES FROM (%L) TO (%L)',
                parent, partition, first, next);
        END LOOP;
    END LOOP;
END $$;
DO $$ BEGIN PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date, 3); END $$;

DO $$
BEGIN
    IF to_regclass('iris.iris_errors_plain') IS NOT NULL THEN
        PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date - 120, 5);
        INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
        SELECT p.id, p.error_type, p.error_message, p.timestamp, p.user_id, p.context FROM iris.iris_errors_plain p;
        DROP TABLE iris.iris_errors_plain;
    END IF;
END $$;

-- Small helpers -------------------------------------------------------------------------------------------------------

-- RFC 9562 §5.7: the first 48 bits of a UUIDv7 are milliseconds since 1970.
CREATE OR REPLACE FUNCTION iris.uuid_v7_time(id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_timestamp(('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0);

-- RFC 3339 in UTC, as the API shows times. STABLE like to_char: an IMMUTABLE one would never be inlined.
CREATE OR REPLACE FUNCTION iris.rfc3339(moment timestamptz) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- The tier that counts now: a beta grant is premium to the end of its last day.
CREATE OR REPLACE FUNCTION iris.effective_tier(tier text, beta_until date, today date) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN tier = 'premium' OR beta_until >= today THEN 'premium' ELSE 'free' END;

-- Midnight at the end of `day` there. A day is added to the local timestamp: days of 23 and 25 hours exist.
CREATE OR REPLACE FUNCTION iris.end_of_day(day date, time_zone text) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN (day + 1)::timestamp AT TIME ZONE time_zone;

-- Keeps an account from being erased before this transaction ends. Who writes several rows of a user takes this first, as
-- the foreign keys of those rows would later: an erasure, which takes the account first as well, then comes wholly before
-- it or wholly after it, and the two never wait for each other in a circle.
CREATE OR REPLACE FUNCTION iris.hold_account(p_account uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM iris.accounts a WHERE a.id = p_account FOR KEY SHARE;
END $$;

-- Chat: SQL call 1 ----------------------------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS iris.begin_chat(uuid, uuid, uuid, boolean, uuid, uuid, text, text, text, integer, integer, integer,
    integer, integer, integer, integer);
DROP FUNCTION IF EXISTS iris.recent_turns(uuid, timestamptz, integer);

-- Everything that a chat must know before the model is asked, in one round trip: is the session alive, the account
-- enabled, the conversation the user's; is it a repeat; may one more message pass (and if so it is reserved, and the
-- question kept as pending); what was said before and what is known of the user. `outcome` is 'reserved'; 'cached', when
-- `cached` holds the answer and no place in the day was taken; 'replayed', when `document` and `document_usage` hold the
-- answer given before; 'in_progress', when `known_worker` is answering it as `known_turn`; or the word that the program
-- turns into a problem.
-- A free_day of null is no limit, likewise the others. What is null of p_app, p_key, p_cache_key and p_budget costs nothing.
-- p_takeover: the turn of this key whose worker is known to be dead: it is answered again, in its place.
CREATE OR REPLACE FUNCTION iris.begin_chat(
    p_user uuid, p_session uuid, p_conversation uuid, p_new_conversation boolean, p_turn uuid, p_question_id uuid,
    p_question text, p_topic text, p_time_zone text, p_lapse_seconds integer,
    p_free_day integer, p_free_minute integer, p_free_turns integer,
    p_premium_day integer, p_premium_minute integer, p_premium_turns integer,
    p_app text, p_key text, p_body_hash text, p_worker text, p_takeover uuid, p_cache_key bytea, p_budget bigint,
    OUT outcome text, OUT tier text, OUT day_limit integer, OUT day_used integer, OUT day_reserved integer,
    OUT minute_limit integer, OUT minute_used integer, OUT minute_reset_s integer, OUT day_reset_s integer,
    OUT retry_after_s integer, OUT resets_at text, OUT turns integer, OUT history text,
    OUT profile text, OUT context text, OUT summary text, OUT summarised_until timestamptz, OUT over_budget boolean,
    OUT cached text, OUT known_turn uuid, OUT known_worker text, OUT document text, OUT document_usage text)
LANGUAGE plpgsql AS $$
DECLARE
    account     record;
    today       date;
    moment      timestamptz;
    recent      timestamptz[];
    turn_limit  integer;
    started     timestamptz;
    next_lapse  timestamptz;
    known       iris.idempotency_keys;
    -- The day of the reservation that this question takes over.
    taken_day   date;
BEGIN
    -- The reservation may be lost in a crash of the server; the turn, which iris.finish_chat writes, never.
    PERFORM set_config('synchronous_commit', 'off', true);

    SELECT a.tier, a.beta_until, a.disabled_at IS NOT NULL AS disabled,
           s.id IS NOT NULL AND s.revoked_at IS NULL AND s.expires_at > now() AS alive,
           CASE WHEN num_nonnulls(a.current_job, a.target_job, a.sector, a.experience_years, a.region, a.goals) > 0
           THEN json_build_object('current_job', a.current_job, 'target_job', a.target_job, 'sector', a.sector,
               'experience_years', a.experience_years, 'region', a.region, 'goals', a.goals)::text
           END AS profile
      INTO account
      FROM iris.accounts a LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id
     WHERE a.id = p_user
       FOR KEY SHARE OF a;
    IF NOT FOUND OR NOT account.alive THEN outcome := 'session_revoked'; RETURN; END IF;
    IF account.disabled THEN outcome := 'account_disabled'; RETURN; END IF;

    IF NOT p_new_conversation THEN
        SELECT c.started_at, c.message_count, c.summary, c.summarised_until
          INTO started, turns, summary, summarised_until
          FROM iris.iris_chat_sessions c
         WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL;
        IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    END IF;
    turns := coalesce(turns, 0);

    -- The user's requests take their turn on this row; the time is read after the lock was given.
    -- It is missing at the first request, and after an operator reset the minute, who may do so at any moment.
    LOOP
        SELECT u.requests INTO recent FROM iris.user_minute_usage u WHERE u.user_id = p_user FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO iris.user_minute_usage (user_id) VALUES (p_user) ON CONFLICT DO NOTHING;
    END LOOP;
    moment := clock_timestamp();
    today := (moment AT TIME ZONE p_time_zone)::date;
    tier := iris.effective_tier(account.tier, account.beta_until, today);
    IF tier = 'premium' THEN
        day_limit := p_premium_day; minute_limit := p_premium_minute; turn_limit := p_premium_turns;
    ELSE
        day_limit := p_free_day; minute_limit := p_free_minute; turn_limit := p_free_turns;
        summary := NULL; summarised_until := NULL;
    END IF;

    -- Later than now is what a clock said before it was set back.
    recent := coalesce((SELECT array_agg(r ORDER BY r) FROM unnest(recent) r
                         WHERE r > moment - interval '60 s' AND r <= moment), '{}');
    minute_used := cardinality(recent);
    minute_reset_s := CASE WHEN minute_used > 0
        THEN greatest(1, ceil(extract(epoch FROM recent[1] + interval '60 s' - moment))) ELSE 60 END;
    resets_at := iris.rfc3339(iris.end_of_day(today, p_time_zone));
    day_reset_s := greatest(1, ceil(extract(epoch FROM iris.end_of_day(today, p_time_zone) - moment)));
    -- One statement, so one snapshot: a settlement between two would be missed by both counts.
    SELECT coalesce((SELECT d.message_count FROM iris.user_daily_usage d
                      WHERE d.user_id = p_user AND d.date = today), 0),
           count(*), min(q.expires_at)
      INTO day_used, day_reserved, next_lapse
      FROM iris.quota_reservations q WHERE q.user_id = p_user AND q.date = today AND q.expires_at > moment;

    -- A key is locked before a reservation, here and at the end: two that meet never wait for each other.
    IF p_key IS NOT NULL THEN
        DELETE FROM iris.idempotency_keys k WHERE k.user_id = p_user AND k.expires_at <= moment;
        SELECT k.* INTO known FROM iris.idempotency_keys k
         WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key FOR UPDATE;
        IF known.body_hash <> p_body_hash THEN outcome := 'idempotency_mismatch'; RETURN; END IF;
        IF known.document IS NOT NULL THEN
            outcome := 'replayed';
            known_turn := known.turn_id; document := known.document; document_usage := known.usage;
            RETURN;
        END IF;
        IF known.turn_id IS NOT NULL AND p_takeover IS DISTINCT FROM known.turn_id THEN
            outcome := 'in_progress';
            known_turn := known.turn_id; known_worker := known.worker;
            retry_after_s := greatest(1, ceil(extract(epoch FROM known.expires_at - moment)));
            RETURN;
        END IF;
        SELECT q.date INTO taken_day FROM iris.quota_reservations q
         WHERE q.id = known.turn_id AND q.expires_at > moment;
    END IF;

    IF day_used + day_reserved >= day_limit AND taken_day IS NULL THEN
        outcome := 'daily_quota_exceeded';
        -- While answers are being written, one that fails may free its place when its reservation ends.
        retry_after_s := CASE WHEN day_used >= day_limit THEN day_reset_s
            ELSE least(day_reset_s, greatest(1, ceil(extract(epoch FROM next_lapse - moment)))) END;
        day_reset_s := retry_after_s;
        RETURN;
    END IF;
    IF minute_used >= minute_limit THEN
        outcome := 'rate_limited';
        -- The limit may have shrunk: one more passes when fewer than it are left.
        retry_after_s := greatest(1, ceil(extract(epoch FROM
            recent[minute_used - minute_limit + 1] + interval '60 s' - moment)));
        minute_reset_s := retry_after_s;
        RETURN;
    END IF;

    outcome := 'reserved';
    profile := account.profile;
    -- Without a limit nobody asks how many there were, and the list would grow with every request.
    IF minute_limit IS NOT NULL THEN
        UPDATE iris.user_minute_usage SET requests = recent || moment WHERE user_id = p_user;
    END IF;
    IF minute_used = 0 THEN minute_reset_s := 60; END IF;
    minute_used := minute_used + 1;

    IF known.turn_id IS NOT NULL THEN
        UPDATE iris.iris_messages m SET status = 'abandoned'
         WHERE m.id = known.question_id AND m.created_at = iris.uuid_v7_time(known.question_id) AND m.status = 'pending';
        DELETE FROM iris.quota_reservations q WHERE q.id = known.turn_id;
        IF taken_day = today THEN day_reserved := day_reserved - 1; END IF;
    END IF;
    IF p_cache_key IS NOT NULL AND p_new_conversation AND p_app IS NULL AND profile IS NULL THEN
        UPDATE iris.answer_cache c SET hits = c.hits + 1
         WHERE c.key = p_cache_key AND c.tier = begin_chat.tier AND c.expires_at > moment
        RETURNING json_build_object('answer', c.answer, 'model', c.model, 'confidence', c.confidence,
            'topic', c.topic, 'finish', c.finish)::text INTO cached;
    END IF;
    DELETE FROM iris.quota_reservations WHERE user_id = p_user AND expires_at <= moment;
    IF cached IS NOT NULL THEN
        outcome := 'cached';
    ELSE
        INSERT INTO iris.quota_reservations (id, user_id, date, expires_at)
        VALUES (p_turn, p_user, coalesce(taken_day, today), moment + make_interval(secs => p_lapse_seconds));
        IF taken_day IS NULL OR taken_day = today THEN day_reserved := day_reserved + 1; END IF;
    END IF;
    IF p_key IS NOT NULL THEN
        INSERT INTO iris.idempotency_keys AS k (user_id, route, key, body_hash, turn_id, question_id, session_id, worker,
            expires_at)
        VALUES (p_user, 'chat', p_key, p_body_hash, p_turn, p_question_id, p_conversation, p_worker,
            moment + make_interval(secs => p_lapse_seconds))
        ON CONFLICT (user_id, route, key) DO UPDATE SET turn_id = excluded.turn_id, question_id = excluded.question_id,
            session_id = excluded.session_id, worker = excluded.worker, expires_at = excluded.expires_at;
    END IF;

    IF p_new_conversation THEN
        INSERT INTO iris.iris_chat_sessions (user_id, session_id) VALUES (p_user, p_conversation);
    ELSIF turn_limit > 0 THEN
        history := iris.recent_turns(p_conversation, started, summarised_until, turn_limit);
    END IF;
    INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic)
    VALUES (p_question_id, p_conversation, p_user, p_turn, 'user', p_question, iris.uuid_v7_time(p_question_id),
            'pending', p_topic);
    IF p_app IS NOT NULL THEN
        context := (SELECT x.data::text FROM iris.user_contexts x WHERE x.user_id = p_user AND x.app = p_app);
    END IF;
    IF p_budget IS NOT NULL THEN
        over_budget := (SELECT coalesce(sum(d.cost_micro), 0) >= p_budget FROM iris.daily_spend d WHERE d.date = today);
    END IF;
END $$;

-- The last answered turns of a conversation after a moment, oldest first, as a JSON array of [question, answer, turn_id];
-- null for none. PL/pgSQL keeps its plan, where a function in SQL would be planned at each call, which takes longer than all
-- else here. It has to be one by the indexes, also when it was made while the month's partition was empty.
CREATE OR REPLACE FUNCTION iris.recent_turns(
    p_conversation uuid, p_started timestamptz, p_after timestamptz, p_turns integer) RETURNS text
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    -- Ids are made by the workers' clocks; greatest() ignores a null.
    since CONSTANT timestamptz := greatest(p_started - interval '1 day', p_after - interval '1 minute');
BEGIN
    RETURN (
        SELECT json_agg(json_build_array(t.question, t.answer, t.id) ORDER BY t.asked)::text
          FROM (SELECT q.content AS question, a.content AS answer, q.turn_id AS id, q.created_at AS asked
                  FROM iris.iris_messages q
                  JOIN iris.iris_messages a ON a.id = q.turn_id AND a.created_at = iris.uuid_v7_time(q.turn_id)
                 WHERE q.session_id = p_conversation AND q.role = 'user' AND q.created_at >= since
                   AND q.status IN ('complete', 'truncated') AND (p_after IS NULL OR a.created_at > p_after)
                 ORDER BY q.created_at DESC LIMIT p_turns) t);
END $$;

-- Chat: SQL call 2 ----------------------------------------------------------------------------------------------------

DROP FUNCTION IF EXISTS iris.finish_chat(uuid, uuid, uuid, uuid, text, text, text, text, text, integer, text, text, text,
    double precision, integer, integer, integer, integer, integer, jsonb, jsonb);
DROP FUNCTION IF EXISTS iris.abandon_chat(uuid, uuid);

-- Completes a turn: the answer, the quota, the conversation's totals, the money, the events and errors, all or nothing. Safe
-- to repeat when the outcome of the first call is unknown: the answer's id decides, and where no answer may be kept the
-- events' ids. A charged turn counts on the day of its reservation also when that has lapsed. Returns what the answer tells
-- about the day.
-- p_charge: 'yes', 'no', or 'blocked': free up to p_free_blocks a day, then charged.
-- p_spend: what the day's budget is charged with, in millionths, an estimate where p_cost_micro is unknown.
-- p_key: of the request, with p_document to be given to its repeats for p_keep_seconds, and p_usage, the counts beside those
-- of the day. Without a document the key is free again.
CREATE OR REPLACE FUNCTION iris.finish_chat(
    p_user uuid, p_conversation uuid, p_turn uuid, p_question_id uuid, p_question text, p_topic text,
    p_answer text, p_status text, p_charge text, p_free_blocks integer, p_tier text, p_time_zone text,
    p_model text, p_confidence double precision, p_response_ms integer,
    p_tokens_in integer, p_tokens_out integer, p_tokens_cached integer, p_tokens_thought integer, p_events jsonb,
    p_errors jsonb, p_tokens_estimated integer, p_cost_micro bigint, p_spend bigint, p_alerts jsonb,
    p_key text, p_body_hash text, p_document text, p_usage jsonb, p_keep_seconds integer,
    OUT day_used integer, OUT day_reserved integer)
LANGUAGE plpgsql AS $$
DECLARE
    asked      CONSTANT timestamptz := iris.uuid_v7_time(p_question_id);
    moment     CONSTANT timestamptz := clock_timestamp();
    -- Another turn answers this key now: it was taken over, or ran afresh after the reservation lapsed.
    superseded boolean := false;
    inserted   boolean;
    kept       boolean := false;
    settles    boolean := false;
    charged    boolean;
    day        date;
    counts     jsonb;
BEGIN
    PERFORM iris.hold_account(p_user);
    IF p_key IS NOT NULL THEN
        SELECT k.turn_id <> p_turn INTO superseded FROM iris.idempotency_keys k
         WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key FOR UPDATE;
        superseded := coalesce(superseded, false);
    END IF;
    INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic, model,
        confidence, response_time_ms, tokens_in, tokens_out, tokens_cached, tokens_thought, tokens_estimated, cost_micro)
    SELECT p_turn, p_conversation, p_user, p_turn, 'assistant', p_answer, iris.uuid_v7_time(p_turn), p_status, p_topic,
        p_model, p_confidence, p_response_ms, p_tokens_in, p_tokens_out, p_tokens_cached, p_tokens_thought,
        p_tokens_estimated, p_cost_micro
     WHERE NOT superseded AND EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = p_user)
    ON CONFLICT DO NOTHING;
    inserted := FOUND;

    IF inserted THEN
        -- The conversation and the question are written again: the server may have crashed since the reservation.
        INSERT INTO iris.iris_chat_sessions AS c (user_id, session_id, message_count, total_tokens, avg_response_time)
        VALUES (p_user, p_conversation, 1, coalesce(p_tokens_in, 0) + coalesce(p_tokens_out, 0), p_response_ms)
        ON CONFLICT (session_id) DO UPDATE SET
            message_count = c.message_count + 1,
            total_tokens = c.total_tokens + excluded.total_tokens,
            avg_response_time = coalesce(c.avg_response_time, 0)
                + (excluded.avg_response_time - coalesce(c.avg_response_time, 0)) / (c.message_count + 1),
            last_message_at = moment
            WHERE c.deleted_at IS NULL;
        kept := FOUND;
        IF kept THEN
            INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic)
            VALUES (p_question_id, p_conversation, p_user, p_turn, 'user', p_question, asked, p_status, p_topic)
            ON CONFLICT (id, created_at) DO UPDATE SET status = excluded.status;
        ELSE
            -- Deleted, and locked by the attempt to update it: whoever deletes it later finds these rows.
            DELETE FROM iris.iris_messages m WHERE m.id = p_turn AND m.created_at = iris.uuid_v7_time(p_turn);
            DELETE FROM iris.iris_messages m WHERE m.id = p_question_id AND m.created_at = asked;
        END IF;
    END IF;

    IF inserted OR superseded THEN
        DELETE FROM iris.quota_reservations WHERE id = p_turn RETURNING date INTO day;
        settles := kept OR day IS NOT NULL;
        INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id)
        SELECT e.id, e.user_id, e.event_type, iris.uuid_v7_time(e.id), e.metadata, e.session_id
          FROM jsonb_to_recordset(p_events)
            AS e(id uuid, user_id text, event_type text, metadata jsonb, session_id text)
        ON CONFLICT DO NOTHING;
        settles := settles OR FOUND;
    END IF;
    IF settles THEN
        charged := p_charge = 'yes' AND NOT superseded;
        day := coalesce(day, (asked AT TIME ZONE p_time_zone)::date);
        INSERT INTO iris.user_daily_usage AS d (user_id, date, tier_at_time, last_message_at)
        SELECT p_user, day, p_tier, moment WHERE p_charge IN ('yes', 'blocked') AND NOT superseded
        ON CONFLICT (user_id, date) DO NOTHING;
        IF p_charge = 'blocked' AND NOT superseded THEN
            UPDATE iris.user_daily_usage d SET blocked_count = blocked_count + 1
             WHERE d.user_id = p_user AND d.date = day RETURNING blocked_count > p_free_blocks INTO charged;
        END IF;
        IF charged THEN
            UPDATE iris.user_daily_usage d
               SET message_count = message_count + 1, tier_at_time = p_tier, last_message_at = moment
             WHERE d.user_id = p_user AND d.date = day;
        END IF;
        INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
        SELECT e.id, e.error_type, e.error_message, iris.uuid_v7_time(e.id), e.user_id, e.context
          FROM jsonb_to_recordset(p_errors)
            AS e(id uuid, error_type text, error_message text, user_id text, context jsonb);
    END IF;

    day := (moment AT TIME ZONE p_time_zone)::date;
    SELECT coalesce((SELECT d.message_count FROM iris.user_daily_usage d
                      WHERE d.user_id = p_user AND d.date = day), 0),
           count(*)
      INTO day_used, day_reserved
      FROM iris.quota_reservations q WHERE q.user_id = p_user AND q.date = day AND q.expires_at > moment;

    IF p_key IS NOT NULL AND NOT superseded THEN
        IF kept AND p_document IS NOT NULL THEN
            INSERT INTO iris.idempotency_keys AS k (user_id, route, key, body_hash, turn_id, question_id, session_id,
                document, usage, expires_at)
            VALUES (p_user, 'chat', p_key, p_body_hash, p_turn, p_question_id, p_conversation, p_document,
                p_usage || jsonb_build_object('day_used', day_used, 'day_reserved', day_reserved),
                moment + make_interval(secs => p_keep_seconds))
            ON CONFLICT (user_id, route, key) DO UPDATE SET
                worker = NULL, document = excluded.document, usage = excluded.usage, expires_at = excluded.expires_at;
        ELSIF settles THEN
            DELETE FROM iris.idempotency_keys k WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key;
        ELSE
            -- The call was sent twice: the user reads the counts that a repeat of the request will read.
            counts := (SELECT k.usage FROM iris.idempotency_keys k
                        WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key);
            day_used := coalesce((counts->>'day_used')::integer, day_used);
            day_reserved := coalesce((counts->>'day_reserved')::integer, day_reserved);
        END IF;
    END IF;
    -- Last, because all settlements may meet here.
    IF settles AND p_spend > 0 THEN PERFORM iris.add_spend((moment AT TIME ZONE p_time_zone)::date, p_spend); END IF;
    IF settles AND p_alerts IS NOT NULL THEN PERFORM iris.raise_alerts(p_alerts); END IF;
END $$;

-- Adds to what the models cost on a day. Each connection has its row among sixteen.
CREATE OR REPLACE FUNCTION iris.add_spend(p_day date, p_spend bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.daily_spend AS d (date, shard, cost_micro) VALUES (p_day, pg_backend_pid() % 16, p_spend)
    ON CONFLICT (date, shard) DO UPDATE SET cost_micro = d.cost_micro + excluded.cost_micro
$$;

-- Notes what an operator must hear of: an array of {kind, subject, detail}.
CREATE OR REPLACE FUNCTION iris.raise_alerts(p_alerts jsonb) RETURNS void
LANGUAGE sql AS $$
    -- In one order, so that two calls never wait for each other.
    INSERT INTO iris.alerts AS a (kind, subject, first_at, last_at, detail)
    SELECT DISTINCT ON (n.kind, n.subject) n.kind, n.subject, clock_timestamp(), clock_timestamp(), n.detail
      FROM jsonb_to_recordset(p_alerts) AS n(kind text, subject text, detail jsonb)
     ORDER BY n.kind, n.subject
    ON CONFLICT (kind, subject) DO UPDATE SET
        last_at = excluded.last_at, detail = excluded.detail, resolved_at = NULL,
        count = CASE WHEN a.resolved_at IS NULL THEN a.count + 1 ELSE 1 END,
        first_at = CASE WHEN a.resolved_at IS NULL THEN a.first_at ELSE excluded.first_at END,
        notified_at = CASE WHEN a.resolved_at IS NULL THEN a.notified_at END
$$;

-- Records what happened where no turn is settled: events, errors, alerts and money, as iris.finish_chat takes them.
CREATE OR REPLACE FUNCTION iris.record(
    p_events jsonb, p_errors jsonb, p_alerts jsonb, p_spend bigint, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_spend > 0 THEN PERFORM iris.add_spend((now() AT TIME ZONE p_time_zone)::date, p_spend); END IF;
    INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id)
    SELECT e.id, e.user_id, e.event_type, iris.uuid_v7_time(e.id), e.metadata, e.session_id
      FROM jsonb_to_recordset(p_events)
        AS e(id uuid, user_id text, event_type text, metadata jsonb, session_id text)
    ON CONFLICT DO NOTHING;
    INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
    SELECT e.id, e.error_type, e.error_message, iris.uuid_v7_time(e.id), e.user_id, e.context
      FROM jsonb_to_recordset(p_errors)
        AS e(id uuid, error_type text, error_message text, user_id text, context jsonb)
    ON CONFLICT DO NOTHING;
    PERFORM iris.raise_alerts(p_alerts);
END $$;

-- Gives a reservation and a key back without an answer: the client left before there was one. The question stays, as
-- abandoned, unless its conversation was deleted meanwhile.
CREATE OR REPLACE FUNCTION iris.abandon_chat(p_user uuid, p_turn uuid, p_question_id uuid, p_key text) RETURNS void
LANGUAGE sql AS $$
    SELECT iris.hold_account(p_user);
    DELETE FROM iris.idempotency_keys k
     WHERE k.user_id = p_user AND k.route = 'chat' AND k.key = p_key AND k.turn_id = p_turn;
    DELETE FROM iris.quota_reservations WHERE id = p_turn;
    UPDATE iris.iris_messages SET status = 'abandoned'
     WHERE id = p_question_id AND created_at = iris.uuid_v7_time(p_question_id) AND status = 'pending';
    DELETE FROM iris.iris_messages m USING iris.iris_chat_sessions c
     WHERE m.id = p_question_id AND m.created_at = iris.uuid_v7_time(p_question_id)
       AND c.session_id = m.session_id AND c.deleted_at IS NOT NULL;
$$;

-- Chat: after the answer ----------------------------------------------------------------------------------------------

-- Keeps what the turns up to p_through said, unless somebody else moved that point from p_expected meanwhile or the
-- conversation was deleted; what it cost, in any case. Returns whether it was kept.
CREATE OR REPLACE FUNCTION iris.store_summary(
    p_user uuid, p_conversation uuid, p_summary text, p_through uuid, p_expected timestamptz, p_spend bigint,
    p_events jsonb, p_time_zone text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.record(p_events, '[]', '[]', p_spend, p_time_zone);
    UPDATE iris.iris_chat_sessions c SET summary = p_summary, summarised_until = iris.uuid_v7_time(p_through)
     WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL
       AND c.summarised_until IS NOT DISTINCT FROM p_expected
       AND (p_expected IS NULL OR iris.uuid_v7_time(p_through) > p_expected)
       AND EXISTS (SELECT 1 FROM iris.iris_messages m
                    WHERE m.id = p_through AND m.created_at = iris.uuid_v7_time(p_through)
                      AND m.session_id = p_conversation);
    RETURN FOUND;
END $$;

-- Keeps an answer for the next one who asks the same. The cache has 256 sets by the first byte of the key, which are
-- locked one by one: neither many keys nor many workers make it larger than p_maximum_rows (at least one a set).
CREATE OR REPLACE FUNCTION iris.cache_answer(
    p_key bytea, p_tier text, p_user uuid, p_answer text, p_model text, p_confidence double precision, p_topic text,
    p_finish text, p_ttl_seconds integer, p_maximum_rows integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    first  CONSTANT integer := get_byte(p_key, 0);
    low    CONSTANT bytea := substring(p_key FOR 1);
    high   CONSTANT bytea := CASE WHEN first < 255 THEN set_byte(low, 0, first + 1) END;
    moment timestamptz;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM iris.hold_account(p_user);
    PERFORM pg_advisory_xact_lock(hashtext('iris.answer_cache'), first);
    moment := clock_timestamp();
    INSERT INTO iris.answer_cache AS c (key, tier, answer, model, confidence, topic, finish, user_id, created_at,
        expires_at)
    SELECT p_key, p_tier, p_answer, p_model, p_confidence, p_topic, p_finish, a.id, moment,
        moment + make_interval(secs => p_ttl_seconds)
      FROM iris.accounts a WHERE a.id = p_user
    ON CONFLICT (key, tier) DO UPDATE SET answer = excluded.answer, model = excluded.model,
        confidence = excluded.confidence, topic = excluded.topic, finish = excluded.finish, user_id = excluded.user_id,
        created_at = excluded.created_at, expires_at = excluded.expires_at;
    -- Who holds a row is erasing or serving it: it goes another time. A set is a range of the primary key.
    DELETE FROM iris.answer_cache c WHERE (c.key, c.tier) IN (
        SELECT o.key, o.tier FROM iris.answer_cache o WHERE o.expires_at <= moment
         ORDER BY o.expires_at LIMIT 8 FOR UPDATE SKIP LOCKED);
    DELETE FROM iris.answer_cache c WHERE (c.key, c.tier) IN (
        SELECT o.key, o.tier FROM iris.answer_cache o WHERE o.key >= low AND (high IS NULL OR o.key < high)
         ORDER BY o.created_at DESC OFFSET greatest(1, p_maximum_rows / 256));
END $$;

-- Mails and webhooks ----------------------------------------------------------------------------------------------------

-- Puts notices on their way: an array of {id, kind, topic, user_id, payload, dedupe_key, lifetime_s}. One whose dedupe_key
-- is there already is told already.
CREATE OR REPLACE FUNCTION iris.enqueue(p_notices jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.outbox (id, kind, topic, user_id, payload, dedupe_key, expires_at)
    SELECT n.id, n.kind, n.topic, n.user_id, n.payload, n.dedupe_key, now() + make_interval(secs => n.lifetime_s)
      FROM jsonb_to_recordset(p_notices) AS n(
          id uuid, kind text, topic text, user_id uuid, payload jsonb, dedupe_key text, lifetime_s integer)
    ON CONFLICT DO NOTHING
$$;

-- Takes the notice of these kinds that has been due for longest, for so long: with another worker's it comes back when that
-- one has died. No row, or a row of nulls, when none is due.
CREATE OR REPLACE FUNCTION iris.claim_notice(
    p_kinds text[], p_lease_seconds integer,
    OUT id uuid, OUT kind text, OUT topic text, OUT user_id uuid, OUT payload jsonb, OUT attempt integer,
    OUT created_us bigint)
LANGUAGE sql AS $$
    UPDATE iris.outbox o
       SET attempts = o.attempts + 1, due_at = clock_timestamp() + make_interval(secs => p_lease_seconds)
     WHERE o.id = (SELECT d.id FROM iris.outbox d
                    WHERE d.delivered_at IS NULL AND d.due_at <= clock_timestamp() AND d.expires_at > clock_timestamp()
                      AND d.kind = ANY (p_kinds)
                    ORDER BY d.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING o.id, o.kind, o.topic, o.user_id, o.payload, o.attempts,
        (extract(epoch FROM o.created_at) * 1000000)::bigint
$$;

-- Ends a notice, delivered or given up (p_error says why). What must be told once leaves its row, without what it said.
CREATE OR REPLACE FUNCTION iris.settle_notice(p_id uuid, p_error text) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM iris.outbox o WHERE o.id = p_id AND o.dedupe_key IS NULL;
    UPDATE iris.outbox o SET delivered_at = clock_timestamp(), payload = '{}', last_error = p_error
     WHERE o.id = p_id AND o.delivered_at IS NULL;
$$;

-- Lets a notice wait; not if somebody else took it meanwhile.
CREATE OR REPLACE FUNCTION iris.postpone_notice(p_id uuid, p_attempt integer, p_seconds integer, p_error text) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.outbox o SET due_at = clock_timestamp() + make_interval(secs => p_seconds), last_error = p_error
     WHERE o.id = p_id AND o.attempts = p_attempt AND o.delivered_at IS NULL
$$;

-- Tells the unified backend once a day that a user's day is used up. The day is the one that ends at p_resets_at.
CREATE OR REPLACE FUNCTION iris.tell_quota_reached(
    p_id uuid, p_user uuid, p_resets_at timestamptz, p_time_zone text, p_lifetime_seconds integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.outbox (id, kind, topic, user_id, payload, dedupe_key, expires_at)
    SELECT p_id, 'webhook', 'quota.reached', a.id,
           jsonb_build_object('id', a.id, 'external_id', a.external_subject, 'date', d.day),
           format('quota.reached %s %s', a.id, d.day), now() + make_interval(secs => p_lifetime_seconds)
      FROM iris.accounts a,
           (SELECT ((p_resets_at - interval '1 second') AT TIME ZONE p_time_zone)::date AS day) d
     WHERE a.id = p_user
    ON CONFLICT DO NOTHING
$$;

-- Identity ------------------------------------------------------------------------------------------------------------

-- The account and session behind a good token, for the routes that need no more than that. `outcome` is 'ok' or the
-- word of the problem; the columns follow the API's user object.
CREATE OR REPLACE FUNCTION iris.authorise(
    p_user uuid, p_session uuid, p_time_zone text,
    OUT outcome text, OUT id uuid, OUT email text, OUT name text, OUT tier text, OUT beta_until text, OUT created_at text,
    OUT current_job text, OUT target_job text, OUT sector text, OUT experience_years integer, OUT region text,
    OUT goals text)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.id IS NULL OR s.revoked_at IS NOT NULL OR s.expires_at <= now() THEN 'session_revoked'
                WHEN a.disabled_at IS NOT NULL THEN 'account_disabled' ELSE 'ok' END,
           a.id, coalesce(a.email, a.external_email), a.name,
           iris.effective_tier(a.tier, a.beta_until, (now() AT TIME ZONE p_time_zone)::date),
           a.beta_until::text, iris.rfc3339(a.created_at), a.current_job, a.target_job, a.sector, a.experience_years,
           a.region, a.goals
      FROM (SELECT p_user AS wanted) w
      LEFT JOIN iris.accounts a ON a.id = w.wanted
      LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id
$$;

-- Opens a session with its first refresh token, given as its hash.
CREATE OR REPLACE FUNCTION iris.open_session(
    p_session uuid, p_account uuid, p_token_hash bytea, p_refresh_ttl integer, p_max_ttl integer, p_device text)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.sessions (id, account_id, expires_at, device)
    VALUES (p_session, p_account, now() + make_interval(secs => p_max_ttl), p_device);
    INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at)
    VALUES (p_token_hash, p_session, now() + make_interval(secs => least(p_refresh_ttl, p_max_ttl)));
$$;

-- Rotates a refresh token (RFC 9700 §4.14). The first use makes the child; a repeat within the grace, while the child is
-- unused, gives the same child again; the replay of anything older ends the whole session and records p_events. `outcome`
-- is 'rotated', 'repeated' (then child_hash is the one given before), 'replayed', 'account_disabled' or 'invalid'; the
-- account's columns follow the API's user object, for the first two alone.
CREATE OR REPLACE FUNCTION iris.refresh_session(
    p_token_hash bytea, p_child_hash bytea, p_refresh_ttl integer, p_grace_seconds integer, p_events jsonb,
    p_time_zone text,
    OUT outcome text, OUT session_id uuid, OUT child_hash bytea, OUT id uuid, OUT email text, OUT name text,
    OUT tier text, OUT beta_until text, OUT created_at text, OUT current_job text, OUT target_job text, OUT sector text,
    OUT experience_years integer, OUT region text, OUT goals text)
LANGUAGE plpgsql AS $$
DECLARE
    token   iris.refresh_tokens;
    session iris.sessions;
    account iris.accounts;
    moment  timestamptz;
BEGIN
    -- The session is what its refreshes take their turn on; whoever erases it locks it before its tokens, too.
    SELECT s.* INTO session FROM iris.sessions s
     WHERE s.id = (SELECT t.session_id FROM iris.refresh_tokens t WHERE t.token_hash = p_token_hash)
       FOR NO KEY UPDATE;
    SELECT t.* INTO token FROM iris.refresh_tokens t WHERE t.token_hash = p_token_hash AND t.session_id = session.id;
    SELECT a.* INTO account FROM iris.accounts a WHERE a.id = session.account_id;
    moment := clock_timestamp();
    IF account.id IS NULL OR token.token_hash IS NULL OR session.revoked_at IS NOT NULL
        OR session.expires_at <= moment OR token.expires_at <= moment THEN
        outcome := 'invalid'; RETURN;
    END IF;
    IF account.disabled_at IS NOT NULL THEN outcome := 'account_disabled'; RETURN; END IF;

    IF token.used_at IS NULL THEN
        outcome := 'rotated';
        child_hash := p_child_hash;
        INSERT INTO iris.refresh_tokens (token_hash, session_id, expires_at)
        VALUES (p_child_hash, session.id,
                least(moment + make_interval(secs => p_refresh_ttl), session.expires_at));
        UPDATE iris.refresh_tokens t SET used_at = moment, child_hash = p_child_hash WHERE t.token_hash = p_token_hash;
        UPDATE iris.sessions s SET last_used_at = moment WHERE s.id = session.id;
    ELSIF token.used_at > moment - make_interval(secs => p_grace_seconds)
        AND EXISTS (SELECT 1 FROM iris.refresh_tokens c WHERE c.token_hash = token.child_hash AND c.used_at IS NULL) THEN
        outcome := 'repeated';
        child_hash := token.child_hash;
    ELSE
        outcome := 'replayed';
        UPDATE iris.sessions s SET revoked_at = moment WHERE s.id = session.id;
        PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
        RETURN;
    END IF;
    session_id := session.id;
    id := account.id;
    email := coalesce(account.email, account.external_email);
    name := account.name;
    tier := iris.effective_tier(account.tier, account.beta_until, (moment AT TIME ZONE p_time_zone)::date);
    beta_until := account.beta_until::text;
    created_at := iris.rfc3339(account.created_at);
    current_job := account.current_job;
    target_job := account.target_job;
    sector := account.sector;
    experience_years := account.experience_years;
    region := account.region;
    goals := account.goals;
END $$;

-- What workers of schema version 2 call.
CREATE OR REPLACE FUNCTION iris.rotate_refresh_token(
    p_token_hash bytea, p_child_hash bytea, p_refresh_ttl integer, p_grace_seconds integer, p_time_zone text,
    OUT outcome text, OUT account_id uuid, OUT session_id uuid, OUT tier text, OUT child_hash bytea)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT r.outcome, r.id, r.session_id, r.tier, r.child_hash INTO outcome, account_id, session_id, tier, child_hash
      FROM iris.refresh_session(p_token_hash, p_child_hash, p_refresh_ttl, p_grace_seconds, '[]', p_time_zone) r;
END $$;

-- Ends all sessions of an account but one, if one is named; in one order, so that two such calls never wait for each other.
CREATE OR REPLACE FUNCTION iris.end_sessions(p_account uuid, p_kept uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT iris.hold_account(p_account);
    UPDATE iris.sessions s SET revoked_at = clock_timestamp()
      FROM (SELECT o.id FROM iris.sessions o
             WHERE o.account_id = p_account AND o.revoked_at IS NULL AND o.id IS DISTINCT FROM p_kept
             ORDER BY o.id FOR NO KEY UPDATE) e
     WHERE s.id = e.id
$$;

-- Gives an account another password: all sessions but p_kept end, and no mail that was sent before opens it any more. The
-- caller holds the account's lock.
CREATE OR REPLACE FUNCTION iris.replace_password(
    p_account uuid, p_new_hash text, p_kept uuid, p_events jsonb, p_notices jsonb, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE iris.accounts a SET password_hash = p_new_hash WHERE a.id = p_account;
    UPDATE iris.password_resets r SET used_at = clock_timestamp() WHERE r.account_id = p_account AND r.used_at IS NULL;
    PERFORM iris.end_sessions(p_account, p_kept);
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.enqueue(p_notices);
END $$;

-- Replaces the password whose hash is p_old_hash; the session that asks lives on. `outcome` is 'ok' or the word of the
-- problem; 'invalid_credentials': it is not the password any more. A repeat with the same new hash finds its work done.
CREATE OR REPLACE FUNCTION iris.change_password(
    p_user uuid, p_session uuid, p_old_hash text, p_new_hash text, p_events jsonb, p_notices jsonb, p_time_zone text,
    OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    stored text;
BEGIN
    SELECT a.password_hash INTO stored FROM iris.accounts a WHERE a.id = p_user FOR NO KEY UPDATE;
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' OR stored = p_new_hash THEN RETURN; END IF;
    IF stored IS DISTINCT FROM p_old_hash THEN outcome := 'invalid_credentials'; RETURN; END IF;
    PERFORM iris.replace_password(p_user, p_new_hash, p_session, p_events, p_notices, p_time_zone);
END $$;

-- Counts one more event of a key, and says whether that is at most p_limit in the p_window_seconds since the first one.
CREATE OR REPLACE FUNCTION iris.count_within(p_scope text, p_key bytea, p_limit integer, p_window_seconds integer)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    oldest CONSTANT timestamptz := moment - make_interval(secs => p_window_seconds);
    total  integer;
BEGIN
    INSERT INTO iris.throttles AS t (scope, key, count, started_at, last_at) VALUES (p_scope, p_key, 1, moment, moment)
    ON CONFLICT (scope, key) DO UPDATE SET
        count = CASE WHEN t.started_at <= oldest THEN 1 ELSE least(t.count, p_limit) + 1 END,
        started_at = CASE WHEN t.started_at <= oldest THEN moment ELSE t.started_at END,
        last_at = moment
    RETURNING t.count INTO total;
    RETURN total <= p_limit;
END $$;

-- Puts the notice of a forgotten password on its way, unless the client's address (null: it is not counted) or the account's
-- address was told too often lately. Which accounts there are makes no difference here: it is not looked up. Returns
-- whether it is on its way.
CREATE OR REPLACE FUNCTION iris.request_password_reset(
    p_notices jsonb, p_address_key bytea, p_address_limit integer, p_email_key bytea, p_email_limit integer,
    p_window_seconds integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    -- One who is over the own bound uses nothing of somebody else's.
    IF p_address_key IS NOT NULL
        AND NOT iris.count_within('forgot', p_address_key, p_address_limit, p_window_seconds) THEN RETURN false; END IF;
    IF NOT iris.count_within('forgot', p_email_key, p_email_limit, p_window_seconds) THEN RETURN false; END IF;
    PERFORM iris.enqueue(p_notices);
    RETURN true;
END $$;

-- Makes the reset that a mail is about to tell, or finds it when that mail is tried again: its id is the notice's. Nothing
-- comes back where there is nothing to mail: no such account of our own, a disabled one, a reset that was used meanwhile.
CREATE OR REPLACE FUNCTION iris.make_password_reset(p_reset uuid, p_email text, p_lifetime_seconds integer, p_time_zone text)
RETURNS TABLE (email text, valid_until text)
LANGUAGE sql AS $$
    INSERT INTO iris.password_resets (id, account_id, expires_at)
    SELECT p_reset, a.id, clock_timestamp() + make_interval(secs => p_lifetime_seconds)
      FROM iris.accounts a
     WHERE a.email = p_email AND a.external_issuer IS NULL AND a.disabled_at IS NULL
    ON CONFLICT (id) DO NOTHING;
    SELECT a.email, to_char(r.expires_at AT TIME ZONE p_time_zone, 'HH24:MI')
      FROM iris.password_resets r JOIN iris.accounts a ON a.id = r.account_id
     WHERE r.id = p_reset AND r.used_at IS NULL AND r.expires_at > clock_timestamp() AND a.disabled_at IS NULL
$$;

-- Spends a reset on another password, and remembers the address that it came from as one of the owner's. `outcome` is 'ok',
-- 'account_disabled' or 'invalid': used, expired, never made. A repeat with the same new hash finds its work done.
CREATE OR REPLACE FUNCTION iris.reset_password(
    p_reset uuid, p_new_hash text, p_known_key bytea, p_known_s integer, p_events jsonb, p_notices jsonb,
    p_time_zone text, OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    account iris.accounts;
    moment  timestamptz;
BEGIN
    -- The account before its resets and sessions, as iris.change_password and an erasure lock them.
    SELECT a.* INTO account FROM iris.accounts a
     WHERE a.id = (SELECT r.account_id FROM iris.password_resets r WHERE r.id = p_reset)
       FOR NO KEY UPDATE;
    moment := clock_timestamp();
    IF account.password_hash = p_new_hash THEN outcome := 'ok'; RETURN; END IF;
    IF account.disabled_at IS NOT NULL THEN outcome := 'account_disabled'; RETURN; END IF;
    IF NOT EXISTS (SELECT 1 FROM iris.password_resets r
                    WHERE r.id = p_reset AND r.account_id = account.id AND r.used_at IS NULL AND r.expires_at > moment) THEN
        outcome := 'invalid'; RETURN;
    END IF;
    outcome := 'ok';
    PERFORM iris.replace_password(account.id, p_new_hash, NULL, p_events, p_notices, p_time_zone);
    -- Whoever made this necessary may have been known somewhere.
    DELETE FROM iris.known_addresses k WHERE k.account_id = account.id;
    PERFORM iris.know_address(account.id, p_known_key, p_known_s);
END $$;

-- Identity: passwords, logins, brute force ------------------------------------------------------------------------------

ALTER TABLE iris.throttles
    -- When a refusal was last noted.
    ADD COLUMN IF NOT EXISTS refused_at timestamptz;

-- The class of a keyed hash among the 64 of iris.throttles.peers; none for null.
CREATE OR REPLACE FUNCTION iris.peer_class(p_key bytea) RETURNS bit(64)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN p_key IS NULL THEN 0::bit(64) ELSE 1::bit(64) << (get_byte(p_key, length(p_key) - 1) & 63) END;

-- How many different keys left such classes, by linear counting (Whang and others, 1990): exact enough up to some 200.
CREATE OR REPLACE FUNCTION iris.peers_seen(p_peers bit(64)) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(-64 * ln(greatest(64 - bit_count(p_peers), 0.5) / 64.0))::integer;

-- What is left of so many failures: one is forgotten after each p_drain_s since the last, all of them after p_keep_s.
CREATE OR REPLACE FUNCTION iris.failures_left(
    p_count integer, p_last_at timestamptz, p_now timestamptz, p_drain_s integer, p_keep_s integer) RETURNS integer
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN p_now >= p_last_at + make_interval(secs => p_keep_s) THEN 0
            ELSE greatest(0, p_count - floor(
                greatest(0, extract(epoch FROM p_now - p_last_at)) / p_drain_s)::integer) END;

-- Seconds for which nothing more is let through; 0: it may pass. A row from the future, left by a clock that was set back,
-- holds nobody up.
CREATE OR REPLACE FUNCTION iris.throttle_left(p_scope text, p_key bytea) RETURNS integer
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((
        SELECT ceil(extract(epoch FROM t.blocked_until - clock_timestamp()))::integer FROM iris.throttles t
         WHERE t.scope = p_scope AND t.key = p_key
           AND t.blocked_until > clock_timestamp() AND t.last_at <= clock_timestamp()), 0);
END $$;

-- Counts one failure and blocks the key for the wait that p_delays has for so many. p_peer is the other side's key.
CREATE OR REPLACE FUNCTION iris.count_failure(
    p_scope text, p_key bytea, p_peer bytea, p_delays integer[], p_drain_s integer, p_keep_s integer,
    OUT failures integer, OUT peers_seen integer)
LANGUAGE sql AS $$
    INSERT INTO iris.throttles AS t (scope, key, count, peers, started_at, last_at, blocked_until)
    SELECT p_scope, p_key, 1, iris.peer_class(p_peer), m.moment, m.moment,
           m.moment + make_interval(secs => p_delays[1])
      FROM (SELECT clock_timestamp() AS moment) m
    ON CONFLICT (scope, key) DO UPDATE SET (count, peers, started_at, last_at, blocked_until) = (
        -- Who waited for the row's lock counts by the clock of now.
        SELECT f.kept + 1, excluded.peers | CASE WHEN f.kept > 0 THEN t.peers ELSE 0::bit(64) END,
               CASE WHEN f.kept > 0 THEN t.started_at ELSE f.moment END, f.moment,
               f.moment + make_interval(secs => p_delays[least(f.kept + 1, cardinality(p_delays))])
          FROM (SELECT m.moment, iris.failures_left(t.count, t.last_at, m.moment, p_drain_s, p_keep_s) AS kept
                  FROM (SELECT clock_timestamp() AS moment OFFSET 0) m OFFSET 0) f)
    RETURNING t.count, iris.peers_seen(t.peers)
$$;

-- Forgets a few of the keys that nothing was counted for lately: each failure cleans up after more than one.
CREATE OR REPLACE FUNCTION iris.forget_failures(p_keep_s integer, p_most integer) RETURNS void
LANGUAGE sql AS $$
    -- Who holds a row is counting for it.
    DELETE FROM iris.throttles t WHERE (t.scope, t.key) IN (
        SELECT o.scope, o.key FROM iris.throttles o WHERE o.last_at < now() - make_interval(secs => p_keep_s)
         ORDER BY o.last_at LIMIT p_most FOR UPDATE SKIP LOCKED)
$$;

-- Raises the alerts of a login that failed or was refused: one address that tried so many accounts, one account that so
-- many addresses tried. They are named by the first digits of their keyed hashes.
CREATE OR REPLACE FUNCTION iris.raise_login_alerts(
    p_address_key bytea, p_accounts integer, p_spraying integer, p_account_key bytea, p_addresses integer,
    p_stuffing integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found jsonb := '[]';
BEGIN
    IF p_accounts >= p_spraying THEN
        found := found || jsonb_build_object('kind', 'login_spraying',
            'subject', left(encode(p_address_key, 'hex'), 12), 'detail', jsonb_build_object('accounts', p_accounts));
    END IF;
    IF p_addresses >= p_stuffing THEN
        found := found || jsonb_build_object('kind', 'login_stuffing',
            'subject', left(encode(p_account_key, 'hex'), 12), 'detail', jsonb_build_object('addresses', p_addresses));
    END IF;
    IF found <> '[]' THEN PERFORM iris.raise_alerts(found); END IF;
END $$;

-- Notes that a key held somebody up: the first time after each failure, and when a peer of a new class comes, so that a
-- flood of refusals writes next to nothing. Both are null when nothing was written.
CREATE OR REPLACE FUNCTION iris.note_refusal(
    p_scope text, p_key bytea, p_peer bytea, OUT is_first boolean, OUT peers_seen integer)
LANGUAGE sql AS $$
    UPDATE iris.throttles t SET refused_at = clock_timestamp(), peers = t.peers | iris.peer_class(p_peer)
      FROM iris.throttles before
     WHERE t.scope = p_scope AND t.key = p_key AND before.scope = p_scope AND before.key = p_key
       AND (t.refused_at IS NULL OR t.refused_at < t.last_at OR t.peers | iris.peer_class(p_peer) <> t.peers)
    RETURNING before.refused_at IS NULL OR before.refused_at < before.last_at, iris.peers_seen(t.peers)
$$;

-- Notes a refused login at the keys that refused it; an event once for each wait, alerts as for a failure.
CREATE OR REPLACE FUNCTION iris.refuse_login(
    p_scope text, p_key bytea, p_address_key bytea, p_account_key bytea, p_by_address boolean, p_spraying integer,
    p_stuffing integer, p_events jsonb, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    is_first  boolean;
    is_also   boolean;
    accounts  integer;
    addresses integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    IF p_key IS NOT NULL THEN
        SELECT n.is_first, n.peers_seen INTO is_first, addresses
          FROM iris.note_refusal(p_scope, p_key, CASE WHEN p_scope = 'account' THEN p_address_key END) n;
    END IF;
    IF p_by_address THEN
        SELECT n.is_first, n.peers_seen INTO is_also, accounts
          FROM iris.note_refusal('address', p_address_key, p_account_key) n;
    END IF;
    IF is_first OR is_also THEN PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone); END IF;
    PERFORM iris.raise_login_alerts(p_address_key, accounts, p_spraying, p_account_key, addresses, p_stuffing);
END $$;

-- What must be known before a password is hashed, in one round trip: may a login be tried from there, and against which
-- hash. `outcome` is 'go' (the account's columns are null where there is none), 'throttled', or 'busy', when p_known_only
-- sends strangers away. An address that the account knows is held up by what failed for this account there, and by nothing
-- else. p_known_keys are the pair's keyed hashes, the one in use first; p_address_key is null for who has no address, and
-- holds nobody up unless p_is_limited.
CREATE OR REPLACE FUNCTION iris.begin_login(
    p_email text, p_account_key bytea, p_address_key bytea, p_is_limited boolean, p_known_keys bytea[],
    p_known_s integer, p_known_only boolean, p_spraying integer, p_stuffing integer,
    p_events jsonb, p_time_zone text,
    OUT outcome text, OUT retry_after_s integer, OUT is_known boolean, OUT password_hash text, OUT id uuid,
    OUT email text, OUT name text, OUT tier text, OUT beta_until text, OUT created_at text, OUT current_job text,
    OUT target_job text, OUT sector text, OUT experience_years integer, OUT region text, OUT goals text)
LANGUAGE plpgsql AS $$
DECLARE
    account   iris.accounts;
    account_s integer;
    address_s integer := 0;
    lane      text := 'account';
    lane_key  bytea := p_account_key;
BEGIN
    SELECT a.* INTO account FROM iris.accounts a WHERE a.email = p_email;
    is_known := EXISTS (
        SELECT 1 FROM iris.known_addresses k
         WHERE k.account_id = account.id AND k.address_hash = ANY (p_known_keys)
           AND k.last_login_at > now() - make_interval(secs => p_known_s));
    IF p_known_only AND NOT is_known THEN outcome := 'busy'; RETURN; END IF;
    IF is_known THEN
        lane := 'pair';
        lane_key := p_known_keys[1];
    ELSIF p_is_limited THEN
        address_s := iris.throttle_left('address', p_address_key);
    END IF;
    account_s := iris.throttle_left(lane, lane_key);
    IF account_s > 0 OR address_s > 0 THEN
        outcome := 'throttled';
        retry_after_s := greatest(account_s, address_s);
        PERFORM iris.refuse_login(lane, CASE WHEN account_s > 0 THEN lane_key END, p_address_key, p_account_key,
            address_s > 0, p_spraying, p_stuffing, p_events, p_time_zone);
        RETURN;
    END IF;

    outcome := 'go';
    password_hash := account.password_hash;
    id := account.id;
    email := coalesce(account.email, account.external_email);
    name := account.name;
    tier := iris.effective_tier(account.tier, account.beta_until, (now() AT TIME ZONE p_time_zone)::date);
    beta_until := account.beta_until::text;
    created_at := iris.rfc3339(account.created_at);
    current_job := account.current_job;
    target_job := account.target_job;
    sector := account.sector;
    experience_years := account.experience_years;
    region := account.region;
    goals := account.goals;
END $$;

-- Counts a login that failed: for the pair where the account knows the address, else for the account; and for the address.
-- Loses no more than moments of it in a crash, so nobody waits for the disk.
CREATE OR REPLACE FUNCTION iris.fail_login(
    p_account_key bytea, p_address_key bytea, p_pair_key bytea, p_delays integer[], p_drain_s integer,
    p_address_delays integer[], p_address_drain_s integer, p_keep_s integer, p_spraying integer, p_stuffing integer,
    p_events jsonb, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    addresses integer;
    accounts  integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- The address last, here as everywhere, so that two failures never wait for each other.
    IF p_pair_key IS NOT NULL THEN
        PERFORM iris.count_failure('pair', p_pair_key, NULL, p_delays, p_drain_s, p_keep_s);
    ELSE
        SELECT f.peers_seen INTO addresses
          FROM iris.count_failure('account', p_account_key, p_address_key, p_delays, p_drain_s, p_keep_s) f;
    END IF;
    IF p_address_key IS NOT NULL THEN
        SELECT f.peers_seen INTO accounts
          FROM iris.count_failure(
              'address', p_address_key, p_account_key, p_address_delays, p_address_drain_s, p_keep_s) f;
    END IF;
    PERFORM iris.forget_failures(p_keep_s, 8);
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.raise_login_alerts(p_address_key, accounts, p_spraying, p_account_key, addresses, p_stuffing);
END $$;

-- Remembers that an account logged in from an address, and forgets the addresses of long ago.
CREATE OR REPLACE FUNCTION iris.know_address(p_account uuid, p_known_key bytea, p_known_s integer) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.known_addresses AS k (account_id, address_hash)
    SELECT p_account, p_known_key WHERE p_known_key IS NOT NULL
    ON CONFLICT (account_id, address_hash) DO UPDATE SET last_login_at = now();
    DELETE FROM iris.known_addresses k
     WHERE k.account_id = p_account AND k.last_login_at <= now() - make_interval(secs => p_known_s);
$$;

-- Opens the session of a login whose password matched p_verified_hash. `outcome` is 'ok'; 'account_disabled'; or 'changed'
-- when the account has another hash by now, which is then given: a password that was replaced meanwhile opens nothing,
-- one that was only hashed anew does. What failed before on the same way in is forgotten; what failed from an address
-- is not, or whoever has one account could go on guessing at others.
CREATE OR REPLACE FUNCTION iris.finish_login(
    p_account uuid, p_verified_hash text, p_new_hash text, p_account_key bytea, p_known_key bytea, p_is_known boolean,
    p_known_s integer, p_session uuid, p_token_hash bytea, p_refresh_ttl integer, p_max_ttl integer, p_device text,
    p_events jsonb, p_disabled_events jsonb, p_time_zone text, OUT outcome text, OUT password_hash text)
LANGUAGE plpgsql AS $$
DECLARE
    account iris.accounts;
BEGIN
    SELECT a.* INTO account FROM iris.accounts a WHERE a.id = p_account FOR NO KEY UPDATE;
    IF account.password_hash IS DISTINCT FROM p_verified_hash THEN
        outcome := 'changed';
        password_hash := account.password_hash;
        RETURN;
    END IF;
    IF account.disabled_at IS NOT NULL THEN
        outcome := 'account_disabled';
        PERFORM iris.record(p_disabled_events, '[]', '[]', 0, p_time_zone);
        RETURN;
    END IF;
    outcome := 'ok';
    IF p_new_hash IS NOT NULL THEN
        UPDATE iris.accounts a SET password_hash = p_new_hash WHERE a.id = p_account;
    END IF;
    PERFORM iris.open_session(p_session, p_account, p_token_hash, p_refresh_ttl, p_max_ttl, p_device);
    PERFORM iris.know_address(p_account, p_known_key, p_known_s);
    DELETE FROM iris.throttles t
     WHERE t.scope = CASE WHEN p_is_known THEN 'pair' ELSE 'account' END
       AND t.key = CASE WHEN p_is_known THEN p_known_key ELSE p_account_key END;
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
END $$;

-- Makes an account with its first session, and with the day's counters of an erased account of the same address. `outcome`
-- is 'ok', or 'email_taken' with all columns null. Both count for the address that asked.
CREATE OR REPLACE FUNCTION iris.register_account(
    p_id uuid, p_email text, p_name text, p_password_hash text, p_address_key bytea, p_delays integer[],
    p_drain_s integer, p_keep_s integer, p_known_key bytea, p_known_s integer, p_erased_keys bytea[], p_session uuid,
    p_token_hash bytea, p_refresh_ttl integer, p_max_ttl integer, p_device text, p_events jsonb, p_notices jsonb,
    p_time_zone text,
    OUT outcome text, OUT id uuid, OUT email text, OUT name text, OUT tier text, OUT beta_until text,
    OUT created_at text, OUT current_job text, OUT target_job text, OUT sector text, OUT experience_years integer,
    OUT region text, OUT goals text)
LANGUAGE plpgsql AS $$
DECLARE
    account iris.accounts;
BEGIN
    INSERT INTO iris.accounts AS a (id, email, name, password_hash) VALUES (p_id, p_email, p_name, p_password_hash)
    ON CONFLICT ON CONSTRAINT accounts_email_key DO NOTHING RETURNING a.* INTO account;
    IF p_address_key IS NOT NULL THEN
        PERFORM iris.count_failure('sign_up', p_address_key, NULL, p_delays, p_drain_s, p_keep_s);
    END IF;
    IF account.id IS NULL THEN outcome := 'email_taken'; RETURN; END IF;

    PERFORM iris.begin_account(p_id, p_events, p_notices, p_erased_keys, p_time_zone);
    PERFORM iris.open_session(p_session, p_id, p_token_hash, p_refresh_ttl, p_max_ttl, p_device);
    PERFORM iris.know_address(p_id, p_known_key, p_known_s);

    outcome := 'ok';
    id := account.id;
    email := account.email;
    name := account.name;
    tier := account.tier;
    created_at := iris.rfc3339(account.created_at);
END $$;

-- Identity: other issuers and the unified backend ----------------------------------------------------------------------

ALTER TABLE iris.accounts
    -- The name that the issuer gave last, and when it issued the token that said so: the account's own name follows it when it
    -- changes there, and what an older token says is no news.
    ADD COLUMN IF NOT EXISTS external_name    text,
    ADD COLUMN IF NOT EXISTS external_told_at timestamptz;

-- The account and the session of another issuer's token whose signature is good; both are made at first sight. An account is
-- found by issuer and subject alone, never by an address. `outcome` is 'ok', or 'session_revoked' for a token from before the
-- account's erasure. Whether the session lives and the account is enabled the endpoint's own statement asks.
-- p_erased_hashes: under which this identity would be noted in iris.erased_identities.
-- p_session_seconds: a session of more than one token is remembered for so long after its last one, ended or not, so that one
-- that was ended stays so; 0: as long as the token.
-- p_events and p_notices tell of the account p_new_account, if it is made.
CREATE OR REPLACE FUNCTION iris.adopt_identity(
    p_issuer text, p_subject text, p_erased_hashes bytea[], p_new_account uuid, p_session uuid,
    p_issued_at double precision, p_expires_at double precision, p_session_seconds integer, p_email text, p_name text,
    p_device text, p_time_zone text, p_events jsonb, p_notices jsonb,
    OUT outcome text, OUT account_id uuid, OUT tier text)
LANGUAGE plpgsql AS $$
DECLARE
    issued  CONSTANT timestamptz := to_timestamp(p_issued_at);
    account iris.accounts;
    ends    timestamptz;
BEGIN
    SELECT a.* INTO account FROM iris.accounts a
     WHERE a.external_issuer = p_issuer AND a.external_subject = p_subject;
    -- After the account was looked for: an erasure that took it away meanwhile is seen here.
    IF EXISTS (SELECT 1 FROM iris.erased_identities e
                WHERE e.identity_hash = ANY (p_erased_hashes) AND e.erased_at >= issued) THEN
        outcome := 'session_revoked'; RETURN;
    END IF;

    IF account.id IS NULL THEN
        INSERT INTO iris.accounts AS a (id, external_issuer, external_subject, external_email, name, external_name,
            external_told_at)
        VALUES (p_new_account, p_issuer, p_subject, p_email, p_name, p_name, issued)
        ON CONFLICT (external_issuer, external_subject) DO NOTHING
        RETURNING a.* INTO account;
        IF FOUND THEN
            PERFORM iris.begin_account(account.id, p_events, p_notices, p_erased_hashes, p_time_zone);
        ELSE
            SELECT a.* INTO account FROM iris.accounts a
             WHERE a.external_issuer = p_issuer AND a.external_subject = p_subject;
            -- Made by somebody else a moment ago, and erased since.
            IF NOT FOUND THEN outcome := 'session_revoked'; RETURN; END IF;
        END IF;
    END IF;
    UPDATE iris.accounts a
       SET external_email = coalesce(p_email, a.external_email), external_name = coalesce(p_name, a.external_name),
           external_told_at = issued,
           -- A name from before the first token is the user's own, or the unified backend's.
           name = CASE WHEN p_name IS NULL OR p_name = a.external_name THEN a.name
                       WHEN a.external_told_at IS NULL THEN coalesce(a.name, p_name) ELSE p_name END
     WHERE a.id = account.id AND (a.external_told_at IS NULL OR a.external_told_at < issued)
       AND (a.external_told_at IS NULL OR coalesce(p_name, a.external_name) IS DISTINCT FROM a.external_name
            OR coalesce(p_email, a.external_email) IS DISTINCT FROM a.external_email);

    ends := greatest(to_timestamp(p_expires_at), now() + make_interval(secs => p_session_seconds));
    INSERT INTO iris.sessions AS s (id, account_id, expires_at, device) VALUES (p_session, account.id, ends, p_device)
    ON CONFLICT (id) DO UPDATE
        SET expires_at = greatest(s.expires_at, excluded.expires_at),
            last_used_at = CASE WHEN s.revoked_at IS NULL THEN now() ELSE s.last_used_at END
        WHERE s.account_id = excluded.account_id
          AND (s.last_used_at < now() - interval '1 minute' OR s.expires_at < to_timestamp(p_expires_at));
    outcome := 'ok';
    account_id := account.id;
    tier := iris.effective_tier(account.tier, account.beta_until, (now() AT TIME ZONE p_time_zone)::date);
END $$;

-- What the unified backend and the command line decide of accounts.

-- Changes an account by the members that p_changes has of external_email, name, tier and beta_until: what is absent stays,
-- null clears (RFC 7396). p_tier_event is recorded where this changes the paid tier. The account as it is then; null: there
-- is none.
CREATE OR REPLACE FUNCTION iris.change_account(
    p_account uuid, p_changes jsonb, p_tier_event jsonb, p_time_zone text) RETURNS iris.accounts
LANGUAGE plpgsql AS $$
DECLARE
    present iris.accounts;
    changed iris.accounts;
BEGIN
    SELECT a.* INTO present FROM iris.accounts a WHERE a.id = p_account FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    changed := jsonb_populate_record(present, p_changes);
    -- What says nothing new costs no row: a backend may tell of all its users each night.
    IF changed IS DISTINCT FROM present THEN
        UPDATE iris.accounts a
           SET external_email = changed.external_email, name = changed.name, tier = changed.tier,
               beta_until = changed.beta_until
         WHERE a.id = p_account;
    END IF;
    IF changed.tier <> present.tier THEN
        PERFORM iris.record(jsonb_build_array(p_tier_event), '[]', '[]', 0, p_time_zone);
    END IF;
    RETURN changed;
END $$;

-- Makes or changes the account that p_issuer knows as p_subject. p_new: p_account is an id of a new account, to be made
-- with p_created, its events, with p_notices, and with the counters that an erased one left (p_hashes). Safe to repeat.
-- Null, and nothing done, when somebody else made the account meanwhile or erased it: ask for its id again.
CREATE OR REPLACE FUNCTION iris.put_external_user(
    p_account uuid, p_new boolean, p_issuer text, p_subject text, p_changes jsonb, p_tier_event jsonb,
    p_created jsonb, p_notices jsonb, p_hashes bytea[], p_time_zone text) RETURNS iris.accounts
LANGUAGE plpgsql AS $$
BEGIN
    IF p_new THEN
        INSERT INTO iris.accounts (id, external_issuer, external_subject) VALUES (p_account, p_issuer, p_subject)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN PERFORM iris.begin_account(p_account, p_created, p_notices, p_hashes, p_time_zone); END IF;
    END IF;
    PERFORM 1 FROM iris.accounts a
      WHERE a.id = p_account AND a.external_issuer = p_issuer AND a.external_subject = p_subject;
    IF NOT FOUND THEN RETURN NULL; END IF;
    RETURN iris.change_account(p_account, p_changes, p_tier_event, p_time_zone);
END $$;

-- Makes an account that logs in with a password; else as iris.put_external_user. Null: its address is taken.
CREATE OR REPLACE FUNCTION iris.add_account(
    p_account uuid, p_email text, p_password_hash text, p_changes jsonb, p_tier_event jsonb,
    p_created jsonb, p_notices jsonb, p_hashes bytea[], p_time_zone text) RETURNS iris.accounts
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO iris.accounts (id, email, password_hash) VALUES (p_account, p_email, p_password_hash)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN PERFORM iris.begin_account(p_account, p_created, p_notices, p_hashes, p_time_zone); END IF;
    RETURN iris.change_account(p_account, p_changes, p_tier_event, p_time_zone);
END $$;

-- What goes with a new account, whoever made it.
CREATE OR REPLACE FUNCTION iris.begin_account(
    p_account uuid, p_events jsonb, p_notices jsonb, p_hashes bytea[], p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.take_over_counters(p_account, p_hashes, p_time_zone);
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.enqueue(p_notices);
END $$;

-- Privacy: export and erasure -------------------------------------------------------------------------------------------

ALTER TABLE iris.erased_identities
    -- The moments of the last minute's requests, so that it is not refilled either.
    ADD COLUMN IF NOT EXISTS requests timestamptz[] NOT NULL DEFAULT '{}';

-- Lets a new account start with the counters that an erased one of the same identity left. Call it in the transaction that
-- inserts the account, after the insert: an insert that met an erasure has waited for its end, and only then is there
-- something to find. p_hashes: the identity under every known key. No hash, or none that is known, changes nothing.
CREATE OR REPLACE FUNCTION iris.take_over_counters(p_account uuid, p_hashes bytea[], p_time_zone text) RETURNS void
LANGUAGE sql AS $$
    -- One identity has several rows after a change of keys: each began where the one before ended, so the largest counts.
    INSERT INTO iris.user_daily_usage AS d (user_id, date, message_count, blocked_count, tier_at_time)
    SELECT p_account, e.date, max(e.message_count), max(e.blocked_count), 'free'
      FROM iris.erased_identities e
     WHERE e.identity_hash = ANY (p_hashes) AND e.expires_at > now() AND e.date = (now() AT TIME ZONE p_time_zone)::date
       AND e.message_count + e.blocked_count > 0
     GROUP BY e.date
    ON CONFLICT (user_id, date) DO UPDATE SET
        message_count = greatest(d.message_count, excluded.message_count),
        blocked_count = greatest(d.blocked_count, excluded.blocked_count);
    INSERT INTO iris.user_minute_usage (user_id, requests)
    SELECT p_account, e.requests
      FROM iris.erased_identities e
     WHERE e.identity_hash = ANY (p_hashes) AND e.requests <> '{}' AND e.erased_at > now() - interval '60 s'
     ORDER BY e.erased_at DESC LIMIT 1
    ON CONFLICT (user_id) DO NOTHING;
$$;

-- Upkeep: what `iris-fcgi maintain` does -----------------------------------------------------------------------------------

CREATE INDEX IF NOT EXISTS sessions_expires ON iris.sessions (expires_at);
CREATE INDEX IF NOT EXISTS refresh_tokens_expires ON iris.refresh_tokens (expires_at);
CREATE INDEX IF NOT EXISTS password_resets_expires ON iris.password_resets (expires_at);
CREATE INDEX IF NOT EXISTS known_addresses_last_login ON iris.known_addresses (last_login_at);
CREATE INDEX IF NOT EXISTS idempotency_keys_expires ON iris.idempotency_keys (expires_at);

-- Which run is under way, until when it is believed to live, and when one last came to its end. A row and no advisory lock: a
-- pooler in transaction mode would keep such a lock for good.
CREATE TABLE IF NOT EXISTS iris.upkeep (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder      text,
    held_until  timestamptz,
    finished_at timestamptz
);
INSERT INTO iris.upkeep DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Takes the upkeep, unless another run has it: then its name comes back. p_dead: one that is known to have ended.
CREATE OR REPLACE FUNCTION iris.begin_upkeep(p_holder text, p_lease_seconds integer, p_dead text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE iris.upkeep u SET holder = p_holder, held_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
     WHERE u.holder IS NULL OR u.holder IN (p_holder, p_dead) OR u.held_until <= clock_timestamp();
    IF FOUND THEN RETURN NULL; END IF;
    RETURN (SELECT coalesce(u.holder, 'one that has just ended') FROM iris.upkeep u);
END $$;

CREATE OR REPLACE FUNCTION iris.end_upkeep(p_holder text) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.upkeep u SET holder = NULL, held_until = NULL, finished_at = clock_timestamp() WHERE u.holder = p_holder
$$;

-- Partitions for this month and the two after it, with the rights of the tables' owner: it takes nothing from its caller, and
-- finds nothing but what the schema and the system define. Returns how many were made.
CREATE OR REPLACE FUNCTION iris.extend_partitions() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    parents CONSTANT regclass[] := ARRAY['iris.iris_messages', 'iris.iris_events', 'iris.iris_errors'];
    before  CONSTANT bigint := (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = ANY (parents));
BEGIN
    PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date, 3);
    RETURN (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = ANY (parents)) - before;
END $$;

DROP FUNCTION IF EXISTS iris.purge_expired(jsonb, integer);

-- Removes what is of no use any more, at most p_batch rows of a kind, those past for longest first; rows that somebody works
-- with go another time. p_keep says for each table how many seconds longer than the moment in its column a row is kept. What
-- was never delivered comes back by topic, to be told.
CREATE OR REPLACE FUNCTION iris.purge_expired(
    p_keep jsonb, p_batch integer, p_now timestamptz DEFAULT clock_timestamp(), OUT purged jsonb, OUT undelivered jsonb)
LANGUAGE plpgsql AS $$
DECLARE
    past     text;
    col      text;
    removed  integer;
    emptied  uuid[];
BEGIN
    -- A session of ours goes with its last refresh token, ended or not. One of another issuer has none, and stays until it
    -- expires: where it was ended it must be remembered as that.
    WITH gone AS (
        DELETE FROM iris.refresh_tokens WHERE token_hash = ANY (ARRAY(
            SELECT o.token_hash FROM iris.refresh_tokens o
             WHERE o.expires_at < p_now - make_interval(secs => (p_keep->>'refresh_tokens')::integer)
             ORDER BY o.expires_at LIMIT p_batch FOR UPDATE SKIP LOCKED))
        RETURNING session_id)
    SELECT count(*), array_agg(DISTINCT g.session_id) INTO removed, emptied FROM gone g;
    purged := jsonb_build_object('refresh_tokens', removed);
    DELETE FROM iris.sessions WHERE id = ANY (ARRAY(
        SELECT s.id FROM iris.sessions s
         WHERE s.id = ANY (emptied)
           AND NOT EXISTS (SELECT 1 FROM iris.refresh_tokens t WHERE t.session_id = s.id)
           FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('sessions', removed);
    FOR past, col IN VALUES
        ('sessions', 'expires_at'), ('password_resets', 'expires_at'), ('throttles', 'last_at'), ('known_addresses', 'last_login_at'),
        ('erased_identities', 'expires_at'), ('idempotency_keys', 'expires_at'), ('answer_cache', 'expires_at'),
        ('quota_reservations', 'expires_at')
    LOOP
        EXECUTE format('DELETE FROM iris.%1$I WHERE ctid = ANY (ARRAY(SELECT o.ctid FROM iris.%1$I o '
            'WHERE o.%2$I < $3 - make_interval(secs => $1) ORDER BY o.%2$I LIMIT $2 FOR UPDATE SKIP LOCKED))',
            past, col) USING (p_keep->>past)::integer, p_batch, p_now;
        GET DIAGNOSTICS removed = ROW_COUNT;
        purged := purged || jsonb_build_object(past, coalesce((purged->>past)::integer, 0) + removed);
    END LOOP;
    -- Attacks stay known; whose the keyed hash in the subject was is forgotten with the failures themselves.
    UPDATE iris.alerts a SET subject = 'past ' || left(replace(gen_random_uuid()::text, '-', ''), 12)
     WHERE (a.kind, a.subject) IN (
        SELECT o.kind, o.subject FROM iris.alerts o
         WHERE o.kind IN ('login_spraying', 'login_stuffing') AND o.subject NOT LIKE 'past %'
           AND o.last_at < p_now - make_interval(secs => (p_keep->>'throttles')::integer)
           FOR UPDATE SKIP LOCKED);
    WITH gone AS (
        DELETE FROM iris.outbox WHERE id = ANY (ARRAY(
            SELECT o.id FROM iris.outbox o WHERE o.expires_at < p_now
             ORDER BY o.expires_at LIMIT p_batch FOR UPDATE SKIP LOCKED))
        RETURNING topic, delivered_at),
    lost AS (SELECT g.topic, count(*) AS number FROM gone g WHERE g.delivered_at IS NULL GROUP BY g.topic)
    SELECT purged || jsonb_build_object('outbox', (SELECT count(*) FROM gone)),
           coalesce((SELECT jsonb_object_agg(l.topic, l.number) FROM lost l), '{}')
      INTO purged, undelivered;
END $$;

-- What users keep: conversations to read again, shared contexts, feedback --------------------------------------------

-- A user's word on an answer, by the answer's message id.
CREATE TABLE IF NOT EXISTS iris.feedback (
    message_id uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    session_id uuid NOT NULL,
    rating     smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment    text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS feedback_user ON iris.feedback (user_id, created_at);
CREATE INDEX IF NOT EXISTS feedback_session ON iris.feedback (session_id);

-- What iris.authorise says of a token's session and account, for statements that do their work in the same round trip:
-- 'ok' or the word of the problem. PL/pgSQL keeps its plan, where a function in SQL would be planned at each call.
CREATE OR REPLACE FUNCTION iris.session_standing(p_user uuid, p_session uuid) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN s.id IS NULL OR s.revoked_at IS NOT NULL OR s.expires_at <= now() THEN 'session_revoked'
                    WHEN a.disabled_at IS NOT NULL THEN 'account_disabled' ELSE 'ok' END
          FROM (SELECT p_user AS wanted) w
          LEFT JOIN iris.accounts a ON a.id = w.wanted
          LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id);
END $$;

-- The moment of a cursor. Exact up to 2^53 microseconds, which is the year 2255.
CREATE OR REPLACE FUNCTION iris.from_microseconds(moment bigint) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN timestamptz '1970-01-01 00:00:00+00' + interval '1 microsecond' * moment;

-- How a conversation began, its question cut to so many characters: what its title is made of.
CREATE OR REPLACE FUNCTION iris.first_question(p_conversation uuid, p_since timestamptz, p_length integer)
RETURNS TABLE (content text, topic text)
LANGUAGE sql STABLE AS $$
    SELECT left(m.content, p_length), m.topic
      FROM iris.iris_messages m
     WHERE m.session_id = p_conversation AND m.role = 'user' AND m.created_at >= p_since - interval '1 day'
     ORDER BY m.created_at LIMIT 1
$$;

-- Ends a conversation: what was said goes, the row stays, so that an answer being written meanwhile finds that it was
-- deleted. `outcome` is 'ok' or the word of the problem.
CREATE OR REPLACE FUNCTION iris.delete_conversation(
    p_user uuid, p_session uuid, p_conversation uuid, OUT outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.hold_account(p_user);
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' THEN RETURN; END IF;
    IF NOT EXISTS (SELECT 1 FROM iris.iris_chat_sessions c
                    WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL) THEN
        outcome := 'not_found'; RETURN;
    END IF;
    -- Keys before the conversation, as iris.finish_chat locks them.
    DELETE FROM iris.idempotency_keys k WHERE k.session_id = p_conversation;
    UPDATE iris.iris_chat_sessions c SET deleted_at = now(), summary = NULL, summarised_until = NULL
     WHERE c.session_id = p_conversation AND c.user_id = p_user AND c.deleted_at IS NULL;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    DELETE FROM iris.feedback f WHERE f.session_id = p_conversation;
    DELETE FROM iris.iris_messages m WHERE m.session_id = p_conversation;
END $$;

-- Keeps a context in the place of the one before. `outcome` is 'ok', the word of the problem, or 'too_many' when it would
-- be one more than the p_most that a user may have.
CREATE OR REPLACE FUNCTION iris.put_context(
    p_user uuid, p_session uuid, p_app text, p_data jsonb, p_most integer, OUT outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    -- The user's contexts take their turn on this row: two new ones at once would both see room for one.
    PERFORM 1 FROM iris.accounts a WHERE a.id = p_user FOR NO KEY UPDATE;
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' THEN RETURN; END IF;
    IF p_app IS NULL THEN outcome := 'not_found'; RETURN; END IF;
    INSERT INTO iris.user_contexts AS c (user_id, app, data)
    SELECT p_user, p_app, p_data
     WHERE EXISTS (SELECT 1 FROM iris.user_contexts o WHERE o.user_id = p_user AND o.app = p_app)
        OR (SELECT count(*) FROM iris.user_contexts o WHERE o.user_id = p_user) < p_most
    ON CONFLICT (user_id, app) DO UPDATE SET data = excluded.data, updated_at = now();
    IF NOT FOUND THEN outcome := 'too_many'; END IF;
END $$;

-- Keeps a user's word on an answer in the place of the one before. What says nothing new changes nothing and is no event.
-- `outcome` is 'ok' or the word of the problem.
CREATE OR REPLACE FUNCTION iris.put_feedback(
    p_user uuid, p_session uuid, p_message uuid, p_rating smallint, p_comment text, p_event jsonb, OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    conversation uuid;
    previous     iris.feedback;
BEGIN
    PERFORM iris.hold_account(p_user);
    outcome := iris.session_standing(p_user, p_session);
    IF outcome <> 'ok' THEN RETURN; END IF;
    -- The lock keeps the conversation from being deleted before this is written, and lets ratings of an answer come one
    -- after the other, so that each knows the one before.
    SELECT c.session_id INTO conversation
      FROM iris.iris_messages m JOIN iris.iris_chat_sessions c ON c.session_id = m.session_id AND c.deleted_at IS NULL
     WHERE m.id = p_message AND m.created_at = iris.uuid_v7_time(p_message) AND m.user_id = p_user
       AND m.role = 'assistant'
       FOR NO KEY UPDATE OF c;
    IF NOT FOUND THEN outcome := 'not_found'; RETURN; END IF;
    SELECT f.* INTO previous FROM iris.feedback f WHERE f.message_id = p_message;
    INSERT INTO iris.feedback AS f (message_id, user_id, session_id, rating, comment)
    VALUES (p_message, p_user, conversation, p_rating, p_comment)
    ON CONFLICT (message_id) DO UPDATE
        SET rating = excluded.rating, comment = excluded.comment, updated_at = now()
        WHERE (f.rating, f.comment) IS DISTINCT FROM (excluded.rating, excluded.comment);
    IF FOUND THEN
        INSERT INTO iris.iris_events (id, user_id, event_type, metadata)
        -- With the rating before, where there was one, which the roll-ups take back from its day.
        SELECT e.id, e.user_id, e.event_type,
               e.metadata || jsonb_strip_nulls(jsonb_build_object('previous', previous.rating,
                   'previous_at', floor(extract(epoch FROM previous.updated_at) * 1000)::bigint))
          FROM jsonb_to_record(p_event) AS e(id uuid, user_id text, event_type text, metadata jsonb);
    END IF;
END $$;

-- Import: what became of old ids ---------------------------------------------------------------------------------------

-- Which account an account of another product has become: a second run, and files that come later, find it by its old id.
CREATE TABLE IF NOT EXISTS iris.imported_ids (
    source      text NOT NULL,
    old_id      text NOT NULL,
    account_id  uuid NOT NULL REFERENCES iris.accounts ON DELETE CASCADE,
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, old_id)
);
CREATE INDEX IF NOT EXISTS imported_ids_account ON iris.imported_ids (account_id);

-- What is left of the old id of an account that was erased here: who imports again must not bring it back.
CREATE TABLE IF NOT EXISTS iris.erased_imports (
    id_hash   bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);

-- Privacy: all of the above, given away or erased ----------------------------------------------------------------------

-- Erases an account with all that is held of it, in one transaction. p_session is the one of the user who asks; null when
-- an operator does. `outcome` is 'ok'; the word of the problem; 'not_found' for an operator's unknown account; 'unavailable'
-- when the account's address is not p_email any more, of which the hashes were made: try again.
-- What stays is p_email_hash with the day's counters, if there are any, to the month's end there, and p_subject_hash in any
-- case, p_subject_days at least: no token that was issued before lives longer. Both are null where there is no such identity.
-- p_throttle_keys: the keys by which failures of the address and of the account's sessions are counted.
CREATE OR REPLACE FUNCTION iris.erase_account(
    p_user uuid, p_session uuid, p_email text, p_email_hash bytea, p_subject_hash bytea, p_subject_days integer,
    p_throttle_keys bytea[], p_time_zone text, p_events jsonb, p_notices jsonb, OUT outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    address   text;
    found_row boolean;
    moment    timestamptz;
    today     date;
    month_end timestamptz;
    used      record;
BEGIN
    -- First, as iris.hold_account has it: whoever writes for this user has ended, or finds no account.
    SELECT a.email INTO address FROM iris.accounts a WHERE a.id = p_user FOR UPDATE;
    found_row := FOUND;
    outcome := CASE WHEN p_session IS NOT NULL THEN iris.session_standing(p_user, p_session)
                    WHEN found_row THEN 'ok' ELSE 'not_found' END;
    IF outcome <> 'ok' THEN RETURN; END IF;
    IF address IS DISTINCT FROM p_email THEN outcome := 'unavailable'; RETURN; END IF;
    -- In the order in which iris.end_sessions locks them.
    PERFORM 1 FROM iris.sessions s WHERE s.account_id = p_user ORDER BY s.id FOR UPDATE;

    moment := clock_timestamp();
    today := (moment AT TIME ZONE p_time_zone)::date;
    month_end := (date_trunc('month', today::timestamp) + interval '1 month') AT TIME ZONE p_time_zone;
    -- What is being answered now counts as answered: nobody is left to settle it with.
    SELECT coalesce(max(d.message_count), 0) + (SELECT count(*) FROM iris.quota_reservations q
                WHERE q.user_id = p_user AND q.date = today AND q.expires_at > moment) AS messages,
           coalesce(max(d.blocked_count), 0) AS blocked,
           coalesce((SELECT array_agg(r ORDER BY r) FROM iris.user_minute_usage u, unnest(u.requests) r
                WHERE u.user_id = p_user AND r > moment - interval '60 s'), '{}') AS requests
      INTO used
      FROM iris.user_daily_usage d WHERE d.user_id = p_user AND d.date = today;
    INSERT INTO iris.erased_identities AS e (identity_hash, erased_at, date, message_count, blocked_count, requests,
        expires_at)
    SELECT i.hash, moment, today, used.messages, used.blocked, used.requests, i.expires_at
      FROM (VALUES (p_email_hash, month_end, used.messages > 0 OR used.blocked > 0 OR used.requests <> '{}'),
                   (p_subject_hash, greatest(month_end, moment + make_interval(days => p_subject_days)), true))
           AS i(hash, expires_at, stays)
     WHERE i.hash IS NOT NULL AND i.stays
    ON CONFLICT (identity_hash) DO UPDATE SET
        erased_at = excluded.erased_at, date = excluded.date, requests = excluded.requests,
        message_count = CASE WHEN e.date = excluded.date THEN greatest(e.message_count, excluded.message_count)
            ELSE excluded.message_count END,
        blocked_count = CASE WHEN e.date = excluded.date THEN greatest(e.blocked_count, excluded.blocked_count)
            ELSE excluded.blocked_count END,
        expires_at = greatest(e.expires_at, excluded.expires_at);

    -- Failures at an address that the account knows are counted under that address's hash.
    DELETE FROM iris.throttles t
     WHERE t.key = ANY (p_throttle_keys || ARRAY(SELECT k.address_hash FROM iris.known_addresses k
                                                  WHERE k.account_id = p_user));
    -- An alert names the account by the first digits of such a key, which no longer says whose it was.
    UPDATE iris.alerts a SET subject = left(replace(gen_random_uuid()::text, '-', ''), length(a.subject))
     WHERE a.kind = 'login_stuffing'
       AND a.subject IN (SELECT left(encode(k, 'hex'), length(a.subject)) FROM unnest(p_throttle_keys) k);
    DELETE FROM iris.outbox o WHERE o.payload->>'email' = address;
    -- In one order, before any of their rows: iris.cache_answer holds a set while it takes rows of it away.
    PERFORM pg_advisory_xact_lock(hashtext('iris.answer_cache'), c.bucket)
       FROM (SELECT DISTINCT get_byte(a.key, 0) AS bucket FROM iris.answer_cache a WHERE a.user_id = p_user
              ORDER BY bucket) c;
    -- Takes along whatever refers to it.
    DELETE FROM iris.accounts a WHERE a.id = p_user;
    -- Without a foreign key; after the account, which no writer of theirs holds any more.
    DELETE FROM iris.iris_messages m WHERE m.user_id = p_user;
    PERFORM iris.record(p_events, '[]', '[]', 0, p_time_zone);
    PERFORM iris.enqueue(p_notices);
END $$;

-- Where a row stands in its section of an export: in the order of time, exact to the microsecond.
CREATE OR REPLACE FUNCTION iris.export_place(moment timestamptz, id text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN lpad((extract(epoch FROM moment) * 1000000)::bigint::text, 20, '0') || ' ' || id;

-- What is held of a user in any number of rows, conversations apart: each as the export shows it. What opens or checks
-- something (hashes of passwords and tokens, ids of resets) stays here. p_hashes: the keyed hashes under which something may
-- stand that names no account.
CREATE OR REPLACE FUNCTION iris.held_rows(p_user uuid, p_hashes bytea[])
RETURNS TABLE (section text, place text, item json)
LANGUAGE sql STABLE AS $$
    SELECT 'sessions', iris.export_place(s.created_at, s.id::text), json_build_object(
        'id', s.id, 'created_at', iris.rfc3339(s.created_at), 'last_used_at', iris.rfc3339(s.last_used_at),
        'expires_at', iris.rfc3339(s.expires_at), 'ended_at', iris.rfc3339(s.revoked_at), 'device', s.device)
      FROM iris.sessions s WHERE s.account_id = p_user
    UNION ALL
    SELECT 'refresh_tokens', iris.export_place(t.created_at, encode(t.token_hash, 'hex')), json_build_object(
        'session_id', t.session_id, 'created_at', iris.rfc3339(t.created_at), 'expires_at', iris.rfc3339(t.expires_at),
        'used_at', iris.rfc3339(t.used_at))
      FROM iris.sessions s JOIN iris.refresh_tokens t ON t.session_id = s.id WHERE s.account_id = p_user
    UNION ALL
    SELECT 'password_resets', iris.export_place(r.created_at, r.id::text), json_build_object(
        'created_at', iris.rfc3339(r.created_at), 'expires_at', iris.rfc3339(r.expires_at),
        'used_at', iris.rfc3339(r.used_at))
      FROM iris.password_resets r WHERE r.account_id = p_user
    UNION ALL
    SELECT 'known_addresses', iris.export_place(k.last_login_at, encode(k.address_hash, 'hex')), json_build_object(
        'address_hash', encode(k.address_hash, 'hex'), 'last_login_at', iris.rfc3339(k.last_login_at))
      FROM iris.known_addresses k WHERE k.account_id = p_user
    UNION ALL
    SELECT 'failed_logins', iris.export_place(t.last_at, t.scope || encode(t.key, 'hex')), json_build_object(
        'scope', t.scope, 'count', t.count, 'started_at', iris.rfc3339(t.started_at),
        'last_at', iris.rfc3339(t.last_at), 'blocked_until', iris.rfc3339(t.blocked_until),
        'refused_at', iris.rfc3339(t.refused_at))
      FROM iris.throttles t
     WHERE t.key = ANY (p_hashes || ARRAY(SELECT k.address_hash FROM iris.known_addresses k WHERE k.account_id = p_user))
    UNION ALL
    SELECT 'erased_identities', iris.export_place(e.erased_at, encode(e.identity_hash, 'hex')), json_build_object(
        'erased_at', iris.rfc3339(e.erased_at), 'date', e.date, 'messages', e.message_count,
        'blocked', e.blocked_count, 'requests', (SELECT json_agg(iris.rfc3339(r)) FROM unnest(e.requests) r),
        'expires_at', iris.rfc3339(e.expires_at))
      FROM iris.erased_identities e WHERE e.identity_hash = ANY (p_hashes)
    UNION ALL
    SELECT 'notices', iris.export_place(o.created_at, o.id::text), json_build_object(
        'id', CASE WHEN o.user_id = p_user THEN o.id END, 'kind', o.kind, 'topic', o.topic, 'payload', o.payload, 'dedupe_key', o.dedupe_key,
        'created_at', iris.rfc3339(o.created_at), 'due_at', iris.rfc3339(o.due_at), 'attempts', o.attempts,
        'last_error', o.last_error, 'delivered_at', iris.rfc3339(o.delivered_at),
        'expires_at', iris.rfc3339(o.expires_at))
      FROM iris.outbox o
     -- A mail to who forgot the password is nobody's row, and its id that of a reset.
     WHERE o.user_id = p_user OR o.payload->>'email' = (SELECT a.email FROM iris.accounts a WHERE a.id = p_user)
    UNION ALL
    SELECT 'usage', d.date::text, json_build_object(
        'date', d.date, 'messages', d.message_count, 'blocked', d.blocked_count, 'tier', d.tier_at_time,
        'last_message_at', iris.rfc3339(d.last_message_at))
      FROM iris.user_daily_usage d WHERE d.user_id = p_user
    UNION ALL
    SELECT 'minute_usage', iris.export_place(r, ''), to_json(iris.rfc3339(r))
      FROM iris.user_minute_usage u, unnest(u.requests) r WHERE u.user_id = p_user
    UNION ALL
    SELECT 'reservations', q.id::text, json_build_object(
        'id', q.id, 'date', q.date, 'expires_at', iris.rfc3339(q.expires_at))
      FROM iris.quota_reservations q WHERE q.user_id = p_user
    UNION ALL
    SELECT 'feedback', iris.export_place(f.created_at, f.message_id::text), json_build_object(
        'message_id', f.message_id, 'session_id', f.session_id, 'rating', f.rating, 'comment', f.comment,
        'created_at', iris.rfc3339(f.created_at), 'updated_at', iris.rfc3339(f.updated_at))
      FROM iris.feedback f WHERE f.user_id = p_user
    UNION ALL
    SELECT 'idempotency_keys', k.route || ' ' || k.key, json_build_object(
        'route', k.route, 'key', k.key, 'body_hash', k.body_hash, 'turn_id', k.turn_id, 'question_id', k.question_id,
        'session_id', k.session_id, 'worker', k.worker, 'answer', k.document, 'usage', k.usage,
        'expires_at', iris.rfc3339(k.expires_at))
      FROM iris.idempotency_keys k WHERE k.user_id = p_user
    UNION ALL
    SELECT 'cached_answers', iris.export_place(c.created_at, encode(c.key, 'hex') || c.tier), json_build_object(
        'tier', c.tier, 'answer', c.answer, 'model', c.model, 'confidence', c.confidence, 'topic', c.topic,
        'finish', c.finish, 'created_at', iris.rfc3339(c.created_at), 'expires_at', iris.rfc3339(c.expires_at),
        'hits', c.hits)
      FROM iris.answer_cache c WHERE c.user_id = p_user
    UNION ALL
    SELECT 'imported_from', i.source || ' ' || i.old_id, json_build_object(
        'source', i.source, 'id', i.old_id, 'account_id', i.account_id, 'imported_at', iris.rfc3339(i.imported_at))
      FROM iris.imported_ids i WHERE i.account_id = p_user
$$;

-- The beginning of an export: the account and what its user shares, an object that is not closed yet; null for no account.
CREATE OR REPLACE FUNCTION iris.export_head(p_user uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT left(json_build_object(
        'exported_at', iris.rfc3339(now()),
        'user', json_build_object(
            'id', a.id, 'email', coalesce(a.email, a.external_email), 'name', a.name, 'tier', a.tier,
            'beta_until', a.beta_until, 'created_at', iris.rfc3339(a.created_at),
            'disabled_at', iris.rfc3339(a.disabled_at), 'has_password', a.password_hash IS NOT NULL,
            'external_issuer', a.external_issuer, 'external_subject', a.external_subject,
            'external_email', a.external_email, 'external_name', a.external_name,
            'external_told_at', iris.rfc3339(a.external_told_at), 'current_job', a.current_job, 'target_job', a.target_job,
            'sector', a.sector, 'experience_years', a.experience_years, 'region', a.region, 'goals', a.goals),
        'contexts', coalesce((
            SELECT json_object_agg(x.app, x.data || jsonb_build_object('updated_at', iris.rfc3339(x.updated_at)))
              FROM iris.user_contexts x WHERE x.user_id = a.id), '{}'),
        'letters', json_build_array(), 'trajectories', json_build_array())::text, -1)
      FROM iris.accounts a WHERE a.id = p_user
$$;

-- An answer as an export shows it.
CREATE OR REPLACE FUNCTION iris.export_answer(a iris.iris_messages) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', a.id, 'content', a.content, 'created_at', iris.rfc3339(a.created_at), 'status', a.status,
        'topic', a.topic, 'model', a.model, 'confidence', a.confidence, 'response_time_ms', a.response_time_ms,
        'tokens_in', a.tokens_in, 'tokens_out', a.tokens_out, 'tokens_cached', a.tokens_cached,
        'tokens_thought', a.tokens_thought, 'tokens_estimated', a.tokens_estimated, 'cost_micro', a.cost_micro)
$$;

-- The conversations of an export, from where p_after stands, until the part has p_bytes; `next` is where it stands then,
-- null at the end. A turn is a question with its answer, or an answer whose question is no longer kept. The plan has to be
-- one by the indexes, and is kept, as for iris.recent_turns.
CREATE OR REPLACE FUNCTION iris.export_conversations(
    p_user uuid, p_after jsonb, p_bytes integer, OUT part text, OUT next jsonb)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    nobody  CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    place   uuid := p_after->>'conversation';
    moment  timestamptz := coalesce(iris.from_microseconds((p_after->>'moment')::bigint), '-infinity');
    message uuid := coalesce((p_after->>'message')::uuid, nobody);
    talk    iris.iris_chat_sessions;
    turn    record;
BEGIN
    part := CASE WHEN p_after IS NULL THEN '"conversations":[' ELSE '' END;
    FOREACH talk.session_id IN ARRAY ARRAY(
        SELECT c.session_id FROM iris.iris_chat_sessions c
         WHERE c.user_id = p_user AND (place IS NULL OR c.session_id >= place) ORDER BY c.session_id)
    LOOP
        IF talk.session_id IS DISTINCT FROM place THEN
            SELECT c.* INTO talk FROM iris.iris_chat_sessions c WHERE c.session_id = talk.session_id;
            part := part || CASE WHEN place IS NULL THEN '' ELSE ']},' END || left(json_build_object(
                'session_id', talk.session_id, 'started_at', iris.rfc3339(talk.started_at),
                'last_message_at', iris.rfc3339(talk.last_message_at), 'messages', talk.message_count,
                'tokens', talk.total_tokens, 'avg_response_time_ms', talk.avg_response_time,
                'deleted_at', iris.rfc3339(talk.deleted_at), 'summary', talk.summary,
                'summarised_until', iris.rfc3339(talk.summarised_until))::text, -1) || ',"turns":[';
            place := talk.session_id; moment := '-infinity'; message := nobody;
        END IF;
        FOR turn IN
            SELECT m.created_at, m.id, json_build_object(
                       'turn_id', m.turn_id, 'status', m.status, 'topic', m.topic,
                       'question', CASE WHEN m.role = 'user' THEN json_build_object(
                           'id', m.id, 'content', m.content, 'created_at', iris.rfc3339(m.created_at)) END,
                       'answer', CASE WHEN m.role = 'assistant' THEN iris.export_answer(m) ELSE (
                           SELECT iris.export_answer(a) FROM iris.iris_messages a
                            WHERE a.id = m.turn_id AND a.created_at = iris.uuid_v7_time(m.turn_id)
                              AND a.session_id = m.session_id AND a.role = 'assistant') END)::text AS item
              FROM iris.iris_messages m
             WHERE m.session_id = place AND m.created_at >= moment AND (m.created_at, m.id) > (moment, message)
               AND (m.role = 'user' OR m.created_at <> iris.uuid_v7_time(m.id) OR NOT EXISTS (
                       SELECT 1 FROM iris.iris_messages q
                        WHERE q.session_id = m.session_id AND q.role = 'user' AND q.turn_id = m.id
                          AND q.created_at BETWEEN m.created_at - interval '1 hour' AND m.created_at))
             ORDER BY m.created_at, m.id
        LOOP
            part := part || CASE WHEN message = nobody THEN '' ELSE ',' END || turn.item;
            moment := turn.created_at; message := turn.id;
            EXIT WHEN octet_length(part) >= p_bytes;
        END LOOP;
        IF octet_length(part) >= p_bytes THEN
            next := jsonb_build_object('conversation', place, 'message', message, 'moment',
                CASE WHEN message <> nobody THEN (extract(epoch FROM moment) * 1000000)::bigint END);
            RETURN;
        END IF;
    END LOOP;
    part := part || CASE WHEN place IS NULL THEN ']' ELSE ']}]' END;
END $$;

-- All that is held of an account as one JSON document, in parts of about p_bytes: `next` of one is p_after of the one that
-- follows, null at the end, as at the beginning. p_session as for iris.erase_account, p_hashes as for iris.held_rows. Each part
-- shows its own moment: what is written meanwhile may be in it or not.
CREATE OR REPLACE FUNCTION iris.export_account(
    p_user uuid, p_session uuid, p_hashes bytea[], p_after jsonb, p_bytes integer,
    OUT outcome text, OUT part text, OUT next jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    sections CONSTANT text[] := ARRAY['sessions', 'refresh_tokens', 'password_resets', 'known_addresses', 'failed_logins',
        'erased_identities', 'notices', 'usage', 'minute_usage', 'reservations', 'feedback', 'idempotency_keys',
        'cached_answers', 'imported_from'];
    step  integer := coalesce((p_after->>'section')::integer, 1);
    last  text := p_after->>'place';
    held  record;
    talks record;
BEGIN
    outcome := CASE WHEN p_session IS NOT NULL THEN iris.session_standing(p_user, p_session)
                    WHEN EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = p_user) THEN 'ok' ELSE 'not_found' END;
    IF outcome <> 'ok' THEN RETURN; END IF;
    part := CASE WHEN p_after IS NULL THEN iris.export_head(p_user) || ',' ELSE '' END;
    WHILE step <= cardinality(sections) LOOP
        part := part || CASE WHEN last IS NULL THEN to_json(sections[step]) || ':[' ELSE '' END;
        FOR held IN
            SELECT h.place, h.item::text AS item FROM iris.held_rows(p_user, p_hashes) h
             WHERE h.section = sections[step] AND (last IS NULL OR h.place > last COLLATE "C")
             ORDER BY h.place COLLATE "C"
        LOOP
            part := part || CASE WHEN last IS NULL THEN '' ELSE ',' END || held.item;
            last := held.place;
            IF octet_length(part) >= p_bytes THEN
                next := jsonb_build_object('section', step, 'place', last);
                RETURN;
            END IF;
        END LOOP;
        part := part || '],';
        step := step + 1;
        last := NULL;
    END LOOP;
    SELECT c.part, c.next INTO talks FROM iris.export_conversations(
        p_user, p_after->'talks', greatest(p_bytes - octet_length(part), 1)) c;
    part := part || talks.part || CASE WHEN talks.next IS NULL THEN '}' ELSE '' END;
    next := jsonb_build_object('section', step, 'talks', talks.next);
    IF talks.next IS NULL THEN next := NULL; END IF;
END $$;

-- Analytics: roll-ups and what reads them --------------------------------------------------------------------------------

ALTER TABLE iris.iris_events
    -- When the row was written, which for what was spooled or imported is later than it happened: roll-ups go by it.
    ADD COLUMN IF NOT EXISTS recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE iris.iris_events ALTER COLUMN recorded_at SET DEFAULT clock_timestamp();
CREATE INDEX IF NOT EXISTS iris_events_recorded ON iris.iris_events (recorded_at);
-- Nothing looks for types; each chat paid for it.
DROP INDEX IF EXISTS iris.iris_events_type;

-- How far the roll-ups are. Its row is the lock of whoever works on them; chats take none of these tables.
CREATE TABLE IF NOT EXISTS iris.rollup_state (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- The events recorded before this are in the roll-ups, and no others.
    watermark timestamptz NOT NULL DEFAULT '-infinity',
    -- Once no transaction before fence_xid runs in this database any more, whatever was recorded before fence_at can be seen.
    fence_at  timestamptz,
    fence_xid xid8,
    -- The last day on which rows past their time were removed.
    pruned_on date
);
INSERT INTO iris.rollup_state DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Days are those of IRIS_TIMEZONE, of when it happened. Times are milliseconds, money millionths.
CREATE TABLE IF NOT EXISTS iris.rollup_days (
    day           date PRIMARY KEY,
    -- Messages that were let through, and the different users who sent them.
    requests      bigint NOT NULL DEFAULT 0,
    users         bigint NOT NULL DEFAULT 0,
    -- Answered by a model or the cache, wholly; blocked and cached ones among them.
    answers       bigint NOT NULL DEFAULT 0,
    blocked       bigint NOT NULL DEFAULT 0,
    cached        bigint NOT NULL DEFAULT 0,
    -- Answered in part; by the offline Alessio.
    partials      bigint NOT NULL DEFAULT 0,
    fallbacks     bigint NOT NULL DEFAULT 0,
    -- Answers whose time is known, and the sum of those times.
    timed         bigint NOT NULL DEFAULT 0,
    response_ms   bigint NOT NULL DEFAULT 0,
    tokens_in     bigint NOT NULL DEFAULT 0,
    tokens_out    bigint NOT NULL DEFAULT 0,
    cost_micro    bigint NOT NULL DEFAULT 0,
    -- Ratings as they stand, each on the day of its last change.
    ratings       bigint NOT NULL DEFAULT 0,
    rating_sum    bigint NOT NULL DEFAULT 0,
    upgrades      bigint NOT NULL DEFAULT 0,
    downgrades    bigint NOT NULL DEFAULT 0,
    registrations bigint NOT NULL DEFAULT 0
);

-- The same by closed words. kind: 'event' (its type), 'topic' and 'tier' of requests, 'finish' of answers, 'partial' (why),
-- 'login' (its outcome), 'latency' (of answers: at most so many milliseconds and more than the next lower label, or 'inf').
CREATE TABLE IF NOT EXISTS iris.rollup_breakdowns (
    day    date NOT NULL,
    kind   text NOT NULL,
    label  text NOT NULL,
    events bigint NOT NULL,
    PRIMARY KEY (day, kind, label)
);

-- A pseudonym's day by topic; '' where an event has none. Kept as long as events.
CREATE TABLE IF NOT EXISTS iris.rollup_user_days (
    user_id     text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    topic       text NOT NULL,
    messages    bigint NOT NULL DEFAULT 0,
    timed       bigint NOT NULL DEFAULT 0,
    response_ms bigint NOT NULL DEFAULT 0,
    tokens_in   bigint NOT NULL DEFAULT 0,
    tokens_out  bigint NOT NULL DEFAULT 0,
    ratings     bigint NOT NULL DEFAULT 0,
    rating_sum  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, day, topic)
);
CREATE INDEX IF NOT EXISTS rollup_user_days_day ON iris.rollup_user_days USING brin (day) WITH (autosummarize = on);

-- A pseudonym's conversations (pseudonyms, too), and the last day of each. Kept as long as events.
CREATE TABLE IF NOT EXISTS iris.rollup_conversations (
    user_id    text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" NOT NULL,
    last_day   date NOT NULL,
    PRIMARY KEY (user_id, session_id)
);

-- Who belongs to those over whom a figure is taken, with the last day on which that was so: 'active' (sent a message),
-- 'answered' (has an answer with a time), 'rated', 'free' (sent a message as a free user, or went to premium), 'upgraded',
-- 'topic:…' (sent a message about it). Kept as long as events.
CREATE TABLE IF NOT EXISTS iris.rollup_audiences (
    audience text NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    last_day date NOT NULL,
    PRIMARY KEY (user_id, audience)
);
-- How many have that last day: the sum from a day on is the number of different users from then to now.
CREATE TABLE IF NOT EXISTS iris.rollup_audience_sizes (
    audience text NOT NULL,
    last_day date NOT NULL,
    users    bigint NOT NULL,
    PRIMARY KEY (audience, last_day)
);

-- A pseudonym's first day with a message, and whether one came on the day after it, on the 7th and on the 30th. Goes when
-- its audience 'active' does.
CREATE TABLE IF NOT EXISTS iris.rollup_users (
    user_id    text COLLATE "C" PRIMARY KEY,
    first_day  date NOT NULL,
    after_1    boolean NOT NULL,
    after_7    boolean NOT NULL,
    after_30   boolean NOT NULL
);
-- How many began on a day, and how many of those came back.
CREATE TABLE IF NOT EXISTS iris.rollup_cohorts (
    day      date PRIMARY KEY,
    users    bigint NOT NULL DEFAULT 0,
    after_1  bigint NOT NULL DEFAULT 0,
    after_7  bigint NOT NULL DEFAULT 0,
    after_30 bigint NOT NULL DEFAULT 0
);

-- Events of one kind counted together: what everything else is summed up from. `detail` is the word that tells outcomes of
-- one type apart. `bucket`: of answers with a known time, by the labels of 'latency'; 0 is beyond the last of them.
DO $$
BEGIN
    IF to_regtype('iris.event_fact') IS NULL THEN
        CREATE TYPE iris.event_fact AS (
            day date, user_id text COLLATE "C", session_id text COLLATE "C", event_type text, topic text, tier text,
            detail text, cached boolean,
            bucket integer, events bigint, response_ms bigint, tokens_in bigint, tokens_out bigint, cost_micro bigint,
            rating_sum bigint);
    END IF;
END $$;

-- A whole number of an event's metadata, from 0 to `most`; null for anything else, since rows may come from elsewhere, and one
-- that makes no sense may not end a sum.
CREATE OR REPLACE FUNCTION iris.event_number(metadata jsonb, member text, most bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(metadata->member) = 'number' AND (metadata->member)::numeric BETWEEN 0 AND most
            THEN (metadata->member)::bigint END;

-- What the events recorded from p_from and before p_until say, the first p_most of them (null: all). p_users: of these
-- pseudonyms; null: of everybody. A topic that is not of p_topics counts as 'autre'. What claims to have happened after it was
-- recorded happened then. A rating that replaces another also takes that one away, on its own day where that is told.
CREATE OR REPLACE FUNCTION iris.event_facts(
    p_from timestamptz, p_until timestamptz, p_most bigint, p_users text[], p_time_zone text, p_topics text[],
    p_latency_ms integer[]) RETURNS SETOF iris.event_fact
LANGUAGE sql STABLE AS $$
    SELECT (CASE WHEN s.sign > 0 THEN least(e.timestamp, e.recorded_at)
                 ELSE coalesce(least(to_timestamp(m.previous_at / 1000.0), e.recorded_at), e.timestamp) END
            AT TIME ZONE p_time_zone)::date,
           e.user_id COLLATE "C", e.session_id COLLATE "C", e.event_type,
           CASE WHEN m.topic = ANY (p_topics) THEN m.topic WHEN m.topic IS NOT NULL THEN 'autre' END,
           CASE WHEN m.tier IN ('free', 'premium') THEN m.tier END,
           m.detail, m.cached,
           CASE WHEN m.response_ms IS NOT NULL AND m.detail IN ('complete', 'truncated', 'blocked')
                THEN coalesce(p_latency_ms[width_bucket(m.response_ms - 1, p_latency_ms) + 1], 0) END,
           sum(CASE WHEN e.event_type <> 'feedback' OR m.rating IS NOT NULL THEN s.sign ELSE 0 END),
           sum(m.response_ms), sum(m.tokens_in), sum(m.tokens_out), sum(m.cost_micro),
           sum(CASE WHEN s.sign > 0 THEN m.rating ELSE - m.previous END)
      FROM (SELECT r.* FROM iris.iris_events r
             WHERE r.recorded_at >= p_from AND r.recorded_at < p_until
             ORDER BY r.recorded_at LIMIT p_most) e
     CROSS JOIN LATERAL (
        SELECT e.metadata->>'topic' AS topic, e.metadata->>'tier' AS tier,
               coalesce(e.metadata->>'finish', e.metadata->>'outcome', e.metadata->>'reason') AS detail,
               coalesce(e.metadata->>'cached' = 'true', false) AS cached,
               CASE WHEN e.event_type = 'chat_response'
                    THEN iris.event_number(e.metadata, 'response_time_ms', 1000000000) END AS response_ms,
               iris.event_number(e.metadata, 'tokens_in', 1000000000) AS tokens_in,
               iris.event_number(e.metadata, 'tokens_out', 1000000000) AS tokens_out,
               iris.event_number(e.metadata, 'cost_micro', 1000000000000) AS cost_micro,
               CASE WHEN e.event_type = 'feedback'
                    THEN nullif(iris.event_number(e.metadata, 'rating', 5), 0) END AS rating,
               CASE WHEN e.event_type = 'feedback'
                    THEN nullif(iris.event_number(e.metadata, 'previous', 5), 0) END AS previous,
               CASE WHEN e.event_type = 'feedback'
                    THEN iris.event_number(e.metadata, 'previous_at', 10000000000000) END AS previous_at) m
     CROSS JOIN (VALUES (1), (-1)) s(sign)
     WHERE (s.sign > 0 OR m.rating IS NOT NULL AND m.previous IS NOT NULL) AND (p_users IS NULL OR e.user_id = ANY (p_users))
     -- What is taken away stays apart: it is no event, and may not hide the one that it is taken from.
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, s.sign
$$;

-- What roll-ups gain by facts. What is known of a user before is looked up by scalar subqueries, so that it is always a
-- matter of an index and never of the size of a table.

-- What a day's totals gain. `users` are those who sent their first message of that day.
CREATE OR REPLACE FUNCTION iris.day_gains(p_facts iris.event_fact[]) RETURNS SETOF iris.rollup_days
LANGUAGE sql STABLE AS $$
    WITH totals AS (
        SELECT f.day,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_request') AS requests,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response'
                                       AND f.detail IN ('complete', 'truncated', 'blocked')) AS answers,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response' AND f.detail = 'blocked') AS blocked,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response' AND f.cached) AS cached,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_response' AND f.detail = 'partial') AS partials,
               sum(f.events) FILTER (WHERE f.event_type = 'chat_fallback') AS fallbacks,
               sum(f.events) FILTER (WHERE f.bucket IS NOT NULL) AS timed,
               sum(f.response_ms) FILTER (WHERE f.bucket IS NOT NULL) AS response_ms,
               sum(f.tokens_in) AS tokens_in, sum(f.tokens_out) AS tokens_out, sum(f.cost_micro) AS cost_micro,
               sum(f.events) FILTER (WHERE f.event_type = 'feedback') AS ratings, sum(f.rating_sum) AS rating_sum,
               sum(f.events) FILTER (WHERE f.event_type = 'tier_upgrade') AS upgrades,
               sum(f.events) FILTER (WHERE f.event_type = 'tier_downgrade') AS downgrades,
               sum(f.events) FILTER (WHERE f.event_type = 'account_created') AS registrations
          FROM unnest(p_facts) f GROUP BY f.day),
    arrivals AS (
        SELECT a.day, count(*) AS users
          FROM (SELECT DISTINCT f.day, f.user_id FROM unnest(p_facts) f
                 WHERE f.event_type = 'chat_request' AND f.user_id IS NOT NULL) a
         WHERE (SELECT true FROM iris.rollup_user_days d
                 WHERE d.user_id = a.user_id AND d.day = a.day AND d.messages > 0 LIMIT 1) IS NULL
         GROUP BY a.day)
    SELECT t.day, coalesce(t.requests, 0), coalesce(a.users, 0), coalesce(t.answers, 0), coalesce(t.blocked, 0),
           coalesce(t.cached, 0), coalesce(t.partials, 0), coalesce(t.fallbacks, 0), coalesce(t.timed, 0),
           coalesce(t.response_ms, 0), coalesce(t.tokens_in, 0), coalesce(t.tokens_out, 0), coalesce(t.cost_micro, 0),
           coalesce(t.ratings, 0), coalesce(t.rating_sum, 0), coalesce(t.upgrades, 0), coalesce(t.downgrades, 0),
           coalesce(t.registrations, 0)
      FROM totals t LEFT JOIN arrivals a USING (day)
$$;

-- What a user's days gain by facts.
CREATE OR REPLACE FUNCTION iris.user_day_gains(p_facts iris.event_fact[]) RETURNS SETOF iris.rollup_user_days
LANGUAGE sql STABLE AS $$
    SELECT f.user_id, f.day, coalesce(f.topic, ''),
           coalesce(sum(f.events) FILTER (WHERE f.event_type = 'chat_request'), 0),
           coalesce(sum(f.events) FILTER (WHERE f.bucket IS NOT NULL), 0),
           coalesce(sum(f.response_ms) FILTER (WHERE f.bucket IS NOT NULL), 0),
           coalesce(sum(f.tokens_in), 0), coalesce(sum(f.tokens_out), 0),
           coalesce(sum(f.events) FILTER (WHERE f.event_type = 'feedback'), 0), coalesce(sum(f.rating_sum), 0)
      FROM unnest(p_facts) f
     WHERE f.user_id IS NOT NULL AND f.event_type IN ('chat_request', 'chat_response', 'summary_made', 'feedback')
     GROUP BY f.user_id, f.day, coalesce(f.topic, '')
$$;

-- Whose last day in an audience moves by facts, from p_before (null: not in it yet) to p_day.
CREATE OR REPLACE FUNCTION iris.audience_moves(
    p_facts iris.event_fact[], OUT audience text, OUT user_id text, OUT last_day date, OUT before date) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    SELECT m.* FROM (
    SELECT n.audience, n.user_id, n.last_day,
           (SELECT r.last_day FROM iris.rollup_audiences r
             WHERE r.user_id = n.user_id AND r.audience = n.audience) AS before
      FROM (SELECT a.audience, f.user_id, max(f.day) AS last_day
              FROM unnest(p_facts) f
             CROSS JOIN LATERAL unnest(CASE
                WHEN f.event_type = 'chat_request' THEN
                    ARRAY['active', 'topic:' || f.topic, CASE WHEN f.tier = 'free' THEN 'free' END]
                WHEN f.bucket IS NOT NULL THEN ARRAY['answered']
                WHEN f.event_type = 'feedback' AND f.events > 0 THEN ARRAY['rated']
                WHEN f.event_type = 'tier_upgrade' THEN ARRAY['free', 'upgraded'] END) a(audience)
             WHERE f.user_id IS NOT NULL AND a.audience IS NOT NULL
             GROUP BY a.audience, f.user_id) n) m
     WHERE m.before IS NULL OR m.before < m.last_day
$$;

-- Whose first day, or whose return after it, changes by facts: as it is then, and as it was (null: nobody knew the user). Where
-- events of an earlier day came late, the days after it are found among those rolled up.
CREATE OR REPLACE FUNCTION iris.cohort_moves(
    p_facts iris.event_fact[], OUT user_id text, OUT first_day date, OUT after_1 boolean, OUT after_7 boolean,
    OUT after_30 boolean, OUT before iris.rollup_users) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
    WITH seen AS (
        SELECT f.user_id, min(f.day) AS first_day, array_agg(DISTINCT f.day) AS days
          FROM unnest(p_facts) f
         WHERE f.user_id IS NOT NULL AND f.event_type = 'chat_request' GROUP BY f.user_id),
    merged AS (
        SELECT o.user_id, least(o.first_day, (o.before).first_day) AS first_day, o.days, o.before,
               (o.before).first_day > o.first_day AS is_earlier
          FROM (SELECT s.*, (SELECT u FROM iris.rollup_users u WHERE u.user_id = s.user_id) AS before
                  FROM seen s OFFSET 0) o),
    -- With the days rolled up, where they are asked for: few are.
    known AS (
        SELECT m.user_id, m.first_day, m.before,
               CASE WHEN m.is_earlier THEN m.days || ARRAY(
                   SELECT d.day FROM iris.rollup_user_days d WHERE d.user_id = m.user_id AND d.messages > 0)
               ELSE m.days END AS days,
               NOT m.is_earlier AS keeps
          FROM merged m)
    SELECT n.* FROM (
        SELECT k.user_id, k.first_day,
               k.first_day + 1 = ANY (k.days) OR coalesce(k.keeps AND (k.before).after_1, false) AS after_1,
               k.first_day + 7 = ANY (k.days) OR coalesce(k.keeps AND (k.before).after_7, false) AS after_7,
               k.first_day + 30 = ANY (k.days) OR coalesce(k.keeps AND (k.before).after_30, false) AS after_30,
               k.before
          FROM known k) n
     WHERE (n.before).user_id IS NULL
        OR (n.first_day, n.after_1, n.after_7, n.after_30)
           <> ((n.before).first_day, (n.before).after_1, (n.before).after_7, (n.before).after_30)
$$;

-- Brings the roll-ups forward by about p_batch events, in one transaction; not while somebody else does. `days` are those of
-- the events. `more`: call again.
--
-- recorded_at is older than the commit that makes a row visible. So a fence is kept: a moment, and a transaction id given
-- after it, this function's own. Once all transactions before that one have ended, nothing recorded before the moment can appear
-- any more, however long they took. p_slack_s more are left for clocks that are set back and for a row between its clock and
-- its id.
CREATE OR REPLACE FUNCTION iris.roll_up(
    p_time_zone text, p_batch integer, p_slack_s integer, p_topics text[], p_latency_ms integer[],
    OUT events bigint, OUT days date[], OUT more boolean)
LANGUAGE plpgsql SET work_mem = '64MB' SET jit = off AS $$
DECLARE
    -- When this transaction began, which is before it has an id.
    moment  CONSTANT timestamptz := now();
    running CONSTANT pg_snapshot := pg_current_snapshot();
    slack   CONSTANT interval := make_interval(secs => p_slack_s);
    state   iris.rollup_state;
    ready   timestamptz;
    upto    timestamptz;
    facts   iris.event_fact[];
BEGIN
    SELECT s.* INTO state FROM iris.rollup_state s FOR UPDATE SKIP LOCKED;
    events := 0;
    days := '{}';
    more := false;
    IF state.only_row IS NULL THEN RETURN; END IF;

    -- A fence from the future is that of another server, from which these tables were restored. Transactions of other
    -- databases write nothing here; those that ended since the snapshot are seen by the next statement.
    IF state.fence_xid > pg_snapshot_xmax(running) OR state.fence_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM pg_snapshot_xip(running) x(id)
         WHERE x.id < state.fence_xid
           AND (x.id::xid IN (SELECT a.backend_xid FROM pg_stat_activity a WHERE a.datname = current_database())
                OR x.id::xid IN (SELECT p.transaction FROM pg_prepared_xacts p WHERE p.database = current_database())))
    THEN
        ready := state.fence_at - slack;
        SELECT max(c.recorded_at), count(*) INTO upto, events
          FROM (SELECT e.recorded_at FROM iris.iris_events e
                 WHERE e.recorded_at >= state.watermark AND e.recorded_at < ready
                 ORDER BY e.recorded_at LIMIT p_batch) c;
        more := events >= p_batch;
        -- Those of one microsecond stay together.
        upto := CASE WHEN more THEN upto + interval '1 microsecond' ELSE ready END;
    END IF;
    IF events > 0 THEN
        facts := ARRAY(SELECT f FROM iris.event_facts(
            state.watermark, upto, NULL, NULL, p_time_zone, p_topics, p_latency_ms) f);
        PERFORM iris.add_to_roll_ups(facts);
        days := ARRAY(SELECT DISTINCT f.day FROM unnest(facts) f);
    END IF;
    UPDATE iris.rollup_state s SET watermark = greatest(s.watermark, upto);
    IF state.fence_at IS NULL OR ready IS NOT NULL AND NOT more THEN
        UPDATE iris.rollup_state s SET fence_at = moment, fence_xid = pg_current_xact_id();
        -- Most often nothing is in the new fence's way, either.
        more := state.fence_at IS NULL OR moment - state.fence_at > greatest(slack, interval '1 s');
    END IF;
END $$;

-- Adds facts to all roll-ups. What compares with the state before comes before what changes it.
CREATE OR REPLACE FUNCTION iris.add_to_roll_ups(p_facts iris.event_fact[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH moves AS (SELECT * FROM iris.cohort_moves(p_facts)),
    users AS (
        INSERT INTO iris.rollup_users AS u (user_id, first_day, after_1, after_7, after_30)
        SELECT m.user_id, m.first_day, m.after_1, m.after_7, m.after_30 FROM moves m
        ON CONFLICT (user_id) DO UPDATE SET first_day = excluded.first_day, after_1 = excluded.after_1,
            after_7 = excluded.after_7, after_30 = excluded.after_30)
    INSERT INTO iris.rollup_cohorts AS c (day, users, after_1, after_7, after_30)
    SELECT d.day, sum(d.sign), sum(d.sign * d.after_1::integer), sum(d.sign * d.after_7::integer),
           sum(d.sign * d.after_30::integer)
      FROM moves m
     CROSS JOIN LATERAL (VALUES (m.first_day, 1, m.after_1, m.after_7, m.after_30),
           ((m.before).first_day, -1, (m.before).after_1, (m.before).after_7, (m.before).after_30))
           d(day, sign, after_1, after_7, after_30)
     WHERE d.day IS NOT NULL
     GROUP BY d.day
    ON CONFLICT (day) DO UPDATE SET users = c.users + excluded.users, after_1 = c.after_1 + excluded.after_1,
        after_7 = c.after_7 + excluded.after_7, after_30 = c.after_30 + excluded.after_30;

    WITH moves AS (SELECT * FROM iris.audience_moves(p_facts)),
    audiences AS (
        INSERT INTO iris.rollup_audiences (audience, user_id, last_day)
        SELECT m.audience, m.user_id, m.last_day FROM moves m
        ON CONFLICT (user_id, audience) DO UPDATE SET last_day = excluded.last_day)
    INSERT INTO iris.rollup_audience_sizes AS s (audience, last_day, users)
    SELECT m.audience, d.day, sum(d.sign)
      FROM moves m CROSS JOIN LATERAL (VALUES (m.last_day, 1), (m.before, -1)) d(day, sign)
     WHERE d.day IS NOT NULL
     GROUP BY m.audience, d.day
    ON CONFLICT (audience, last_day) DO UPDATE SET users = s.users + excluded.users;

    INSERT INTO iris.rollup_days AS d SELECT * FROM iris.day_gains(p_facts)
    ON CONFLICT (day) DO UPDATE SET
        requests = d.requests + excluded.requests, users = d.users + excluded.users,
        answers = d.answers + excluded.answers, blocked = d.blocked + excluded.blocked,
        cached = d.cached + excluded.cached, partials = d.partials + excluded.partials,
        fallbacks = d.fallbacks + excluded.fallbacks, timed = d.timed + excluded.timed,
        response_ms = d.response_ms + excluded.response_ms, tokens_in = d.tokens_in + excluded.tokens_in,
        tokens_out = d.tokens_out + excluded.tokens_out, cost_micro = d.cost_micro + excluded.cost_micro,
        ratings = d.ratings + excluded.ratings, rating_sum = d.rating_sum + excluded.rating_sum,
        upgrades = d.upgrades + excluded.upgrades, downgrades = d.downgrades + excluded.downgrades,
        registrations = d.registrations + excluded.registrations;

    INSERT INTO iris.rollup_breakdowns AS b (day, kind, label, events)
    SELECT f.day, l.kind, CASE WHEN l.label ~ '^[a-z0-9_]{1,40}$' THEN l.label ELSE 'other' END, sum(f.events)
      FROM (SELECT u.day, u.event_type, u.topic, u.tier, u.detail, u.bucket, sum(u.events) AS events
              FROM unnest(p_facts) u WHERE u.events > 0 GROUP BY 1, 2, 3, 4, 5, 6) f
     CROSS JOIN LATERAL (VALUES
           ('event', f.event_type),
           ('topic', CASE WHEN f.event_type = 'chat_request' THEN f.topic END),
           ('tier', CASE WHEN f.event_type = 'chat_request' THEN f.tier END),
           (CASE f.event_type WHEN 'chat_response' THEN 'finish' WHEN 'chat_partial' THEN 'partial' WHEN 'login' THEN 'login'
                END, f.detail),
           ('latency', coalesce(nullif(f.bucket, 0)::text, CASE f.bucket WHEN 0 THEN 'inf' END))) l(kind, label)
     WHERE l.kind IS NOT NULL AND l.label IS NOT NULL
     GROUP BY 1, 2, 3
    ON CONFLICT (day, kind, label) DO UPDATE SET events = b.events + excluded.events;

    INSERT INTO iris.rollup_user_days AS d SELECT * FROM iris.user_day_gains(p_facts)
    ON CONFLICT (user_id, day, topic) DO UPDATE SET
        messages = d.messages + excluded.messages, timed = d.timed + excluded.timed,
        response_ms = d.response_ms + excluded.response_ms, tokens_in = d.tokens_in + excluded.tokens_in,
        tokens_out = d.tokens_out + excluded.tokens_out, ratings = d.ratings + excluded.ratings,
        rating_sum = d.rating_sum + excluded.rating_sum;

    INSERT INTO iris.rollup_conversations AS c (user_id, session_id, last_day)
    SELECT f.user_id, f.session_id, max(f.day) FROM unnest(p_facts) f
     WHERE f.user_id IS NOT NULL AND f.session_id IS NOT NULL AND f.event_type = 'chat_request'
     GROUP BY f.user_id, f.session_id
    ON CONFLICT (user_id, session_id) DO UPDATE SET last_day = excluded.last_day WHERE c.last_day < excluded.last_day;
END $$;

-- Removes what roll-ups keep by pseudonym of days more than p_keep_days ago, at most p_batch rows of a table; true: there may be
-- more. The tables are read from end to end for it, so that no index has to be kept for it: once a day is enough.
CREATE OR REPLACE FUNCTION iris.prune_roll_ups(
    p_keep_days integer, p_time_zone text, p_batch integer, OUT pruned bigint, OUT more boolean)
LANGUAGE plpgsql SET jit = off AS $$
DECLARE
    today CONSTANT date := (now() AT TIME ZONE p_time_zone)::date;
    first CONSTANT date := today - least(p_keep_days, 36500);
    state iris.rollup_state;
    gone  bigint;
BEGIN
    pruned := 0;
    more := false;
    SELECT s.* INTO state FROM iris.rollup_state s FOR UPDATE SKIP LOCKED;
    IF NOT FOUND OR state.pruned_on = today THEN RETURN; END IF;
    DELETE FROM iris.rollup_user_days d WHERE d.ctid = ANY (ARRAY(
        SELECT o.ctid FROM iris.rollup_user_days o WHERE o.day < first LIMIT p_batch));
    GET DIAGNOSTICS gone = ROW_COUNT;
    pruned := pruned + gone;
    more := more OR gone >= p_batch;
    DELETE FROM iris.rollup_conversations c WHERE c.ctid = ANY (ARRAY(
        SELECT o.ctid FROM iris.rollup_conversations o WHERE o.last_day < first LIMIT p_batch));
    GET DIAGNOSTICS gone = ROW_COUNT;
    pruned := pruned + gone;
    more := more OR gone >= p_batch;
    WITH past AS (
        DELETE FROM iris.rollup_audiences a WHERE a.ctid = ANY (ARRAY(
            SELECT o.ctid FROM iris.rollup_audiences o WHERE o.last_day < first LIMIT p_batch))
        RETURNING a.audience, a.user_id),
    users AS (
        DELETE FROM iris.rollup_users u USING past p WHERE p.audience = 'active' AND u.user_id = p.user_id RETURNING 1)
    SELECT count(*) + (SELECT count(*) FROM users), count(*) >= p_batch OR more INTO gone, more FROM past;
    pruned := pruned + gone;
    IF NOT more THEN
        DELETE FROM iris.rollup_audience_sizes s WHERE s.last_day < first;
        UPDATE iris.rollup_state s SET pruned_on = today;
    END IF;
END $$;

-- Up to when everything is counted by who adds the first p_most events that are not in the roll-ups: p_now, unless there are
-- more.
CREATE OR REPLACE FUNCTION iris.counted_until(p_mark timestamptz, p_most bigint, p_now timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN coalesce((SELECT e.recorded_at FROM iris.iris_events e WHERE e.recorded_at >= p_mark
                  ORDER BY e.recorded_at OFFSET p_most LIMIT 1), p_now);

-- The figures of GET /api/v1/metrics over the p_days days that end with that of p_now (null: now), before anything is withheld or rounded, each with
-- the number of different users over whom it is taken: from the roll-ups and from the events that are not in them yet, the
-- first p_most of those. `section` is 'day' and 'topic' (events), 'response_time' and 'satisfaction' (events and their total),
-- 'conversion' (who upgraded), 'retention' (who came back after `label` days), and 'until': up to when everything is counted.
CREATE OR REPLACE FUNCTION iris.public_figures(
    p_now timestamptz, p_time_zone text, p_days integer, p_most bigint, p_topics text[], p_latency_ms integer[],
    OUT section text, OUT label text, OUT events bigint, OUT total bigint, OUT users bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    moment CONSTANT timestamptz := coalesce(p_now, now());
    today CONSTANT date := (moment AT TIME ZONE p_time_zone)::date;
    first CONSTANT date := today - p_days + 1;
    mark  CONSTANT timestamptz := (SELECT s.watermark FROM iris.rollup_state s);
    facts CONSTANT iris.event_fact[] := ARRAY(SELECT f FROM iris.event_facts(
        mark, 'infinity', p_most, NULL, p_time_zone, p_topics, p_latency_ms) f);
BEGIN
    RETURN QUERY
    WITH days AS (
        SELECT g.day::date AS day, sum(d.requests)::bigint AS requests, sum(d.users)::bigint AS users,
               sum(d.timed)::bigint AS timed, sum(d.response_ms)::bigint AS response_ms,
               sum(d.ratings)::bigint AS ratings, sum(d.rating_sum)::bigint AS rating_sum
          FROM generate_series(first::timestamp, today::timestamp, interval '1 day') g(day)
          LEFT JOIN (SELECT * FROM iris.rollup_days r WHERE r.day BETWEEN first AND today
                     UNION ALL SELECT * FROM iris.day_gains(facts)) d ON d.day = g.day::date
         GROUP BY g.day),
    sizes AS (
        SELECT a.audience, sum(a.users)::bigint AS users
          FROM (SELECT s.audience, s.users FROM iris.rollup_audience_sizes s WHERE s.last_day >= first
                UNION ALL
                SELECT m.audience, 1 FROM iris.audience_moves(facts) m
                 WHERE m.last_day >= first AND (m.before IS NULL OR m.before < first)) a
         GROUP BY a.audience),
    topics AS (
        SELECT t.topic, sum(t.events)::bigint AS requests
          FROM (SELECT b.label AS topic, b.events FROM iris.rollup_breakdowns b
                 WHERE b.day BETWEEN first AND today AND b.kind = 'topic'
                UNION ALL
                SELECT f.topic, f.events FROM unnest(facts) f
                 WHERE f.event_type = 'chat_request' AND f.topic IS NOT NULL AND f.day BETWEEN first AND today) t
         GROUP BY t.topic),
    -- Returns are counted once the day on which they could happen is over.
    cohorts AS (
        SELECT k.days, sum(c.users)::bigint AS users,
               sum(CASE k.days WHEN 1 THEN c.after_1 WHEN 7 THEN c.after_7 WHEN 30 THEN c.after_30 END)::bigint AS returned
          FROM (VALUES (1), (7), (30)) k(days)
          LEFT JOIN (
            SELECT * FROM iris.rollup_cohorts r WHERE r.day BETWEEN first - 30 AND today
            UNION ALL
            SELECT v.* FROM iris.cohort_moves(facts) m
             CROSS JOIN LATERAL (VALUES
                (m.first_day, 1, m.after_1::integer, m.after_7::integer, m.after_30::integer),
                ((m.before).first_day, -1, - (m.before).after_1::integer, - (m.before).after_7::integer,
                    - (m.before).after_30::integer)) v) c ON c.day + k.days BETWEEN first AND today - 1
         GROUP BY k.days)
    SELECT 'day', d.day::text, coalesce(d.requests, 0), NULL::bigint, coalesce(d.users, 0) FROM days d
    UNION ALL
    SELECT 'topic', t.topic, t.requests, NULL, coalesce(s.users, 0)
      FROM topics t LEFT JOIN sizes s ON s.audience = 'topic:' || t.topic
    UNION ALL
    SELECT 'response_time', NULL, sum(d.timed)::bigint, sum(d.response_ms)::bigint,
           (SELECT s.users FROM sizes s WHERE s.audience = 'answered') FROM days d
    UNION ALL
    SELECT 'satisfaction', NULL, sum(d.ratings)::bigint, sum(d.rating_sum)::bigint,
           (SELECT s.users FROM sizes s WHERE s.audience = 'rated') FROM days d
    UNION ALL
    SELECT 'conversion', NULL, (SELECT s.users FROM sizes s WHERE s.audience = 'upgraded'), NULL,
           (SELECT s.users FROM sizes s WHERE s.audience = 'free')
    UNION ALL
    SELECT 'retention', c.days::text, c.returned, NULL, c.users FROM cohorts c
    UNION ALL
    SELECT 'until', iris.rfc3339(iris.counted_until(mark, p_most, moment)), NULL, NULL, NULL;
END $$;

-- What a user did in the p_days days that end with that of p_now (null: now), under these pseudonyms, from roll-ups and events as iris.public_figures:
-- 'day' (messages, answers with a known time, their milliseconds), 'topic' (messages), 'sessions' (conversations), 'tokens'
-- (in and out), 'satisfaction' (ratings and their sum). Conversations are counted by their pseudonyms: one that goes on after
-- a change of keys counts twice.
CREATE OR REPLACE FUNCTION iris.user_figures(
    p_users text[], p_now timestamptz, p_time_zone text, p_days integer, p_most bigint, p_topics text[],
    p_latency_ms integer[],
    OUT section text, OUT label text, OUT events bigint, OUT timed bigint, OUT total bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    today CONSTANT date := (coalesce(p_now, now()) AT TIME ZONE p_time_zone)::date;
    first CONSTANT date := today - p_days + 1;
    facts CONSTANT iris.event_fact[] := ARRAY(SELECT f FROM iris.event_facts(
        (SELECT s.watermark FROM iris.rollup_state s), 'infinity', p_most, p_users, p_time_zone, p_topics, p_latency_ms) f);
BEGIN
    RETURN QUERY
    WITH mine AS (
        SELECT d.* FROM iris.rollup_user_days d
         WHERE d.user_id = ANY (p_users) AND d.day BETWEEN first AND today
        UNION ALL
        SELECT g.* FROM iris.user_day_gains(facts) g WHERE g.day BETWEEN first AND today)
    SELECT 'day', g.day::date::text, coalesce(sum(m.messages), 0)::bigint, coalesce(sum(m.timed), 0)::bigint,
           coalesce(sum(m.response_ms), 0)::bigint
      FROM generate_series(first::timestamp, today::timestamp, interval '1 day') g(day)
      LEFT JOIN mine m ON m.day = g.day::date
     GROUP BY g.day
    UNION ALL
    SELECT 'topic', m.topic, sum(m.messages)::bigint, NULL, NULL FROM mine m WHERE m.topic <> '' GROUP BY m.topic
    UNION ALL
    SELECT 'sessions', NULL, count(*), NULL, NULL
      FROM (SELECT c.user_id, c.session_id FROM iris.rollup_conversations c
             WHERE c.user_id = ANY (p_users) AND c.last_day BETWEEN first AND today
            UNION
            SELECT f.user_id, f.session_id FROM unnest(facts) f
             WHERE f.session_id IS NOT NULL AND f.event_type = 'chat_request' AND f.day BETWEEN first AND today) s
    UNION ALL
    SELECT 'tokens', NULL, coalesce(sum(m.tokens_in), 0)::bigint, NULL, coalesce(sum(m.tokens_out), 0)::bigint FROM mine m
    UNION ALL
    SELECT 'satisfaction', NULL, coalesce(sum(m.ratings), 0)::bigint, NULL, coalesce(sum(m.rating_sum), 0)::bigint
      FROM mine m;
END $$;

-- Retention: what goes when its time is over ----------------------------------------------------------------------------

CREATE INDEX IF NOT EXISTS iris_chat_sessions_last ON iris.iris_chat_sessions (last_message_at);
CREATE INDEX IF NOT EXISTS iris_chat_sessions_deleted ON iris.iris_chat_sessions (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS iris_chat_sessions_summarised ON iris.iris_chat_sessions (summarised_until)
    WHERE summarised_until IS NOT NULL;
-- Today's rows are looked at every minute, too; the counts are in no index, so that counting rewrites none.
CREATE INDEX IF NOT EXISTS user_daily_usage_date ON iris.user_daily_usage (date);

-- The least UUIDv7 of a moment.
CREATE OR REPLACE FUNCTION iris.uuid_v7_floor(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN rpad(lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- Errors by what failed, with their number, which outlives the rows: an operator reads iris.error_summary.
CREATE TABLE IF NOT EXISTS iris.error_groups (
    fingerprint   text PRIMARY KEY,
    error_type    text NOT NULL,
    error_message text NOT NULL,
    provider      text,
    model         text,
    reason        text,
    route         text,
    first_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    count         bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS error_groups_last ON iris.error_groups (last_at);

-- Up to which moment of recording errors are counted there.
CREATE TABLE IF NOT EXISTS iris.error_grouping (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    recorded_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO iris.error_grouping DEFAULT VALUES ON CONFLICT DO NOTHING;

-- Counts the next errors into their groups, some p_batch rows, each once: the lock makes two at a time take their turn, and
-- what is counted is remembered in the same transaction. Rows of the last p_lag_seconds wait, because one that was recorded
-- before them may not be committed yet. Returns how many were counted; 0: there are no more.
CREATE OR REPLACE FUNCTION iris.group_errors(
    p_lag_seconds integer, p_batch integer, p_now timestamptz DEFAULT clock_timestamp()) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    since   timestamptz;
    through timestamptz;
    counted bigint;
BEGIN
    SELECT g.recorded_until INTO since FROM iris.error_grouping g FOR UPDATE;
    SELECT max(n.recorded_at) INTO through
      FROM (SELECT e.recorded_at FROM iris.iris_errors e
             WHERE e.recorded_at > since AND e.recorded_at <= p_now - make_interval(secs => p_lag_seconds)
             ORDER BY e.recorded_at LIMIT p_batch) n;
    IF through IS NULL THEN RETURN 0; END IF;
    WITH found AS (
        SELECT e.fingerprint, min(e.error_type) AS error_type, min(e.error_message) AS error_message,
               min(e.context->>'provider') AS provider, min(e.context->>'model') AS model,
               min(e.context->>'reason') AS reason, min(e.context->>'route') AS route,
               min(e.timestamp) AS first_at, max(e.timestamp) AS last_at, count(*) AS count
          FROM iris.iris_errors e WHERE e.recorded_at > since AND e.recorded_at <= through
         GROUP BY e.fingerprint),
    kept AS (
        INSERT INTO iris.error_groups AS g (fingerprint, error_type, error_message, provider, model, reason, route, first_at,
            last_at, count)
        SELECT f.fingerprint, f.error_type, f.error_message, f.provider, f.model, f.reason, f.route, f.first_at, f.last_at,
            f.count FROM found f
        ON CONFLICT (fingerprint) DO UPDATE SET first_at = least(g.first_at, excluded.first_at),
            last_at = greatest(g.last_at, excluded.last_at), count = g.count + excluded.count)
    SELECT sum(f.count) INTO counted FROM found f;
    UPDATE iris.error_grouping SET recorded_until = through;
    RETURN counted;
END $$;

-- What failed, the latest first: how often since it was first seen, and how often in the last 24 hours.
CREATE OR REPLACE VIEW iris.error_summary AS
SELECT g.fingerprint, g.error_type, g.error_message, g.provider, g.model, g.reason, g.route, g.count,
       (SELECT count(*) FROM iris.iris_errors e
         WHERE e.fingerprint = g.fingerprint AND e.timestamp > now() - interval '24 hours') AS last_day,
       g.first_at, g.last_at
  FROM iris.error_groups g ORDER BY g.last_at DESC;

-- Removes what users and their conversations leave when its time is over, at most p_batch rows of a kind, the oldest first;
-- rows that somebody works with go another time. p_keep says for each kind how many seconds it is kept. Killed at any moment
-- it has done whole steps, and the next run goes on.
CREATE OR REPLACE FUNCTION iris.purge_past(p_keep jsonb, p_batch integer, p_now timestamptz DEFAULT clock_timestamp())
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    said    CONSTANT timestamptz := p_now - make_interval(secs => (p_keep->>'messages')::bigint);
    -- By their ids rows are found in the order of time. They have milliseconds, the moment has more.
    ceiling CONSTANT uuid := iris.uuid_v7_floor(said + interval '1 millisecond');
    purged  jsonb := '{}';
    removed integer;
BEGIN
    DELETE FROM iris.iris_messages m
     USING (SELECT o.id, o.created_at FROM iris.iris_messages o
             WHERE o.id < ceiling AND o.created_at < said
             ORDER BY o.id, o.created_at LIMIT p_batch FOR UPDATE SKIP LOCKED) past
     WHERE m.id = past.id AND m.created_at = past.created_at;
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('messages', removed);

    DELETE FROM iris.feedback WHERE message_id = ANY (ARRAY(
        SELECT o.message_id FROM iris.feedback o
         WHERE o.message_id < ceiling AND iris.uuid_v7_time(o.message_id) < said
         ORDER BY o.message_id LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('feedback', removed);

    -- All that it tells of is past. The rest of a longer one is older than what was said since.
    UPDATE iris.iris_chat_sessions SET summary = NULL, summarised_until = NULL WHERE id = ANY (ARRAY(
        SELECT o.id FROM iris.iris_chat_sessions o WHERE o.summarised_until < said
         ORDER BY o.summarised_until LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('summaries', removed);

    -- Once all that was said in them is gone: before, most would be looked at for nothing, again and again.
    removed := 0;
    IF (purged->>'messages')::integer < p_batch THEN
        DELETE FROM iris.iris_chat_sessions WHERE id = ANY (ARRAY(
            SELECT o.id FROM iris.iris_chat_sessions o
             WHERE o.last_message_at < said
               AND NOT EXISTS (SELECT 1 FROM iris.iris_messages m WHERE m.session_id = o.session_id)
             ORDER BY o.last_message_at LIMIT p_batch FOR UPDATE SKIP LOCKED));
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
    purged := purged || jsonb_build_object('conversations', removed);

    -- The mark of a deleted one lasts longer than any answer to it may still be on its way.
    DELETE FROM iris.iris_chat_sessions WHERE id = ANY (ARRAY(
        SELECT o.id FROM iris.iris_chat_sessions o
         WHERE o.deleted_at < p_now - make_interval(secs => (p_keep->>'deleted_conversations')::bigint)
         ORDER BY o.deleted_at LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('deleted_conversations', removed);

    DELETE FROM iris.user_daily_usage WHERE ctid = ANY (ARRAY(
        SELECT o.ctid FROM iris.user_daily_usage o
         WHERE o.date < (p_now - make_interval(secs => (p_keep->>'user_daily_usage')::bigint))::date
         ORDER BY o.date LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('user_daily_usage', removed);

    DELETE FROM iris.user_minute_usage WHERE user_id = ANY (ARRAY(
        SELECT o.user_id FROM iris.user_minute_usage o
         WHERE o.requests[cardinality(o.requests)]
               < p_now - make_interval(secs => (p_keep->>'user_minute_usage')::bigint)
         LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    purged := purged || jsonb_build_object('user_minute_usage', removed);

    DELETE FROM iris.error_groups WHERE fingerprint = ANY (ARRAY(
        SELECT o.fingerprint FROM iris.error_groups o
         WHERE o.last_at < p_now - make_interval(secs => (p_keep->>'errors')::bigint)
         ORDER BY o.last_at LIMIT p_batch FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN purged || jsonb_build_object('error_groups', removed);
END $$;

-- The same for what the application's role may not delete: rows of events and errors that no month took, what was spent, and
-- alerts, those that nobody resolved too. For the tables' owner; iris.purge_records is the application's way here.
CREATE OR REPLACE FUNCTION iris.purge_records_at(p_keep jsonb, p_batch integer, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    kind    text;
    past    text;
    purged  jsonb := '{}';
    removed integer;
BEGIN
    IF (SELECT count(*) FROM jsonb_each_text(p_keep) k
         WHERE k.key IN ('events', 'errors', 'daily_spend', 'alerts', 'resolved_alerts') AND k.value::bigint >= 86400) < 5 THEN
        RAISE EXCEPTION 'each kind of record is kept for a day at least';
    END IF;
    FOR kind, past IN VALUES
        ('events', 'iris_events_rest WHERE timestamp <'), ('errors', 'iris_errors_rest WHERE timestamp <'),
        ('daily_spend', 'daily_spend WHERE date::timestamptz <'), ('alerts', 'alerts WHERE last_at <'),
        ('resolved_alerts', 'alerts WHERE resolved_at <')
    LOOP
        EXECUTE format('DELETE FROM iris.%1$I WHERE ctid = ANY (ARRAY('
            'SELECT ctid FROM iris.%2$s $1 - make_interval(secs => $2) LIMIT $3 FOR UPDATE SKIP LOCKED))',
            split_part(past, ' ', 1), past) USING p_now, (p_keep->>kind)::bigint, p_batch;
        GET DIAGNOSTICS removed = ROW_COUNT;
        purged := purged || jsonb_build_object(kind, removed);
    END LOOP;
    RETURN purged;
END $$;

CREATE OR REPLACE FUNCTION iris.purge_records(p_keep jsonb, p_batch integer) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'SELECT iris.purge_records_at(p_keep, p_batch, clock_timestamp())';

-- Takes one month off a table (iris_messages, iris_events, iris_errors) when its last moment is older than p_days, and returns
-- its name; null: none is. It is then a table of its own that nobody writes, until iris.drop_month removes it: one that is
-- left of a run that was killed comes first. The lock on the whole table lasts for a moment, but who waits for it makes all
-- others wait: the caller has a short lock_timeout. For the tables' owner; iris.detach_month is the application's way here.
CREATE OR REPLACE FUNCTION iris.detach_month_at(p_table text, p_days integer, p_now timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    month text;
BEGIN
    IF p_table NOT IN ('iris_messages', 'iris_events', 'iris_errors') OR p_days < 1 THEN
        RAISE EXCEPTION 'no month of % goes after % days', p_table, p_days;
    END IF;
    SELECT c.relname INTO month FROM pg_class c
     WHERE c.relnamespace = 'iris'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
       AND c.relname ~ ('^' || p_table || '_[0-9]{6}$')
     ORDER BY c.relname LIMIT 1;
    IF FOUND THEN RETURN month; END IF;
    SELECT c.relname INTO month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = format('iris.%I', p_table)::regclass AND c.relname ~ '_[0-9]{6}$'
       AND (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC'
           <= p_now - make_interval(days => p_days)
     ORDER BY c.relname LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    EXECUTE format('ALTER TABLE iris.%I DETACH PARTITION iris.%I', p_table, month);
    EXECUTE format('GRANT SELECT ON iris.%I TO iris_app', month);
    RETURN month;
END $$;

CREATE OR REPLACE FUNCTION iris.detach_month(p_table text, p_days integer) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms'
AS 'SELECT iris.detach_month_at(p_table, p_days, clock_timestamp())';

-- Removes a month that was taken off; nothing else can be named. With p_rows, only if it has so many: those that its archive
-- has. Returns whether it is gone.
CREATE OR REPLACE FUNCTION iris.drop_month(p_month text, p_rows bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    found_rows bigint;
BEGIN
    IF p_month !~ '^iris_(messages|events|errors)_[0-9]{6}$' THEN
        RAISE EXCEPTION '% is no month', p_month;
    END IF;
    PERFORM 1 FROM pg_class c
      WHERE c.relnamespace = 'iris'::regnamespace AND c.relname = p_month AND c.relkind = 'r' AND NOT c.relispartition;
    IF NOT FOUND THEN RETURN to_regclass(format('iris.%I', p_month)) IS NULL; END IF;
    IF p_rows IS NOT NULL THEN
        EXECUTE format('SELECT count(*) FROM iris.%I', p_month) INTO found_rows;
        IF found_rows <> p_rows THEN RETURN false; END IF;
    END IF;
    EXECUTE format('DROP TABLE iris.%I', p_month);
    RETURN true;
END $$;

-- Spool: what was kept while the database was away ----------------------------------------------------------------------

-- What hosts told of happenings that no id of their own makes known; for some days, so that telling it twice does nothing.
CREATE TABLE IF NOT EXISTS iris.spool_replays (
    record_id   uuid PRIMARY KEY,
    replayed_at timestamptz NOT NULL DEFAULT now()
);
-- When a host last brought records of its spool.
ALTER TABLE iris.upkeep ADD COLUMN IF NOT EXISTS replayed_at timestamptz;

-- Where a turn goes that names p_claimed: there, if that conversation is the user's or was nobody's until now; else to p_other,
-- and if that is not to be had either, to one of its own. A conversation that the user deleted after asking takes the turn
-- along: iris.finish_chat then keeps no word of it. The row is there on return, and stays the user's.
CREATE OR REPLACE FUNCTION iris.spooled_place(
    p_user uuid, p_claimed uuid, p_other uuid, p_turn uuid, p_asked timestamptz, OUT place uuid, OUT is_new boolean)
LANGUAGE plpgsql AS $$
DECLARE
    owner   uuid;
    deleted timestamptz;
BEGIN
    FOREACH place IN ARRAY ARRAY[p_claimed, p_other, p_turn] LOOP
        INSERT INTO iris.iris_chat_sessions (user_id, session_id, started_at, last_message_at)
        VALUES (p_user, place, p_asked, p_asked) ON CONFLICT (session_id) DO NOTHING;
        is_new := FOUND;
        SELECT c.user_id, c.deleted_at INTO owner, deleted FROM iris.iris_chat_sessions c WHERE c.session_id = place;
        IF owner = p_user AND (deleted IS NULL OR deleted > p_asked) THEN RETURN; END IF;
    END LOOP;
END $$;

-- Completes a turn that was answered while the database was away, or when call 2 did not get through, by iris.finish_chat: its
-- ids decide that it happens once. 'kept'; 'known': it was there already; 'erased': the account is, and nothing is kept.
-- p_other_pseudonym stands for p_other in the events, if the turn goes there.
CREATE OR REPLACE FUNCTION iris.replay_turn(p_turn jsonb, p_other uuid, p_other_pseudonym text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    t       record;
    asked   timestamptz;
    target  record;
    known   iris.idempotency_keys;
    last_at timestamptz;
    events  jsonb;
BEGIN
    SELECT * INTO t FROM jsonb_to_record(p_turn) AS r(
        "user" uuid, conversation uuid, turn uuid, question_id uuid, question text, topic text, answer text, status text,
        charge text, free_blocks integer, tier text, time_zone text, model text, confidence double precision,
        response_ms integer, tokens_in integer, tokens_out integer, tokens_cached integer, tokens_thought integer,
        events text, errors text, tokens_estimated integer, cost_micro bigint, spend bigint, alerts text, key text,
        body_hash text, document text, usage text, keep_seconds integer);
    asked := iris.uuid_v7_time(t.question_id);
    events := t.events;
    PERFORM iris.hold_account(t."user");
    IF NOT EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = t."user") THEN RETURN 'erased'; END IF;
    IF EXISTS (SELECT 1 FROM iris.iris_messages m WHERE m.id = t.turn AND m.created_at = iris.uuid_v7_time(t.turn)) THEN
        RETURN 'known';
    END IF;

    IF t.key IS NOT NULL THEN
        DELETE FROM iris.idempotency_keys k
         WHERE k.user_id = t."user" AND k.route = 'chat' AND k.key = t.key AND k.expires_at <= asked;
        SELECT k.* INTO known FROM iris.idempotency_keys k
         WHERE k.user_id = t."user" AND k.route = 'chat' AND k.key = t.key FOR UPDATE;
        IF known.body_hash <> t.body_hash THEN
            -- Another question under the same key, which nobody could refuse: it is kept, and the key stays the first one's.
            t.key := NULL;
        ELSIF known.turn_id <> t.turn AND known.document IS NULL THEN
            -- This turn has an answer and that one has none yet: it takes the place, as a repeat takes a dead worker's.
            UPDATE iris.iris_messages m SET status = 'abandoned'
             WHERE m.id = known.question_id AND m.created_at = iris.uuid_v7_time(known.question_id) AND m.status = 'pending';
            DELETE FROM iris.quota_reservations q WHERE q.id = known.turn_id;
            UPDATE iris.idempotency_keys k SET turn_id = t.turn, question_id = t.question_id
             WHERE k.user_id = t."user" AND k.route = 'chat' AND k.key = t.key;
        END IF;
    END IF;

    target := iris.spooled_place(t."user", t.conversation, p_other, t.turn, asked);
    IF target.place <> t.conversation THEN
        events := (SELECT jsonb_agg(CASE WHEN e.value ->> 'session_id' IS NULL THEN e.value ELSE e.value
                        || jsonb_build_object('session_id', CASE WHEN target.place = p_other THEN p_other_pseudonym END) END)
                     FROM jsonb_array_elements(events) e);
        t.document := replace(t.document, format('"session_id":"%s"', t.conversation), format('"session_id":"%s"', target.place));
        -- What call 1 kept of the question would stay where it does not belong.
        UPDATE iris.iris_messages m SET session_id = target.place
         WHERE m.id = t.question_id AND m.created_at = asked AND m.user_id = t."user";
    END IF;
    SELECT c.last_message_at INTO last_at FROM iris.iris_chat_sessions c WHERE c.session_id = target.place;
    PERFORM iris.finish_chat(t."user", target.place, t.turn, t.question_id, t.question, t.topic, t.answer, t.status, t.charge,
        t.free_blocks, t.tier, t.time_zone, t.model, t.confidence, t.response_ms, t.tokens_in, t.tokens_out, t.tokens_cached,
        t.tokens_thought, coalesce(events, '[]'), t.errors::jsonb, t.tokens_estimated, t.cost_micro, t.spend, t.alerts::jsonb,
        t.key, t.body_hash, t.document, t.usage::jsonb, t.keep_seconds);
    -- It was said when it was said, not now.
    UPDATE iris.iris_chat_sessions c
       SET started_at = least(c.started_at, asked), last_message_at = greatest(last_at, iris.uuid_v7_time(t.turn))
     WHERE c.session_id = target.place AND c.deleted_at IS NULL;
    -- A repeat that was answered before left nothing to put there.
    DELETE FROM iris.iris_chat_sessions c WHERE c.session_id = target.place AND c.message_count = 0 AND target.is_new;
    RETURN 'kept';
END $$;

-- Records happenings, once by their id. Money counts on the day on which it was spent.
CREATE OR REPLACE FUNCTION iris.replay_happenings(p_record jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    h record;
BEGIN
    SELECT * INTO h FROM jsonb_to_record(p_record)
        AS r(id uuid, events text, errors text, alerts text, spend bigint, time_zone text);
    INSERT INTO iris.spool_replays (record_id) VALUES (h.id) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN 'known'; END IF;
    PERFORM iris.record(h.events::jsonb, h.errors::jsonb, h.alerts::jsonb, 0, h.time_zone);
    IF h.spend > 0 THEN PERFORM iris.add_spend((iris.uuid_v7_time(h.id) AT TIME ZONE h.time_zone)::date, h.spend); END IF;
    RETURN 'kept';
END $$;

-- Takes records of a spool: an array of {record, other, other_pseudonym}, record being the text that stands in the file. Each
-- is a transaction of its own, so that none keeps another's rows locked and one that is refused stops no other. `outcomes` are
-- their words, or the SQLSTATE of a refusal, in their order; after a refusal that may pass (a lock that was waited for longer
-- than p_lock_ms, a deadlock) the rest is left for another call. Everything is on the disk on return.
CREATE OR REPLACE PROCEDURE iris.replay(
    p_records jsonb, p_lock_ms integer, p_keep_seconds integer, INOUT outcomes text)
LANGUAGE plpgsql AS $$
DECLARE
    item    jsonb;
    entry   jsonb;
    outcome text;
BEGIN
    outcomes := '';
    FOR place IN 0 .. jsonb_array_length(p_records) - 1 LOOP
        -- The last commit below waits for the disk, and those before it with it.
        PERFORM set_config('synchronous_commit', 'off', true), set_config('lock_timeout', p_lock_ms::text, true);
        item := p_records -> place;
        BEGIN
            entry := item ->> 'record';
            outcome := CASE entry ->> 'kind'
                WHEN 'turn' THEN
                    iris.replay_turn(entry, (item ->> 'other')::uuid, item ->> 'other_pseudonym')
                ELSE iris.replay_happenings(entry) END;
        EXCEPTION WHEN OTHERS THEN
            outcome := SQLSTATE;
        END;
        COMMIT;
        outcomes := outcomes || outcome || ' ';
        EXIT WHEN outcome ~ '^[0-9A-Z]{5}$' AND (outcome = '23503' OR left(outcome, 2) NOT IN ('22', '23', '54'));
    END LOOP;
    DELETE FROM iris.spool_replays r WHERE r.replayed_at < now() - make_interval(secs => p_keep_seconds);
    UPDATE iris.upkeep SET replayed_at = clock_timestamp();
END $$;
REVOKE ALL ON PROCEDURE iris.replay(jsonb, integer, integer, text) FROM PUBLIC;

-- Monitoring: what an operator hears of -----------------------------------------------------------------------------------

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'iris.alerts'::regclass AND attname = 'ended_told_at') THEN
        ALTER TABLE iris.alerts
            -- The host whose own condition it is, told by that host; null: everybody's, told by who claims it.
            ADD COLUMN host text,
            -- Until then somebody is telling it.
            ADD COLUMN claimed_until timestamptz,
            -- When its end was told.
            ADD COLUMN ended_told_at timestamptz;
        -- What is long past when alerts are told for the first time is no news.
        UPDATE iris.alerts a SET ended_told_at = clock_timestamp(), resolved_at = coalesce(a.resolved_at, clock_timestamp())
         WHERE a.resolved_at IS NOT NULL
            OR a.kind NOT IN ('key_rejected', 'model_gone') AND a.last_at < clock_timestamp() - interval '1 day';
    END IF;
END $$;

-- What a host's workers answered on a day of IRIS_TIMEZONE, in chats (part 'chat') and all else ('other'); requests of
-- monitors are left out. Failures are answers from 500 on. latency_us: how many requests took up to so many microseconds, each
-- in one class; those beyond the last under "more". A day has a row for each `source`, a host's memory of its counters, which
-- is begun anew when its file is lost: add them up.
CREATE TABLE IF NOT EXISTS iris.service_days (
    day        date NOT NULL,
    host       text NOT NULL,
    source     uuid NOT NULL,
    part       text NOT NULL,
    requests   bigint NOT NULL,
    failures   bigint NOT NULL,
    latency_us jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, host, source, part)
);

-- Keeps days as they are now: an array of {day, part, requests, failures, latency_us}. Safe to repeat.
CREATE OR REPLACE FUNCTION iris.put_service_days(p_host text, p_source uuid, p_days jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO iris.service_days (day, host, source, part, requests, failures, latency_us, updated_at)
    SELECT d.day, p_host, p_source, d.part, d.requests, d.failures, d.latency_us, clock_timestamp()
      FROM jsonb_to_recordset(p_days) AS d(day date, part text, requests bigint, failures bigint, latency_us jsonb)
     ORDER BY d.day, d.part
    ON CONFLICT (day, host, source, part) DO UPDATE SET
        requests = excluded.requests, failures = excluded.failures, latency_us = excluded.latency_us,
        updated_at = excluded.updated_at
$$;

-- The accounts with more than p_floor charged messages today and more than p_factor times their own average of the p_days days
-- before, those without a message included; at most p_limit, the busiest first.
CREATE OR REPLACE FUNCTION iris.unusual_use(
    p_floor integer, p_factor integer, p_days integer, p_limit integer, p_time_zone text)
RETURNS TABLE (account_id uuid, messages integer, average numeric)
LANGUAGE sql STABLE AS $$
    SELECT u.user_id, u.message_count, round(past.messages::numeric / p_days, 1)
      FROM iris.user_daily_usage u
     CROSS JOIN LATERAL (
            SELECT coalesce(sum(d.message_count), 0) AS messages FROM iris.user_daily_usage d
             WHERE d.user_id = u.user_id AND d.date >= u.date - p_days AND d.date < u.date) past
     WHERE u.date = (now() AT TIME ZONE p_time_zone)::date AND u.message_count > p_floor
       AND u.message_count::bigint * p_days > p_factor * past.messages
     ORDER BY u.message_count DESC, u.user_id LIMIT p_limit
$$;

-- Looks which alerts of all hosts are over, and whether maintain still comes to its end.
-- p_troubled: the keys and models that do not work on p_host, as subjects; null: that is not known there. What another host saw
-- is that host's to end. p_settle_seconds: an alert so young may be one whose cause p_troubled does not have yet.
-- p_quiet_seconds: a login attack is over after so long without a failure, losses without another one. p_overdue_seconds:
-- maintain must come to its end once in so long.
CREATE OR REPLACE FUNCTION iris.review_alerts(
    p_host text, p_troubled text[], p_settle_seconds integer, p_budget bigint, p_quiet_seconds integer,
    p_overdue_seconds integer, p_time_zone text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    this_moment CONSTANT timestamptz := clock_timestamp();
    today       CONSTANT date := (this_moment AT TIME ZONE p_time_zone)::date;
    finished    CONSTANT timestamptz := (SELECT u.finished_at FROM iris.upkeep u);
    is_overdue  CONSTANT boolean := coalesce(finished < this_moment - make_interval(secs => p_overdue_seconds), false);
BEGIN
    IF is_overdue THEN
        PERFORM iris.raise_alerts(jsonb_build_array(jsonb_build_object('kind', 'upkeep_overdue', 'subject', 'maintain',
            'detail', jsonb_build_object('minutes', (extract(epoch FROM this_moment - finished) / 60)::integer))));
    END IF;
    UPDATE iris.alerts a SET resolved_at = this_moment
     WHERE (a.kind, a.subject) IN (
        SELECT o.kind, o.subject FROM iris.alerts o
         WHERE o.resolved_at IS NULL AND o.host IS NULL AND CASE
            WHEN o.kind IN ('key_rejected', 'model_gone') THEN
                o.subject <> ALL (p_troubled) AND coalesce(o.detail->>'host', p_host) = p_host
                AND o.last_at < this_moment - make_interval(secs => p_settle_seconds)
            WHEN o.kind = 'budget_reached' THEN
                (o.last_at AT TIME ZONE p_time_zone)::date < today OR p_budget IS NULL
                OR (SELECT coalesce(sum(s.cost_micro), 0) FROM iris.daily_spend s WHERE s.date = today) < p_budget
            WHEN o.kind IN ('login_spraying', 'login_stuffing', 'spool_loss') THEN
                o.last_at < this_moment - make_interval(secs => p_quiet_seconds)
            WHEN o.kind = 'unusual_use' THEN (o.last_at AT TIME ZONE p_time_zone)::date < today
            WHEN o.kind = 'upkeep_overdue' THEN NOT is_overdue
            ELSE false END
         ORDER BY o.kind, o.subject FOR UPDATE SKIP LOCKED);
END $$;

-- Takes what is to be told of all hosts' alerts, for so long, so that no other host tells it too: `step` is 'began', 'lasts'
-- when it was told p_repeat_seconds ago, 'ended'. Of what its spool lost each host tells by itself, without the database.
-- Times in Unix seconds.
CREATE OR REPLACE FUNCTION iris.claim_alerts(p_lease_seconds integer, p_repeat_seconds integer, p_limit integer)
RETURNS TABLE (kind text, subject text, step text, first_at bigint, resolved_at bigint, count bigint, detail jsonb)
LANGUAGE sql AS $$
    WITH due AS (
        SELECT o.kind, o.subject FROM iris.alerts o
         WHERE o.host IS NULL AND o.kind <> 'spool_loss'
           AND coalesce(o.claimed_until < clock_timestamp(), true) AND CASE
            WHEN o.resolved_at IS NOT NULL THEN coalesce(o.ended_told_at < o.resolved_at, true)
            ELSE coalesce(o.notified_at <= clock_timestamp() - make_interval(secs => p_repeat_seconds), true) END
         ORDER BY o.first_at, o.kind, o.subject LIMIT p_limit FOR UPDATE SKIP LOCKED)
    UPDATE iris.alerts a SET claimed_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
      FROM due WHERE (a.kind, a.subject) = (due.kind, due.subject)
    RETURNING a.kind, a.subject,
        CASE WHEN a.resolved_at IS NOT NULL THEN 'ended' WHEN a.notified_at IS NULL THEN 'began' ELSE 'lasts' END,
        extract(epoch FROM a.first_at)::bigint, extract(epoch FROM a.resolved_at)::bigint, a.count, a.detail
$$;

-- Ends such claims: an array of {kind, subject, step}. What did not arrive is told another time.
CREATE OR REPLACE FUNCTION iris.settle_alerts(p_told jsonb, p_arrived boolean) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.alerts a SET claimed_until = NULL,
        notified_at = CASE WHEN p_arrived AND t.step <> 'ended' THEN clock_timestamp() ELSE a.notified_at END,
        ended_told_at = CASE WHEN p_arrived AND t.step = 'ended' THEN clock_timestamp() ELSE a.ended_told_at END
      FROM jsonb_to_recordset(p_told) AS t(kind text, subject text, step text)
     WHERE (a.kind, a.subject) = (t.kind, t.subject)
$$;

-- Shows a host's own alerts, as it told them also while there was no database: an array of {kind, first_at, last_at,
-- notified_at, resolved_at, detail}, times in Unix seconds. What is not in it is over.
CREATE OR REPLACE FUNCTION iris.mirror_alerts(p_host text, p_alerts jsonb) RETURNS void
LANGUAGE sql AS $$
    UPDATE iris.alerts a SET resolved_at = clock_timestamp()
     WHERE a.host = p_host AND a.resolved_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(p_alerts) AS n(kind text) WHERE n.kind = a.kind);
    INSERT INTO iris.alerts AS a (kind, subject, host, first_at, last_at, notified_at, resolved_at, detail)
    SELECT n.kind, p_host, p_host, to_timestamp(n.first_at), to_timestamp(n.last_at), to_timestamp(n.notified_at),
           to_timestamp(n.resolved_at), n.detail
      FROM jsonb_to_recordset(p_alerts) AS n(kind text, first_at bigint, last_at bigint, notified_at bigint,
           resolved_at bigint, detail jsonb)
     ORDER BY n.kind
    ON CONFLICT (kind, subject) DO UPDATE SET
        host = excluded.host, first_at = excluded.first_at, last_at = excluded.last_at, notified_at = excluded.notified_at,
        resolved_at = excluded.resolved_at, detail = excluded.detail
$$;

-- Import --------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION iris.imported_id_hash(p_source text, p_old_id text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN sha256(convert_to(p_source || ' ' || p_old_id, 'UTF8'));

-- Whoever erases the account, and whatever way it goes.
CREATE OR REPLACE FUNCTION iris.remember_erased_import() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO iris.erased_imports (id_hash) VALUES (iris.imported_id_hash(old.source, old.old_id)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER remember_erased AFTER DELETE ON iris.imported_ids
    FOR EACH ROW EXECUTE FUNCTION iris.remember_erased_import();

-- Partitions of old months, as iris.extend_partitions makes those to come: nothing beyond the last twenty years.
CREATE OR REPLACE FUNCTION iris.import_partitions(p_months date[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    month date;
BEGIN
    FOREACH month IN ARRAY p_months LOOP
        CONTINUE WHEN month IS NULL OR month < now() - interval '20 years' OR month > now() + interval '1 month';
        PERFORM iris.ensure_partitions(month, 1);
    END LOOP;
END $$;

-- The functions below take an array of rows and give back, by their lines, those that they did not make, with a word that
-- says why: 'present' for what is here already. All of them may be called again with the same rows. One import at a time
-- writes; its accounts are held in one order, as iris.hold_account says.

CREATE OR REPLACE FUNCTION iris.begin_import(p_source text, p_old_users text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('iris.import'));
    PERFORM 1 FROM iris.accounts a
      WHERE a.id IN (SELECT i.account_id FROM iris.imported_ids i WHERE i.source = p_source AND i.old_id = ANY (p_old_users))
      ORDER BY a.id FOR KEY SHARE;
END $$;

-- Accounts. One that the same issuer's token or an earlier import made already is that account; an address that belongs to
-- another one links nothing. p_trial: judges, and makes nothing.
CREATE OR REPLACE FUNCTION iris.import_accounts(p_source text, p_rows jsonb, p_trial boolean)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    r     record;
    owner uuid;
BEGIN
    PERFORM iris.begin_import(p_source, '{}');
    FOR r IN
        SELECT * FROM jsonb_to_recordset(p_rows) AS x(
            line bigint, old_id text, id uuid, email text, name text, password_hash text, tier text, beta_until date,
            created_us bigint, disabled boolean, issuer text, subject text, external_email text, hashes text[])
         ORDER BY x.line
    LOOP
        line := r.line;
        outcome := NULL;
        owner := (SELECT a.id FROM iris.accounts a WHERE a.external_issuer = r.issuer AND a.external_subject = r.subject);
        IF EXISTS (SELECT 1 FROM iris.imported_ids i WHERE i.source = p_source AND i.old_id = r.old_id) THEN
            outcome := 'present';
        ELSIF EXISTS (SELECT 1 FROM iris.erased_imports e WHERE e.id_hash = iris.imported_id_hash(p_source, r.old_id))
            OR EXISTS (SELECT 1 FROM iris.erased_identities e
                        WHERE e.identity_hash = ANY (ARRAY(SELECT decode(h, 'hex') FROM unnest(r.hashes) h))) THEN
            outcome := 'erased';
        ELSIF owner IS NOT NULL THEN
            outcome := 'present';
        ELSIF p_trial THEN
            IF EXISTS (SELECT 1 FROM iris.accounts a WHERE a.email = r.email) THEN outcome := 'email_taken'; END IF;
        ELSE
            INSERT INTO iris.accounts (id, email, name, password_hash, tier, beta_until, created_at, disabled_at,
                external_issuer, external_subject, external_email)
            VALUES (r.id, r.email, r.name, r.password_hash, r.tier, r.beta_until,
                coalesce(iris.from_microseconds(r.created_us), now()), CASE WHEN r.disabled THEN now() END,
                r.issuer, r.subject, r.external_email)
            ON CONFLICT DO NOTHING;
            IF FOUND THEN owner := r.id; ELSE outcome := 'email_taken'; END IF;
        END IF;
        IF owner IS NOT NULL AND NOT p_trial AND outcome IS DISTINCT FROM 'erased' THEN
            INSERT INTO iris.imported_ids (source, old_id, account_id)
            SELECT p_source, r.old_id, a.id FROM iris.accounts a WHERE a.id = owner
            ON CONFLICT DO NOTHING;
        END IF;
        IF outcome IS NOT NULL THEN RETURN NEXT; END IF;
    END LOOP;
END $$;

-- Conversations with their totals. Those of one that is here already grow only: it may have gone on since.
CREATE OR REPLACE FUNCTION iris.import_conversations(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, ARRAY(SELECT x.old_user FROM jsonb_to_recordset(p_rows) AS x(old_user text)));
    RETURN QUERY
    WITH r AS (
        SELECT x.*, a.id AS owner
          FROM jsonb_to_recordset(p_rows) AS x(
              line bigint, session uuid, old_user text, started_us bigint, last_us bigint, messages integer, tokens bigint,
              average_ms double precision)
          LEFT JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user
          LEFT JOIN iris.accounts a ON a.id = i.account_id),
    made AS (
        INSERT INTO iris.iris_chat_sessions AS c (user_id, session_id, started_at, last_message_at, message_count,
            total_tokens, avg_response_time)
        SELECT DISTINCT ON (r.session) r.owner, r.session, iris.from_microseconds(r.started_us),
               iris.from_microseconds(greatest(r.started_us, r.last_us)), coalesce(r.messages, 0), coalesce(r.tokens, 0),
               r.average_ms
          FROM r WHERE r.owner IS NOT NULL ORDER BY r.session, r.line
        ON CONFLICT (session_id) DO UPDATE SET
            started_at = least(c.started_at, excluded.started_at),
            total_tokens = greatest(c.total_tokens, excluded.total_tokens),
            avg_response_time = coalesce(c.avg_response_time, excluded.avg_response_time)
            WHERE c.user_id = excluded.user_id AND c.deleted_at IS NULL
        RETURNING c.session_id, c.xmax = 0 AS is_new),
    judged AS (
        SELECT r.line, CASE
                   WHEN r.owner IS NULL THEN 'unknown_user'
                   WHEN c.user_id <> r.owner THEN 'other_users_conversation'
                   WHEN c.deleted_at IS NOT NULL THEN 'deleted'
                   WHEN NOT coalesce(m.is_new, false)
                       OR r.line > min(r.line) OVER (PARTITION BY r.session) THEN 'present' END AS outcome
          FROM r LEFT JOIN iris.iris_chat_sessions c ON c.session_id = r.session
          LEFT JOIN made m ON m.session_id = r.session)
    SELECT j.line, j.outcome FROM judged j WHERE j.outcome IS NOT NULL;
END $$;

-- Whether a message came from another product: the program gives these ids a group of zeros.
CREATE OR REPLACE FUNCTION iris.is_imported(id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substring(id::text FROM 20 FOR 4) = '8000';

-- Messages, which make their conversation where it is not here. In whatever order they come, the turns are right at the end
-- of each call: a question belongs to the answer that follows it.
CREATE OR REPLACE FUNCTION iris.import_messages(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
DECLARE
    judged  jsonb;
    changed uuid[];
BEGIN
    PERFORM iris.begin_import(p_source, ARRAY(SELECT x.old_user FROM jsonb_to_recordset(p_rows) AS x(old_user text)));
    INSERT INTO iris.iris_chat_sessions (user_id, session_id, started_at, last_message_at)
    SELECT DISTINCT ON (x.session) a.id, x.session, iris.uuid_v7_time(x.id), iris.uuid_v7_time(x.id)
      FROM jsonb_to_recordset(p_rows) AS x(id uuid, session uuid, old_user text)
      JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user
      JOIN iris.accounts a ON a.id = i.account_id
     ORDER BY x.session, x.id
    ON CONFLICT (session_id) DO NOTHING;
    -- Whoever deletes one of them does so before this, and is seen, or after it.
    PERFORM 1 FROM iris.iris_chat_sessions c
      WHERE c.session_id IN (SELECT x.session FROM jsonb_to_recordset(p_rows) AS x(session uuid))
      ORDER BY c.session_id FOR NO KEY UPDATE;
    WITH r AS (
        SELECT x.*, c.user_id AS owner, CASE
                   WHEN c.session_id IS NULL OR x.old_user IS NOT NULL AND i.account_id IS NULL THEN 'unknown_user'
                   WHEN i.account_id <> c.user_id THEN 'other_users_conversation'
                   WHEN c.deleted_at IS NOT NULL THEN 'deleted' END AS outcome
          FROM jsonb_to_recordset(p_rows) AS x(
              line bigint, id uuid, session uuid, old_user text, role text, content text, topic text, model text,
              tokens_in integer, tokens_out integer, response_ms integer)
          LEFT JOIN iris.iris_chat_sessions c ON c.session_id = x.session
          LEFT JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user),
    made AS (
        INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic, model,
            response_time_ms, tokens_in, tokens_out)
        SELECT DISTINCT ON (r.id) r.id, r.session, r.owner, r.id, r.role, r.content, iris.uuid_v7_time(r.id),
               CASE r.role WHEN 'user' THEN 'abandoned' ELSE 'complete' END, r.topic, r.model, r.response_ms,
               r.tokens_in, r.tokens_out
          FROM r WHERE r.outcome IS NULL ORDER BY r.id, r.line
        ON CONFLICT DO NOTHING
        RETURNING id, session_id)
    SELECT jsonb_agg(jsonb_build_object('line', r.line, 'outcome', coalesce(r.outcome, 'present')))
               FILTER (WHERE r.outcome IS NOT NULL OR m.id IS NULL OR r.line > r.first),
           array_agg(DISTINCT m.session_id) FILTER (WHERE m.id IS NOT NULL)
      INTO judged, changed
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.id) AS first FROM r o) r LEFT JOIN made m ON m.id = r.id;
    PERFORM iris.settle_import(changed);
    RETURN QUERY SELECT j.line, j.outcome FROM jsonb_to_recordset(judged) AS j(line bigint, outcome text);
END $$;

-- Puts turns and totals of conversations right after imported messages joined them. A question without an answer within
-- the hour stays abandoned. Turns of our own stay as they are. Of tokens and times that no message tells, the conversation's
-- own count stays.
CREATE OR REPLACE FUNCTION iris.settle_import(p_conversations uuid[]) RETURNS void
LANGUAGE sql AS $$
    WITH ordered AS (
        SELECT m.id, m.created_at, m.role, lead(m.role) OVER said AS next_role, lead(m.id) OVER said AS next_id,
               lead(m.created_at) OVER said AS next_at
          FROM iris.iris_messages m
         WHERE m.session_id = ANY (p_conversations) AND iris.is_imported(m.id)
        WINDOW said AS (PARTITION BY m.session_id ORDER BY m.created_at, m.id)),
    turns AS (
        SELECT o.id, o.created_at, o.next_role = 'assistant' AND o.next_at <= o.created_at + interval '1 hour' AS is_answered,
               o.next_id
          FROM ordered o WHERE o.role = 'user')
    UPDATE iris.iris_messages q
       SET turn_id = CASE WHEN t.is_answered THEN t.next_id ELSE q.id END,
           status = CASE WHEN t.is_answered THEN 'complete' ELSE 'abandoned' END
      FROM turns t
     WHERE q.id = t.id AND q.created_at = t.created_at
       AND q.turn_id IS DISTINCT FROM CASE WHEN t.is_answered THEN t.next_id ELSE q.id END;
    UPDATE iris.iris_chat_sessions c
       SET message_count = t.answers, total_tokens = greatest(c.total_tokens, t.tokens),
           avg_response_time = coalesce(t.response_ms, c.avg_response_time),
           started_at = least(c.started_at, t.first), last_message_at = greatest(t.last, c.started_at)
      FROM (SELECT m.session_id, count(*) FILTER (WHERE m.role = 'assistant') AS answers,
                   sum(coalesce(m.tokens_in, 0) + coalesce(m.tokens_out, 0)) AS tokens, avg(m.response_time_ms) AS response_ms,
                   min(m.created_at) AS first, max(m.created_at) AS last
              FROM iris.iris_messages m WHERE m.session_id = ANY (p_conversations) GROUP BY m.session_id) t
     WHERE c.session_id = t.session_id;
$$;

-- What was used on a day. Of a day on which this product, too, was used the larger count stays.
CREATE OR REPLACE FUNCTION iris.import_usage(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, ARRAY(SELECT x.old_user FROM jsonb_to_recordset(p_rows) AS x(old_user text)));
    RETURN QUERY
    WITH r AS (
        SELECT x.*, a.id AS owner
          FROM jsonb_to_recordset(p_rows) AS x(
              line bigint, old_user text, date date, messages integer, tier text, last_us bigint)
          LEFT JOIN iris.imported_ids i ON i.source = p_source AND i.old_id = x.old_user
          LEFT JOIN iris.accounts a ON a.id = i.account_id),
    made AS (
        INSERT INTO iris.user_daily_usage AS d (user_id, date, message_count, tier_at_time, last_message_at)
        SELECT DISTINCT ON (r.owner, r.date) r.owner, r.date, r.messages, r.tier, iris.from_microseconds(r.last_us)
          FROM r WHERE r.owner IS NOT NULL ORDER BY r.owner, r.date, r.messages DESC
        ON CONFLICT (user_id, date) DO UPDATE SET message_count = greatest(d.message_count, excluded.message_count)
        RETURNING d.user_id, d.date, d.xmax = 0 AS is_new)
    SELECT r.line, CASE WHEN r.owner IS NULL THEN 'unknown_user' ELSE 'present' END
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.owner, o.date) AS first FROM r o) r
      LEFT JOIN made m ON m.user_id = r.owner AND m.date = r.date
     WHERE r.owner IS NULL OR NOT m.is_new OR r.line > r.first;
END $$;

-- Events and errors, of nobody but pseudonyms.
CREATE OR REPLACE FUNCTION iris.import_events(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, '{}');
    RETURN QUERY
    WITH r AS (
        SELECT * FROM jsonb_to_recordset(p_rows) AS x(
            line bigint, id uuid, type text, "user" text, moment_us bigint, metadata jsonb, session text)),
    made AS (
        INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id)
        SELECT r.id, r."user", r.type, iris.from_microseconds(r.moment_us), r.metadata, r.session FROM r
        ON CONFLICT DO NOTHING RETURNING id)
    SELECT r.line, 'present'
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.id) AS first FROM r o) r LEFT JOIN made m ON m.id = r.id
     WHERE m.id IS NULL OR r.line > r.first;
END $$;

CREATE OR REPLACE FUNCTION iris.import_errors(p_source text, p_rows jsonb)
RETURNS TABLE (line bigint, outcome text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iris.begin_import(p_source, '{}');
    RETURN QUERY
    WITH r AS (
        SELECT * FROM jsonb_to_recordset(p_rows) AS x(
            line bigint, id uuid, type text, message text, "user" text, moment_us bigint, context jsonb)),
    made AS (
        INSERT INTO iris.iris_errors (id, error_type, error_message, timestamp, user_id, context)
        SELECT r.id, r.type, r.message, iris.from_microseconds(r.moment_us), r."user", r.context FROM r
        ON CONFLICT DO NOTHING RETURNING id)
    SELECT r.line, 'present'
      FROM (SELECT o.*, min(o.line) OVER (PARTITION BY o.id) AS first FROM r o) r LEFT JOIN made m ON m.id = r.id
     WHERE m.id IS NULL OR r.line > r.first;
END $$;

-- The application's role: rows of the tables it works on, no DDL, no truncation, nothing outside this schema ----------

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'iris_app') THEN
        CREATE ROLE iris_app NOLOGIN;
    END IF;
END $$;
REVOKE ALL ON SCHEMA iris FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA iris FROM PUBLIC;
GRANT USAGE ON SCHEMA iris TO iris_app;
GRANT SELECT ON iris.schema_version TO iris_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    iris.accounts, iris.sessions, iris.refresh_tokens, iris.user_daily_usage, iris.user_minute_usage,
    iris.quota_reservations, iris.iris_chat_sessions, iris.iris_messages, iris.user_contexts, iris.feedback
    TO iris_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON iris.idempotency_keys, iris.answer_cache TO iris_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    iris.password_resets, iris.known_addresses, iris.throttles, iris.erased_identities, iris.outbox TO iris_app;
GRANT SELECT, INSERT, UPDATE ON iris.daily_spend, iris.alerts TO iris_app;
GRANT SELECT, UPDATE ON iris.upkeep TO iris_app;
GRANT SELECT, INSERT, UPDATE ON iris.service_days TO iris_app;
GRANT SELECT, INSERT ON iris.iris_events, iris.iris_errors TO iris_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON iris.error_groups TO iris_app;
GRANT SELECT, UPDATE ON iris.error_grouping TO iris_app;
GRANT SELECT ON iris.error_summary TO iris_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    iris.rollup_state, iris.rollup_days, iris.rollup_breakdowns, iris.rollup_user_days, iris.rollup_conversations,
    iris.rollup_audiences, iris.rollup_audience_sizes, iris.rollup_users, iris.rollup_cohorts TO iris_app;
-- All of them, by no list of signatures: while a release expands, two versions of one function stand side by side.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA iris TO iris_app;
GRANT SELECT, INSERT ON iris.imported_ids, iris.erased_imports TO iris_app;
REVOKE EXECUTE ON FUNCTION iris.ensure_partitions(date, integer) FROM iris_app;
GRANT SELECT, INSERT, DELETE ON iris.spool_replays TO iris_app;
GRANT EXECUTE ON PROCEDURE iris.replay(jsonb, integer, integer, text) TO iris_app;
REVOKE EXECUTE ON FUNCTION iris.purge_records_at(jsonb, integer, timestamptz), iris.detach_month_at(text, integer, timestamptz)
    FROM iris_app;

COMMIT;
