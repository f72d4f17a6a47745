import IrisDomain

/// Prices by model (`IRIS_PRICES`): `model=in/out/cached` per million tokens, separated by semicolons. Without its third
/// number, cached input costs what other input costs. `currency=EUR` may come first; else it is USD, which is what the
/// built-in table is in. A configured table replaces the built-in one as a whole.
struct PriceTable: Equatable, Sendable {
  var currency: String
  var byModel: [String: TokenPrice]

  /// Google's list prices as read in November 2026. A model that is not listed has no known cost.
  static let builtIn = """
    gemini-3.5-flash-lite=0.30/2.50/0.03;gemini-3.1-flash-lite=0.25/1.50/0.025;\
    gemini-2.5-flash-lite=0.10/0.40/0.01;gemini-3.6-flash=0.75/3.75/0.075;gemini-3.8-flash=0.75/3.75/0.075
    """

  static func parse(_ text: String) throws(BadValue) -> PriceTable {
    var table = PriceTable(currency: "USD", byModel: [:])
    for (index, pair) in try RuleSyntax.assignments(text, separator: ";").enumerated() {
      if pair.name == "currency" {
        guard index == 0 else { throw BadValue("names the currency after a price") }
        table.currency = try currency(pair.value)
      } else {
        table.byModel[try ValueSyntax.model(pair.name)] = try price(pair.value)
      }
    }
    return table
  }

  private static func price(_ text: String) throws(BadValue) -> TokenPrice {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(numbers.count) else { throw BadValue("has \"\(text)\" where in/out/cached should be") }
    let input = try ValueSyntax.millionths(numbers[0])
    let output = try ValueSyntax.millionths(numbers[1])
    return TokenPrice(
      input: input, output: output, cached: numbers.count == 3 ? try ValueSyntax.millionths(numbers[2]) : input)
  }

  /// Three capital letters (ISO 4217).
  private static func currency(_ text: String) throws(BadValue) -> String {
    guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
      throw BadValue("has \"\(text)\" where a currency of three capital letters should be")
    }
    return text
  }
}
