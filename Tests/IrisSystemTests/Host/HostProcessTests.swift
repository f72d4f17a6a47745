import IrisSystem
import Testing

struct HostProcessTests {
  @Test func `knows itself`() {
    #expect(HostProcess.id > 1)
    #expect(!HostProcess.arguments.isEmpty)
  }

  @Test func `sets, splits at the first equals sign, and removes a variable`() {
    #expect(HostProcess.setEnvironment("IRIS_HOST_PROCESS_TEST", "a=b=é"))
    #expect(HostProcess.environment["IRIS_HOST_PROCESS_TEST"] == "a=b=é")
    HostProcess.setEnvironment("IRIS_HOST_PROCESS_TEST", "")
    #expect(HostProcess.environment["IRIS_HOST_PROCESS_TEST"] == "")
    HostProcess.setEnvironment("IRIS_HOST_PROCESS_TEST", nil)
    #expect(HostProcess.environment["IRIS_HOST_PROCESS_TEST"] == nil)
    #expect(!HostProcess.setEnvironment("A=B", "x"))
    #expect(!HostProcess.setEnvironment("", "x"))
  }

  @Test func `memory is what the kernel counts`() throws {
    let memory = try #require(HostProcess.memory())
    #expect(memory.residentBytes > 1_000_000)
    #expect(memory.privateBytes > 0 && memory.privateBytes <= memory.residentBytes)
  }

  @Test func `sums the private pages of smaps_rollup`() {
    let text = """
      55e0c0000000-7ffd5a7f8000 ---p 00000000 00:00 0    [rollup]
      Rss:                1780 kB
      Pss:                 500 kB
      Pss_Dirty:           112 kB
      Shared_Clean:       1664 kB
      Private_Clean:         4 kB
      Private_Dirty:       112 kB
      """
    let expected = HostProcess.Memory(residentBytes: 1_780 * 1_024, privateBytes: 116 * 1_024)
    #expect(HostProcess.Memory(smapsRollup: text) == expected)
    #expect(HostProcess.Memory(smapsRollup: "Rss: many kB") == nil)
  }
}
