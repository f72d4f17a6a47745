import IrisDomain
import Testing

struct QuotientTests {
  private static let cases: [(numerator: Int, denominator: Int, decimals: Int, expected: Double?)] = [
    (0, 5, 3, 0), (1, 3, 3, 0.333), (2, 3, 3, 0.667), (5, 5, 3, 1), (7, 16, 3, 0.438), (1, 1_000, 3, 0.001),
    (1, 2_001, 3, 0), (1, 2_000, 3, 0.001), (29, 7, 1, 4.1), (425, 100, 1, 4.3), (424, 100, 1, 4.2), (9, 2, 2, 4.5),
    (34, 1_000, 3, 0.034), (1, 0, 3, nil), (0, 0, 1, nil), (1, -1, 1, nil), (-5, 2, 1, 0),
    (.max, 2, 3, nil),
  ]

  @Test(arguments: cases)
  func `rounds to the nearest, halves up`(
    numerator: Int, denominator: Int, decimals: Int, expected: Double?
  ) {
    #expect(Quotient(numerator, over: denominator).rounded(decimals: decimals) == expected)
  }

  @Test func `whole numbers`() {
    let found = [(17_502, 12), (17_501, 12), (1, 2), (0, 1), (1, 0), (.max, .max)].map {
      Quotient($0.0, over: $0.1).whole
    }
    #expect(found == [1_459, 1_458, 1, 0, nil, 1])
  }

  @Test func `a rounded number is written with no more digits than it has`() {
    for thousandths in 0...1_000 {
      let text = Quotient(thousandths, over: 1_000).rounded(decimals: 3)?.description ?? ""
      #expect(text.count <= 5, "\(text)")
    }
  }
}
