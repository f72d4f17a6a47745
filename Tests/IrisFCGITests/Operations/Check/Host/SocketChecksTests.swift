import Testing

@testable import IrisFCGI
@testable import IrisSystem

@Suite struct SocketChecksTests {
  private static let path = "/run/iris/api.sock"
  private static let main = "/etc/nginx/nginx.conf"
  private static let web = SystemUser(name: "www-data", id: 33, groups: [33])
  private static let table = """
    Num       RefCount Protocol Flags    Type St Inode Path
    0000000000000000: 00000002 00000000 00010000 0001 01 21547 /run/iris/api.sock
    0000000000000000: 00000003 00000000 00000000 0001 03 21548 /run/iris/auth.sock
    0000000000000000: 00000002 00000000 00010000 0001 01 21549 /run/a b/chat.sock
    0000000000000000: 00000002 00000000 00010000 0005 01 21550
    rubbish
    """

  private func finding(
    _ status: FileStatus? = FakeFiles.status(.socket, 0o660, owner: 100, group: 33), table: String = table,
    folder: FileStatus = FakeFiles.status(.directory, 0o755), unit: String = path, queue: ListenQueue? = nil
  ) throws -> Finding {
    let texts = [
      "/proc/net/unix": table, "/units/iris-api.socket": "[Socket]\nListenStream=\(unit)\n",
      Self.main:
        "user www-data; http { upstream iris_api { server unix:\(Self.path); } server { location / { fastcgi_pass iris_api; } } }",
    ]
    var statuses = ["/run/iris": folder, "/run": FakeFiles.status(.directory, 0o755)]
    statuses[Self.path] = status
    let files = FakeFiles.access(texts, statuses: statuses)
    let (site, _) = NginxChecks.read(Self.main, isAsked: true, files: files, folders: FakeFiles.folders(texts))
    let units = UnitFolders(folders: ["/units"], files: files, access: FakeFiles.folders(texts))
    let findings = SocketChecks(
      site: site, units: units, files: files, user: { $0 == "www-data" ? Self.web : nil }, queue: { _ in queue }
    )
    .findings()
    #expect(findings.count == 1)
    return try #require(findings.first)
  }

  @Test func `nginx's group may connect, and nobody else`() throws {
    let finding = try finding()
    #expect(finding.status == .ok)
    #expect(finding.found == "/run/iris/api.sock is listened at; www-data may connect")
  }

  @Test(
    arguments: [
      (0o660, 100, 100, .failed, "may not connect"), (0o600, 100, 33, .failed, "may not connect"),
      (0o640, 100, 33, .failed, "may not connect"),
      (0o666, 100, 100, .warning, "every user"), (0o600, 33, 0, .ok, "may connect"),
      (0o606, 100, 33, .failed, "may not connect"),
    ] as [(UInt32, UInt32, UInt32, Finding.Status, String)])
  func `mode and group decide`(mode: UInt32, owner: UInt32, group: UInt32, status: Finding.Status, words: String) throws
  {
    let finding = try finding(FakeFiles.status(.socket, mode, owner: owner, group: group))
    #expect(finding.status == status)
    #expect(finding.found.contains(words))
  }

  @Test func `so do the folders around it`() throws {
    let finding = try finding(folder: FakeFiles.status(.directory, 0o750, owner: 100, group: 100))
    #expect(finding.status == .failed)
    #expect(finding.found.contains("may not enter /run/iris"))
  }

  @Test func `a socket that is missing, stale or none is a failure`() throws {
    #expect(try finding(nil).found.hasPrefix("/run/iris/api.sock does not exist"))
    #expect(try finding(FakeFiles.status(.regular, 0o660, group: 33)).found == "/run/iris/api.sock is no socket")
    #expect(try finding(table: "Num RefCount").found.contains("is stale: nobody listens"))
  }

  @Test func `nginx and systemd must mean the same one`() throws {
    let finding = try finding(unit: "/run/iris/other.sock")
    #expect(finding.status == .failed)
    #expect(
      finding.found.contains("nginx asks /run/iris/api.sock, but iris-api.socket listens at /run/iris/other.sock"))
  }

  @Test(
    arguments: [
      (0, 1_024, .ok), (800, 1_024, .ok), (820, 1_024, .failed), (0, 128, .failed), (1_025, 1_024, .failed),
      (0, 0, .failed),
    ]
      as [(Int, Int, Finding.Status)])
  func `the queue must be long, and not full`(waiting: Int, backlog: Int, status: Finding.Status) throws {
    #expect(try finding(queue: ListenQueue(waiting: waiting, backlog: backlog)).status == status)
  }

  @Test func `the kernel's table names who listens`() {
    #expect(SocketChecks.listening(table: Self.table) == ["/run/iris/api.sock": 21_547, "/run/a b/chat.sock": 21_549])
    #expect(SocketChecks.listening(table: "").isEmpty)
  }

  @Test(
    arguments: [
      (0o700, 5, [5], FileStatus.Access.read, true), (0o070, 5, [7], .write, true), (0o007, 5, [7], .write, false),
      (0o007, 5, [8], .enter, true),
      (0o000, 0, [], .write, true), (0o040, 5, [7], [.read, .write], false),
    ] as [(UInt32, UInt32, [UInt32], FileStatus.Access, Bool)])
  func `one class of the mode counts`(
    mode: UInt32, user: UInt32, groups: [UInt32], access: FileStatus.Access, allows: Bool
  ) {
    let status = FakeFiles.status(.regular, mode, owner: mode == 0o700 ? 5 : 99, group: 7)
    #expect(status.allows(access, to: SystemUser(name: "u", id: user, groups: groups)) == allows)
  }
}
