import Testing

@testable import IrisFCGI

@Suite struct UnitChecksTests {
  private static let folder = "/etc/systemd/system"

  /// The units of all pools as they should be.
  private static var recipe: [String: String] {
    var files = ["\(folder)/iris-maintain.timer": "[Timer]\nOnCalendar=minutely\n"]
    for pool in PoolRequest.pools {
      files["\(folder)/iris-\(pool).socket"] = """
        [Unit]
        Description=Queue
        [Socket]
        ListenStream=/run/iris/\(pool).sock
        Service=iris-\(pool)@1.service
        Backlog=1024
        TriggerLimitIntervalSec=0
        """
      files["\(folder)/iris-\(pool)@.service"] = """
        [Unit]
        StartLimitIntervalSec=0
        [Service]
        Type=notify
        Sockets=iris-\(pool).socket
        User=iris
        Restart=always
        KillMode=mixed
        TimeoutStopSec=5min 20s
        WatchdogSec=330
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
        """
    }
    return files
  }

  private func findings(_ files: [String: String], deadline: Int = 30, longestQueue: Int? = 4_096) -> [Finding] {
    let units = UnitFolders(
      folders: [Self.folder, "/usr/lib/systemd/system"], files: FakeFiles.access(files),
      access: FakeFiles.folders(files))
    return UnitChecks(units: units, chatDeadlineSeconds: deadline, longestQueue: longestQueue).findings()
  }

  private func findings(dropIn: String, of unit: String = "iris-chat@.service", deadline: Int = 30) -> [Finding] {
    findings(Self.recipe.merging(["\(Self.folder)/\(unit).d/x.conf": dropIn]) { $1 }, deadline: deadline)
  }

  @Test func `the recipe is fine`() {
    #expect(findings(Self.recipe).map(\.status) == [.ok])
  }

  @Test func `without units nothing is wrong`() {
    #expect(findings([:]).map(\.status) == [.skipped])
  }

  @Test(
    arguments: [
      ("[Unit]\nStartLimitIntervalSec=10", .failed, "given up"),
      ("[Unit]\nStartLimitIntervalSec=", .failed, "given up"),
      ("[Service]\nRestart=on-failure", .failed, "not started again"),
      ("[Service]\nRuntimeDirectory=iris", .failed, "removes the folder"),
      ("[Service]\nKillMode=process", .failed, "KillMode=process"),
      ("[Service]\nKillMode = none", .failed, "KillMode=none"), ("[Service]\nTimeoutStopSec=10", .failed, "after 10 s"),
      ("[Service]\nWatchdogSec=0", .warning, "never replaced"),
      ("[Service]\nType=simple", .failed, "before the new worker"), ("[Service]\nSockets=", .failed, "not handed"),
      ("[Service]\nUser=root", .warning, "root"), ("[Service]\nPrivateNetwork=yes", .failed, "reach a model"),
      ("[Service]\nRestrictAddressFamilies=\nRestrictAddressFamilies=AF_UNIX", .failed, "AF_INET"),
    ] as [(String, Finding.Status, String)])
  func `a drop-in that breaks the recipe is found where it stands`(text: String, status: Finding.Status, words: String)
  {
    let findings = findings(dropIn: text)
    #expect(findings.map(\.status) == [status])
    #expect(findings.first?.found.hasPrefix("\(Self.folder)/iris-chat@.service.d/x.conf:") == true)
    #expect(findings.first?.found.contains(words) == true)
  }

  @Test(
    arguments: [
      ("[Socket]\nBacklog=128", "128 connections"), ("[Socket]\nAccept=yes", "for each connection"),
      ("[Socket]\nTriggerLimitIntervalSec=2s", "give up the socket"),
      ("[Socket]\nService=other@1.service", "no other@1.service"),
      ("[Socket]\nRuntimeDirectory=iris", "folder of all sockets"),
    ])
  func `so is one of a socket`(text: String, words: String) {
    let findings = findings(dropIn: text, of: "iris-api.socket")
    #expect(findings.map(\.status) == [.failed])
    #expect(findings.first?.found.contains(words) == true)
  }

  @Test func `what does no harm is no finding`() {
    for text in [
      "[Service]\nRuntimeDirectory=iris\nRuntimeDirectoryPreserve=yes",
      "[Service]\nRuntimeDirectory=iris\nRuntimeDirectory=",
      "[Service]\nTimeoutStopSec=infinity", "[Service]\nUser=\nDynamicUser=yes",
      "[Service]\nRestrictAddressFamilies=AF_NETLINK",
      "[Service]\nNice=10",
    ] {
      #expect(findings(dropIn: text).map(\.status) == [.ok], "\(text)")
    }
  }

  @Test func `a missing or masked unit is named`() {
    var files = Self.recipe
    files["\(Self.folder)/iris-auth.socket"] = ""
    files["\(Self.folder)/iris-maintain.timer"] = nil
    let findings = findings(files)
    #expect(findings.map(\.status) == [.failed, .warning])
    #expect(findings[0].found == "iris-auth.socket is missing or masked")
  }

  @Test func `the kernel's bound holds for every queue`() {
    #expect(findings(Self.recipe, longestQueue: 128).map(\.status) == [.failed, .failed, .failed])
    #expect(findings(Self.recipe, longestQueue: nil).map(\.status) == [.ok])
  }

  @Test func `a longer deadline needs longer waits`() {
    #expect(findings(Self.recipe, deadline: 300).map(\.status) == [.ok])
    #expect(findings(dropIn: "[Service]\nTimeoutStopSec=60", deadline: 60).map(\.status) == [.failed])
    // Only chats wait for a model.
    #expect(
      findings(dropIn: "[Service]\nTimeoutStopSec=60", of: "iris-api@.service", deadline: 60).map(\.status) == [.ok])
  }

  @Test func `drop-ins come from the general to the special, by name, the first folder's winning`() throws {
    let files = Self.recipe.merging([
      "\(Self.folder)/service.d/50.conf": "[Service]\nNice=1",
      "\(Self.folder)/iris-.service.d/60.conf": "[Service]\nNice=2",
      "\(Self.folder)/iris-chat@.service.d/40.conf": "[Service]\nNice=3",
      "/usr/lib/systemd/system/iris-chat@.service.d/60.conf": "[Service]\nNice=4",
      "/usr/lib/systemd/system/iris-chat@.service.d/70.conf": "[Service]\nOther=5",
      "\(Self.folder)/iris-chat@.service.d/note.txt": "[Service]\nNice=6",
    ]) { $1 }
    let units = UnitFolders(
      folders: [Self.folder, "/usr/lib/systemd/system"], files: FakeFiles.access(files),
      access: FakeFiles.folders(files))
    let unit = try #require(units.unit("iris-chat@.service"))
    #expect(unit.value("Service", "Nice") == "4")
    #expect(unit.value("Service", "Other") == "5")
  }

  @Test func `enabled workers are counted once`() {
    let files = Self.recipe.merging([
      "\(Self.folder)/iris.target.wants/iris-chat@1.service": "",
      "\(Self.folder)/iris.target.wants/iris-chat@2.service": "",
      "/usr/lib/systemd/system/multi-user.target.wants/iris-chat@2.service": "",
      "\(Self.folder)/iris.target.wants/iris-api@1.service": "",
      "\(Self.folder)/iris.target.wants/iris-chat@.service": "",
    ]) { $1 }
    let units = UnitFolders(
      folders: [Self.folder, "/usr/lib/systemd/system"], files: FakeFiles.access(files),
      access: FakeFiles.folders(files))
    #expect(units.instances(of: "iris-chat@.service") == 2)
    #expect(units.instances(of: "iris-auth@.service") == 0)
  }

  @Test(
    arguments: [
      ("a=1", "a=1"), ("[S]\n a = b c \n", "S.a=b c"), ("# a=1\n;b=2\n[S]\nc=3", "S.c=3"),
      ("[S]\na=1 \\\n# comment\n  2 \\\n3", "S.a=1  2  3"), ("[S]\nnonsense\na=", "S.a="), ("[S\na=1", "a=1"), ("", ""),
      ("\\", ""),
      ("[S]\na=b=c", "S.a=b=c"),
    ])
  func `unit files are read as systemd reads them`(text: String, words: String) {
    let found = UnitFile(text, file: "f").assignments.map {
      "\($0.section.isEmpty ? "" : "\($0.section).")\($0.key)=\($0.value)"
    }
    #expect(found.joined(separator: " | ") == words)
  }

  @Test(
    arguments: [
      ("0", 0), ("90", 90_000_000), ("1min 30s", 90_000_000), ("200ms", 200_000), ("5 min", 300_000_000),
      ("infinity", .max),
      ("", nil), ("soon", nil), ("-1", nil), ("9223372036854775807w", nil),
    ] as [(String, Int64?)])
  func `lengths of time are systemd's`(text: String, microseconds: Int64?) {
    #expect(UnitTime.microseconds(text) == microseconds)
  }

  @Test func `folders are those of systemd's own variable`() {
    #expect(UnitFolders.folders(path: nil) == UnitFolders.usual)
    #expect(UnitFolders.folders(path: "/a:/b") == ["/a", "/b"])
    #expect(UnitFolders.folders(path: "/a:") == ["/a"] + UnitFolders.usual)
  }
}
