import IrisDomain

/// `user/context/{app}`: what another application shares about the user, for Alessio's prompts.
enum ContextEndpoint {
  /// `PUT /api/v1/user/context/{app}`: in the place of what was there.
  static func put(_ call: Call) throws -> Response {
    var fields = FieldReader(call.members)
    let summary = fields.text("summary", length: ContextRules.summaryLength, optional: true)
    let data = fields.sharedData("data", call.members["data"])
    try fields.finish()
    let document: JSONObject = ["summary": summary, "data": data]
    let kept = try call.granted(
      try call.services.contexts.put(app: app(call), data: JSONBytes(document).text, for: call.claims()))
    if kept == .tooMany { throw tooMany }
    return .empty
  }

  /// `GET /api/v1/user/context/{app}`
  static func show(_ call: Call) throws -> Response {
    let json = try call.granted(try call.services.contexts.get(app: app(call), for: call.claims()))
    return .json(text: json)
  }

  /// `DELETE /api/v1/user/context/{app}`
  static func delete(_ call: Call) throws -> Response {
    try call.granted(try call.services.contexts.delete(app: app(call), for: call.claims()))
    return .empty
  }

  private static func app(_ call: Call) -> String? {
    ContextRules.isAppName(call.parameter) ? call.parameter : nil
  }

  private static var tooMany: Problem {
    var problem = Problem(.validationFailed)
    problem.fieldErrors = [
      Problem.FieldError(
        pointer: "", code: "too_many",
        detail: LocalizedText(
          "Au plus \(ContextRules.mostApps) applications peuvent partager un contexte ; supprimez-en un d'abord.",
          en: "At most \(ContextRules.mostApps) applications can share a context; delete one first."))
    ]
    return problem
  }
}

extension FieldReader {
  /// An object of any shape; a missing one is empty.
  fileprivate mutating func sharedData(_ name: String, _ value: JSONValue?) -> JSONValue {
    switch value {
    case nil, .null: break
    case .object(let members):
      do throws(SharedData.Flaw) {
        return try SharedData.clean(.object(members))
      } catch {
        fail(name, error.rawValue, error.detail)
      }
    default: fail(name, "type", LocalizedText("Un objet est attendu.", en: "An object is expected."))
    }
    return .object([:])
  }
}
