import FoundationEssentials
import IrisSystem

/// Whether Gemini takes each key and knows the first model: one request a key that costs no tokens
/// (`models.get`, <https://ai.google.dev/api/models#method:-models.get>).
struct ModelChecks {
  private static let name = "gemini"
  private static let milliseconds = 5_000
  /// The description of a model is 1 or 2 KiB.
  private static let maximumBytes = 1 << 20

  private let settings: GeminiSettings
  private let connectSeconds: Int
  private let transport: Gemini.Transport

  init(_ configuration: Configuration, transport: @escaping Gemini.Transport) {
    settings = configuration.gemini
    connectSeconds = configuration.chat.connectTimeoutSeconds
    self.transport = transport
  }

  /// A server that cannot be reached is told once.
  func findings() -> [Finding] {
    guard !settings.keys.isEmpty, let model = settings.models.first else {
      return [
        .warning(
          ModelChecks.name, "there is no key: the offline Alessio answers", advice: "set IRIS_GEMINI_API_KEYS")
      ]
    }
    var findings: [Finding] = []
    for (index, key) in settings.keys.enumerated() {
      let name = "\(ModelChecks.name) key \(index + 1)"
      do throws(ProviderFailure) {
        try ask(model, key)
        findings.append(.ok(name, "is accepted and knows \(model)"))
      } catch .unreachable(let obstacle) {
        return findings + [unreachable(ModelChecks.words(obstacle))]
      } catch .timedOut {
        return findings + [unreachable("no answer within \(ModelChecks.milliseconds / 1_000) s")]
      } catch {
        findings.append(ModelChecks.finding(name, model, error))
      }
    }
    return findings
  }

  private func ask(_ model: String, _ key: Secret) throws(ProviderFailure) {
    let request = CurlRequest(
      method: "GET", url: GeminiRequest.modelURL(baseURL: settings.baseURL, model: model),
      headers: ["x-goog-api-key: \(key.exposed)"])
    let limits = TransferLimits(
      connectTimeoutMilliseconds: min(connectSeconds * 1_000, ModelChecks.milliseconds),
      deadlineMilliseconds: ModelChecks.milliseconds, maximumBytes: ModelChecks.maximumBytes)
    let reply: CurlReply
    do throws(CurlError) { reply = try transport(request, limits, nil, nil) } catch { throw ProviderFailure(error) }
    guard (200...299).contains(reply.status) else { throw GeminiFailure.from(reply) }
    guard (try? JSONDecoder().decode(Model.self, from: Data(reply.body))) != nil else { throw .malformed }
  }

  private struct Model: Decodable { let name: String }

  private func unreachable(_ reason: String) -> Finding {
    .failed(
      ModelChecks.name, "\(settings.baseURL) cannot be reached: \(reason)",
      advice: "check name service, firewall and \(Variable.geminiBaseURL.rawValue)")
  }

  private static func words(_ obstacle: ProviderFailure.Obstacle) -> String {
    switch obstacle {
    case .address: "libcurl cannot ask such an address"
    case .name: "its name is not known"
    case .connection: "no connection"
    case .certificate: "TLS failed, or the certificate does not prove the host"
    case .interruption: "the connection broke"
    }
  }

  /// What an answer other than the model's description means.
  static func finding(_ name: String, _ model: String, _ failure: ProviderFailure) -> Finding {
    switch failure {
    case .keyRejected:
      .failed(name, "is refused", advice: "make a new key at https://aistudio.google.com/apikey")
    case .forbidden:
      .failed(
        name, "may not use Gemini: its project has not enabled it, or the key was reported leaked",
        advice: "enable the Gemini API and billing in the key's project, or make a new key")
    case .creditExhausted:
      .failed(name, "has no credit left", advice: "top up the key's project")
    case .configuration:
      .failed(
        name, "Gemini does not serve this host, for instance because of its region",
        advice: "serve from a region that Google lists, or enable billing in the key's project")
    case .modelGone:
      .warning(name, "does not know \(model)", advice: "name another model first in IRIS_GEMINI_MODELS")
    case .rateLimited:
      .warning(name, "has used up a quota", advice: "wait, add a key of another project, or raise the project's quota")
    case .overloaded, .transient:
      .warning(name, "Gemini has a fault of its own (\(failure.logWord))", advice: "try again in a minute")
    default:
      .warning(
        name, "is answered as Gemini does not answer (\(failure.logWord))",
        advice: "check IRIS_GEMINI_BASE_URL, and any proxy on the way")
    }
  }
}
