internal import CSystem

/// A user of this host with all its groups, as the name service has it (getpwnam(3), getgrouplist(3)).
package struct SystemUser: Equatable, Sendable {
  /// Most groups that a user may have here; the kernel takes 65,536 (NGROUPS_MAX), people give a dozen.
  static let mostGroups = 1_024

  package let name: String
  package let id: UInt32
  package let groups: [UInt32]

  package init(name: String, id: UInt32, groups: [UInt32]) {
    self.name = name
    self.id = id
    self.groups = groups
  }

  /// - Returns: nil where there is no such user.
  package init?(named name: String) {
    var user: uid_t = 0
    var groups = [gid_t](repeating: 0, count: Self.mostGroups)
    var count = Int32(groups.count)
    guard unsafe iris_user_groups(name, &user, &groups, &count) == 0 else { return nil }
    self.init(name: name, id: user, groups: Array(groups.prefix(Int(count))))
  }

  /// The name of a user, for people; the number where it has none.
  package static func name(of id: UInt32) -> String {
    let name = unsafe [CChar](unsafeUninitializedCapacity: 16_384) { room, count in
      count = unsafe iris_user_name(id, room.baseAddress, room.count)
    }
    return name.isEmpty ? String(id) : String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension FileStatus {
  /// What may be done with a file, as the bits of one class of users.
  package struct Access: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let read = Access(rawValue: 4)
    package static let write = Access(rawValue: 2)
    /// To enter a folder.
    package static let enter = Access(rawValue: 1)
  }

  /// Whether the mode lets a user do all of it: the owner's bits count for the owner, the group's for its members, the
  /// last for all others (path_resolution(7)). Access control lists are not looked at.
  package func allows(_ access: Access, to user: SystemUser) -> Bool {
    if user.id == 0 { return true }
    let shift: UInt32 = user.id == ownerID ? 6 : user.groups.contains(groupID) ? 3 : 0
    return Access(rawValue: permissions >> shift).isSuperset(of: access)
  }
}
