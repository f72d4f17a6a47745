/// Requests: how many, how long they took, how long they waited, what quotas refused.
enum TrafficMetrics {
  static func write(_ scoreboard: Scoreboard, to page: inout MetricsPage) {
    let requests = scoreboard.requests.lines
    page.begin(
      "iris_http_requests_total", .counter,
      "Requests that a worker answered, by route and status; 499: the client left.")
    for line in requests { page.sample(["route": line.route, "status": line.status], line.times.count) }
    page.begin(
      "iris_http_request_duration_seconds", .histogram,
      "Time from a worker's taking a request to its answer's being ready.")
    for line in requests { page.sample(["route": line.route, "status": line.status], line.times) }
    page.begin(
      "iris_http_queue_seconds", .histogram, "Time that requests waited for a worker, by the pool they came to.")
    for line in scoreboard.pools.lines { page.sample(["pool": line.pool], line.waits) }
    page.counter(
      "iris_http_requests_abandoned_total", scoreboard.tallies[.requestsAbandoned],
      "Requests whose client had left before a worker took them; they are in no other count.")
    page.counter(
      "iris_http_answers_undelivered_total", scoreboard.tallies[.answersUndelivered],
      "Answers that the client did not take.")
    page.begin("iris_quota_refusals_total", .counter, "Requests refused by a quota.")
    page.sample(["limit": "day"], scoreboard.dayRefusals.load())
    page.sample(["limit": "letters"], scoreboard.letterRefusals.load())
    page.sample(["limit": "minute"], scoreboard.minuteRefusals.load())
  }
}
