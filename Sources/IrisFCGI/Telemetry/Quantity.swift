/// Sizes and times as people read them: two or three digits and a unit.
enum Quantity {
  private static let units = ["KiB", "MiB", "GiB", "TiB"]

  /// Bytes, such as `512 B` or `2.1 MiB`.
  static func bytes(_ count: UInt64) -> String {
    guard count >= 1_024 else { return "\(count) B" }
    var tenths = Double(count) / 102.4
    var unit = 0
    while tenths >= 10_239.5, unit < units.count - 1 {
      tenths /= 1_024
      unit += 1
    }
    return "\(decimal(Int64(tenths.rounded()), 10)) \(units[unit])"
  }

  /// How long an answer takes, such as `0.9 ms` or `1.3 s`.
  static func latency(microseconds: Int64) -> String {
    let time = max(0, microseconds)
    switch time {
    case ..<100_000: return "\(decimal((time + 50) / 100, 10)) ms"
    case ..<1_000_000: return "\((time + 500) / 1_000) ms"
    default: return elapsed(microseconds: time)
    }
  }

  /// How long something lasts, such as `12.3 s`, `4 min 5 s` or `3 d 4 h`; rounded down.
  static func elapsed(microseconds: Int64) -> String {
    let seconds = max(0, microseconds) / 1_000_000
    switch seconds {
    case ..<60: return "\(decimal(max(0, microseconds) / 100_000, 10)) s"
    case ..<3_600: return "\(seconds / 60) min \(seconds % 60) s"
    case ..<86_400: return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    default: return "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
    }
  }

  /// How often, such as `0.4` or `123`.
  static func rate(_ perSecond: Double) -> String {
    guard perSecond.isFinite, perSecond >= 0, perSecond < 1e15 else { return "?" }
    return perSecond < 99.95 ? decimal(Int64((perSecond * 10).rounded()), 10) : "\(Int64(perSecond.rounded()))"
  }

  /// Microseconds in milliseconds, or whatever has three decimals, exactly: `1.25` is 1250.
  static func thousandths(_ value: Int64) -> String {
    let digits = String(value % 1_000)
    let fraction = String(repeating: "0", count: 3 - digits.count) + digits
    let significant = fraction.reversed().drop { $0 == "0" }.reversed()
    return significant.isEmpty ? "\(value / 1_000)" : "\(value / 1_000)." + String(significant)
  }

  /// - Parameter value: so many tenths, not below 0.
  private static func decimal(_ value: Int64, _ parts: Int64) -> String { "\(value / parts).\(value % parts)" }
}
