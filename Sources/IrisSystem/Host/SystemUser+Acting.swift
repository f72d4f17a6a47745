internal import CSystem

extension SystemUser {
  /// Whom a file or folder belongs to; nil where it is not there or its owner has no name.
  package init?(owning path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(named: SystemUser.name(of: status.st_uid))
  }

  /// Does some work as a user and as root again afterwards: files, peers and servers see the user (seteuid(2)). Where there is
  /// none, or the process may not change, it works as it is.
  ///
  /// All threads change; call it where nothing else runs.
  package static func act<Value, Failure: Error>(
    as user: SystemUser?, _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let user else { return try work() }
    let (id, group, groups) = (geteuid(), getegid(), currentGroups)
    guard user.takeGroups(with: setegid) else { return try work() }
    _ = seteuid(user.id)
    defer {
      // The user first: only root gets groups back.
      _ = seteuid(id)
      _ = setegid(group)
      setGroups(groups)
    }
    return try work()
  }

  /// Turns root's process into this user's, for good.
  /// - Returns: false where the process may not.
  package func become() -> Bool { takeGroups(with: setgid) && setuid(id) == 0 }

  /// A user's first group is that of its account.
  private func takeGroups(with setGroup: (gid_t) -> Int32) -> Bool {
    guard let own = groups.first else { return false }
    return SystemUser.setGroups(groups) && setGroup(own) == 0
  }

  private static var currentGroups: [gid_t] {
    var groups = [gid_t](repeating: 0, count: mostGroups)
    let count = unsafe getgroups(Int32(groups.count), &groups)
    return Array(groups.prefix(max(0, Int(count))))
  }

  @discardableResult
  private static func setGroups(_ groups: [gid_t]) -> Bool { unsafe setgroups(groups.count, groups) == 0 }
}
