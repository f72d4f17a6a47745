/// The stored hashes that may be handed to crypt(3), recognised by their whole form.
///
/// crypt(3) takes an unknown setting for DES and a shortened hash for a setting, and works for as long as the stored
/// cost says; so a damaged or malicious row is refused here, before any work.
enum PasswordHashScheme {
  /// `$y$`, parameters, salt and 43 characters (crypt(5)): at most the library's cost 8, some 0.2 s and 128 MB.
  case yescrypt
  /// `$2a$`, `$2b$` or `$2y$`, two digits of cost, 22 characters of salt and 31: at most cost 15, some 2 s.
  case bcrypt

  /// The length of the part after the salt.
  var hashLength: Int {
    switch self {
    case .yescrypt: 43
    case .bcrypt: 31
    }
  }

  /// The most bytes of a password that the scheme takes in.
  var longestPassword: Int {
    switch self {
    case .yescrypt: Password.maximumLength
    case .bcrypt: 72
    }
  }

  /// The scheme of a well-formed hash of bearable cost, or nil.
  init?(_ hash: String) {
    let fields = hash.split(separator: "$", omittingEmptySubsequences: false).map { Array($0.utf8) }
    guard let first = fields.first, first.isEmpty, fields.dropFirst(2).joined().allSatisfy(Self.isLetter) else {
      return nil
    }
    if hash.hasPrefix("$y$"), fields.count == 5, Self.isYescrypt(fields) {
      self = .yescrypt
    } else if hash.hasPrefix("$2"), fields.count == 4, Self.isBcrypt(fields) {
      self = .bcrypt
    } else {
      return nil
    }
  }

  /// The parameters that crypt_gensalt(3) writes for cost 1 to 8: flavour `j`, the logarithm of N, and r.
  private static func isYescrypt(_ fields: [[UInt8]]) -> Bool {
    let parameters = String(decoding: fields[2], as: UTF8.self)
    let known = ["j75", "j85", "j7T", "j8T", "j9T", "jAT", "jBT", "jCT"]
    return known.contains(parameters) && (1...86).contains(fields[3].count) && fields[4].count == 43
  }

  private static func isBcrypt(_ fields: [[UInt8]]) -> Bool {
    let variant = String(decoding: fields[1], as: UTF8.self)
    let digits = String(decoding: fields[2], as: UTF8.self)
    guard ["2a", "2b", "2y"].contains(variant), digits.utf8.count == 2, let cost = Int(digits) else { return false }
    return (4...15).contains(cost) && fields[3].count == 53
  }

  /// The alphabet of crypt(3): `./0-9A-Za-z`.
  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ".")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: false
    }
  }
}
