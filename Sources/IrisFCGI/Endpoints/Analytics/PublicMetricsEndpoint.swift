/// `GET /api/v1/metrics`: the six business metrics, anonymous.
enum PublicMetricsEndpoint {
  static func show(_ call: Call) throws -> Response { throw call.problem(.unavailable) }
}
