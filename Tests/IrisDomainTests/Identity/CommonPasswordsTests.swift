import IrisDomain
import Testing

struct CommonPasswordsTests {
  /// The first and last words of each list and of lines in between, so that no edge of the text is missed.
  @Test(arguments: [
    "azertyuiop", "bilandecompetences", "password", "greyhoun", "motdepasse", "marseille13", "bonjour123", "doudou123",
    "jetaime123", "phoenix-iris", "alessio123", "reconversion", "12345678", "qwertyuiop", "987456321", "pufunga7782",
  ])
  func `knows common passwords in any case`(password: String) {
    #expect(CommonPasswords.contains(password))
    #expect(CommonPasswords.contains(password.uppercased()))
  }

  @Test(arguments: [
    "", " ", "\n", "passwor", "asswordx", "passwordpasswordpassword", "azertyuiop ", " azertyuiop", "motdepasse\n",
    "bonjour123 bonjour1234", "coucou123\ncoucoucoucou",
    "azertyuiop azertyui", "Chaussette-9 à carreaux", "password\0", "pässword", "correct horse battery staple",
    "bilandecompetences\n", "azertyuio", "zertyuiop",
  ])
  func `takes neither parts nor neighbours for one`(password: String) {
    #expect(!CommonPasswords.contains(password))
  }
}
