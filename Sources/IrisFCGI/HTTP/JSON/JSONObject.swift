/// An object to be written, its members in the order of its literal. No name may come twice.
struct JSONObject: JSONWritable, ExpressibleByDictionaryLiteral {
  private var members: [(name: String, value: any JSONWritable)]

  init(dictionaryLiteral members: (String, any JSONWritable)...) { self.members = members.map { ($0.0, $0.1) } }

  /// The members in the order of their names, so that equal dictionaries are equal bytes.
  init(_ members: [String: some JSONWritable]) {
    self.members = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  mutating func add(_ name: String, _ value: some JSONWritable) { members.append((name, value)) }

  func write(to json: inout JSONBytes) {
    json.raw("{")
    for (index, member) in members.enumerated() {
      if index > 0 { json.raw(",") }
      json.string(member.name)
      json.raw(":")
      member.value.write(to: &json)
    }
    json.raw("}")
  }
}
