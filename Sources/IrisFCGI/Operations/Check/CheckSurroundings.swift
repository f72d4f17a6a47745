import IrisSystem

/// What the checks touch outside the database; tests replace it.
struct CheckSurroundings {
  var files = FileAccess.host
  var folders = FolderAccess.host
  /// One HTTP exchange with a model server.
  var transport: Gemini.Transport
  /// One look at a web server.
  var probe: PublicChecks.Probe = { (request) throws(CurlError) in try HTTPProbe.perform(request) }
  var greet: MailChecks.Greet = { (server, greeting) throws(SMTPError) in
    try SMTPClient.greet(server, greeting: greeting, limits: MailChecks.limits)
  }
  var user: (String) -> SystemUser? = { SystemUser(named: $0) }
  /// Where systemd finds units.
  var unitFolders: [String] = UnitFolders.folders(path: HostProcess.environment["SYSTEMD_UNIT_PATH"])
  var passwords = PasswordInput.host

  static var host: CheckSurroundings {
    let curl = LazyCurl()
    return CheckSurroundings { (request, limits, client, follower) throws(CurlError) in
      try curl.perform(request, limits, client, follower)
    }
  }
}

/// libcurl takes a moment to begin, and is needed only where there is a key.
private final class LazyCurl {
  private lazy var client = CurlClient()

  func perform(
    _ request: CurlRequest, _ limits: TransferLimits, _ watched: Int32?, _ follower: TransferFollower?
  ) throws(CurlError) -> CurlReply {
    guard let client else { throw .interrupted(code: -1) }
    return try client.perform(request, limits: limits, watching: watched)
  }
}
