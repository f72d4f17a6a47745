import IrisSystem

/// Whether the units keep to the recipe by which workers come and go without a lost connection (docs/operations.md, Units).
struct UnitChecks {
  static let name = "units"
  /// Below it a burst of requests finds the queue full, which is a 502 at once.
  static let leastBacklog = 512
  /// What systemd gives a service to stop unless told otherwise (DefaultTimeoutStopSec).
  private static let usualStop: Int64 = 90_000_000

  let units: UnitFolders
  let chatDeadlineSeconds: Int
  /// net.core.somaxconn, above which no queue goes (listen(2)); nil: unknown.
  var longestQueue: Int?

  private var longestRequest: Int64 { Int64(chatDeadlineSeconds) * 1_000_000 }

  func findings() -> [Finding] {
    let pools = PoolRequest.pools.compactMap { pool -> (service: Unit, pool: String)? in
      units.unit(Self.service(pool)).map { ($0, pool) }
    }
    let sockets = PoolRequest.pools.compactMap { units.unit("iris-\($0).socket") }
    guard !pools.isEmpty || !sockets.isEmpty else {
      return [.skipped(Self.name, "there are no units of Iris, so something else starts the workers")]
    }
    var findings: [Finding] = []
    for pool in PoolRequest.pools {
      findings += missing(
        pool, hasService: pools.contains { $0.pool == pool },
        hasSocket: sockets.contains { $0.name == "iris-\(pool).socket" })
    }
    for (service, pool) in pools {
      findings += lives(service) + waits(service, pool: pool) + reaches(service, pool: pool)
    }
    findings += sockets.flatMap(judge) + maintenance()
    guard findings.isEmpty else { return findings }
    return [.ok(Self.name, "\(pools.count) pools keep to the recipe")]
  }

  static func service(_ pool: String) -> String { "iris-\(pool)@.service" }

  private func missing(_ pool: String, hasService: Bool, hasSocket: Bool) -> [Finding] {
    let name = !hasService ? Self.service(pool) : !hasSocket ? "iris-\(pool).socket" : nil
    guard let name else { return [] }
    return [.failed(Self.name, "\(name) is missing or masked", advice: "install it anew, or systemctl unmask it")]
  }

  /// What ends a worker for good, or its socket.
  private func lives(_ unit: Unit) -> [Finding] {
    var findings: [Finding] = []
    let limit = unit.value("Unit", "StartLimitIntervalSec") ?? unit.value("Service", "StartLimitInterval")
    if limit.flatMap(UnitTime.microseconds) != 0 {
      findings.append(
        failed(
          unit, "Unit", "StartLimitIntervalSec",
          "a build that crashes is given up after a few starts, and its socket with it",
          advice: "set StartLimitIntervalSec=0 in [Unit]"))
    }
    if unit.value("Service", "Restart") != "always" {
      findings.append(
        failed(
          unit, "Service", "Restart", "a worker that ends after IRIS_MAX_REQUESTS is not started again",
          advice: "set Restart=always"))
    }
    if !unit.list("Service", "RuntimeDirectory").isEmpty, !unit.isOn("Service", "RuntimeDirectoryPreserve") {
      findings.append(
        failed(
          unit, "Service", "RuntimeDirectory",
          "the first instance that stops removes the folder of all, sockets included",
          advice: "take RuntimeDirectory= out; tmpfiles.d makes the folder"))
    }
    if let mode = unit.value("Service", "KillMode"), ["none", "process"].contains(mode) {
      findings.append(
        failed(
          unit, "Service", "KillMode", "KillMode=\(mode) leaves processes behind that nobody ends",
          advice: "set KillMode=mixed"))
    }
    return findings
  }

  /// How long systemd waits for a request. A watchdog that is too short for the deadline the workers lengthen themselves.
  private func waits(_ unit: Unit, pool: String) -> [Finding] {
    var findings: [Finding] = []
    let stop =
      (unit.value("Service", "TimeoutStopSec") ?? unit.value("Service", "TimeoutSec"))
      .flatMap(UnitTime.microseconds) ?? Self.usualStop
    if pool == "chat", stop != 0, stop <= longestRequest {
      findings.append(
        failed(
          unit, "Service", "TimeoutStopSec",
          "a restart kills requests after \(stop / 1_000_000) s, a chat may take \(chatDeadlineSeconds) s",
          advice: "set TimeoutStopSec above IRIS_CHAT_DEADLINE"))
    }
    let watchdog = unit.value("Service", "WatchdogSec").flatMap(UnitTime.microseconds) ?? 0
    if watchdog == 0 || watchdog == .max {
      findings.append(
        warning(
          unit, "Service", "WatchdogSec", "a worker that hangs is never replaced",
          advice: "set WatchdogSec above IRIS_CHAT_DEADLINE"))
    }
    if unit.value("Service", "Type").map({ !$0.hasPrefix("notify") }) ?? true {
      findings.append(
        failed(
          unit, "Service", "Type", "a rolling restart goes on before the new worker is ready", advice: "set Type=notify"
        ))
    }
    return findings
  }

  /// Whether a worker gets its socket, its user and its way out.
  private func reaches(_ unit: Unit, pool: String) -> [Finding] {
    var findings: [Finding] = []
    if !unit.list("Service", "Sockets").contains("iris-\(pool).socket") {
      findings.append(
        failed(
          unit, "Service", "Sockets", "workers are not handed iris-\(pool).socket",
          advice: "set Sockets=iris-\(pool).socket"))
    }
    if ["root", "0", nil].contains(unit.value("Service", "User")), !unit.isOn("Service", "DynamicUser") {
      findings.append(
        warning(unit, "Service", "User", "workers run as root, who may do anything", advice: "set User=iris"))
    }
    if unit.isOn("Service", "PrivateNetwork") {
      findings.append(
        failed(
          unit, "Service", "PrivateNetwork", "workers cannot reach a model", advice: "take PrivateNetwork= out"))
    }
    let families = unit.list("Service", "RestrictAddressFamilies")
    if let first = families.first, !first.hasPrefix("~"), first != "none",
      let lacking = ["AF_UNIX", "AF_INET", "AF_INET6"].first(where: { !families.contains($0) })
    {
      findings.append(
        failed(
          unit, "Service", "RestrictAddressFamilies", "workers may not use \(lacking)",
          advice: "set RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"))
    }
    return findings
  }

  private func judge(_ unit: Unit) -> [Finding] {
    var findings: [Finding] = []
    if let backlog = unit.value("Socket", "Backlog").flatMap({ Int($0) }), backlog < Self.leastBacklog {
      findings.append(
        failed(
          unit, "Socket", "Backlog", "the queue holds \(backlog) connections; one more is a 502",
          advice: "set Backlog=1024"))
    } else if let longestQueue, longestQueue < Self.leastBacklog {
      findings.append(
        .failed(
          Self.name, "net.core.somaxconn is \(longestQueue): \(unit.name) queues no more, whatever its Backlog=",
          advice: "sysctl -w net.core.somaxconn=4096, and a file in /etc/sysctl.d that says so"))
    }
    if unit.isOn("Socket", "Accept") {
      findings.append(
        failed(unit, "Socket", "Accept", "a worker is started for each connection", advice: "take Accept= out"))
    }
    if (unit.value("Socket", "TriggerLimitIntervalSec").flatMap(UnitTime.microseconds)) != 0 {
      findings.append(
        failed(
          unit, "Socket", "TriggerLimitIntervalSec", "workers that crash make systemd give up the socket",
          advice: "set TriggerLimitIntervalSec=0"))
    }
    if let service = unit.value("Socket", "Service"), units.unit(Self.template(service)) == nil {
      findings.append(
        failed(unit, "Socket", "Service", "there is no \(service)", advice: "name the pool's first worker"))
    }
    if !unit.list("Socket", "RuntimeDirectory").isEmpty {
      findings.append(
        failed(
          unit, "Socket", "RuntimeDirectory", "the folder of all sockets goes with this one",
          advice: "take RuntimeDirectory= out; tmpfiles.d makes the folder"))
    }
    return findings
  }

  private func maintenance() -> [Finding] {
    guard units.unit("iris-maintain.timer") == nil else { return [] }
    return [
      .warning(
        Self.name, "iris-maintain.timer is missing or masked",
        advice: "install it, or run iris-fcgi maintain each minute")
    ]
  }

  /// `iris-api@.service` of `iris-api@1.service`; a plain name is its own.
  private static func template(_ name: String) -> String {
    guard let at = name.firstIndex(of: "@"), let dot = name.lastIndex(of: "."), at < dot else { return name }
    return "\(name[...at])\(name[dot...])"
  }

  private func failed(_ unit: Unit, _ section: String, _ key: String, _ words: String, advice: String) -> Finding {
    .failed(Self.name, "\(unit.place(section, key)): \(words)", advice: advice + Self.after)
  }

  private func warning(_ unit: Unit, _ section: String, _ key: String, _ words: String, advice: String) -> Finding {
    .warning(Self.name, "\(unit.place(section, key)): \(words)", advice: advice + Self.after)
  }

  private static let after = " (systemctl edit), then systemctl daemon-reload"
}
