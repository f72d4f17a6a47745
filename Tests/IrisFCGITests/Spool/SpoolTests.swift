import Glibc
import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// The spool as workers write it, without a database.
@Suite struct SpoolTests {
  private static let happening = SpoolRecord.happenings(events: "[]", errors: "[]", alerts: "[]", spend: 7)

  private static func texts(of spool: Spool) throws -> [String] {
    try spool.folder.segments().flatMap { segment in
      let bytes = try spool.folder.read(segment)
      return SpoolFrame.scan(bytes).records.map { String(decoding: bytes[$0], as: UTF8.self) }
    }
  }

  @Test func `a turn is kept as a flat object of texts, every character of it`() throws {
    let test = try TestSpool()
    let words = "« Été »\n\"\\\u{1}\u{7F}\u{2028}𝄞\u{FFFD} IRIS-SPOOL/1 "
    let question = try ChatStore.Question.test(TestID.make(), text: words)
    try test.spool.append(.turn(question, .test("Réponse 𝄞", spend: Int.max)))
    let json = try #require(try Self.texts(of: test.spool).first.flatMap { try StrictJSON.parse(Array($0.utf8)) })
    #expect(json["kind"]?.text == "turn" && json["question"]?.text == words && json["answer"]?.text == "Réponse 𝄞")
    #expect(json["spend"]?.text == "9223372036854775807" && json["tokens_cached"] == .null)
    #expect(json.names.isSuperset(of: SpoolRecord.turnFields) && SpoolRecord.turnFields.count == 30)
    let payload = Array(try #require(try Self.texts(of: test.spool).first).utf8)
    let read = try #require(SpooledRecord(payload[...]))
    #expect(read.turn?.user == question.user && read.turn?.conversation == question.conversation)
  }

  @Test func `folder and files are this user's alone`() throws {
    let test = try TestSpool()
    try test.spool.append(Self.happening)
    #expect(try Files.status(of: test.spool.folder.path).permissions == 0o700)
    #expect(try test.names.map { try Files.status(of: test.spool.folder.file($0)).permissions } == [0o600])
    #expect(unsafe chmod(test.spool.folder.path, 0o722) == 0)
    #expect(throws: SpoolError.self) { try test.spool.append(Self.happening) }
    #expect(!test.spool.isWritable)
  }

  @Test func `each worker has a segment of its own for each rank, and one that was taken is followed by another`()
    throws
  {
    let test = try TestSpool()
    let workers = [test.spool, test.makeWorker()]
    let user = try TestID.make()
    for worker in workers {
      for _ in 0..<3 {
        try worker.append(.turn(.test(user), .test()))
        try worker.append(.turn(.test(user, conversation: TestID.make()), .test()))
      }
    }
    #expect(test.names.map { $0.prefix(1) } == ["1", "1", "2", "2"] && test.names.allSatisfy { $0.hasSuffix(".open") })
    try test.spool.folder.seal()
    #expect(test.names.allSatisfy { $0.hasSuffix(".sealed") })
    for worker in workers { try worker.append(Self.happening) }
    #expect(test.names.count { $0.hasSuffix(".open") } == 2)
    try test.spool.folder.seal()
    #expect(test.names.count == 6)
    #expect(try Self.texts(of: test.spool).count == 14)
  }

  @Test func `a full segment is followed by another`() throws {
    let test = try TestSpool()
    let long = String(repeating: "mot ", count: 50_000)
    for _ in 0..<7 { try test.spool.append(.turn(.test(TestID.make(), text: long), .test())) }
    #expect(test.names.count == 2)
    #expect(try test.spool.folder.segments().allSatisfy { $0.bytes < Spool.segmentBytes + 250_000 })
  }

  @Test func `the limit holds for all workers together; the oldest stays and each loss is counted`() throws {
    let test = try TestSpool(limit: 6_000)
    let workers = [test.spool, test.makeWorker(limit: 6_000)]
    var kept = 0
    for round in 0..<40 {
      do throws(SpoolError) {
        try workers[round % 2].append(Self.happening)
        kept += 1
      } catch {
        #expect(error == .full)
      }
    }
    #expect(kept > 10 && kept < 40)
    #expect(test.scoreboard.spoolAppended.load() == UInt64(kept))
    #expect(test.scoreboard.spoolLost.load() == UInt64(40 - kept))
    #expect(try test.spool.folder.segments().reduce(0) { $0 + $1.bytes } <= 6_000)
    #expect(try Self.texts(of: test.spool).count == kept)
    #expect(!test.spool.isWritable && test.spool.losses.isUntold)
  }

  @Test func `where nothing can be written it says so and does not fail otherwise`() throws {
    let spool = Spool(
      stateDirectory: "/nonexistent", limit: 1 << 20, timeZone: "Europe/Paris", log: Log(threshold: .error),
      scoreboard: .local)
    #expect(throws: SpoolError.unwritable("/nonexistent/spool does not exist")) { try spool.append(Self.happening) }
    #expect(!spool.isWritable && !spool.look() && spool.depth() == Spool.Depth())
  }

  /// Disk full, for real: the files of a process of its own may have so many bytes and no more.
  @Test func `a disk that is full loses what comes, and nothing of what is there`() async {
    await #expect(processExitsWith: .success) {
      let test = try TestSpool()
      try test.spool.append(Self.happening)
      let size = try #require(try test.spool.folder.segments().first).bytes
      var limit = rlimit(rlim_cur: UInt(size + 40), rlim_max: rlim_t.max)
      signal(SIGXFSZ, SIG_IGN)
      #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      #expect(throws: SpoolError.self) { try test.spool.append(Self.happening) }
      #expect(throws: SpoolError.self) { try test.spool.append(.turn(.test("u"), .test())) }
      #expect(test.scoreboard.spoolLost.load() == 2)
      #expect(try test.spool.folder.segments().map(\.bytes) == [size])
      limit.rlim_cur = rlim_t.max
      #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      try test.spool.append(Self.happening)
      #expect(try Self.texts(of: test.spool).count == 2)
    }
  }

  private static func mountSmall(_ path: String) -> Bool { unsafe mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 }

  private static func release(_ path: String) -> Bool { unsafe umount2(path, Int32(MNT_DETACH)) == 0 }

  /// Whether this process may mount a file system: root outside of most containers.
  private static let canMount: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    return mountSmall(folder.path) && release(folder.path)
  }()

  @Test(.enabled(if: canMount, "no right to mount a tmpfs; the limit on file sizes above stands for it"))
  func `a small file system that fills up keeps what it took, and takes again when there is room`() throws {
    let test = try TestSpool()
    try #require(Self.mountSmall(test.folder.path))
    defer { _ = Self.release(test.folder.path) }
    let long = String(repeating: "mot ", count: 1_000)
    var kept = 0
    for _ in 0..<40 {
      do throws(SpoolError) {
        try test.spool.append(.happenings(events: long, errors: "[]", alerts: "[]", spend: 1))
        kept += 1
      } catch {
        #expect(error.logWord.contains("No space left on device"))
      }
    }
    #expect(kept > 5 && kept < 40 && test.scoreboard.spoolLost.load() == UInt64(40 - kept))
    #expect(try Self.texts(of: test.spool).count == kept && !test.spool.isWritable)
    for segment in try test.spool.folder.segments() { try Files.remove(test.spool.folder.file(segment.name)) }
    try test.spool.append(Self.happening)
    #expect(try Self.texts(of: test.spool).count == 1)
  }

  @Test func `depth counts what waits, and what was set aside for itself`() throws {
    let test = try TestSpool()
    #expect(test.spool.depth() == Spool.Depth())
    for _ in 0..<3 { try test.spool.append(Self.happening) }
    let old = "2-\(try TestID.make(secondsAgo: 90)).sealed"
    try Files.makeDurably(test.spool.folder.file(old), with: SpoolFrame.encode(Array("{}".utf8)))
    try Files.makeDurably(test.spool.folder.file("2-x-0.damaged"), with: [1, 2, 3])
    let depth = test.spool.depth()
    #expect(depth.records == 4 && depth.damagedFiles == 1 && (90...95).contains(depth.oldestAgeSeconds))
    #expect(try depth.bytes == test.spool.folder.segments().reduce(0) { $0 + $1.bytes })
  }

  @Test func `whether something waits is known without a look, of other workers too`() throws {
    let test = try TestSpool()
    let other = test.makeWorker()
    #expect(test.spool.hasRecords && !test.spool.look() && !test.spool.hasRecords)
    try other.append(Self.happening)
    #expect(test.spool.hasRecords && test.spool.look())
    for name in test.names { try Files.remove(test.spool.folder.file(name)) }
    #expect(test.spool.hasRecords && !test.spool.look() && !test.spool.hasRecords)
  }

  @Test func `what was set aside goes with its user, or with time`() throws {
    let test = try TestSpool()
    try test.spool.append(Self.happening)
    let (first, second) = (try TestID.make(), try TestID.make())
    for (index, text) in ["… \(first) \u{0} …", "… \(second) …", "nobody"].enumerated() {
      try Files.makeDurably(test.spool.folder.file("2-x-\(index).damaged"), with: Array(text.utf8))
    }
    test.spool.forget(user: first)
    #expect(test.names.filter { $0.hasSuffix(".damaged") } == ["2-x-1.damaged", "2-x-2.damaged"])
    test.spool.discardDamaged(olderThan: 60)
    #expect(test.names.count == 3)
    test.spool.discardDamaged(olderThan: -60)
    #expect(test.names.count == 1)
  }
}
