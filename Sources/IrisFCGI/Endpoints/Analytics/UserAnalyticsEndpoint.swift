/// `GET /api/v1/user/analytics`: what a user did with Alessio in the last days.
enum UserAnalyticsEndpoint {
  static func show(_ call: Call) throws -> Response { throw call.problem(.unavailable) }
}
