/// A figure before it is rounded: exact, as two whole numbers.
package struct Quotient: Equatable, Sendable {
  package var numerator: Int
  package var denominator: Int

  package init(_ numerator: Int, over denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// The nearest whole number; halves go up.
  /// - Returns: nil over nothing.
  package var whole: Int? { scaled(by: 1) }

  /// The nearest number with so many decimals; halves go up. Its shortest decimal form has no more digits than that.
  package func rounded(decimals: Int) -> Double? {
    let scale = (0..<decimals).reduce(1) { scale, _ in scale * 10 }
    return scaled(by: scale).map { Double($0) / Double(scale) }
  }

  /// For counts and sums of milliseconds: as 64-bit numbers, nothing that a service counts overflows here.
  private func scaled(by scale: Int) -> Int? {
    guard denominator > 0 else { return nil }
    let (scaledNumerator, overflow) = max(0, numerator).multipliedReportingOverflow(by: scale)
    guard !overflow else { return nil }
    let (quotient, remainder) = scaledNumerator.quotientAndRemainder(dividingBy: denominator)
    return remainder >= denominator - remainder ? quotient + 1 : quotient
  }
}
