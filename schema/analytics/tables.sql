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
