import Testing

@testable import IrisFCGI

@Suite struct ReloadCommandTests {
  private let recording = ConsoleRecording()
  private let systemd = FakeSystemd(running: ["iris-api@1.service", "iris-chat@1.service", "iris-chat@2.service"])

  private func run(json: Bool = false, schema: String? = nil) -> Int32 {
    ReloadCommand.run(
      json: json, loader: ConfigurationLoader(environment: Sample.environment([:])), console: recording.console(),
      manager: systemd.manager, schema: { _ in schema })
  }

  @Test func `a worker more of each pool goes ahead, then all are replaced one by one`() {
    #expect(run() == 0)
    #expect(
      systemd.deeds == [
        "restart iris-api@reload.service", "restart iris-chat@reload.service", "restart iris-api@1.service",
        "restart iris-chat@1.service", "restart iris-chat@2.service",
        "stop iris-api@reload.service iris-chat@reload.service",
      ])
    #expect(recording.output.hasSuffix("iris-chat@1.service: replaced\niris-chat@2.service: replaced\n"))
    #expect(recording.errors == "")
  }

  @Test func `those that are enabled and do not run are started, those that run and are not enabled replaced`() {
    systemd.active.remove("iris-chat@2.service")
    systemd.enabled.remove("iris-api@1.service")
    #expect(run(json: true) == 0)
    #expect(
      systemd.deeds.contains("restart iris-chat@2.service") && systemd.deeds.contains("restart iris-api@1.service"))
    #expect(recording.output.contains(#""status" : "ok""#) && recording.output.contains("iris-api@1.service"))
  }

  @Test func `a worker more that does not start leaves all as they are`() {
    systemd.broken = ["iris-chat@reload.service"]
    #expect(run() == 1)
    #expect(
      systemd.deeds == [
        "restart iris-api@reload.service", "restart iris-chat@reload.service",
        "stop iris-api@reload.service iris-chat@reload.service",
      ])
    #expect(
      recording.errors == """
        iris-fcgi: iris-chat@reload.service did not become ready, no worker that serves was touched; \
        see journalctl -u iris-chat@reload.service

        """)
  }

  @Test func `the first that does not become ready is the last that is touched`() {
    systemd.broken = ["iris-chat@1.service"]
    #expect(run(json: true) == 1)
    #expect(!systemd.deeds.contains("restart iris-chat@2.service"))
    #expect(systemd.deeds.last == "stop iris-api@reload.service iris-chat@reload.service")
    #expect(recording.output.contains(#""status" : "failed""#))
    #expect(recording.errors.contains("those after it were not touched; see journalctl -u iris-chat@1.service"))
  }

  @Test func `a schema that does not fit touches nobody`() {
    #expect(run(schema: "the schema is version 1") == 1)
    #expect(systemd.deeds == [])
    #expect(recording.errors.hasPrefix("iris-fcgi: the schema is version 1\n"))
  }

  @Test func `what is stopped is not started`() {
    systemd.target = "inactive"
    #expect(run() == 1)
    #expect(systemd.deeds == [])
    #expect(recording.errors == "iris-fcgi: iris.target is not active; systemctl start iris.target\n")
  }
}
