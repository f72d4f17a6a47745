import Testing

@testable import IrisSystem

/// What root does as somebody else is seen end to end: other tests run in this process meanwhile.
@Suite struct SystemUserTests {
  @Test func `who owns a file is known by name`() throws {
    let root = try #require(SystemUser(owning: "/etc/passwd"))
    #expect(root.name == "root" && root.id == 0 && root.groups.first == 0)
    #expect(SystemUser(owning: "/does/not/exist") == nil)
  }

  @Test func `without a user, or without the right, work is done as it is`() throws {
    let before = HostProcess.userID
    #expect(SystemUser.act(as: nil) { HostProcess.userID } == before)
    let nobody = SystemUser(name: "nobody", id: before + 1, groups: [])
    #expect(SystemUser.act(as: nobody) { HostProcess.userID } == before)
  }
}
