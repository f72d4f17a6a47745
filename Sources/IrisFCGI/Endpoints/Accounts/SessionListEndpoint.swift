import IrisDomain
import IrisSystem

/// `auth/sessions`: where the user is logged in.
enum SessionListEndpoint {
  /// `GET /api/v1/auth/sessions`: those used last first.
  static func list(_ call: Call) throws -> Response {
    var query = QueryReader(call.request.query)
    let request = query.page(of: "logins")
    try query.finish()
    let page = try call.granted(try call.services.sessionList.page(request, for: call.claims()))
    let answer: JSONObject = [
      "items": page.items.map(document(of:)), "next_cursor": page.next?.text(of: "logins"),
    ]
    return .json(answer)
  }

  /// `DELETE /api/v1/auth/sessions/{id}`: its tokens are refused from the next request on.
  static func end(_ call: Call) throws -> Response {
    let id = Identifier.canonicalUUID(call.parameter)
    try call.granted(try call.services.sessionList.end(id, for: call.claims()))
    return .empty
  }

  private static func document(of entry: SessionListStore.Entry) -> JSONObject {
    [
      "id": entry.id, "created_at": entry.createdAt, "last_used_at": entry.lastUsedAt, "expires_at": entry.expiresAt,
      "device": entry.device, "current": entry.isCurrent,
    ]
  }
}
