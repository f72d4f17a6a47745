import IrisSystem
import Testing

@testable import IrisFCGI

/// When keys are fetched, and what serves meanwhile.
struct ForeignKeysTests {
  private typealias Vectors = ForeignVectors

  /// An issuer's address in memory, and a clock that stands until it is moved.
  private final class Scene {
    var reply: Result<CurlReply, CurlError>
    var asked = 0
    var monotonic: Int64 = 1_000_000_000
    var realtime = Clock.realtimeMilliseconds
    var chores: [() -> Void] = []
    let folder: TemporaryFolder
    let permit = KeyFetchPermit(
      breaker: Breaker(openUntil: .local(), failures: .local()), next: .local())

    init(_ set: [UInt8]) throws {
      reply = .success(CurlReply(status: 200, body: set))
      folder = try TemporaryFolder()
    }

    /// The keys of one worker.
    func keys(_ source: ExternalIssuer.KeySource = .address("https://id.example/jwks")) -> ForeignKeys {
      ForeignKeys(
        source, directory: folder.path, permit: permit, log: Log(threshold: .error), monotonic: { self.monotonic },
        realtime: { self.realtime })
    }

    func verdict(_ keys: ForeignKeys, _ token: String) throws -> ForeignKeys.Verdict {
      let jws = try #require(CompactJWS(Substring(token)))
      return keys.verdict(
        on: jws, try #require(SignatureAlgorithm(rawValue: jws.algorithm)),
        fetch: { _, limits throws(CurlError) in
          self.asked += 1
          return try self.reply.get()
        }, later: { self.chores.append($0) })
    }

    func pass(seconds: Int64) {
      monotonic += seconds * 1_000_000
      realtime += seconds * 1_000
    }

    func runChores() {
      chores.forEach { $0() }
      chores = []
    }
  }

  private static let ec = Vectors.token("ES256", "e", Vectors.es256)
  private static let new = Vectors.token("ES256", "n", Vectors.newKey)

  @Test(arguments: [
    ("RS256", "r", ForeignVectors.rs256), ("PS256", "r", ForeignVectors.ps256), ("ES256", "e", ForeignVectors.es256),
    ("EdDSA", "o", ForeignVectors.edDSA), ("ES256", nil, ForeignVectors.es256WithoutID),
  ])
  func `a signature of each kind`(algorithm: String, id: String?, signature: String) throws {
    let scene = try Scene(Vectors.set(Vectors.rsaKey, Vectors.ecKey, Vectors.edKey))
    let keys = scene.keys()
    #expect(try scene.verdict(keys, Vectors.token(algorithm, id, signature)) == .good)
    #expect(try scene.verdict(keys, Vectors.token(algorithm, id, signature, also: " ")) == .bad)
    for other in SignatureAlgorithm.allCases where other.rawValue != algorithm {
      #expect(try scene.verdict(keys, Vectors.token(other.rawValue, id, signature)) == .bad)
    }
    #expect(scene.asked == 1)
  }

  @Test func `a worker finds what another one fetched, also when the address is gone`() throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    #expect(try scene.verdict(scene.keys(), Self.ec) == .good)
    scene.reply = .failure(.cannotConnect)
    #expect(try scene.verdict(scene.keys(), Self.ec) == .good)
    #expect(scene.asked == 1)
    #expect(try scene.verdict(scene.keys(.address("https://other.example/jwks")), Self.ec) == .noKeys)
  }

  @Test func `unknown key ids are one fetch in half a minute, whoever sees them`() throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    let (first, second) = (scene.keys(), scene.keys())
    for keys in [first, second, first] { #expect(try scene.verdict(keys, Self.ec) == .good) }
    for keys in [first, second, first, second] { #expect(try scene.verdict(keys, Self.new) == .bad) }
    #expect(scene.asked == 2)
    scene.reply = .success(CurlReply(status: 200, body: Vectors.set(Vectors.newKeyOfSet)))
    scene.pass(seconds: 29)
    #expect(try scene.verdict(second, Self.new) == .bad && scene.asked == 2)
    scene.pass(seconds: 1)
    #expect(try scene.verdict(second, Self.new) == .good && scene.asked == 3)
    #expect(try scene.verdict(first, Self.new) == .good && scene.asked == 3)
    #expect(try scene.verdict(first, Self.ec) == .bad, "a key that was taken back")
  }

  @Test func `what a key id cannot be is not worth a fetch`() throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    let keys = scene.keys()
    #expect(try scene.verdict(keys, Vectors.token("EdDSA", "e", Vectors.edDSA)) == .bad)
    #expect(try scene.verdict(keys, Vectors.token("EdDSA", nil, Vectors.edDSA)) == .bad)
    #expect(scene.asked == 1)
  }

  @Test func `old keys serve, and are fetched again when nobody waits`() throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    let keys = scene.keys()
    #expect(try scene.verdict(keys, Self.ec) == .good)
    // The file's marks have the kernel's clock, which is some milliseconds off.
    scene.pass(seconds: 599)
    #expect(try scene.verdict(keys, Self.ec) == .good && scene.chores.isEmpty)
    scene.pass(seconds: 2)
    #expect(try scene.verdict(keys, Self.ec) == .good && scene.asked == 1 && scene.chores.count == 1)
    scene.runChores()
    #expect(scene.asked == 2)
    #expect(try scene.verdict(keys, Self.ec) == .good && scene.chores.isEmpty)
  }

  @Test(
    arguments: [
      .failure(.timedOut), .failure(.tooLarge), .success(CurlReply(status: 500)), .success(CurlReply(status: 200)),
      .success(CurlReply(status: 302, body: ForeignVectors.set(ForeignVectors.newKeyOfSet))),
      .success(CurlReply(status: 200, body: Array("<html>".utf8))),
    ] as [Result<CurlReply, CurlError>])
  func `keys at hand serve while there is no answer`(fault: Result<CurlReply, CurlError>) throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    let keys = scene.keys()
    #expect(try scene.verdict(keys, Self.ec) == .good)
    scene.reply = fault
    for day in 1...3 {
      scene.pass(seconds: 86_400)
      for _ in 1...3 { #expect(try scene.verdict(keys, Self.ec) == .good) }
      scene.runChores()
      #expect(scene.asked == 1 + day)
    }
    #expect(try scene.verdict(scene.keys(), Self.ec) == .good)
    #expect(try scene.verdict(keys, Self.new) == .bad)
  }

  @Test func `without any key nothing can be said, and few ask`() throws {
    let scene = try Scene([])
    let workers = (1...4).map { _ in scene.keys() }
    for _ in 1...5 {
      for keys in workers { #expect(try scene.verdict(keys, Self.ec) == .noKeys) }
    }
    #expect(scene.asked == 1)
    scene.reply = .success(CurlReply(status: 200, body: Vectors.set(Vectors.ecKey)))
    scene.pass(seconds: 2)
    for keys in workers { #expect(try scene.verdict(keys, Self.ec) == .good) }
    #expect(scene.asked == 2)
  }

  @Test func `an issuer may take all keys back`() throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    let keys = scene.keys()
    #expect(try scene.verdict(keys, Self.ec) == .good)
    scene.reply = .success(CurlReply(status: 200, body: Vectors.set()))
    #expect(try scene.verdict(keys, Self.new) == .bad && scene.asked == 2)
    for _ in 1...5 { #expect(try scene.verdict(keys, Self.ec) == .noKeys) }
    #expect(scene.asked == 2)
  }

  @Test func `a file of the operator's is never fetched`() throws {
    let scene = try Scene([])
    let path = try scene.folder.write(
      "own.json", String(decoding: Vectors.set(Vectors.ecKey), as: UTF8.self), permissions: 0o644)
    let keys = scene.keys(.file(path: path))
    #expect(try scene.verdict(keys, Self.ec) == .good && scene.verdict(keys, Self.new) == .bad)
    try scene.folder.write("own.json", String(decoding: Vectors.set(Vectors.newKeyOfSet), as: UTF8.self))
    #expect(try scene.verdict(keys, Self.new) == .good, "an unknown id looks at once")
    try scene.folder.write("own.json", "{")
    scene.pass(seconds: 100_000)
    #expect(try scene.verdict(keys, Self.new) == .good)
    #expect(scene.asked == 0 && scene.chores.isEmpty)
    #expect(try scene.verdict(scene.keys(.file(path: "/nonexistent/jwks")), Self.ec) == .noKeys)
  }

  @Test(arguments: [0o644, 0o640, 0o604] as [UInt32])
  func `a shared file that others can touch is not believed`(permissions: UInt32) throws {
    let scene = try Scene(Vectors.set(Vectors.ecKey))
    #expect(try scene.verdict(scene.keys(), Self.ec) == .good)
    let name = try #require(try Files.list(scene.folder.path).first { $0.hasPrefix("jwks-") })
    let planted = String(decoding: Vectors.set(Vectors.newKeyOfSet), as: UTF8.self)
    try scene.folder.write(name, planted, permissions: permissions)
    scene.reply = .failure(.cannotConnect)
    #expect(try scene.verdict(scene.keys(), Self.new) == .noKeys)
    try scene.folder.write(name, planted)
    #expect(try scene.verdict(scene.keys(), Self.new) == .good)
  }

  @Test func `a permit of another boot binds nobody`() {
    let word = SharedWord.local()
    let permit = KeyFetchPermit(breaker: Breaker(openUntil: .local(), failures: .local()), next: word)
    word.store(UInt64(Int64.max))
    #expect(permit.claim(at: 5) && !permit.claim(at: 6) && !permit.claim(at: 4 + KeyFetchPermit.pause))
    #expect(permit.claim(at: 5 + KeyFetchPermit.pause))
  }
}
