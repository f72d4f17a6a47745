/// When one account's use is worth a look: a token that was stolen, or an account that serves many.
package enum UnusualUse {
  /// Charged messages of a day that never count as unusual.
  package static let floor = 50
  /// So many times the account's own average per day.
  package static let factor = 10
  /// Days before this one that the average is taken over, those without a message included.
  package static let days = 30
  /// Accounts of one day that are told, those with most messages first.
  package static let most = 20
}
