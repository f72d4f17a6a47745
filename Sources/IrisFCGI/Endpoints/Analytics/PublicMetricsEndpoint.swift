import IrisDomain

/// `GET /api/v1/metrics`: the six business metrics, anonymous. docs/metrics.md defines each.
enum PublicMetricsEndpoint {
  static func show(_ call: Call) throws -> Response {
    let (figures, until) = try call.services.analytics.publicFigures()
    return .json(document(PublicMetrics(figures), until: until))
  }

  private static func document(_ metrics: PublicMetrics, until: String) -> JSONObject {
    let days = metrics.dailyRequests.map { ["date": $0.date, "requests": $0.requests] as JSONObject }
    let retention: JSONObject = [
      "d1": metrics.retention.d1, "d7": metrics.retention.d7, "d30": metrics.retention.d30,
    ]
    let topics = metrics.topicPopularity.map { ["id": $0.topic.rawValue, "share": $0.share] as JSONObject }
    return [
      "generated_at": until, "window_days": PublicMetrics.windowDays, "daily_requests": days,
      "avg_response_time_ms": metrics.averageResponseMilliseconds, "user_retention": retention,
      "tier_conversion": metrics.tierConversion, "topic_popularity": topics,
      "satisfaction_score": metrics.satisfactionScore,
    ]
  }
}
