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
