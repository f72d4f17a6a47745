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
