import IrisDomain
import IrisSystem

/// Looks at this host and at what all hosts share, and tells an operator what began, what lasts and what is over.
///
/// At least once: what is to be told is kept before it is sent and marked as told after it arrived. No database is needed
/// for what concerns this host.
struct Monitor {
  let services: Services
  /// For what looks at many rows.
  let patientDatabase: Database
  let host = HostProcess.hostName
  /// Before the second try of a database that did not answer: one that restarts is no alert.
  var retryMicroseconds: Int64 = 3_000_000

  struct Report {
    var began = 0
    var lasting = 0
    var ended = 0
    /// Changes that the webhook took, and those that it did not.
    var told = 0
    var failed = 0
    var failures: [String] = []
  }

  private var store: AlertStore { AlertStore(database: services.database) }
  private var configuration: Configuration { services.configuration }

  /// Does all of it, unless another run on this host does.
  func run() -> Report {
    var report = Report()
    let file = MonitorFile(
      stateDirectory: configuration.stateDirectory, runtimeDirectory: configuration.runtimeDirectory)
    do {
      guard let lock = try FileLock.take(file.stateDirectory) else { return report }
      var state = try load(file)
      let isUp = look(&state)
      // Kept before it is told, so that a crash forgets nothing.
      try file.save(&state)
      tell(&state, isUp: isUp, &report)
      if isUp { share(&state, &report) }
      try file.save(&state)
      withExtendedLifetime(lock) {}
    } catch {
      report.failures.append("alerts: \(error)")
    }
    return report
  }

  private func load(_ file: MonitorFile) throws(RandomError) -> MonitorState {
    let found = file.load()
    for obstacle in found.obstacles {
      services.log.write(.warning, "a memory of alerts cannot be read", [("reason", .text(obstacle))])
    }
    if let state = found.state { return state }
    return try MonitorState()
  }

  /// Looks at everything, and takes it into the book.
  /// - Returns: whether the database answers.
  private func look(_ state: inout MonitorState) -> Bool {
    let now = Clock.realtimeMilliseconds / 1_000
    let offset = utcOffset()
    if let offset { state.utcOffset = offset }
    var seen = Observation(now: now, databaseAnswers: offset != nil)
    if let readings = HostReadings(services) {
      state.history.record(readings.traffic, day: state.day(at: now), now: now)
      seen.window = state.history.window(at: Clock.monotonicMicroseconds / 1_000_000)
      seen.models = readings.models
    }
    let depth = services.spool.depth()
    seen.spool = Observation.SpoolDepth(records: depth.records, oldestSeconds: depth.oldestAgeSeconds)
    seen.month = state.history.total(month: state.month(at: now))
    seen.losses = state.history.losses
    let rules = AlertRules(errorRate: configuration.alerts.errorRate)
    state.book.judge(seen, by: rules)
    if seen.losses != nil, !state.book.isOpen(.spoolLoss) { state.history.forgetLosses() }
    return seen.databaseAnswers
  }

  /// nil: the database cannot be used, now and a moment later.
  private func utcOffset() -> Int? {
    if let offset = try? store.utcOffset(timeZone: configuration.timeZone) { return offset }
    Clock.sleep(microseconds: retryMicroseconds)
    return try? store.utcOffset(timeZone: configuration.timeZone)
  }

  /// Tells this host's changes and those of all hosts that it can claim, in one message.
  private func tell(_ state: inout MonitorState, isUp: Bool, _ report: inout Report) {
    let now = Clock.realtimeMilliseconds / 1_000
    var claims: [AlertStore.Claim] = []
    if isUp { attempt(&report) { () throws(StoreError) in claims = try reviewed() } }
    let changes = state.book.changes(at: now) + claims.map { AlertChange($0) }
    guard !changes.isEmpty else { return }
    let obstacle = send(changes)
    note(changes, obstacle, &report)
    if obstacle == nil { state.book.told(at: now) }
    if !claims.isEmpty {
      attempt(&report) { () throws(StoreError) in try store.settle(claims, arrived: obstacle == nil) }
    }
  }

  /// Brings the alerts of all hosts up to date.
  /// - Returns: those that this host is to tell.
  private func reviewed() throws(StoreError) -> [AlertStore.Claim] {
    let zone = configuration.timeZone
    let unusual = try AlertStore(database: patientDatabase).unusualAccounts(timeZone: zone)
      .compactMap { account in services.pseudonyms.user(account.id).map { Alert(account, pseudonym: $0) } }
    if !unusual.isEmpty { try store.raise(unusual) }
    try store.review(
      host: host, troubled: HostReadings(services)?.troubled, budget: configuration.dailyBudget, timeZone: zone)
    return try store.claim()
  }

  /// - Returns: why the message did not arrive; nil: it did, or there is nobody to send it to but the log.
  private func send(_ changes: [AlertChange]) -> String? {
    guard let url = configuration.alerts.webhookURL else { return nil }
    let webhook = AlertWebhook(
      url: url, connectTimeoutMilliseconds: configuration.chat.connectTimeoutSeconds * 1_000, curl: services.curl)
    return webhook.send(AlertMessage(host: host, changes: changes))
  }

  /// The log has every change, so that a host without a webhook has it in its journal.
  private func note(_ changes: [AlertChange], _ obstacle: String?, _ report: inout Report) {
    let hasWebhook = configuration.alerts.webhookURL != nil
    for change in changes {
      var members: [(String, Log.Value)] = [("kind", .text(change.kind))]
      if let subject = change.subject { members.append(("subject", .text(subject))) }
      members += [
        ("since", .text(Timestamp.rfc3339(seconds: change.beganAt))), ("detail", .text(change.text)),
        ("told", .text(obstacle ?? (hasWebhook ? "yes" : "no_webhook"))),
      ]
      services.log.write(change.step == .ended ? .notice : .warning, change.step.sentence, members)
      switch change.step {
      case .began: report.began += 1
      case .lasts: report.lasting += 1
      case .ended: report.ended += 1
      }
    }
    if let obstacle {
      report.failed = changes.count
      report.failures.append("alerts: the webhook did not take them (\(obstacle)); the next run tries again")
    } else if hasWebhook {
      report.told = changes.count
    }
  }

  /// Gives the database what it should have of this host.
  private func share(_ state: inout MonitorState, _ report: inout Report) {
    let days = state.history.days.filter { state.history.unstored.contains($0.key) }
    let month = state.month(at: Clock.realtimeMilliseconds / 1_000)
    attempt(&report) { () throws(StoreError) in
      try store.mirror(state.book.entries, host: host)
      state.book.mirrored()
      if !days.isEmpty { try store.put(days, host: host, source: state.source) }
      state.history.stored(days.keys, month: month)
    }
  }

  private func attempt(_ report: inout Report, _ work: () throws(StoreError) -> Void) {
    do throws(StoreError) { try work() } catch {
      let reason = services.database.lastFailure ?? patientDatabase.lastFailure ?? "no reason is known"
      report.failures.append("alerts: \(reason)")
    }
  }
}

extension AlertChange.Step {
  fileprivate var sentence: String {
    switch self {
    case .began: "an alert began"
    case .lasts: "an alert still holds"
    case .ended: "an alert is over"
    }
  }
}
