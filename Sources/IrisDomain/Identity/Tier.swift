/// What a user has paid for, or was granted. The database decides which one counts now: a beta grant makes a free
/// account premium to the end of its last day.
package enum Tier: String, Codable, CaseIterable, Sendable {
  case free
  case premium
}
