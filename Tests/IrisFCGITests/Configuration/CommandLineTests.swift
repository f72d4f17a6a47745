import IrisDomain
import Testing

@testable import IrisFCGI

@Suite struct CommandLineTests {
  private static let id = "0192f3a1-7c3b-7def-8abc-0123456789ab"

  @Test(
    arguments: [
      ([], .serve), (["check"], .check(json: false)), (["check", "--json"], .check(json: true)),
      (["config"], .config(json: false)), (["config", "--json"], .config(json: true)), (["keys"], .keys(json: false)),
      (["keys", "--json"], .keys(json: true)), (["version"], .version(json: false)),
      (["version", "--json"], .version(json: true)), (["--version"], .version(json: false)),
      (["help"], .help(.program)), (["--help"], .help(.program)), (["-h"], .help(.program)),
      (["help", "user", "add"], .help(.userAdd)), (["help", "config"], .help(.config)),
      (["help", "--help"], .help(.help)),
      (["config", "--help"], .help(.config)), (["user", "--help"], .help(.user)),
      (["user", "tier", "--help"], .help(.userTier)), (["user", "add", "-h"], .help(.userAdd)),
      (["user", "show", "--help"], .help(.userShow)), (["user", "list", "--help"], .help(.userList)),
      (["check", "--help"], .help(.check)), (["keys", "--help"], .help(.keys)),
      (["version", "--help"], .help(.version)),
      (["user", "list"], .user(.list, json: false)), (["user", "list", "--json"], .user(.list, json: true)),
      (
        ["user", "add", "a@b"],
        .user(.add(email: "a@b", name: nil, tier: .free, readsPasswordFromInput: false), json: false)
      ),
      (
        ["user", "add", "--name=Ada L", "a@b", "--tier", "premium", "--password-stdin", "--json"],
        .user(.add(email: "a@b", name: "Ada L", tier: .premium, readsPasswordFromInput: true), json: true)
      ),
      (
        ["user", "add", "a@b", "--name", "--json"],
        .user(.add(email: "a@b", name: "--json", tier: .free, readsPasswordFromInput: false), json: false)
      ),
      (
        ["user", "add", "--", "-a@b"],
        .user(.add(email: "-a@b", name: nil, tier: .free, readsPasswordFromInput: false), json: false)
      ),
      (["user", "show", "a@b"], .user(.show(.email("a@b")), json: false)),
      (["user", "show", id, "--json"], .user(.show(.id(id)), json: true)),
      (["user", "show", id.uppercased()], .user(.show(.id(id)), json: false)),
      (["user", "tier", "a@b", "premium"], .user(.tier(.email("a@b"), .premium), json: false)),
      (["user", "tier", "--json", id, "free"], .user(.tier(.id(id), .free), json: true)),
    ] as [([String], Command)])
  func `arguments that make sense`(arguments: [String], command: Command) throws {
    #expect(try Command.parse(arguments) == command)
  }

  @Test(
    arguments: [
      (["serve"], "unknown command \"serve\"", .program), (["migrate"], "unknown command \"migrate\"", .program),
      (["--json"], "unknown option \"--json\"", .program), ([""], "unknown command \"\"", .program),
      (["check", "now"], "unexpected argument \"now\"", .check),
      (["config", "--yaml"], "unknown option \"--yaml\"", .config),
      (["keys", "--json=yes"], "unknown option \"--json=yes\"", .keys),
      (["help", "nope"], "no help on \"nope\"", .program),
      (["user"], "user needs one of", .user), (["user", "erase", "a@b"], "unknown command \"user erase\"", .user),
      (["user", "add"], "EMAIL is missing", .userAdd),
      (["user", "add", "ada"], "\"ada\" is no e-mail address", .userAdd),
      (["user", "add", "a@b", "c@d"], "unexpected argument \"c@d\"", .userAdd),
      (["user", "add", "a@b", "--tier", "gold"], "\"gold\" is neither free nor premium", .userAdd),
      (["user", "add", "a@b", "--tier"], "--tier needs a value", .userAdd),
      (["user", "add", "a@b", "--name=x", "--name=y"], "--name is given twice", .userAdd),
      (["user", "show"], "EMAIL|ID is missing", .userShow), (["user", "show", "ada"], "neither an e-mail", .userShow),
      (["user", "tier", "a@b"], "free|premium is missing", .userTier),
      (["user", "tier", "premium", "a@b"], "\"premium\" is neither an e-mail", .userTier),
      (["user", "tier", "a@b", "gold"], "\"gold\" is neither free nor premium", .userTier),
      (["user", "list", "a@b"], "unexpected argument", .userList),
    ] as [([String], String, HelpTopic)])
  func `arguments that make none say why`(arguments: [String], reason: String, topic: HelpTopic) {
    let error = #expect(throws: UsageError.self) { try Command.parse(arguments) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.topic == topic)
  }
}
