import IrisDomain

/// `GET /api/v1/user/analytics`: what a user did with Alessio in the last days.
enum UserAnalyticsEndpoint {
  static func show(_ call: Call) throws -> Response {
    let claims = try call.claims()
    // Of the primary: a replica may not know yet that the session ended, or what was just charged.
    let (tier, usage) = try call.granted(try call.services.dayUsage.today(of: claims))
    var query = QueryReader(call.request.query)
    let days = query.integer("days", in: UserFigures.days) ?? UserFigures.usualDays
    try query.finish()
    let figures = try call.services.analytics.userFigures(
      call.services.pseudonyms.users(claims.sub), days: days)
    let quota: JSONObject = [
      "daily_limit": call.configuration.limits[tier].messagesPerDay, "daily_used": usage.used,
      "resets_at": usage.resetsAt,
    ]
    return .json(document(figures, days: days, quota: quota))
  }

  private static func document(_ figures: UserFigures, days: Int, quota: JSONObject) -> JSONObject {
    let byDay = figures.days.map { day in
      ["date": day.date, "messages": day.messages, "avg_response_time_ms": day.averageMilliseconds] as JSONObject
    }
    let topics = figures.rankedTopics.map { ["id": $0.topic.rawValue, "messages": $0.messages] as JSONObject }
    return [
      "days": days, "from": figures.days.first?.date, "to": figures.days.last?.date, "messages": figures.messages,
      "sessions": figures.sessions, "tokens": ["in": figures.tokensIn, "out": figures.tokensOut] as JSONObject,
      "avg_response_time_ms": figures.averageMilliseconds, "by_day": byDay, "topics": topics,
      "satisfaction": ["average": figures.averageRating, "count": figures.ratings] as JSONObject, "quota": quota,
    ]
  }
}
