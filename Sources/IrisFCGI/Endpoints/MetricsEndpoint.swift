/// `GET /metrics`: what all workers of this host counted together, for Prometheus. The public site has no such path.
enum MetricsEndpoint {
  static func show(_ call: Call) -> Response {
    call.services.scoreboard.bury(log: call.services.log)
    var page = MetricsPage()
    TrafficMetrics.write(call.services.scoreboard, to: &page)
    AssistantMetrics.write(call.services, to: &page)
    HostMetrics.write(call.services, to: &page)
    return Response(
      status: 200, fields: [Response.Field(name: "Content-Type", value: "text/plain; version=0.0.4; charset=utf-8")],
      body: Array(page.text.utf8))
  }
}
