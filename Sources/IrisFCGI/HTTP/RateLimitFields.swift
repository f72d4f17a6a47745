import IrisDomain

/// The fields of draft-ietf-httpapi-ratelimit-headers: what the limits are, and where this user stands.
/// `t` counts the seconds until one more request passes.
enum RateLimitFields {
  static func fields(for state: QuotaState) -> [Response.Field] {
    var policy: [String] = []
    var standing: [String] = []
    if let limit = state.minuteLimit, let remaining = state.minuteRemaining {
      policy.append("\"minute\";q=\(limit);w=60")
      standing.append("\"minute\";r=\(remaining);t=\(state.minuteResetSeconds)")
    }
    if let limit = state.dayLimit, let remaining = state.dayRemaining {
      policy.append("\"day\";q=\(limit);w=86400")
      standing.append("\"day\";r=\(remaining);t=\(state.dayResetSeconds)")
    }
    guard !policy.isEmpty else { return [] }
    return [
      Response.Field(name: "RateLimit-Policy", value: policy.joined(separator: ", ")),
      Response.Field(name: "RateLimit", value: standing.joined(separator: ", ")),
    ]
  }
}
