import IrisDomain

/// `user/me`: who the user is, and what Alessio may know of the career.
enum ProfileEndpoint {
  /// `GET /api/v1/user/me`
  static func show(_ call: Call) throws -> Response { try Response.json(try call.account()) }

  /// Members that are short texts; their names are those of the columns.
  private static let texts: [(name: String, length: ClosedRange<Int>)] = [
    ("name", ProfileRules.nameLength), ("current_job", ProfileRules.shortLength),
    ("target_job", ProfileRules.shortLength), ("sector", ProfileRules.shortLength),
    ("region", ProfileRules.shortLength), ("goals", ProfileRules.goalsLength),
  ]

  /// `PATCH /api/v1/user/me`: absent members stay, null clears (RFC 7396).
  static func change(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    var change = ProfileChange()
    for (name, length) in texts where fields.has(name) {
      change.values.append((name, fields.text(name, length: length, optional: true)))
    }
    if fields.has("experience_years") {
      let years = fields.integer("experience_years", in: ProfileRules.experienceYears)
      change.values.append(("experience_years", years.map(String.init)))
    }
    try fields.finish()
    let account = try call.account()
    guard !change.values.isEmpty else { return try Response.json(account) }
    guard let changed = try call.services.accounts.update(id: account.id, change) else {
      throw call.problem(.sessionRevoked)
    }
    return try Response.json(changed)
  }
}
