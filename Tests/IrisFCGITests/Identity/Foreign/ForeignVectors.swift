import IrisSystem

@testable import IrisFCGI

/// Tokens of another issuer, signed elsewhere (Python's cryptography) with keys that were thrown away: header and payload are
/// made here, byte for byte as they were signed.
enum ForeignVectors {
  static let now = 1_800_000_000.0
  static let issuer = ExternalIssuer(
    issuer: "https://id.example/auth", audience: "authenticated", keys: .address("https://id.example/jwks"))

  /// - Parameter signature: one of those below.
  static func token(
    _ algorithm: String, _ id: String?, _ signature: String, exp: Int = 1_800_003_600, issuer: String = issuer.issuer,
    also: String = ""
  ) -> String {
    let kid = id.map { #","kid":"\#($0)""# } ?? ""
    let header = #"{"alg":"\#(algorithm)"\#(kid)}"#
    let payload = """
      {"iss":"\(issuer)","sub":"person-1","aud":"authenticated","iat":1800000000,"exp":\(exp),"session_id":"login-1"\(also)}
      """
    return Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8)) + "." + signature
  }

  static let rsaKey = #"{"kty":"RSA","kid":"r","n":"\#(rsaModulus)","e":"AQAB"}"#
  static let ecKey = #"{"kty":"EC","crv":"P-256","kid":"e","alg":"ES256","use":"sig","x":"\#(ecX)","y":"\#(ecY)"}"#
  static let newKeyOfSet = #"{"kty":"EC","crv":"P-256","kid":"n","x":"\#(newX)","y":"\#(newY)"}"#
  static let edKey = #"{"kty":"OKP","crv":"Ed25519","kid":"o","x":"\#(ed25519)"}"#

  static func set(_ keys: String...) -> [UInt8] { Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8) }

  /// An RSA key of 2048 bits with the exponent 65537.
  static let rsaModulus = """
    qGyzo9Ob5M687yTXgt8IZjFdcR6NE5M5yTR0n55qkKGAFABP9N9J_C5dmqICYyzWQkICC9QuvkIF8zcnA6pkAG9PRguTcF6543xJBI0e\
    YICo34mO7voRmvmpuwyMSC7iYO1YPWOCPf3yJBFGEyyIPWRYbKeyuqtvhs4zlK2kdR8jmoXEt_hCX9VOiSGFXJn_l8OfyLLeabtHn68-\
    iD85ycCUdyUbkJuDYIQouRqzPDMYQRoYb9oOTDAL8FEiaiye9WCiZ5oD9WhcPDAC9nfQ5CqBeDRt8BZuHwKvwiSQCJNeZFx3Zn-gURDi\
    JwMNlQHamPM8Ijqr05V8n42NEuY1XQ
    """

  /// Of the header with `kid` r.
  static let rs256 = """
    LseJgkkoDQVMPbkIcsCObut4Pe1rCoX-MfombY8r3F8jtPSuk9SgPsh_vgqTZu3uyW6n791ZC2U1R17g0fy1uTviaq2hDO2NuXTtE-h0\
    6scPwccLRz6y8B8m1EiIMtCcvTx2liGUqBVa4ZW2tX_7tgU9Gxn1U-2aL_k5fn7oKALjjMxtMLTR_Wpi5LLtu6r1wl64eVF4ia48QuT-\
    DgX77NA6qhrzJYkVUbINL8mb4M1wsSM4lqW3D7VkbKt7RH8h0PhRFJlISQbsXMjsurqhc7wIZYq8wejpgM6EYoquh0be-PKprbFOylHv\
    N25cqxcYxBpoG3qu_D3F9IZfuM221w
    """

  /// Of the header with `kid` r.
  static let ps256 = """
    XZ5JKxyCQcNgVOydO7sR0RDwCv9MUBbV5yinYTv7M-zfctPB_BPqvTu1uddJYWw6c4O6HzWBX_c2sqmj_Jq9fVC8Ziv2y7ZSBcWZAyHs\
    ywMILp55s0dOcQn8CKcET4Isk7pd2pMixg2CbeSXFrPk3Cgp3pd-HJNeh6fF6wWgN3q6vts_eH1dwDtGHz9Lrx5IJ72zopeNs5YfwaKT\
    OJGu_hO7j1GYq_leyHTZTysZNQeNHQ3DXs_Q2FpzV5IeuWGB-s0fnnMUZH6lfiKV3WADK6kN_PgwUyEEcQXAXgyxVCtYnIIGgCGnoacC\
    bOy_dU2ntaiqQO0Hus3V4tSAd5-BQw
    """

  /// A key on P-256.
  static let ecX = "y2zr938PckeG6UzrFI5qLZMCkbQOr5VYrHMP7KrEAOI"

  /// Its other coordinate.
  static let ecY = "jNtucg64PUftasxREBRtDC4HMmwnWct7lU-iuqag1fw"

  /// Of the header with `kid` e.
  static let es256 = "8yO0to9YGkqc21Lfc9aiDyCP6AG-9BLW1cypqjuiTyx6q2HwV0G7RgaVgaga01rdNkV_f3ezos5vZwke0Ay1kA"

  /// Of the header without `kid`.
  static let es256WithoutID = "3TOHWmlTxUNfXzDgz57HH_qqYSXHmLi7xTU8wMOOZQTWMOzNRJtImDMC6McYg1KQo_7RXSq3o0u4VW0FDKoU5A"

  /// The same with `exp` 1800000000.
  static let es256Expired = "0ygoHDvBx5UeOefcJxqhIWoF901A0nuKuxdcc4KmLh3ipCuHQ1eW4Lqk1hC34y6LlySgKIINgs_6zNN-ZQcAvQ"

  /// The same with a slash behind `iss`.
  static let es256OtherIssuer = "pAZSVvfD4CJ-7smbJHkFbTvLOjcsUiCAcjik7eUKHrdqzv7wxmC6oppGfovPUPTRVkcCX6mK6QOZk4_dSr-Dyg"

  /// The same with `is_anonymous`.
  static let es256Anonymous = "fRHZICoBlmDIY-94-tPAtba26Lsv8w16E44-sjJoSgqoVQZPmc4jG98DNSyJtEzrSuchmvuPsyEGBzj_Xe9HUg"

  /// Another key on P-256.
  static let newX = "7mwZyS690VgdsUwG474kWMyG35EvPDS-jH6xN8ohc5A"

  /// Its other coordinate.
  static let newY = "73VIyOkci65UsO6a2BuZgzRPpbYYT03uDKA0HfC4N3E"

  /// Of the other key, of the header with `kid` n.
  static let newKey = "I_l7mVq9MPRoYS4cwGtcd728a6A_8AG7vAiIWxaHEj_CxUDiuY60pX9xDK714EyC0dIBn69Iso5Z1S7w5mYLNg"

  /// An Ed25519 key.
  static let ed25519 = "YFSJS1yku7Sjx7TgRdJAWlJPcPBTq7SriexzKAC4pGY"

  /// Of the header with `kid` o.
  static let edDSA = "dPtPfevYc6sUpiDsybbSuf-lYvsqPiX4Ue0dg4uqNlJ-xmM-JqCeJZ3kKQgIuBzZqpc5zKYGu8qD-iWpV4RCBA"
}
