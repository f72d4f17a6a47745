import IrisDomain
import IrisSystem
import Testing

@testable import IrisFCGI

/// The outer form of a token: parts, base64url, size. None of these is worth a look at the claims.
struct AccessTokenFormTests {
  private static func outcome(_ token: String) throws -> String { try TokenForge.outcome("Bearer \(token)") }

  private static func parts() throws -> (header: String, payload: String, signature: String) {
    let parts = try TokenForge.token().split(separator: ".").map(String.init)
    return (parts[0], parts[1], parts[2])
  }

  @Test func `the token that the others are made from is good`() throws {
    #expect(try Self.outcome(TokenForge.token()) == "ok")
  }

  @Test(arguments: [
    "H", "H.P", "H.P.", "H..S", ".P.S", "..", ".", "...", "H.P.S.", ".H.P.S", "H.P.S.S", "H.P.P.P.S", "H.P.S.S.S",
    "P.H.S", "H.S.P", "H.H.S", "S.S.S", "H.P.S=", "H.P.S==", "H.P.S.", "H.P=.S", "H=.P.S", "H.P.S\n",
    "H.\nP.S", "H.P .S", "H.P.+/", "H.P.-_", "{\"payload\":\"P\",\"protected\":\"H\",\"signature\":\"S\"}",
    "{\"payload\":\"P\",\"signatures\":[{\"protected\":\"H\",\"signature\":\"S\"}]}",
  ])
  func `parts that are missing, too many, exchanged or decorated`(pattern: String) throws {
    let (header, payload, signature) = try Self.parts()
    var token = ""
    for character in pattern {
      switch character {
      case "H": token += header
      case "P": token += payload
      case "S": token += signature
      default: token.append(character)
      }
    }
    #expect(try Self.outcome(token) == "invalid_token")
  }

  @Test func `a signature of another length, wherever the difference is`() throws {
    let (header, payload, signature) = try Self.parts()
    let bytes = try #require(Base64URL.decode(signature))
    for wrong in [Array(bytes.dropLast()), Array(bytes.dropFirst()), bytes + [0], [0] + bytes, bytes + bytes, [0]] {
      #expect(try Self.outcome("\(header).\(payload).\(Base64URL.encode(wrong))") == "invalid_token")
    }
  }

  @Test func `spare bits of the signature's last character`() throws {
    let token = try TokenForge.token()
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let last = try #require(token.last.flatMap { alphabet.firstIndex(of: $0) })
    // 256 bits leave two spare ones in 43 characters: three more spellings of the same bytes.
    for spare in 1...3 {
      #expect(try Self.outcome(token.dropLast() + String(alphabet[last ^ spare])) == "invalid_token")
    }
  }

  @Test func `spare bits and padding of a payload are refused although they are signed`() throws {
    let (header, _, _) = try Self.parts()
    let text = TokenForge.payload(also: String(repeating: " ", count: 3 - TokenForge.payload().utf8.count % 3 + 1))
    let encoded = Base64URL.encode(Array(text.utf8))
    try #require(encoded.utf8.count % 4 == 2)
    #expect(try Self.outcome(TokenForge.sign("\(header).\(encoded)")) == "ok")
    let last = try #require(encoded.last?.asciiValue)
    let spare = String(Character(Unicode.Scalar(last + 1)))
    for wrong in [encoded.dropLast() + spare, encoded + "==", encoded + "=", encoded + " ", encoded + "A"] {
      #expect(try Self.outcome(TokenForge.sign("\(header).\(wrong)")) == "invalid_token")
    }
  }

  @Test func `any one character changed`() throws {
    let token = Array(try TokenForge.token())
    for index in token.indices where token[index] != "." {
      var changed = token
      changed[index] = token[index] == "A" ? "B" : "A"
      #expect(try Self.outcome(String(changed)) == "invalid_token", "at \(index)")
    }
  }

  @Test(arguments: [4_096, 8_192, 65_536, 1_048_576])
  func `a token of so many bytes, well signed`(size: Int) throws {
    let filler = String(repeating: "x", count: size)
    #expect(try Self.outcome(TokenForge.token(payload: TokenForge.payload("x", "\"\(filler)\""))) == "invalid_token")
    let header = #"{"alg":"HS256","kid":"\#(filler)"}"#
    #expect(try Self.outcome(TokenForge.token(header: header)) == "invalid_token")
  }

  @Test func `the longest token that is looked at`() throws {
    var filler = ""
    while try TokenForge.token(payload: TokenForge.payload("x", "\"\(filler)\"")).utf8.count
      <= AccessTokens.maximumBytes
    {
      filler += "xxx"
    }
    let tooLong = try TokenForge.token(payload: TokenForge.payload("x", "\"\(filler)\""))
    let longest = try TokenForge.token(payload: TokenForge.payload("x", "\"\(filler.dropLast(3))\""))
    #expect(try Self.outcome(longest) == "ok")
    #expect(try Self.outcome(tooLong) == "invalid_token")
  }

  @Test(arguments: [33, 10_000, 100_000])
  func `a token nested so deep`(depth: Int) throws {
    let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    for payload in [nested, TokenForge.payload("x", nested)] {
      #expect(try Self.outcome(TokenForge.token(payload: payload)) == "invalid_token")
    }
  }

  @Test func `a refresh token is no access token`() throws {
    let tokens = try RefreshTokens(TokenForge.settings)
    #expect(try Self.outcome(tokens.first().text) == "invalid_token")
  }
}
