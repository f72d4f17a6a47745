/// Times and sizes as nginx writes them (<https://nginx.org/en/docs/syntax.html>).
enum NginxValues {
  private static let milliseconds: [String: Int] = [
    "ms": 1, "s": 1_000, "": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
    "M": 2_592_000_000, "y": 31_536_000_000,
  ]

  /// Milliseconds of `90`, `90s` or `1m30s`; nil for anything else.
  static func time(_ text: String) -> Int? {
    var sum = 0
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      let unit = rest[digits.endIndex...].prefix { $0.isASCII && $0.isLetter }
      guard let number = Int(digits), let factor = milliseconds[String(unit)] else { return nil }
      let (product, overflows) = number.multipliedReportingOverflow(by: factor)
      let (total, isTooMuch) = sum.addingReportingOverflow(product)
      guard !overflows, !isTooMuch else { return nil }
      sum = total
      rest = rest[unit.endIndex...]
    }
    return sum
  }

  /// Bytes of `1024`, `8k`, `1m` or `1g`; nil for anything else.
  static func size(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let factors = ["": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
    guard let number = Int(digits), let factor = factors[text.dropFirst(digits.count).lowercased()] else { return nil }
    let (size, overflows) = number.multipliedReportingOverflow(by: factor)
    return overflows ? nil : size
  }
}
