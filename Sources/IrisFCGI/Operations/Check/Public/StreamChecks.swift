import IrisSystem

/// Whether a chat's text arrives as it is written. It takes an account: that of a token which the caller gives, or one that is
/// made in the database for this question and erased after it.
struct StreamChecks {
  static let name = "stream"
  /// A few digits, since no cache keeps such a question, and words enough for a model to take its time.
  private static let question = """
    Question de contrôle 4271 : présentez en deux cents mots environ les étapes d'une reconversion réussie.
    """

  let address: PublicAddress
  let chatDeadlineSeconds: Int
  let probe: PublicChecks.Probe
  /// An access token and what is to be done when it is not needed any more.
  let account: () throws(CommandFailure) -> (token: String, end: () -> Finding?)

  /// Ctrl-C ends the question, and the command once the account is erased.
  func findings() -> [Finding] {
    let signals = HeldSignals()
    defer { withExtendedLifetime(signals) {} }
    do throws(CommandFailure) {
      let (token, end) = try account()
      let finding = ask(token)
      return [finding, end()].compactMap { $0 }
    } catch {
      return [.skipped(Self.name, error.lines.joined(separator: " "))]
    }
  }

  /// What looks held back is asked for twice: a model may have thought long and then said all at once.
  private func ask(_ token: String) -> Finding {
    var finding = once(token)
    if finding.status == .failed, finding.found.hasPrefix("all of its") { finding = once(token) }
    return finding
  }

  private func once(_ token: String) -> Finding {
    let request = HTTPProbe.Request(
      "POST", address.url("/api/v1/chat"),
      headers: [
        "Content-Type: application/json", "Accept: text/event-stream", "Authorization: Bearer \(token)",
      ], body: JSONBytes(["message": Self.question] as JSONObject).bytes,
      deadlineMilliseconds: (chatDeadlineSeconds + 10) * 1_000)
    let start = Clock.monotonicMicroseconds
    do throws(CurlError) {
      return Self.judge(try probe(request), since: start)
    } catch {
      return .failed(Self.name, "broke off: \(error.peerWords)", advice: "look into the logs of nginx and the workers")
    }
  }

  static func judge(_ reply: HTTPProbe.Reply, since start: Int64) -> Finding {
    guard reply.status == 200, reply.values("content-type").first?.hasPrefix("text/event-stream") == true else {
      return .failed(
        name, "a chat is answered with status \(reply.status) and no stream", advice: "look into the workers' log")
    }
    switch StreamTrace(reply.pieces).verdict(since: start) {
    case .streams(let deltas, let milliseconds):
      return .ok(name, "\(deltas) parts came over \(milliseconds) ms, as they were written")
    case .held(let deltas, let milliseconds):
      return .failed(
        name, "all of its \(deltas) parts came at once, after \(milliseconds) ms: something on the way buffers",
        advice: "in each proxy before Iris: proxy_buffering off, gzip off (operations.md, Streams)")
    case .unproven(let reason):
      return .warning(
        name, "not proved: \(reason)",
        advice: "ask again when a model answers; operations.md, Streams, has a way by hand")
    case .failed(let reason):
      return .failed(name, "a chat's stream is not whole: \(reason)", advice: "look into the workers' log")
    }
  }
}
