/// A page of metrics while it is written, in Prometheus' text format 0.0.4
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
struct MetricsPage {
  enum Kind: String {
    case counter, gauge, histogram
  }

  typealias Labels = KeyValuePairs<String, String>

  private(set) var text = ""
  private var name = ""

  /// Begins a metric; samples follow.
  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    self.name = name
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// - Parameter labels: written in the order of the literal.
  mutating func sample(_ labels: Labels, _ value: String) { write(name, MetricsPage.written(labels), value) }

  mutating func sample(_ labels: Labels, _ value: UInt64) { sample(labels, String(value)) }

  /// A count that has no labels is a metric of its own.
  mutating func counter(_ name: String, _ value: UInt64, _ help: String) {
    begin(name, .counter, help)
    sample([:], value)
  }

  mutating func gauge(_ name: String, _ value: String, _ help: String) {
    begin(name, .gauge, help)
    sample([:], value)
  }

  /// All samples of a histogram, in seconds.
  mutating func sample(_ labels: Labels, _ histogram: Histogram) {
    let list = MetricsPage.written(labels)
    let before = list.isEmpty ? "" : list + ","
    var count: UInt64 = 0
    for (index, occurrences) in histogram.counts.enumerated() {
      count &+= occurrences
      write("\(name)_bucket", "\(before)le=\"\(MetricsPage.bounds[index])\"", String(count))
    }
    write("\(name)_sum", list, MetricsPage.millionths(histogram.sum))
    write("\(name)_count", list, String(count))
  }

  /// Microseconds in seconds, micro-units in units: without the rounding of a floating-point number.
  static func millionths(_ value: UInt64) -> String {
    let fraction = String(value % 1_000_000)
    let digits = String(repeating: "0", count: 6 - fraction.count) + fraction
    let significant = digits.reversed().drop { $0 == "0" }.reversed()
    return significant.isEmpty ? String(value / 1_000_000) : "\(value / 1_000_000)." + String(significant)
  }

  private static let bounds = Histogram.bounds.map { millionths(UInt64($0)) } + ["+Inf"]

  private mutating func write(_ name: String, _ labels: String, _ value: String) {
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }

  private static func written(_ labels: Labels) -> String {
    labels.map { "\($0.key)=\"\(MetricsPage.escaped($0.value))\"" }.joined(separator: ",")
  }

  private static func escaped(_ value: String) -> String {
    value.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
