"""Events as a service with so many users would have written them, made by PostgreSQL itself, a day at a time.

A chat is a request and its answer; one in twenty-five is answered by the offline Alessio, one in twelve is rated, some
accounts are made and some change their tier. A few pseudonyms do most of it, as people do. Ids are UUIDv7 and rows come
in the order of time, so that the table lies on the disk as a grown one does. Every event was recorded when it happened.
"""

from __future__ import annotations

import subprocess

#: Events that a chat leaves on average, by the shares below.
EVENTS_PER_CHAT = 2.1

SETUP = """
SET synchronous_commit = off;
SET jit = off;
SET work_mem = '256MB';
CREATE FUNCTION pg_temp.id(moment timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(random()::text || clock_timestamp()::text), 1, 19))::uuid
$$;
SELECT setseed({seed} / 1e6);
SELECT iris.ensure_partitions((now() - interval '{days} days')::date, {months});
"""

DAY = """
WITH chats AS MATERIALIZED (
    SELECT d.start + n * d.gap AS moment, floor({users} * power(random(), 3))::integer AS who,
           random() AS topic, random() AS fate, random() AS rated, -ln(1 - random()) AS slowness
      FROM (SELECT least(date_trunc('day', now() - interval '{ago} days'), now() - interval '1 minute') AS start,
                   least(interval '1 day', now() - interval '1 minute' - date_trunc('day', now() - interval '{ago} days'))
                       / {chats} AS gap) d,
           generate_series(0, {chats} - 1) n),
named AS MATERIALIZED (
    SELECT c.*, CASE WHEN c.who = 0 AND '{mine}' <> '' THEN '{mine}' ELSE md5('user ' || c.who) END AS pseudonym,
           md5('talk ' || c.who || ' ' || {ago} / 3) AS talk, CASE WHEN c.who % 12 = 0 THEN 'premium' ELSE 'free' END AS tier,
           (ARRAY['cv', 'cv', 'cv', 'reconversion', 'reconversion', 'entretien', 'entretien', 'lettre', 'strategie', 'autre'])
               [1 + floor(c.topic * 10)::integer] AS subject
      FROM chats c),
events AS (
    SELECT n.moment, 0 AS step, 'chat_request' AS event_type, n.pseudonym, n.talk,
           jsonb_build_object('tier', n.tier, 'topic', n.subject, 'length', 20 + floor(n.fate * 400), 'turn', floor(n.rated * 5),
               'app_context', false, 'injection_suspected', false) AS metadata
      FROM named n
    UNION ALL
    SELECT n.moment, 1, CASE WHEN n.fate < 0.04 THEN 'chat_fallback' ELSE 'chat_response' END, n.pseudonym, n.talk,
           CASE WHEN n.fate < 0.04 THEN jsonb_build_object('topic', n.subject, 'reasons', jsonb_build_array('overloaded'))
           ELSE jsonb_build_object('topic', n.subject, 'finish', CASE WHEN n.fate > 0.98 THEN 'truncated' ELSE 'complete' END,
               'model', 'gemini-3.5-flash-lite', 'confidence', 0.8, 'response_time_ms', 250 + floor(n.slowness * 900),
               'cached', n.fate BETWEEN 0.5 AND 0.55, 'streamed', n.fate > 0.3, 'tokens_in', 300 + floor(n.fate * 900),
               'tokens_out', 80 + floor(n.rated * 400), 'cost_micro', 150 + floor(n.fate * 300), 'currency', 'EUR') END
      FROM named n
    UNION ALL
    SELECT n.moment, 2, 'feedback', n.pseudonym, n.talk, jsonb_build_object('rating', 1 + floor(sqrt(n.topic) * 5))
      FROM named n WHERE n.rated < 0.08
    UNION ALL
    SELECT n.moment, 3, CASE WHEN n.topic < 0.8 THEN 'account_created' ELSE 'tier_upgrade' END, n.pseudonym, NULL,
           jsonb_build_object('tier', n.tier)
      FROM named n WHERE n.rated > 0.98)
INSERT INTO iris.iris_events (id, user_id, event_type, timestamp, metadata, session_id, recorded_at)
SELECT pg_temp.id(e.moment), e.pseudonym, e.event_type, e.moment, e.metadata, e.talk, {recorded}
  FROM events e ORDER BY e.moment, e.step;
"""


def fill(
    url: str, count: int, *, days: int, users: int, seed: int = 1, mine: str = "", recorded: str = "e.moment"
) -> int:
    """Makes some `count` events over the days that end today. `recorded`: SQL of when a row `e` was written."""
    chats = round(count / EVENTS_PER_CHAT)
    # A whole number for each day, which together are all.
    shares = [(ago, (ago + 1) * chats // days - ago * chats // days) for ago in reversed(range(days))]
    parts = [SETUP.format(seed=seed, days=days, months=days // 28 + 4)]
    parts += [
        DAY.format(ago=ago, chats=share, users=users, mine=mine, recorded=recorded) for ago, share in shares if share > 0]
    before = _ask(url, "SELECT count(*) FROM iris.iris_events")
    run = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url], input="".join(parts), capture_output=True, text=True,
        check=False)
    if run.returncode != 0:
        raise RuntimeError(f"the events could not be made:\n{run.stderr}")
    # Statistics and the visibility of rows, as in a table that grew.
    _ask(url, "VACUUM ANALYZE iris.iris_events")
    return _ask(url, "SELECT count(*) FROM iris.iris_events") - before


def _ask(url: str, sql: str) -> int:
    """The number that a query gives; 0 for what gives none."""
    run = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"{sql}:\n{run.stderr}")
    return int(run.stdout.strip() or 0)
