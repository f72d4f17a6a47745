import FoundationEssentials
import IrisSystem

/// Whether Gemini takes each key and knows the first model: one request a key that costs no tokens
/// (`models.get`, <https://ai.google.dev/api/models#method:-models.get>).
struct ModelChecks {
  private static let name = "gemini"
  private static let milliseconds = 5_000
  /// The description of a model is 1 or 2 KiB, the list of a large market of models some 500.
  private static let maximumBytes = 8 << 20

  private let settings: GeminiSettings
  private let backup: BackupSettings?
  private let connectSeconds: Int
  private let transport: Gemini.Transport

  init(_ configuration: Configuration, transport: @escaping Gemini.Transport) {
    settings = configuration.gemini
    backup = configuration.backup
    connectSeconds = configuration.chat.connectTimeoutSeconds
    self.transport = transport
  }

  func findings() -> [Finding] { geminiFindings() + backupFindings() }

  /// A server that cannot be reached is told once.
  private func geminiFindings() -> [Finding] {
    guard !settings.keys.isEmpty, let model = settings.models.first else {
      return [
        .warning(
          ModelChecks.name, "there is no key: the offline Alessio answers", advice: "set IRIS_GEMINI_API_KEYS")
      ]
    }
    var findings: [Finding] = []
    var clock: Finding?
    for (index, key) in settings.keys.enumerated() {
      let name = "\(ModelChecks.name) key \(index + 1)"
      do throws(ProviderFailure) {
        clock = try ask(model, key) ?? clock
        findings.append(.ok(name, "is accepted and knows \(model)"))
      } catch .unreachable(let obstacle) {
        return findings + [Self.unreachable(settings.baseURL, Self.words(obstacle))]
      } catch .timedOut {
        return findings + [Self.unreachable(settings.baseURL, Self.silence)]
      } catch {
        findings.append(ModelChecks.finding(name, model, error))
      }
    }
    return findings + [clock].compactMap { $0 }
  }

  /// - Returns: what the server's clock says of ours, where it is told.
  private func ask(_ model: String, _ key: Secret) throws(ProviderFailure) -> Finding? {
    let before = Clock.realtimeMicroseconds
    let reply = try get(
      GeminiRequest.modelURL(baseURL: settings.baseURL, model: model), header: "x-goog-api-key: \(key.exposed)")
    let after = Clock.realtimeMicroseconds
    guard (200...299).contains(reply.status) else { throw GeminiFailure.from(reply) }
    guard (try? JSONDecoder().decode(Model.self, from: Data(reply.body))) != nil else { throw .malformed }
    // Whole seconds, so it was half a second later at a guess.
    return reply.date.map { date in
      DatabaseFindings.clock(
        server: date * 1_000_000 + 500_000, here: (before + after) / 2, uncertainty: (after - before) / 2 + 500_000,
        peer: "the model server's")
    }
  }

  private func get(_ url: String, header: String?) throws(ProviderFailure) -> CurlReply {
    let request = CurlRequest(method: "GET", url: url, headers: header.map { [$0] } ?? [])
    let limits = TransferLimits(
      connectTimeoutMilliseconds: min(connectSeconds * 1_000, ModelChecks.milliseconds),
      deadlineMilliseconds: ModelChecks.milliseconds, maximumBytes: ModelChecks.maximumBytes)
    do throws(CurlError) { return try transport(request, limits, nil, nil) } catch { throw ProviderFailure(error) }
  }

  private struct Model: Decodable { let name: String }

  private static let silence = "no answer within \(milliseconds / 1_000) s"

  private static func unreachable(
    _ baseURL: String, _ reason: String, name: String = name, variable: Variable = .geminiBaseURL
  ) -> Finding {
    .failed(
      name, "\(baseURL) cannot be reached: \(reason)",
      advice: "check name service, firewall and \(variable.rawValue)")
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

/// Whether the backup server answers: its list of models costs nothing and every such server has one, or nearly so
/// (<https://platform.openai.com/docs/api-reference/models/list>).
extension ModelChecks {
  private static let backupName = "backup"

  private func backupFindings() -> [Finding] {
    guard let backup else { return [] }
    do throws(ProviderFailure) {
      let reply = try get(
        "\(backup.baseURL)/v1/models", header: backup.key.map { "Authorization: Bearer \($0.exposed)" })
      return [Self.finding(backup, status: reply.status)]
    } catch .unreachable(let obstacle) {
      return [Self.backupUnreachable(backup, Self.words(obstacle))]
    } catch .timedOut {
      return [Self.backupUnreachable(backup, Self.silence)]
    } catch {
      return [
        .warning(
          Self.backupName, "\(backup.baseURL) answers as no model server does (\(error.logWord))",
          advice: "check \(Variable.backupBaseURL.rawValue), and any proxy on the way")
      ]
    }
  }

  private static func backupUnreachable(_ backup: BackupSettings, _ reason: String) -> Finding {
    unreachable(backup.baseURL, reason, name: backupName, variable: .backupBaseURL)
  }

  private static func finding(_ backup: BackupSettings, status: Int) -> Finding {
    switch status {
    case 200...299: .ok(backupName, "\(backup.baseURL) answers")
    case 404: .ok(backupName, "\(backup.baseURL) answers, but lists no models, so \(backup.model) is unproven")
    case 401, 403:
      .failed(backupName, "\(backup.baseURL) refuses the key", advice: "check \(Variable.backupAPIKey.rawValue)")
    default:
      .warning(
        backupName, "\(backup.baseURL) answers with status \(status)",
        advice: "check \(Variable.backupBaseURL.rawValue), and the server's log")
    }
  }
}
