import IrisDomain
import Testing

@testable import IrisFCGI

struct ProblemTests {
  private static func reply(_ problem: Problem, language: String? = nil) -> Reply {
    Reply(problem.response(to: .test("GET", "/", language: language)))
  }

  @Test(arguments: [Problem.Kind.rateLimited, .dailyQuotaExceeded, .unavailable, .notFound])
  func `no refusal stands before the numbers that help`(kind: Problem.Kind) {
    var problem = Problem(kind)
    problem.upgradeURL = "https://exemple.test/premium"
    #expect(problem.helping("Comment refaire mon CV ?") == problem)
    for language in ["fr", "en"] {
      let french = Self.reply(problem.helping("Je veux mourir"), language: language)
      #expect(french["detail"]?.text == Distress.help && french["upgrade_url"] == nil && french.status == kind.status)
      #expect(Self.reply(problem.helping("I want to die"), language: language)["detail"]?.text == Distress.helpEnglish)
    }
  }

  /// The contract's table of statuses.
  @Test(arguments: [
    ("invalid_json", 400), ("incomplete_body", 400), ("missing_token", 401), ("invalid_token", 401),
    ("expired_token", 401), ("session_revoked", 401), ("invalid_credentials", 401), ("forbidden", 403),
    ("account_disabled", 403), ("premium_required", 403), ("not_found", 404), ("method_not_allowed", 405),
    ("email_taken", 409), ("body_too_large", 413), ("unsupported_media_type", 415), ("validation_failed", 422),
    ("rate_limited", 429), ("daily_quota_exceeded", 429), ("internal_error", 500), ("unavailable", 503),
    ("in_progress", 409), ("idempotency_mismatch", 422), ("upstream_failed", 502),
  ])
  func `a code and its status`(code: String, status: Int) throws {
    #expect(try #require(Problem.Kind(rawValue: code)).status == status)
  }

  @Test(arguments: Problem.Kind.allCases) func `every kind is a whole document in both languages`(kind: Problem.Kind) {
    let (french, english) = (Self.reply(Problem(kind)), Self.reply(Problem(kind), language: "en"))
    for (reply, language) in [(french, "fr"), (english, "en")] {
      #expect(reply.json.names == ["type", "title", "status", "detail", "instance", "code"])
      #expect(reply["type"]?.text == "about:blank" && reply.code == kind.rawValue)
      #expect(reply["status"]?.number == Double(kind.status) && reply.status == kind.status)
      #expect(reply["instance"]?.text == "0123456789abcdef0123456789abcdef")
      #expect(reply.field("Content-Type") == "application/problem+json" && reply.field("Content-Language") == language)
      #expect(reply.response.code == kind.rawValue)
      for member in ["title", "detail"] {
        let text = reply[member]?.text ?? ""
        #expect(text.count >= 8 && text.first?.isUppercase == true, "\(member): \(text)")
      }
      #expect(reply["detail"]?.text?.hasSuffix(".") == true && reply["title"]?.text?.hasSuffix(".") == false)
    }
    #expect(french["title"] != english["title"] && french["detail"] != english["detail"])
  }

  @Test(arguments: Problem.Kind.allCases) func `every 401 says how to log in, nothing else does`(kind: Problem.Kind) {
    var problem = Problem(kind)
    problem.addAddresses(PublicAddresses(site: "https://s", login: "https://l", upgrade: "https://u"))
    let reply = Self.reply(problem)
    #expect((reply["login_url"]?.text == "https://l") == (kind.status == 401))
    #expect((reply["upgrade_url"]?.text == "https://u") == (kind == .premiumRequired))
    let challenge = reply.field("WWW-Authenticate")
    #expect((challenge != nil) == (kind.status == 401))
    switch kind {
    case .missingToken, .invalidCredentials: #expect(challenge == "Bearer realm=\"iris\"")
    case .invalidToken, .expiredToken, .sessionRevoked:
      #expect(challenge?.hasSuffix(", error=\"invalid_token\"") == true)
    default: break
    }
  }

  @Test(arguments: Problem.Kind.allCases) func `503 alone brings a Retry-After of its own`(kind: Problem.Kind) {
    #expect(Self.reply(Problem(kind)).field("Retry-After") == (kind == .unavailable ? "2" : nil))
  }

  @Test func `what a problem has to add stands in its document and its fields`() {
    var problem = Problem(.validationFailed, detail: LocalizedText("Détail \"précis\".", en: "Precise."))
    problem.fieldErrors = [
      Problem.FieldError(pointer: "/a~1b", code: "type", detail: LocalizedText("Faux.", en: "Wrong."))
    ]
    problem.retryAfter = 7
    problem.upgradeURL = "https://u"
    problem.fields = [Response.Field(name: "Allow", value: "GET")]
    let (french, english) = (Self.reply(problem), Self.reply(problem, language: "en"))
    #expect(french["detail"]?.text == "Détail \"précis\"." && english["detail"]?.text == "Precise.")
    #expect(
      english["errors"]?.items == [
        .object(["pointer": .string("/a~1b"), "code": .string("type"), "detail": .string("Wrong.")])
      ])
    #expect(french["errors"]?.items.first?["detail"]?.text == "Faux.")
    #expect(
      french.field("Retry-After") == "7" && french.field("allow") == "GET" && french["upgrade_url"]?.text == "https://u"
    )
  }

  @Test(arguments: Problem.Kind.allCases) func `no text tells how we are built`(kind: Problem.Kind) {
    for text in [kind.title, kind.detail] {
      for word in ["sql", "postgres", "swift", "nginx", "null", "nil", "/var", "exception", "gemini", "localhost"] {
        #expect(!text.french.lowercased().contains(word) && !text.english.lowercased().contains(word), "\(word)")
      }
    }
  }
}
