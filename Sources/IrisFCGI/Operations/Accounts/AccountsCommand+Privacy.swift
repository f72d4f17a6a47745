import IrisDomain
import IrisSystem

/// What the law gives everyone, and who is logged in.
extension AccountsCommand {
  func erase(_ reference: UserReference, isConfirmed: Bool) throws(CommandFailure) {
    try command.requirePseudonyms()
    let record = try find(reference)
    if !isConfirmed { try confirmation.require(erasureOf: record, output.console) }
    switch try command.run({ try command.services.personalData.erase(user: record.id, session: nil) }) {
    case .granted: output.erased(record)
    case .refused(.notFound): throw .unknown(reference)
    case .refused: throw CommandFailure("\(record.name) changed at this moment; nothing was erased, try again")
    }
  }

  /// - Parameter path: of the file, which nobody else may read; nil: standard output.
  func export(_ reference: UserReference, to path: String?) throws(CommandFailure) {
    let record = try find(reference)
    guard let path else {
      return try export(record, reference) { output.console.write($0) }
    }
    var bytes: [UInt8] = []
    try export(record, reference) { bytes.append(contentsOf: $0.utf8) }
    try command.run { try Files.replace(path, with: bytes) }
    output.exported(record, to: path)
  }

  private func export(
    _ record: AccountRecord, _ reference: UserReference, take: (String) -> Void
  ) throws(CommandFailure) {
    let given = try command.run {
      try command.services.personalData.export(user: record.id, session: nil) { part, _ in
        take(part)
        return true
      }
    }
    guard case .granted = given else { throw .unknown(reference) }
    take("\n")
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
