/// A response as a CGI script writes it (RFC 3875 §6): fields, an empty line, the body.
enum ResponseWriter {
  static func bytes(of response: Response, requestID: String) -> [UInt8] {
    var head = "Status: \(response.status) \(reason(response.status))\r\nX-Request-Id: \(requestID)\r\n"
    for field in response.fields { head += "\(field.name): \(field.value)\r\n" }
    if response.status != 204 { head += "Content-Length: \(response.body.count)\r\n" }
    head += "\r\n"
    return Array(head.utf8) + response.body
  }

  /// The reason phrase (RFC 9110 §15). nginx passes the field on as the status line, which without a phrase would lack the
  /// space that RFC 9112 §4 demands.
  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
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
    case 503: "Service Unavailable"
    default: "Unknown"
    }
  }
}
