import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Another product's database, read through a connection.
@Suite(.needsDatabase) struct PostgresSourceTests {
  let database: TestDatabase
  let other: TestDatabase

  init() throws {
    database = try TestDatabase()
    other = try TestDatabase()
    try other.execute("DROP SCHEMA iris CASCADE")
  }

  private func allow() throws {
    try other.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
  }

  @Test func `tables are found by name, and columns by theirs`() throws {
    try other.execute("CREATE TABLE users (id bigserial, email varchar(200), hashed_password text, extra point)")
    try other.execute("INSERT INTO users (email, hashed_password) VALUES ('lea@exemple.fr', $1)", [OldProduct.hash])
    try other.execute(
      """
      CREATE TABLE iris_chat_sessions (id int, user_id bigint, session_id uuid, started_at timestamp, message_count int,
        total_tokens int, avg_response_time numeric)
      """)
    try other.execute(
      "INSERT INTO iris_chat_sessions VALUES (1, 1, $1::uuid, now() - interval '2 days', 1, 30, 99.5)",
      [OldProduct.session])
    try other.execute(
      "CREATE TABLE iris_messages (id uuid, session_id uuid, user_id bigint, role text, content text, created_at timestamptz)"
    )
    try other.execute(
      """
      INSERT INTO iris_messages SELECT gen_random_uuid(), '\(OldProduct.session)', 1,
        CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'Texte ' || n,
        date_trunc('minute', now()) - interval '1 day' + n * interval '1 second'
        FROM generate_series(1, 1203) n ORDER BY random()
      """)
    try other.execute(
      "CREATE TABLE iris_events (id bigint, user_id bigint, event_type text, timestamp timestamptz, metadata json, session_id uuid)"
    )
    try other.execute(
      "INSERT INTO iris_events SELECT n, 1, 'chat', now() - interval '1 day', '{\"n\":1}' FROM generate_series(1, 501) n"
    )
    try allow()
    let run = ImportRun(other.url, into: database)
    #expect(run.code == 0, "\(run.errors)\(run.output)")
    #expect(run.counts(.accounts) == [1, 1, 0, 0, 0] && run.counts(.conversations) == [1, 1, 0, 0, 0])
    #expect(run.counts(.messages) == [1_203, 1_203, 0, 0, 0] && run.counts(.events) == [501, 501, 0, 0, 0])
    #expect(run.counts(.errors) == [-1, -1, -1, -1, -1])
    #expect(
      try database.text("SELECT concat_ws('|', message_count, total_tokens) FROM iris.iris_chat_sessions") == "601|30")
    let statuses = try database.column(
      "SELECT status || count(*) FROM iris.iris_messages WHERE role = 'user' GROUP BY status ORDER BY 1")
    #expect(statuses == ["abandoned1", "complete601"])
    #expect(ImportRun(other.url, into: database).counts(.messages) == [1_203, 0, 1_203, 0, 0])
  }

  private func makeSupabase() throws {
    try other.execute("CREATE SCHEMA auth")
    try other.execute("GRANT USAGE ON SCHEMA auth TO PUBLIC")
    try other.execute(
      """
      CREATE TABLE auth.users (instance_id uuid, id uuid, email varchar, encrypted_password varchar,
        raw_user_meta_data jsonb, raw_app_meta_data jsonb, created_at timestamptz, banned_until timestamptz,
        deleted_at timestamptz)
      """)
    try other.execute(
      """
      INSERT INTO auth.users (id, email, encrypted_password, raw_user_meta_data, raw_app_meta_data, created_at,
        banned_until, deleted_at)
      VALUES ('\(OldProduct.session)', 'lea@exemple.fr', $1, '{"name":"Léa","tier":"premium"}', '{}', '2025-01-02', NULL, NULL),
        (gen_random_uuid(), 'noe@exemple.fr', $1, '{"full_name":"Noé"}', '{"tier":"premium"}', '2025-01-02', 'infinity', NULL),
        (gen_random_uuid(), 'eva@exemple.fr', NULL, NULL, NULL, '2025-01-02', NULL, NULL),
        (gen_random_uuid(), 'ida@exemple.fr', NULL, NULL, NULL, '2025-01-02', NULL, now())
      """, [OldProduct.hash])
    try other.execute("CREATE TABLE public.profiles (id uuid, tier text, beta_until date)")
    try other.execute(
      "INSERT INTO public.profiles SELECT id, 'premium', '2031-01-31' FROM auth.users WHERE email = 'eva@exemple.fr'")
    try other.execute("GRANT SELECT ON ALL TABLES IN SCHEMA auth TO PUBLIC")
    try allow()
  }

  /// What people write about themselves on Supabase makes nobody premium.
  @Test func `Supabase's people get accounts with their passwords`() throws {
    try makeSupabase()
    let run = ImportRun(other.url, into: database)
    #expect(run.code == 0 && run.counts(.accounts) == [4, 3, 0, 1, 0], "\(run.errors)\(run.output)")
    let rows = try database.column(
      """
      SELECT concat_ws('|', email, coalesce(name, '-'), tier, beta_until, password_hash IS NOT NULL,
          disabled_at IS NOT NULL, external_subject, created_at::date) FROM iris.accounts ORDER BY email
      """)
    #expect(
      rows == [
        "eva@exemple.fr|-|premium|2031-01-31|f|f|2025-01-02", "lea@exemple.fr|Léa|free|t|f|2025-01-02",
        "noe@exemple.fr|Noé|premium|t|t|2025-01-02",
      ])
  }

  @Test func `where Supabase's tokens are accepted its people log in there`() throws {
    try makeSupabase()
    let issuer = [
      "IRIS_EXTERNAL_ISSUER": "https://x.supabase.co/auth/v1", "IRIS_EXTERNAL_AUDIENCE": "authenticated",
      "IRIS_EXTERNAL_JWKS": "https://x.supabase.co/jwks",
    ]
    #expect(ImportRun(other.url, into: database, issuer).counts(.accounts) == [4, 3, 0, 1, 0])
    let row = try database.text(
      """
      SELECT concat_ws('|', external_issuer, external_subject, external_email, email, password_hash)
        FROM iris.accounts WHERE name = 'Léa'
      """)
    #expect(row == "https://x.supabase.co/auth/v1|\(OldProduct.session)|lea@exemple.fr")
  }

  @Test func `what may not be read is not there`() throws {
    try other.execute("CREATE TABLE users (id int, email text)")
    let run = ImportRun(other.url, into: database)
    #expect(run.code == 1 && run.errors.contains("has none of the tables"), "\(run.errors)")
  }
}
