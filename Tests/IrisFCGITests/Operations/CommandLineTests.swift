import IrisDomain
import Testing

@testable import IrisFCGI

@Suite struct CommandLineTests {
  private static let id = "0192f3a1-7c3b-7def-8abc-0123456789ab"

  @Test(
    arguments: [
      ([], .serve), (["check"], .check(CheckRequest(), json: false)),
      (["check", "--json"], .check(CheckRequest(), json: true)),
      (["check", "--nginx", "/n"], .check(CheckRequest(nginx: "/n"), json: false)),
      (["config"], .config(json: false)), (["config", "--json"], .config(json: true)), (["keys"], .keys(json: false)),
      (["keys", "--json"], .keys(json: true)), (["maintain"], .maintain(archive: nil, json: false)),
      (["maintain", "--json"], .maintain(archive: nil, json: true)),
      (["maintain", "--archive", "/srv/a b"], .maintain(archive: "/srv/a b", json: false)),
      (["maintain", "--json", "--archive=/x"], .maintain(archive: "/x", json: true)),
      (["maintain", "--help"], .help(.maintain)), (["migrate", "-h"], .help(.migrate)),
      (["migrate"], .migrate(MigrateRequest(), json: false)),
      (
        ["migrate", "--database", "dbname=iris", "--file=/x", "--wait", "5", "--lock=0.5", "--json"],
        .migrate(MigrateRequest(file: "/x", database: "dbname=iris", waitSeconds: 5, lockSeconds: 0.5), json: true)
      ),
      (["import", "dump"], .importing(ImportRequest(place: "dump"), json: false)),
      (
        ["import", "--json", "--dry-run", "postgresql://x", "--source", "old-product"],
        .importing(ImportRequest(place: "postgresql://x", source: "old-product", isTrial: true), json: true)
      ),
      (["import", "--help"], .help(.import)), (["help", "import"], .help(.import)),
      (["version"], .version(json: false)),
      (["version", "--json"], .version(json: true)), (["--version"], .version(json: false)),
      (["help"], .help(.program)), (["--help"], .help(.program)), (["-h"], .help(.program)),
      (["help", "user", "add"], .help(.userAdd)), (["help", "config"], .help(.config)),
      (["help", "--help"], .help(.help)),
      (["config", "--help"], .help(.config)), (["user", "--help"], .help(.user)),
      (["user", "tier", "--help"], .help(.userTier)), (["user", "add", "-h"], .help(.userAdd)),
      (["user", "show", "--help"], .help(.userShow)), (["user", "list", "--help"], .help(.userList)),
      (["status"], .status(watch: false, json: false)), (["status", "--help"], .help(.status)),
      (["status", "--json", "--watch"], .status(watch: true, json: true)),
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
      (
        ["user", "beta", "a@b", "--until", "2027-01-31"],
        .user(.beta(.email("a@b"), until: CalendarDate("2027-01-31")), json: false)
      ),
      (["user", "beta", "--none", id, "--json"], .user(.beta(.id(id), until: nil), json: true)),
      (["user", "disable", "a@b"], .user(.disable(.email("a@b")), json: false)),
      (["user", "enable", id, "--json"], .user(.enable(.id(id)), json: true)),
      (["user", "erase", "a@b"], .user(.erase(.email("a@b"), isConfirmed: false), json: false)),
      (["user", "erase", "--yes", "a@b", "--json"], .user(.erase(.email("a@b"), isConfirmed: true), json: true)),
      (["user", "export", "a@b"], .user(.export(.email("a@b"), path: nil), json: false)),
      (["user", "export", id, "--output=x.json"], .user(.export(.id(id), path: "x.json"), json: false)),
      (["user", "sessions", "a@b"], .user(.sessions(.email("a@b"), .list), json: false)),
      (["user", "sessions", "a@b", "--end-all"], .user(.sessions(.email("a@b"), .endAll), json: false)),
      (
        ["user", "sessions", "a@b", "--end", id.uppercased(), "--json"],
        .user(.sessions(.email("a@b"), .end(id)), json: true)
      ),
      (["user", "beta", "--help"], .help(.userBeta)), (["user", "disable", "-h"], .help(.userDisable)),
      (["user", "enable", "--help"], .help(.userEnable)), (["user", "erase", "--help"], .help(.userErase)),
      (["user", "export", "--help"], .help(.userExport)), (["user", "sessions", "--help"], .help(.userSessions)),
    ] as [([String], Command)])
  func `arguments that make sense`(arguments: [String], command: Command) throws {
    #expect(try Command.parse(arguments) == command)
  }

  @Test(
    arguments: [
      (["serve"], "unknown command \"serve\"", .program), (["migrate", "x"], "unexpected argument \"x\"", .migrate),
      (["migrate", "--lock", "0"], "--lock takes seconds, from 0.1 to 86400", .migrate),
      (["migrate", "--wait=nan"], "--wait takes seconds, from 0.1 to 86400", .migrate),
      (["migrate", "--database="], "--database needs a value", .migrate),
      (["--json"], "unknown option \"--json\"", .program), ([""], "unknown command \"\"", .program),
      (
        ["check", "--url", "a.test"], "--url does not begin with http:// or https://; give https://host[:port][/path]",
        .check
      ),
      (["check", "--token-stdin"], "--origin and --token-stdin belong to --url", .check),
      (
        ["check", "--url", "https://a.test", "--origin", "a"], "--origin needs one such as https://app.example.org",
        .check
      ),
      (["check", "now"], "unexpected argument \"now\"", .check),
      (["config", "--yaml"], "unknown option \"--yaml\"", .config),
      (["import"], "FILE|URL is missing", .import), (["import", "a", "b"], "unexpected argument \"b\"", .import),
      (["import", "a", "--source", "x y"], "\"x y\" is no name", .import),
      (["keys", "--json=yes"], "unknown option \"--json=yes\"", .keys),
      (["help", "nope"], "no help on \"nope\"", .program),
      (["user"], "user needs one of", .user), (["user", "drop", "a@b"], "unknown command \"user drop\"", .user),
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
      (["user", "beta", "a@b"], "give either --until YYYY-MM-DD or --none", .userBeta),
      (["user", "beta", "a@b", "--none", "--until=2027-01-31"], "give either --until", .userBeta),
      (["user", "beta", "a@b", "--until", "31.1.2027"], "\"31.1.2027\" is no date such as 2027-01-31", .userBeta),
      (["user", "beta", "--until", "2027-01-31"], "EMAIL|ID is missing", .userBeta),
      (["user", "disable", "a@b", "now"], "unexpected argument \"now\"", .userDisable),
      (["user", "enable"], "EMAIL|ID is missing", .userEnable),
      (["user", "erase", "a@b", "-y"], "unknown option \"-y\"", .userErase),
      (["user", "erase", "a@b", "--yes=no"], "unknown option \"--yes=no\"", .userErase),
      (["user", "export", "a@b", "file"], "unexpected argument \"file\"", .userExport),
      (["user", "export", "a@b", "--output="], "--output needs the name of a file", .userExport),
      (["user", "sessions", "a@b", "--end", "1"], "\"1\" is no id of a session", .userSessions),
      (["user", "sessions", "a@b", "--end", id, "--end-all"], "give either --end ID or --end-all", .userSessions),
    ] as [([String], String, HelpTopic)])
  func `arguments that make none say why`(arguments: [String], reason: String, topic: HelpTopic) {
    let error = #expect(throws: UsageError.self) { try Command.parse(arguments) }
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.topic == topic)
  }
}
