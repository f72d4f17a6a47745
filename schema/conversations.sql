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
