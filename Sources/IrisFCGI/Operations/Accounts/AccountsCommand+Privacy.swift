import IrisDomain
import IrisSystem

/// What the law gives everyone, and who is logged in.
extension AccountsCommand {
  func erase(_ reference: UserReference, isConfirmed: Bool) throws(CommandFailure) {
    try command.requirePseudonyms()
    let record = try find(reference)
    if !isConfirmed { try confirmation.require(erasureOf: record, output.console) }
    let erased = try command.run { try command.services.personalData.erase(user: record.id, session: nil) }
    guard case .granted = erased else { throw .unknown(reference) }
    output.erased(record)
  }

  /// - Parameter path: of the file, which nobody else may read; nil: standard output.
  func export(_ reference: UserReference, to path: String?) throws(CommandFailure) {
    let record = try find(reference)
    guard let path else {
      return try export(record, reference) {
        output.console.write($0)
        return true
      }
    }
    var bytes: [UInt8] = []
    try export(record, reference) {
      bytes.append(contentsOf: $0.utf8)
      return true
    }
    try command.run { try Files.replace(path, with: bytes) }
    output.exported(record, to: path)
  }

  private func export(
    _ record: AccountRecord, _ reference: UserReference, take: (String) -> Bool
  ) throws(CommandFailure) {
    let given = try command.run {
      try command.services.personalData.export(user: record.id, session: nil) { part, _ in take(part) }
    }
    guard case .granted = given else { throw .unknown(reference) }
    _ = take("\n")
  }

  func sessions(_ reference: UserReference, _ action: UserCommand.SessionsAction) throws(CommandFailure) {
    let record = try find(reference)
    switch action {
    case .list: output.show(try command.run { try command.records.sessions(of: record.id) })
    case .end(let id):
      let count = try command.run { try command.records.endSessions(of: record.id, only: id) }
      guard count > 0 else { throw CommandFailure("\(record.name) has no living session \(id)") }
      output.ended(count, of: record)
    case .endAll:
      output.ended(try command.run { try command.records.endSessions(of: record.id, only: nil) }, of: record)
    }
  }
}
