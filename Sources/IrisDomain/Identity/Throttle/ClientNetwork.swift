/// What stands for one client where its attempts are counted: an IPv4 address, or the /64 network of an IPv6 address, since
/// that is what one subscriber has at least (RFC 6177 §2), with 2^64 addresses to choose from.
package struct ClientNetwork: Equatable, Sendable {
  /// One spelling for one network.
  package let text: String

  /// Reads an address as a front end gives it, without a port.
  /// - Returns: nil for what is no address, such as nginx's `unix:`: clients that cannot be told apart must not be taken
  ///   for one.
  package init?(_ remoteAddress: String) {
    if let address = ClientNetwork.ipv4(Substring(remoteAddress)) {
      text = ClientNetwork.dotted(address)
      return
    }
    guard let groups = ClientNetwork.ipv6(remoteAddress) else { return nil }
    // An IPv4 client of a socket that listens to both (RFC 4291 §2.5.5.2).
    if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
      text = ClientNetwork.dotted([groups[6] >> 8, groups[6] & 0xFF, groups[7] >> 8, groups[7] & 0xFF])
    } else {
      text = groups[..<4].map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
  }

  private static func dotted(_ numbers: [UInt16]) -> String { numbers.map { String($0) }.joined(separator: ".") }

  /// Four decimal numbers without leading zeros, which some readers take for octal.
  private static func ipv4(_ text: Substring) -> [UInt16]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let numbers = parts.compactMap { part -> UInt16? in
      guard (1...3).contains(part.utf8.count), part == "0" || part.first != "0",
        part.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
      return UInt8(part).map { UInt16($0) }
    }
    return numbers.count == 4 ? numbers : nil
  }

  /// The eight groups of RFC 4291 §2.2: `::` stands once for the zeros that are missing, the last two may be an IPv4 address.
  private static func ipv6(_ text: String) -> [UInt16]? {
    let utf8 = Array(text.utf8)
    let doubled = utf8.indices.dropLast().filter { utf8[$0] == UInt8(ascii: ":") && utf8[$0 + 1] == UInt8(ascii: ":") }
    guard let gap = doubled.first else {
      let groups = groups(utf8[...], endsAddress: true)
      return groups?.count == 8 ? groups : nil
    }
    guard doubled.count == 1, let before = groups(utf8[..<gap], endsAddress: false),
      let after = groups(utf8[(gap + 2)...], endsAddress: true), before.count + after.count <= 7
    else { return nil }
    return before + [UInt16](repeating: 0, count: 8 - before.count - after.count) + after
  }

  private static func groups(_ utf8: ArraySlice<UInt8>, endsAddress: Bool) -> [UInt16]? {
    guard !utf8.isEmpty else { return [] }
    let parts = utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    var groups: [UInt16] = []
    for (index, part) in parts.enumerated() {
      if endsAddress, index == parts.count - 1, let numbers = ipv4(part[...]) {
        groups += [numbers[0] << 8 | numbers[1], numbers[2] << 8 | numbers[3]]
      } else if (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit), let group = UInt16(part, radix: 16)
      {
        groups.append(group)
      } else {
        return nil
      }
    }
    return groups
  }

  /// `UInt16(_:radix:)` alone would take a sign, too.
  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
