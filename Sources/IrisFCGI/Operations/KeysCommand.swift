import IrisSystem

/// `iris-fcgi keys`: fresh secrets as lines for the environment file. Nothing is stored or read.
enum KeysCommand {
  /// The secrets that are Iris's own; keys of model servers come from their makers.
  static let variables: [Variable] = [.jwtSecret, .anonymisationKey, .serviceSecret, .backendWebhookSecret]

  /// - Parameter random: gives so many unpredictable bytes.
  static func run(
    json: Bool, console: Console = .host, random: (Int) throws(RandomError) -> [UInt8] = Random.bytes
  ) -> Int32 {
    var lines = ""
    var secrets: [String: String] = [:]
    do throws(RandomError) {
      for variable in variables {
        let secret = Base64URL.encode(try random(OptionTable.keyBytes))
        lines += "\(variable.rawValue)=\(secret)\n"
        secrets[variable.rawValue] = secret
      }
    } catch {
      console.writeError("iris-fcgi keys: \(error)\n")
      return ExitCode.failed
    }
    if json { console.writeJSON(secrets) } else { console.write(lines) }
    return ExitCode.fine
  }
}
