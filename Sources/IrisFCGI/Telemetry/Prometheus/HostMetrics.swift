import IrisSystem

/// The workers of this host, its way to the database, and its spool.
enum HostMetrics {
  static func write(_ services: Services, to page: inout MetricsPage) {
    page.begin("iris_build_info", .gauge, "1, with the version of the program that wrote this page.")
    page.sample(["version": Version.number], 1)
    page.gauge(
      "iris_scoreboard_shared", services.scoreboard.isShared ? "1" : "0",
      "1 where all workers count together; 0 where each counts alone, and this page is of one of them.")
    workers(services.scoreboard, &page)
    database(services.scoreboard, &page)
    replica(services, &page)
    spool(services, &page)
  }

  private static func workers(_ scoreboard: Scoreboard, _ page: inout MetricsPage) {
    let pools = scoreboard.pools.lines
    let workers = Dictionary(grouping: scoreboard.workers.living(at: Clock.monotonicMicroseconds), by: \.pool)
    let names = Set(workers.keys).union(pools.filter { $0.starts > 0 }.map(\.pool)).sorted()
    page.begin("iris_workers", .gauge, "Workers that live, by pool and by what they do; who writes this page is busy.")
    for pool in names {
      for state in WorkerState.allCases {
        page.sample(
          ["pool": pool, "state": state.word], UInt64((workers[pool] ?? []).count { $0.state == state }))
      }
    }
    page.begin("iris_worker_starts_total", .counter, "Workers that began.")
    for line in pools { page.sample(["pool": line.pool], line.starts) }
    page.begin("iris_worker_crashes_total", .counter, "Workers that were killed, or ended by a fault of their own.")
    for line in pools { page.sample(["pool": line.pool], line.crashes) }
    page.begin(
      "iris_process_resident_memory_bytes", .gauge, "Memory of the pool's workers, what they share counted in each.")
    for pool in names { page.sample(["pool": pool], sum(\.residentBytes)(workers[pool])) }
    page.begin("iris_process_private_memory_bytes", .gauge, "Memory of the pool's workers that they share with nobody.")
    for pool in names { page.sample(["pool": pool], sum(\.privateBytes)(workers[pool])) }
    queues(pools, &page)
  }

  /// Left out where the worker may not ask the kernel.
  private static func queues(_ pools: [PoolCounts.Line], _ page: inout MetricsPage) {
    let queues = pools.compactMap { line in line.queue.map { (pool: line.pool, queue: $0) } }
    page.begin("iris_listen_queue", .gauge, "Connections that wait for a worker of the pool.")
    for (pool, queue) in queues { page.sample(["pool": pool], UInt64(queue.waiting)) }
    page.begin("iris_listen_backlog", .gauge, "How many may wait; the next ones nginx answers with 502.")
    for (pool, queue) in queues { page.sample(["pool": pool], UInt64(queue.backlog)) }
  }

  private static func sum(_ bytes: @escaping (WorkerView) -> UInt64) -> ([WorkerView]?) -> UInt64 {
    { ($0 ?? []).reduce(0) { $0 &+ bytes($1) } }
  }

  private static func database(_ scoreboard: Scoreboard, _ page: inout MetricsPage) {
    page.gauge(
      "iris_database_up", scoreboard.databaseBreaker.hasFailed ? "0" : "1",
      "0 from a failure to reach the database until a worker reaches it again.")
    page.counter(
      "iris_database_connections_total", scoreboard.databaseConnections.load(), "Connections opened to the database.")
  }

  /// Nothing where there is no replica.
  private static func replica(_ services: Services, _ page: inout MetricsPage) {
    guard services.configuration.database.readURL != nil else { return }
    page.gauge(
      "iris_replica_up", services.scoreboard.readDatabaseAway.load() == 0 ? "1" : "0",
      "0 while the primary answers what the replica is for.")
    guard let lag = services.scoreboard.replicaLag else { return }
    page.gauge(
      "iris_replica_lag_seconds", String(lag),
      "How far the replica was behind when maintain looked last; 0: not at all.")
  }

  private static func spool(_ services: Services, _ page: inout MetricsPage) {
    let (scoreboard, depth) = (services.scoreboard, services.spool.depth())
    page.gauge("iris_spool_records", String(depth.records), "Records that wait for the database.")
    page.gauge("iris_spool_bytes", String(depth.bytes), "What of IRIS_SPOOL_MAX_BYTES is used.")
    page.gauge(
      "iris_spool_oldest_age_seconds", String(depth.oldestAgeSeconds),
      "How long the oldest record waits; 0 without any.")
    page.gauge(
      "iris_spool_damaged_files", String(depth.damagedFiles),
      "Files of the spool that were set aside: somebody must look.")
    page.counter(
      "iris_spool_appended_total", scoreboard.spoolAppended.load(), "Records put into the spool for want of a database."
    )
    page.counter(
      "iris_spool_replayed_total", scoreboard.spoolReplayed.load(), "Records of the spool brought to the database.")
    page.counter(
      "iris_spool_lost_total", scoreboard.spoolLost.load(),
      "Records that neither the database nor the spool could take.")
  }
}
