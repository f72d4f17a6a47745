import IrisDomain

/// How many days rows are kept (`IRIS_RETENTION_DAYS`).
struct Retention: Equatable, Sendable {
  var eventDays: Int
  var messageDays: Int
  var errorDays: Int
}

/// The small grammars for limits and retention. What a value leaves out keeps the number of the default.
enum RuleSyntax {
  private static let largest = 1_000_000_000

  /// The option table's limits.
  static let standardLimits: Limits = {
    let unlimited = TierLimits(messagesPerDay: nil, messagesPerMinute: nil, lettersPerMonth: nil)
    let text = Variable.limits.option.fallback ?? ""
    guard let limits = try? limits(text, over: Limits(free: unlimited, premium: unlimited)) else {
      preconditionFailure("IRIS_LIMITS has no valid fallback in the option table")
    }
    return limits
  }()

  /// The option table's days.
  static let standardRetention: Retention = {
    let text = Variable.retentionDays.option.fallback ?? ""
    let nothing = Retention(eventDays: 0, messageDays: 0, errorDays: 0)
    guard let retention = try? retention(text, over: nothing) else {
      preconditionFailure("IRIS_RETENTION_DAYS has no valid fallback in the option table")
    }
    return retention
  }()

  /// `free=10/day,3/minute,2/letters;premium=none/day,10/minute,none/letters`; `none` lifts a limit.
  static func limits(_ text: String, over standard: Limits) throws(BadValue) -> Limits {
    var limits = standard
    for (tier, rules) in try assignments(text, separator: ";") {
      switch tier {
      case "free": limits.free = try tierLimits(rules, over: limits.free)
      case "premium": limits.premium = try tierLimits(rules, over: limits.premium)
      default: throw BadValue("names the tier \"\(tier)\"; there are free and premium")
      }
    }
    return limits
  }

  private static func tierLimits(_ text: String, over standard: TierLimits) throws(BadValue) -> TierLimits {
    var limits = standard
    var seen: [String] = []
    for rule in ValueSyntax.members(text) {
      let parts = rule.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw BadValue("has \"\(rule)\" where a number/period should be") }
      guard !seen.contains(parts[1]) else { throw BadValue("limits \(parts[1]) twice in one tier") }
      seen.append(parts[1])
      let number = parts[0] == "none" ? nil : try ValueSyntax.integer(parts[0], in: 1...largest)
      switch parts[1] {
      case "day": limits.messagesPerDay = number
      case "minute": limits.messagesPerMinute = number
      case "letters": limits.lettersPerMonth = number
      default: throw BadValue("has \"\(parts[1])\"; there are day, minute and letters")
      }
    }
    return limits
  }

  /// `events=395,messages=365,errors=90`, in days.
  static func retention(_ text: String, over standard: Retention) throws(BadValue) -> Retention {
    var retention = standard
    for (name, value) in try assignments(text, separator: ",") {
      let days = try ValueSyntax.integer(value, in: 1...36_500)
      switch name {
      case "events": retention.eventDays = days
      case "messages": retention.messageDays = days
      case "errors": retention.errorDays = days
      default: throw BadValue("names \"\(name)\"; there are events, messages and errors")
      }
    }
    return retention
  }

  /// `name=value` pairs in their order; a name given twice is a mistake.
  static func assignments(_ text: String, separator: Character) throws(BadValue) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for part in text.split(separator: separator, omittingEmptySubsequences: false) {
      guard let equals = part.firstIndex(of: "=") else {
        throw BadValue("has \"\(ValueSyntax.trimmed(part))\" where name=value should be")
      }
      let name = ValueSyntax.trimmed(part[..<equals])
      guard !pairs.contains(where: { $0.name == name }) else { throw BadValue("gives \(name) twice") }
      pairs.append((name, ValueSyntax.trimmed(part[part.index(after: equals)...])))
    }
    return pairs
  }
}
