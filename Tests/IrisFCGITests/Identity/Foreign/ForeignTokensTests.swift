import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// From a signed token to claims that endpoints understand; the database is a closure here.
struct ForeignTokensTests {
  private typealias Vectors = ForeignVectors
  private static let account = "01900000-0000-7000-8000-000000000001"

  private final class Scene {
    var adoptions: [(claims: ForeignClaims, session: String)] = []
    var keys = Vectors.set(Vectors.rsaKey, Vectors.ecKey, Vectors.edKey)
    let folder: TemporaryFolder
    let tokens: ForeignTokens

    init() throws {
      folder = try TemporaryFolder()
      tokens = ForeignTokens(
        Vectors.issuer,
        keys: ForeignKeys(
          Vectors.issuer.keys, directory: folder.path,
          permit: KeyFetchPermit(breaker: Breaker(openUntil: .local(), failures: .local()), next: .local()),
          log: Log(threshold: .error)))
    }

    func claims(_ token: String, now: Double = Vectors.now) throws -> Claims {
      let surroundings = ForeignTokens.Surroundings(
        fetch: { [self] _, _ in CurlReply(status: 200, body: keys) }, later: { _ in },
        adopt: { [self] claims, session in
          adoptions.append((claims, session))
          return AdoptionCache.Adopted(account: ForeignTokensTests.account, session: session, tier: .premium)
        })
      let users = UserTokens(own: try AccessTokens(TokenForge.settings)) { [self] token, algorithm in
        try tokens.claims(of: token, algorithm, now: now, surroundings)
      }
      return try users.claims(authorization: "Bearer \(token)", now: now)
    }

    func outcome(_ token: String, now: Double = Vectors.now) throws -> String {
      try TokenForge.outcome { _ = try claims(token, now: now) }
    }
  }

  private static let good = Vectors.token("ES256", "e", Vectors.es256)

  @Test func `a good token stands for account and session`() throws {
    let scene = try Scene()
    let claims = try scene.claims(Self.good)
    #expect(claims.sub == Self.account && claims.tier == .premium && claims.exp == 1_800_003_600)
    let adoption = try #require(scene.adoptions.first)
    #expect(adoption.claims.subject == "person-1" && adoption.claims.session == .login("login-1"))
    #expect(claims.sid == adoption.session && Identifier.isUUID(claims.sid))
    #expect(claims.sid.dropFirst(14).first == "8")
    // SHA-256 of "iris foreign session", issuer, subject, "login" and "login-1" between NULs, computed elsewhere.
    #expect(claims.sid == "bdda6e1e-934c-8fae-a856-34d6d082fe52")
  }

  @Test func `only the first sight asks the database`() throws {
    let scene = try Scene()
    for _ in 1...5 { _ = try scene.claims(Self.good) }
    #expect(scene.adoptions.count == 1)
    _ = try scene.claims(Vectors.token("RS256", "r", Vectors.rs256))
    #expect(scene.adoptions.count == 1, "the same payload under another signature")
  }

  @Test(arguments: [
    ("ES256", "e", ForeignVectors.es256Expired, 1_800_000_000, "expired_token"),
    ("ES256", "e", ForeignVectors.es256, 1_800_000_000, "invalid_token"),
    ("ES256", "n", ForeignVectors.newKey, 1_800_003_600, "invalid_token"),
    ("ES256", "e", ForeignVectors.newKey, 1_800_003_600, "invalid_token"),
    ("HS256", "e", ForeignVectors.es256, 1_800_003_600, "invalid_token"),
    ("none", "e", ForeignVectors.es256, 1_800_003_600, "invalid_token"),
  ])
  func `a token that is not good`(algorithm: String, id: String, signature: String, exp: Int, code: String) throws {
    let scene = try Scene()
    #expect(try scene.outcome(Vectors.token(algorithm, id, signature, exp: exp)) == code)
    #expect(scene.adoptions.isEmpty)
  }

  @Test func `another issuer with the right key, and a guest`() throws {
    let scene = try Scene()
    let other = Vectors.token("ES256", "e", Vectors.es256OtherIssuer, issuer: "https://id.example/auth/")
    #expect(try scene.outcome(other) == "invalid_token")
    let guest = Vectors.token("ES256", "e", Vectors.es256Anonymous, also: #","is_anonymous":true"#)
    #expect(try scene.outcome(guest) == "forbidden")
    #expect(scene.adoptions.isEmpty)
  }

  @Test func `without keys who might be let in waits, who could not is refused`() throws {
    let scene = try Scene()
    scene.keys = []
    #expect(try scene.outcome(Self.good) == "unavailable")
    #expect(try scene.outcome(Self.good, now: 1_800_003_600) == "invalid_token", "no word of its age")
    let other = Vectors.token("ES256", "e", Vectors.es256, issuer: "https://other.example")
    #expect(try scene.outcome(other) == "invalid_token")
  }

  @Test func `a secret made of a public key opens nothing`() throws {
    let scene = try Scene()
    for secret in [Vectors.ecX, Vectors.ecKey, String(decoding: scene.keys, as: UTF8.self)] {
      for alg in ["HS256", "ES256", "RS256"] {
        let token = try TokenForge.token(header: #"{"alg":"\#(alg)","kid":"e"}"#, key: secret)
        #expect(try scene.outcome(token) == "invalid_token")
      }
    }
  }

  @Test func `our own tokens go their own way`() throws {
    let scene = try Scene()
    #expect(try scene.outcome(TokenForge.token()) == "ok" && scene.adoptions.isEmpty)
  }

  @Test func `sessions differ by issuer, subject and what names them`() {
    func id(
      _ issuer: String = "i", _ subject: String = "s", _ session: ForeignSession = .login("x"), exp: Double = 2
    ) -> String {
      ForeignTokens.session(
        of: ForeignClaims(
          issuer: issuer, subject: subject, audience: .one("a"), times: TokenTimes(issuedAt: 1, expires: exp),
          session: session, purpose: TokenPurpose()))
    }
    let all = [
      id(), id("j"), id("i", "t"), id("is", ""), id("i", "s", .login("y")), id("i", "s", .token("x")),
      id("i", "s", .times),
      id("i", "s", .times, exp: 3),
    ]
    #expect(Set(all).count == all.count && id(exp: 9) == id())
  }

  @Test func `the cache is bounded and forgets the oldest first`() {
    var cache = AdoptionCache()
    let adopted = AdoptionCache.Adopted(account: "a", session: "s", tier: .free)
    func key(_ number: Int) -> [UInt8] { Digest.sha256("\(number)") }
    for number in 0..<3 * AdoptionCache.capacity { cache.insert(adopted, for: key(number), now: 0) }
    let kept = (0..<3 * AdoptionCache.capacity).filter { cache.find(key($0), now: 0) != nil }
    #expect(kept == Array(2 * AdoptionCache.capacity..<3 * AdoptionCache.capacity))
    cache.insert(adopted, for: key(kept[0]), now: 5)
    #expect(cache.find(key(kept[0]), now: 4 + AdoptionCache.lifeMicroseconds) == adopted)
    #expect(cache.find(key(kept[1]), now: AdoptionCache.lifeMicroseconds) == nil)
  }
}
