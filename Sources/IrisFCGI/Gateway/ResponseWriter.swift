/// A response as a CGI script writes it (RFC 3875 §6): fields, an empty line, the body.
enum ResponseWriter {
  static func bytes(of response: Response, requestID: String) -> [UInt8] {
    var fields = response.fields
    if response.status != 204 {
      fields.append(Response.Field(name: "Content-Length", value: String(response.body.count)))
    }
    return head(status: response.status, fields: fields, requestID: requestID, bodyCount: response.body.count)
      + response.body
  }

  /// Everything before the body, the empty line included.
  /// - Parameter bodyCount: room to keep for the body.
  static func head(status: Int, fields: [Response.Field], requestID: String, bodyCount: Int = 0) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512 + bodyCount)
    func append(_ name: String, _ value: String) {
      bytes.append(contentsOf: name.utf8)
      bytes.append(contentsOf: ": ".utf8)
      bytes.append(contentsOf: value.utf8)
      bytes.append(contentsOf: "\r\n".utf8)
    }
    append("Status", "\(status) \(reason(status))")
    append("X-Request-Id", requestID)
    for field in fields { append(field.name, field.value) }
    bytes.append(contentsOf: "\r\n".utf8)
    return bytes
  }

  /// The reason phrase (RFC 9110 §15). nginx passes the field on as the status line, which without a phrase would lack the
  /// space that RFC 9112 §4 demands.
  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 499: "Client Closed Request"
    case 500: "Internal Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    default: "Unknown"
    }
  }
}
