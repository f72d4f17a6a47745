import IrisSystem

/// Whether nginx reaches each pool's socket: that they mean the same one, that somebody listens there, and that nginx's user
/// may connect and nobody else.
struct SocketChecks {
  private static let accessDenied: Int32 = 13
  /// Bytes of the kernel's table: 100 and more a socket.
  private static let largestTable = 16 << 20

  let site: NginxSite?
  let units: UnitFolders
  let files: FileAccess
  let user: (String) -> SystemUser?
  /// How full the queue of a listening socket is, by its inode.
  var queue: (UInt64) -> ListenQueue? = { ListenQueue(socket: $0) }

  func findings() -> [Finding] {
    let found = PoolRequest.pools.map { pool in
      (
        pool, ofNginx: site?.sockets[pool] ?? [],
        ofUnits: units.unit("iris-\(pool).socket")?.list("Socket", "ListenStream") ?? []
      )
    }
    guard found.contains(where: { !$0.ofNginx.isEmpty || !$0.ofUnits.isEmpty }) else {
      return [.skipped("sockets", "neither nginx's files nor units name a socket of Iris")]
    }
    let listening = Self.listening(files)
    let nginx = site?.user.flatMap { user($0.split(separator: " ").first.map(String.init) ?? $0) }
    return found.flatMap { pool, ofNginx, ofUnits -> [Finding] in
      let name = "socket \(pool)"
      if !ofNginx.isEmpty, !ofUnits.isEmpty, let stray = ofNginx.first(where: { !ofUnits.contains($0) }) {
        return [
          .failed(
            name, "nginx asks \(stray), but iris-\(pool).socket listens at \(ofUnits.joined(separator: ", "))",
            advice: "name the same in iris/pools.conf and in ListenStream=")
        ]
      }
      let paths = ofNginx.isEmpty ? ofUnits : ofNginx
      return paths.map { judge($0, pool: pool, name: name, listening: listening, nginx: nginx) }
    }
  }

  private func judge(
    _ path: String, pool: String, name: String, listening: [String: UInt64]?, nginx: SystemUser?
  ) -> Finding {
    let status: FileStatus
    do throws(FileError) { status = try files.status(path) } catch {
      if case .failed(_, _, Self.accessDenied) = error {
        return .skipped(name, "\(path) may not be looked at by this user; run it as root")
      }
      return .failed(
        name, "\(error), so nginx answers 502",
        advice: "systemctl enable --now iris-\(pool).socket, or start the workers")
    }
    guard status.kind == .socket else {
      return .failed(name, "\(path) is no socket", advice: "remove it and start what listens there")
    }
    if let listening, listening[path] == nil {
      return .failed(
        name, "\(path) is stale: nobody listens there, so nginx answers 502",
        advice: "remove it, then systemctl restart iris-\(pool).socket, or start the workers")
    }
    if let nginx, let obstacle = obstacle(path, status, nginx) {
      return .failed(
        name, obstacle,
        advice:
          "set SocketMode=0660 and SocketGroup= to nginx's group in iris-\(pool).socket; its folders must let it in")
    }
    if let queue = listening?[path].flatMap(queue), let finding = Self.judge(queue, name: name, path: path, pool: pool)
    {
      return finding
    }
    if status.permissions & 0o002 != 0 {
      return .warning(
        name, "every user of this host may speak to the workers at \(path), past nginx",
        advice: "set SocketMode=0660 and SocketGroup= to nginx's group")
    }
    let who = nginx.map { "; \($0.name) may connect" } ?? ""
    return .ok(name, "\(path) \(listening == nil ? "is there" : "is listened at")\(who)")
  }

  /// What keeps nginx from connecting: it must enter each folder and may write to the socket (unix(7)).
  private func obstacle(_ path: String, _ status: FileStatus, _ nginx: SystemUser) -> String? {
    var folder = path[...]
    while let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      folder = folder[..<slash]
      guard let found = try? files.status(String(folder)) else { continue }
      if !found.allows(.enter, to: nginx) {
        return "nginx's user \(nginx.name) may not enter \(folder) (\(Self.words(found)))"
      }
    }
    guard !status.allows(.write, to: nginx) else { return nil }
    return "nginx's user \(nginx.name) may not connect to \(path) (\(Self.words(status)))"
  }

  private static func words(_ status: FileStatus) -> String {
    "mode 0\(String(status.permissions, radix: 8)) of user \(SystemUser.name(of: status.ownerID)), "
      + "group \(status.groupID)"
  }

  /// A full queue is a 502 at once, and a short one is soon full.
  private static func judge(_ queue: ListenQueue, name: String, path: String, pool: String) -> Finding? {
    let found = "\(queue.waiting) connections wait at \(path), whose queue holds \(queue.backlog)"
    if queue.waiting * 5 >= queue.backlog * 4, queue.waiting > 0 {
      return .failed(name, "\(found): the next ones get 502", advice: "see pool \(pool)")
    }
    guard queue.backlog < UnitChecks.leastBacklog else { return nil }
    return .failed(
      name, "the queue of \(path) holds \(queue.backlog) connections; a burst beyond that is 502",
      advice: "set Backlog=1024 in iris-\(pool).socket, and net.core.somaxconn to as many")
  }

  /// The sockets at which somebody listens, by path, with their inodes; nil where the kernel does not tell.
  private static func listening(_ files: FileAccess) -> [String: UInt64]? {
    guard let table = try? files.read("/proc/net/unix", largestTable) else { return nil }
    return listening(table: String(decoding: table, as: UTF8.self))
  }

  /// Reads lines such as `0000000000000000: 00000002 00000000 00010000 0001 01 21547 /run/iris/api.sock` (proc(5)): the
  /// flag is that of a socket which accepts (__SO_ACCEPTCON).
  static func listening(table: String) -> [String: UInt64] {
    var sockets: [String: UInt64] = [:]
    for line in table.split(separator: "\n").dropFirst() {
      // A path may hold blanks.
      let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
      guard fields.count == 8, let flags = UInt32(fields[3], radix: 16), flags & 0x10000 != 0,
        let inode = UInt64(fields[6])
      else { continue }
      sockets[String(fields[7])] = inode
    }
    return sockets
  }
}
