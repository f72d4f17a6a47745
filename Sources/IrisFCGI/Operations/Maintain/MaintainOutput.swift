/// What a run of `iris-fcgi maintain` did.
struct MaintainReport {
  /// Another run was under way, which does what hosts share.
  var isBusy = false
  /// The upkeep of what hosts share was this run's.
  var hadUpkeep = false
  var outbox = OutboxDrain.Report()
  /// Partitions that were missing.
  var partitions = 0
  var purged = UpkeepStore.Purged()
  /// What the other tasks did, in words with their counts.
  private(set) var tasks: [(name: String, counts: [(String, Int)])] = []
  /// A line for each step that failed.
  var failures: [String] = []

  mutating func add(_ task: String, _ counts: [(String, Int)]) { tasks.append((task, counts)) }
}

/// Shows it: to people a line for each task, to programs one document.
struct MaintainOutput {
  let console: Console
  let json: Bool

  func show(_ report: MaintainReport) {
    if json {
      console.writeJSON(Document(report))
    } else {
      if report.isBusy { console.write("another run is under way; this one left the upkeep to it\n") }
      console.write(table(report).rendered(styled: console.isStyled))
    }
    for failure in report.failures { console.writeError("iris-fcgi: \(failure.singleLine)\n") }
  }

  private func table(_ report: MaintainReport) -> OutputTable {
    let outbox = report.outbox
    let purged = report.purged.byTable.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    var table = OutputTable(heading: ["TASK", "DONE"])
    if report.hadUpkeep {
      add("outbox", [("delivered", outbox.delivered), ("postponed", outbox.postponed), ("given up", outbox.dropped)])
      add("partitions", [("made", report.partitions)])
      add("purge", purged.map { ($0.key, $0.value) })
    }
    for task in report.tasks { add(task.name, task.counts) }
    return table

    func add(_ task: String, _ counts: [(String, Int)]) {
      let words = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
      table.add([task, words.isEmpty ? "nothing to do" : words], words.isEmpty ? .dim : .normal)
    }
  }

  /// The shape of `--json`.
  private struct Document: Encodable {
    struct Outbox: Encodable {
      let delivered: Int
      let postponed: Int
      let dropped: Int
      let expired: Int
    }

    let status: String
    let outbox: Outbox
    let partitionsMade: Int
    let purged: [String: Int]
    let tasks: [String: [String: Int]]
    let failures: [String]

    enum CodingKeys: String, CodingKey {
      case status, outbox, purged, tasks, failures
      case partitionsMade = "partitions_made"
    }

    init(_ report: MaintainReport) {
      status = report.isBusy ? "busy" : report.failures.isEmpty ? "done" : "failed"
      outbox = Outbox(
        delivered: report.outbox.delivered, postponed: report.outbox.postponed, dropped: report.outbox.dropped,
        expired: report.purged.undelivered.values.reduce(0, +))
      partitionsMade = report.partitions
      purged = report.purged.byTable
      tasks = Dictionary(
        report.tasks.map { ($0.name, Dictionary($0.counts, uniquingKeysWith: +)) },
        uniquingKeysWith: { first, _ in first })
      failures = report.failures
    }
  }
}
