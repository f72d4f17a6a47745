import Testing

@testable import IrisSystem

/// Connection strings that name several hosts.
@Suite struct PostgresTargetTests {
  private static func hosts(_ conninfo: String) -> [String] {
    PostgresTarget.all(of: conninfo).map { target in
      zip(target.keywords, target.values).map { "\($0 ?? "")=\($1 ?? "")" }.sorted().joined(separator: " ")
    }
  }

  @Test(arguments: [
    (
      "postgresql://iris:p%20w@a:1,b:2/x?sslmode=require",
      [
        "dbname=x host=a password=p w port=1 sslmode=require user=iris",
        "dbname=x host=b password=p w port=2 sslmode=require user=iris",
      ]
    ),
    (
      "host=/run/a,/run/b port=6432 dbname=x target_session_attrs=read-write",
      [
        "dbname=x host=/run/a port=6432 target_session_attrs=read-write",
        "dbname=x host=/run/b port=6432 target_session_attrs=read-write",
      ]
    ), ("hostaddr=192.0.2.1,192.0.2.2", ["hostaddr=192.0.2.1", "hostaddr=192.0.2.2"]),
    ("host=a,b hostaddr=192.0.2.1,192.0.2.2", ["host=a hostaddr=192.0.2.1", "host=b hostaddr=192.0.2.2"]),
  ]) func `each host is a target of its own`(conninfo: String, targets: [String]) {
    #expect(Self.hosts(conninfo) == targets)
    #expect(PostgresTarget.all(of: conninfo).allSatisfy { !$0.isWhole })
  }

  @Test(arguments: [
    "postgresql://iris@/x?host=/run", "dbname=x", "x", "", "host=a dbname=x", "host=a,b,c port=1,2 dbname=x",
    "host=a,b hostaddr=192.0.2.1", "host='a", "host=a,b target_session_attrs=prefer-standby",
  ]) func `all else is left to libpq as it stands`(conninfo: String) {
    #expect(
      PostgresTarget.all(of: conninfo)
        == [PostgresTarget(keywords: ["dbname"], values: [conninfo], isWhole: true)])
  }
}
