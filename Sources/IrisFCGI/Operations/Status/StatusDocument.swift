import IrisSystem

/// A `StatusReport` as JSON, a line for each look. The names of its members are part of the interface (iris-fcgi(8)): none
/// goes away, and what is not known is null. Times are in ms, sizes in bytes.
struct StatusDocument {
  let report: StatusReport
  /// What was done since the look before.
  var interval: StatusReport.Interval?

  var line: String { JSONBytes(document).text + "\n" }

  private var document: JSONObject {
    [
      "version": Version.number, "host": report.host, "at": Timestamp.rfc3339(microseconds: report.time),
      "since": report.countsSince.map { Timestamp.rfc3339(microseconds: $0 * 1_000) },
      "interval_ms": interval.map { Self.milliseconds($0.microseconds) },
      "pools": report.pools.map(pool), "workers": report.workers.map(worker), "models": report.models?.map(model),
      "database": database, "analytics": report.readsReplica.map { $0 ? "replica" : "primary" },
      "spool": spool, "budget": report.budget.map(budget), "notes": report.notes,
    ]
  }

  private func pool(_ pool: StatusReport.Pool) -> JSONObject {
    let counts = pool.counts
    let workers: JSONObject = [
      "starting": pool.count(.starting), "idle": pool.count(.idle), "busy": pool.count(.busy),
    ]
    return [
      "pool": pool.name, "since": counts.since > 0 ? Timestamp.rfc3339(microseconds: counts.since * 1_000) : nil,
      "workers": workers, "queue": pool.queue?.waiting, "backlog": pool.queue?.backlog,
      "longest_queue": Int(clamping: pool.longestQueue), "accepted": Int(clamping: counts.accepted),
      "requests": Int(clamping: counts.times.count),
      "requests_per_second": interval?.perSecond(pool.name).map { ($0 * 1_000).rounded() / 1_000 },
      "mean_ms": counts.times.mean.map(Self.milliseconds), "p95_ms": counts.times.quantile(0.95).map(Self.milliseconds),
      "wait_p95_ms": counts.waits.quantile(0.95).map(Self.milliseconds), "slow": Int(clamping: counts.slow),
      "started": Int(clamping: counts.starts), "killed": Int(clamping: pool.killed),
      "resident_bytes": Int(clamping: pool.sum(\.residentBytes)),
      "private_bytes": Int(clamping: pool.sum(\.privateBytes)),
    ]
  }

  private func worker(_ worker: WorkerView) -> JSONObject {
    let isBusy = worker.state == .busy
    return [
      "pid": Int(worker.process), "pool": worker.pool, "state": worker.state.word,
      "state_ms": Self.milliseconds(max(0, report.now - worker.since)), "phase": isBusy ? worker.phase.word : nil,
      "phase_ms": isBusy ? Self.milliseconds(max(0, report.now - worker.phaseSince)) : nil, "route": worker.route,
      "request_id": worker.requestID, "requests": Int(clamping: worker.served),
      "age_ms": Self.milliseconds(max(0, report.now - worker.startedAt)),
      "resident_bytes": Int(clamping: worker.residentBytes), "private_bytes": Int(clamping: worker.privateBytes),
    ]
  }

  private func model(_ model: StatusReport.Model) -> JSONObject {
    let obstacle = model.obstacle
    return [
      "provider": model.provider, "model": model.model, "key": model.key,
      "state": obstacle.map { $0.isBeingTried ? "trying" : "set_aside" } ?? "asked",
      "reason": obstacle?.reason.logWord, "concerns": obstacle?.level.word,
      "until": obstacle.map { Timestamp.rfc3339(microseconds: $0.until * 1_000) },
    ]
  }

  private var database: JSONObject {
    guard case .down(let reason, let isPaused) = report.database else {
      return ["state": "up", "reason": String?.none, "paused": false]
    }
    return ["state": "down", "reason": reason, "paused": isPaused]
  }

  private var spool: JSONObject {
    let (depth, counts) = (report.spool, report.spoolCounts)
    return [
      "records": depth?.records, "bytes": depth?.bytes, "oldest_age_ms": depth.map { $0.oldestAgeSeconds * 1_000 },
      "damaged_files": depth?.damagedFiles, "appended": Int(clamping: counts.appended),
      "replayed": Int(clamping: counts.replayed), "lost": Int(clamping: counts.lost),
    ]
  }

  private func budget(_ budget: StatusReport.Budget) -> JSONObject {
    [
      "currency": budget.currency, "limit": budget.limit.map { Self.money(UInt64(clamping: $0)) },
      "reached": budget.isReached, "spent": Self.money(budget.spent),
    ]
  }

  private static func milliseconds(_ microseconds: Int64) -> WrittenJSON {
    WrittenJSON(text: Quantity.thousandths(microseconds))
  }

  private static func money(_ millionths: UInt64) -> WrittenJSON {
    WrittenJSON(text: MetricsPage.millionths(millionths))
  }
}
