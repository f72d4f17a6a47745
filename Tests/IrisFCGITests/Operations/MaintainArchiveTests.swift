import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// Months that are written to a folder before they are dropped.
@Suite(.needsDatabase) struct MaintainArchiveTests {
  private let test: TestDatabase
  private let folder: TemporaryFolder
  /// What a host keeps for itself; apart from the archive.
  private let state: TemporaryFolder

  init() throws {
    test = try TestDatabase()
    folder = try TemporaryFolder()
    state = try TemporaryFolder()
    try test.execute("SELECT iris.ensure_partitions('2024-01-01', 2)")
    try test.execute(
      "INSERT INTO iris.iris_events (event_type, timestamp, metadata) "
        + "SELECT 'x', timestamptz '2024-01-10' + make_interval(secs => n), jsonb_build_object('n', n, 't', E'é\"\\n,') "
        + "FROM generate_series(1, 20000) n")
    try test.execute(
      "INSERT INTO iris.iris_errors (error_type, error_message, timestamp) VALUES ('x', 'a, \"b\"', '2024-02-10')")
    try test.execute(
      "INSERT INTO iris.iris_messages (id, session_id, user_id, turn_id, role, content, created_at, status) "
        + "SELECT i, i, i, i, 'user', 'mot secret', '2024-01-10', 'complete' FROM gen_random_uuid() i")
  }

  private func maintain(archive: String?) -> (code: Int32, output: String, errors: String) {
    let recording = ConsoleRecording()
    let loader = ConfigurationLoader(
      environment: Sample.environment([
        "IRIS_DATABASE_URL": test.url, "IRIS_STATE_DIR": state.path, "IRIS_RUNTIME_DIR": state.path,
        "IRIS_LOG_LEVEL": "error",
      ]))
    let code = MaintainCommand.run(json: true, archive: archive, loader: loader, console: recording.console())
    return (code, recording.output, recording.errors)
  }

  private func monthsLeft() throws -> Int? {
    try test.integer(
      "SELECT count(*) FROM pg_class WHERE relnamespace = 'iris'::regnamespace AND relkind = 'r' AND relname ~ '_2024[0-9]{2}$'"
    )
  }

  @Test func `months of events and errors are written, conversations never are, and all go`() throws {
    let done = maintain(archive: folder.path)
    #expect(done.code == 0 && done.errors == "", "\(done.errors)")
    #expect(done.output.contains(#""rows archived" : 20001"#) && done.output.contains(#""months dropped" : 6"#))
    #expect(try monthsLeft() == 0)
    #expect(
      try Files.list(folder.path) == [
        "iris_errors_202401.csv.gz", "iris_errors_202402.csv.gz", "iris_events_202401.csv.gz",
        "iris_events_202402.csv.gz",
      ])
    let path = "\(folder.path)/iris_events_202401.csv.gz"
    #expect(try Files.status(of: path).permissions == 0o600)
    // As PostgreSQL itself reads it, once its user may.
    let copy = "/tmp/iris-archive-\(try TestID.make()).gz"
    try Files.replace(copy, with: try Files.read(path, limit: 1 << 24), permissions: 0o644)
    defer { try? Files.remove(copy) }
    try test.execute(
      "CREATE TEMPORARY TABLE back (id uuid, user_id text, event_type text, timestamp timestamptz, metadata jsonb, "
        + "session_id text, recorded_at timestamptz)")
    try test.execute("COPY back FROM PROGRAM 'gzip -dc \(copy)' (FORMAT csv, HEADER)")
    let sums = try test.text(
      "SELECT count(*) || ' ' || sum((metadata->>'n')::integer) || ' ' || bool_and(metadata->>'t' = E'é\"\\n,') FROM back"
    )
    #expect(sums == "20000 200010000 true")
  }

  @Test func `a file of the month that is there already is left alone`() throws {
    try folder.write("iris_events_202401.csv.gz", "before")
    try folder.write("iris_events_202402.csv.gz.part", "of a run that was killed")
    #expect(maintain(archive: folder.path).code == 0)
    let names = try Files.list(folder.path)
    #expect(names.contains("iris_events_202401.2.csv.gz") && !names.contains { $0.hasSuffix(".part") })
    #expect(try Files.read("\(folder.path)/iris_events_202401.csv.gz", limit: 100) == Array("before".utf8))
    #expect(try monthsLeft() == 0)
  }

  @Test func `a month that cannot be archived stays, with a reason, until it can be`() throws {
    let done = maintain(archive: "/nowhere/at/all")
    #expect(done.code == 1 && done.output.contains(#""status" : "failed""#))
    #expect(
      done.errors.contains(
        "iris-fcgi: retention: iris_events_202401 is not archived and stays: /nowhere/at/all does not exist"),
      "\(done.errors)")
    #expect(try monthsLeft() == 4, "the months of conversations went")
    #expect(try test.integer("SELECT count(*) FROM iris.iris_events_202401") == 20_000)
    #expect(maintain(archive: folder.path).code == 0)
    #expect(try monthsLeft() == 0)
  }

  @Test func `a full disk leaves neither a file nor a month behind`() throws {
    let archive = MonthArchive(folder: "/dev/full", url: Secret(test.url))
    #expect(throws: ArchiveError.self) { _ = try archive.write("iris_events_202401", renewing: {}) }
    #expect(try monthsLeft() == 6)
  }

  @Test func `without an archive they just go`() throws {
    #expect(maintain(archive: nil).output.contains(#""months dropped" : 6"#))
    #expect(try monthsLeft() == 0)
  }
}
