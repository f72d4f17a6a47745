import IrisSystem

extension LocalQuotas {
  /// A turn of the spool is in the database now, or never will be because its account is gone. To be called after the
  /// database has it: in between it counts twice.
  /// - Parameter isNew: whether the database took it just now.
  func replayed(_ turn: SpooledRecord.Turn, isNew: Bool) {
    if turn.isCharged, let asked = Identifier.milliseconds(ofV7: turn.questionID) {
      replayed(turn.id, of: turn.user, asked: asked, isNew: isNew, now: Clock.realtimeMilliseconds)
    }
    if let key = turn.key { keys.release(key, of: turn.user) }
  }
}
