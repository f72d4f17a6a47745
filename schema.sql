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
    this_version CONSTANT integer := 1;
    found_version integer := (SELECT version FROM iris.schema_version);
BEGIN
    IF found_version > this_version THEN
        RAISE EXCEPTION 'the database has schema version %, this file is version %', found_version, this_version
            USING HINT = 'Apply the schema.sql of the newest installed release.';
    END IF;
    INSERT INTO iris.schema_version (version, oldest_worker) VALUES (this_version, 1)
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
CREATE INDEX IF NOT EXISTS iris_events_type ON iris.iris_events (event_type, timestamp);

CREATE TABLE IF NOT EXISTS iris.iris_errors (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    error_type    text NOT NULL,
    -- A template, without anything a user wrote.
    error_message text NOT NULL,
    timestamp     timestamptz NOT NULL DEFAULT now(),
    user_id       text,
    context       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS iris_errors_timestamp ON iris.iris_errors (timestamp);

-- Monthly partitions of the two big tables, from the month of `from_day` on. A default partition catches what no month
-- takes, so that a clock or a forgotten timer never loses a row; a month that is made later takes its rows from there.
CREATE OR REPLACE FUNCTION iris.ensure_partitions(from_day date, months integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent    text;
    partition text;
    key       text;
    month     date;
    first     timestamptz;
    next      timestamptz;
BEGIN
    FOR parent, key IN VALUES ('iris_messages', 'created_at'), ('iris_events', 'timestamp') LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS iris.%I PARTITION OF iris.%I DEFAULT', parent || '_rest', parent);
        FOR step IN 0 .. months - 1 LOOP
            month := (date_trunc('month', from_day::timestamp) + make_interval(months => step))::date;
            partition := parent || to_char(month, '_YYYYMM');
            CONTINUE WHEN to_regclass(format('iris.%I', partition)) IS NOT NULL;
            first := month::timestamp AT TIME ZONE 'UTC';
            next := (month + interval '1 month')::timestamp AT TIME ZONE 'UTC';
            EXECUTE format('CREATE TABLE iris.%I (LIKE iris.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                partition, parent);
            EXECUTE format('WITH moved AS (DELETE FROM iris.%1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *) '
                'INSERT INTO iris.%5$I SELECT * FROM moved', parent || '_rest', key, first, next, partition);
            EXECUTE format('ALTER TABLE iris.%I ATTACH PARTITION iris.%I FOR VALUES FROM (%L) TO (%L)',
                parent, partition, first, next);
        END LOOP;
    END LOOP;
END $$;
DO $$ BEGIN PERFORM iris.ensure_partitions((now() AT TIME ZONE 'UTC')::date, 3); END $$;

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

-- Chat: SQL call 1 ----------------------------------------------------------------------------------------------------

-- Everything that a chat must know before the model is asked, in one round trip: is the session alive, the account
-- enabled, the conversation the user's; may one more message pass (and if so it is reserved, and the question kept as
-- pending); what was said before. `outcome` is 'reserved' or the word that the program turns into a problem.
-- A free_day of null is no limit, likewise the others.
CREATE OR REPLACE FUNCTION iris.begin_chat(
    p_user uuid, p_session uuid, p_conversation uuid, p_new_conversation boolean, p_turn uuid, p_question_id uuid,
    p_question text, p_topic text, p_time_zone text, p_lapse_seconds integer,
    p_free_day integer, p_free_minute integer, p_free_turns integer,
    p_premium_day integer, p_premium_minute integer, p_premium_turns integer,
    OUT outcome text, OUT tier text, OUT day_limit integer, OUT day_used integer, OUT day_reserved integer,
    OUT minute_limit integer, OUT minute_used integer, OUT minute_reset_s integer, OUT day_reset_s integer,
    OUT retry_after_s integer, OUT resets_at text, OUT turns integer, OUT history text)
LANGUAGE plpgsql AS $$
DECLARE
    account     record;
    today       date;
    moment      timestamptz;
    recent      timestamptz[];
    turn_limit  integer;
    started     timestamptz;
    next_lapse  timestamptz;
BEGIN
    -- The reservation may be lost in a crash of the server; the turn, which iris.finish_chat writes, never.
    PERFORM set_config('synchronous_commit', 'off', true);

    SELECT a.tier, a.beta_until, a.disabled_at IS NOT NULL AS disabled,
           s.id IS NOT NULL AND s.revoked_at IS NULL AND s.expires_at > now() AS alive
      INTO account
      FROM iris.accounts a LEFT JOIN iris.sessions s ON s.id = p_session AND s.account_id = a.id
     WHERE a.id = p_user;
    IF NOT FOUND OR NOT account.alive THEN outcome := 'session_revoked'; RETURN; END IF;
    IF account.disabled THEN outcome := 'account_disabled'; RETURN; END IF;

    IF NOT p_new_conversation THEN
        SELECT c.started_at, c.message_count INTO started, turns
          FROM iris.iris_chat_sessions c WHERE c.session_id = p_conversation AND c.user_id = p_user;
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
    END IF;

    recent := coalesce((SELECT array_agg(r ORDER BY r) FROM unnest(recent) r WHERE r > moment - interval '60 s'), '{}');
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

    IF day_used + day_reserved >= day_limit THEN
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
    -- Without a limit nobody asks how many there were, and the list would grow with every request.
    IF minute_limit IS NOT NULL THEN
        UPDATE iris.user_minute_usage SET requests = recent || moment WHERE user_id = p_user;
    END IF;
    IF minute_used = 0 THEN minute_reset_s := 60; END IF;
    minute_used := minute_used + 1;
    DELETE FROM iris.quota_reservations WHERE user_id = p_user AND expires_at <= moment;
    INSERT INTO iris.quota_reservations (id, user_id, date, expires_at)
    VALUES (p_turn, p_user, today, moment + make_interval(secs => p_lapse_seconds));
    day_reserved := day_reserved + 1;

    IF p_new_conversation THEN
        INSERT INTO iris.iris_chat_sessions (user_id, session_id) VALUES (p_user, p_conversation);
    ELSIF turn_limit > 0 THEN
        history := iris.recent_turns(p_conversation, started, turn_limit);
    END IF;
    INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic)
    VALUES (p_question_id, p_conversation, p_user, p_turn, 'user', p_question, iris.uuid_v7_time(p_question_id),
            'pending', p_topic);
END $$;

-- The last answered turns of a conversation, oldest first, as a JSON array of [question, answer]; null for none.
CREATE OR REPLACE FUNCTION iris.recent_turns(p_conversation uuid, p_since timestamptz, p_turns integer) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT jsonb_agg(jsonb_build_array(t.question, t.answer) ORDER BY t.asked)::text
      FROM (SELECT q.content AS question, a.content AS answer, q.created_at AS asked
              FROM iris.iris_messages q
              JOIN iris.iris_messages a ON a.id = q.turn_id AND a.created_at = iris.uuid_v7_time(q.turn_id)
             WHERE q.session_id = p_conversation AND q.role = 'user' AND q.created_at >= p_since - interval '1 day'
               AND q.status IN ('complete', 'truncated')
             ORDER BY q.created_at DESC LIMIT p_turns) t
$$;

-- Chat: SQL call 2 ----------------------------------------------------------------------------------------------------

-- Completes a turn: the answer, the quota, the conversation's totals, the events and errors, all or nothing. Safe to repeat when
-- the outcome of the first call is unknown: the answer's id decides. A charged turn counts on the day of its reservation
-- also when that has lapsed. Returns what the answer tells about the day.
-- p_charge: 'yes', 'no', or 'blocked': free up to p_free_blocks a day, then charged.
CREATE OR REPLACE FUNCTION iris.finish_chat(
    p_user uuid, p_conversation uuid, p_turn uuid, p_question_id uuid, p_question text, p_topic text,
    p_answer text, p_status text, p_charge text, p_free_blocks integer, p_tier text, p_time_zone text,
    p_model text, p_confidence double precision, p_response_ms integer,
    p_tokens_in integer, p_tokens_out integer, p_tokens_cached integer, p_tokens_thought integer, p_events jsonb,
    p_errors jsonb,
    OUT day_used integer, OUT day_reserved integer)
LANGUAGE plpgsql AS $$
DECLARE
    asked   CONSTANT timestamptz := iris.uuid_v7_time(p_question_id);
    moment  CONSTANT timestamptz := clock_timestamp();
    charged boolean := p_charge = 'yes';
    day     date;
BEGIN
    INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic, model,
        confidence, response_time_ms, tokens_in, tokens_out, tokens_cached, tokens_thought)
    SELECT p_turn, p_conversation, p_user, p_turn, 'assistant', p_answer, iris.uuid_v7_time(p_turn), p_status, p_topic,
        p_model, p_confidence, p_response_ms, p_tokens_in, p_tokens_out, p_tokens_cached, p_tokens_thought
     WHERE EXISTS (SELECT 1 FROM iris.accounts a WHERE a.id = p_user)
    ON CONFLICT DO NOTHING;

    IF FOUND THEN
        -- The conversation and the question are written again: the server may have crashed since the reservation.
        INSERT INTO iris.iris_chat_sessions AS c (user_id, session_id, message_count, total_tokens, avg_response_time)
        VALUES (p_user, p_conversation, 1, coalesce(p_tokens_in, 0) + coalesce(p_tokens_out, 0), p_response_ms)
        ON CONFLICT (session_id) DO UPDATE SET
            message_count = c.message_count + 1,
            total_tokens = c.total_tokens + excluded.total_tokens,
            avg_response_time = coalesce(c.avg_response_time, 0)
                + (excluded.avg_response_time - coalesce(c.avg_response_time, 0)) / (c.message_count + 1),
            last_message_at = moment;
        INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status, topic)
        VALUES (p_question_id, p_conversation, p_user, p_turn, 'user', p_question, asked, p_status, p_topic)
        ON CONFLICT (id, created_at) DO UPDATE SET status = excluded.status;

        DELETE FROM iris.quota_reservations WHERE id = p_turn RETURNING date INTO day;
        day := coalesce(day, (asked AT TIME ZONE p_time_zone)::date);
        INSERT INTO iris.user_daily_usage AS d (user_id, date, tier_at_time, last_message_at)
        SELECT p_user, day, p_tier, moment WHERE p_charge IN ('yes', 'blocked')
        ON CONFLICT (user_id, date) DO NOTHING;
        IF p_charge = 'blocked' THEN
            UPDATE iris.user_daily_usage d SET blocked_count = blocked_count + 1
             WHERE d.user_id = p_user AND d.date = day RETURNING blocked_count > p_free_blocks INTO charged;
        END IF;
        IF charged THEN
            UPDATE iris.user_daily_usage d
               SET message_count = message_count + 1, tier_at_time = p_tier, last_message_at = moment
             WHERE d.user_id = p_user AND d.date = day;
        END IF;
        INSERT INTO iris.iris_events (id, user_id, event_type, metadata, session_id)
        SELECT e.id, e.user_id, e.event_type, e.metadata, e.session_id
          FROM jsonb_to_recordset(p_events)
            AS e(id uuid, user_id text, event_type text, metadata jsonb, session_id text);
        INSERT INTO iris.iris_errors (id, error_type, error_message, user_id, context)
        SELECT e.id, e.error_type, e.error_message, e.user_id, e.context
          FROM jsonb_to_recordset(p_errors)
            AS e(id uuid, error_type text, error_message text, user_id text, context jsonb);
    END IF;

    day := (moment AT TIME ZONE p_time_zone)::date;
    SELECT coalesce((SELECT d.message_count FROM iris.user_daily_usage d
                      WHERE d.user_id = p_user AND d.date = day), 0),
           count(*)
      INTO day_used, day_reserved
      FROM iris.quota_reservations q WHERE q.user_id = p_user AND q.date = day AND q.expires_at > moment;
END $$;

-- Gives a reservation back without an answer: the client left before there was one. The question stays, as abandoned.
CREATE OR REPLACE FUNCTION iris.abandon_chat(p_turn uuid, p_question_id uuid) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM iris.quota_reservations WHERE id = p_turn;
    UPDATE iris.iris_messages SET status = 'abandoned'
     WHERE id = p_question_id AND created_at = iris.uuid_v7_time(p_question_id) AND status = 'pending';
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
           a.id, a.email, a.name,
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
-- unused, gives the same child again; the replay of anything older ends the whole session. `outcome` is 'rotated',
-- 'repeated' (then child_hash is the one given before), 'replayed', 'account_disabled' or 'invalid'.
CREATE OR REPLACE FUNCTION iris.rotate_refresh_token(
    p_token_hash bytea, p_child_hash bytea, p_refresh_ttl integer, p_grace_seconds integer, p_time_zone text,
    OUT outcome text, OUT account_id uuid, OUT session_id uuid, OUT tier text, OUT child_hash bytea)
LANGUAGE plpgsql AS $$
DECLARE
    token   iris.refresh_tokens;
    session iris.sessions;
    account iris.accounts;
    moment  timestamptz;
BEGIN
    SELECT t.* INTO token FROM iris.refresh_tokens t WHERE t.token_hash = p_token_hash FOR UPDATE;
    IF NOT FOUND THEN outcome := 'invalid'; RETURN; END IF;
    moment := clock_timestamp();
    SELECT s.* INTO session FROM iris.sessions s WHERE s.id = token.session_id FOR UPDATE;
    SELECT a.* INTO account FROM iris.accounts a WHERE a.id = session.account_id;
    IF session.revoked_at IS NOT NULL OR session.expires_at <= moment OR token.expires_at <= moment THEN
        outcome := 'invalid'; RETURN;
    END IF;
    IF account.disabled_at IS NOT NULL THEN outcome := 'account_disabled'; RETURN; END IF;

    account_id := account.id;
    session_id := session.id;
    tier := iris.effective_tier(account.tier, account.beta_until, (moment AT TIME ZONE p_time_zone)::date);
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
    END IF;
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
    iris.quota_reservations, iris.iris_chat_sessions, iris.iris_messages
    TO iris_app;
GRANT SELECT, INSERT ON iris.iris_events, iris.iris_errors TO iris_app;
-- All of them, by no list of signatures: while a release expands, two versions of one function stand side by side.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA iris TO iris_app;
REVOKE EXECUTE ON FUNCTION iris.ensure_partitions(date, integer) FROM iris_app;

COMMIT;
