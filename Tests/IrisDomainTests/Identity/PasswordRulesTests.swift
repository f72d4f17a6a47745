import IrisDomain
import Testing

struct PasswordRulesTests {
  private static func refusal(_ password: String) -> PasswordRules.Refusal? {
    do throws(PasswordRules.Refusal) {
      try PasswordRules.check(password)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      ("", .tooShort), ("xK7!q2z", .tooShort), ("xK7!q2zw", nil), ("ééééééé", .tooShort), ("éééééééz", nil),
      ("😀😀😀😀😀😀😀", .tooShort), ("👨‍👩‍👧‍👦x", nil), ("e\u{301}e\u{301}e\u{301}e\u{301}", nil),
      (String(repeating: "xy", count: 64), nil), (String(repeating: "x", count: 129), .tooLong),
      (String(repeating: "😀", count: 125), nil), (String(repeating: "😀", count: 126), .tooLong),
      ("xK7!q2zw\u{0}", .containsNUL), ("        ", nil), ("password", .tooCommon), ("12345678", .tooCommon),
      ("azertyuiop", .tooCommon), ("une phrase de passe", nil), (" password", nil),
    ] as [(String, PasswordRules.Refusal?)])
  func `a new password`(password: String, refusal: PasswordRules.Refusal?) {
    #expect(Self.refusal(password) == refusal)
  }
}
