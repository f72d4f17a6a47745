import Testing

@testable import IrisFCGI

@Suite struct PoolCommandTests {
  private let recording = ConsoleRecording()
  private let systemd = FakeSystemd(running: ["iris-api@1.service", "iris-chat@1.service", "iris-chat@2.service"])

  private func run(_ pool: String? = nil, _ size: Int = 1, json: Bool = false) -> Int32 {
    PoolCommand.run(
      pool.map { PoolRequest(pool: $0, size: size) }, json: json, console: recording.console(), manager: systemd.manager
    )
  }

  @Test func `the sizes are printed`() {
    systemd.active.remove("iris-chat@2.service")
    #expect(run() == 0)
    #expect(recording.output == "POOL  SIZE  ACTIVE\napi   1     1\nauth  0     0\nchat  2     1\n")
    #expect(run(json: true) == 0)
    #expect(recording.output.contains(#""active" : 1,"#) && recording.output.contains(#""pool" : "chat","#))
    #expect(systemd.deeds == [])
  }

  @Test func `a pool grows`() {
    #expect(run("chat", 4) == 0)
    #expect(
      systemd.deeds == [
        "restart iris-chat@reload.service", "stop iris-chat@reload.service",
        "enable iris-chat@3.service iris-chat@4.service", "start iris-chat@3.service iris-chat@4.service",
      ])
    #expect(recording.output.contains("chat  4     4"))
  }

  @Test func `a pool shrinks, and only its numbers go`() {
    systemd.enabled.insert("iris-chat@blue.service")
    systemd.active.formUnion(["iris-chat@blue.service", "iris-chat@10.service"])
    #expect(run("chat", 1) == 0)
    #expect(systemd.deeds == ["disable iris-chat@2.service", "stop iris-chat@2.service iris-chat@10.service"])
  }

  @Test func `a pool that has its size is let alone, and one that lost a worker gets it`() {
    #expect(run("chat", 2) == 0)
    #expect(systemd.deeds == [])
    systemd.active.remove("iris-chat@2.service")
    #expect(run("chat", 2) == 0)
    #expect(systemd.deeds.suffix(2) == ["stop iris-chat@reload.service", "start iris-chat@2.service"])
  }

  @Test func `while Iris is stopped nothing starts`() {
    systemd.target = "inactive"
    systemd.active = []
    #expect(run("auth", 2) == 0)
    #expect(systemd.deeds == ["enable iris-auth@1.service iris-auth@2.service"])
  }

  @Test func `where no new worker can start nothing is changed`() {
    systemd.broken = ["iris-chat@reload.service"]
    systemd.status = "cannot start: IRIS_CHAT_DEADLINE: no number\n"
    #expect(run("chat", 3) == 1)
    #expect(systemd.deeds == ["restart iris-chat@reload.service", "stop iris-chat@reload.service"])
    #expect(
      recording.errors.hasPrefix(
        "iris-fcgi: a new chat worker cannot start: IRIS_CHAT_DEADLINE: no number\niris-fcgi: iris"))
  }

  @Test func `workers that do not start are named`() {
    systemd.broken = ["iris-chat@4.service"]
    #expect(run("chat", 4) == 1)
    #expect(recording.errors.contains("again: iris-chat@4.service; see journalctl -u iris-chat@4.service"))
  }

  @Test func `who may not is told`() {
    systemd.refuses = true
    #expect(run("chat", 1) == 1)
    #expect(recording.errors == "iris-fcgi: systemctl could not disable them; root may\n")
  }

  @Test func `without systemd there are no units`() {
    let manager = ServiceManager(systemctl: { _ in nil }, isThere: { false })
    #expect(PoolCommand.run(nil, json: false, console: recording.console(), manager: manager) == 1)
    #expect(recording.errors == "iris-fcgi: systemd does not run this host; this command is for its units\n")
  }

  @Test(arguments: [
    ("iris-chat@3.service", "chat", 3 as Int?), ("iris-api@blue.service", "api", nil), ("iris-chat.socket", nil, nil),
    ("iris-web@1.service", nil, nil), ("iris-chat@.service", nil, nil), ("iris-chat@1.socket", nil, nil),
  ])
  func `the name of a unit is read`(unit: String, pool: String?, number: Int?) {
    let instance = PoolInstance(unit: unit)
    #expect(instance?.pool == pool && instance?.number == number)
    if let instance { #expect(instance.unit == unit) }
  }

  @Test func `instances stand in the order of their numbers`() {
    let names = ["2", "10", "blue", "1"].map { PoolInstance(pool: "chat", name: $0) } + [PoolInstance("api", 11)]
    #expect(names.sorted().map(\.name) == ["11", "1", "2", "10", "blue"])
  }
}
