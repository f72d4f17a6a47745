import IrisSystem
import Testing

@testable import IrisFCGI

@Suite struct NginxChecksTests {
  private static let main = "/etc/nginx/nginx.conf"
  private static let pools =
    "upstream iris_api { server unix:/run/iris/api.sock; } upstream iris_chat { server unix:/run/iris/chat.sock; }"
  /// What every location of the API needs, as far as the checks look.
  private static let call = """
    fastcgi_pass $iris_pool; fastcgi_read_timeout 320s; fastcgi_buffer_size 16k; access_log a iris;
    fastcgi_param REQUEST_METHOD m; fastcgi_param PATH_INFO p; fastcgi_param QUERY_STRING q; fastcgi_param CONTENT_TYPE t;
    fastcgi_param CONTENT_LENGTH l; fastcgi_param REQUEST_ID i; fastcgi_param REQUEST_START s;
    fastcgi_param REMOTE_ADDR a; fastcgi_param HTTP_PROXY '';
    """
  private static let closed = "location ^~ /api/v1/internal/ { deny all; \(call) }"

  private func findings(_ files: [String: String], deadline: Int = 30, isAsked: Bool = true) -> [Finding] {
    let (site, problems) = NginxChecks.read(
      Self.main, isAsked: isAsked, files: FakeFiles.access(files), folders: FakeFiles.folders(files))
    return problems + (site.map { NginxChecks(site: $0, chatDeadlineSeconds: deadline).findings() } ?? [])
  }

  /// One server with the API, and more in its location or around it.
  private func findings(location: String = "", server: String = "", http: String = "", deadline: Int = 30) -> [Finding]
  {
    findings(
      [
        Self.main: """
        user www-data;
        http { log_format iris '$status'; \(Self.pools) \(http)
        server { listen 443; \(server) \(Self.closed)
        location /api/ { \(Self.call) \(location) } } }
        """
      ], deadline: deadline)
  }

  @Test func `the recipe is fine`() {
    #expect(findings().map(\.status) == [.ok])
  }

  @Test(
    arguments: [
      ("fastcgi_keep_conn on;", .failed, "holds a worker"),
      ("fastcgi_ignore_headers X-Accel-Buffering;", .failed, "keeps streams back"),
      ("gzip on; gzip_types text/event-stream;", .warning, "gzip"), ("gzip on; gzip_types *;", .warning, "gzip"),
      ("fastcgi_request_buffering off;", .failed, "slow upload"),
      ("fastcgi_read_timeout 20s;", .failed, "gives up after 20 s"),
      ("fastcgi_ignore_client_abort on;", .warning, "leaves"), ("fastcgi_buffer_size 4k;", .warning, "4096 bytes"),
      ("fastcgi_next_upstream error non_idempotent;", .failed, "again"),
      ("fastcgi_intercept_errors on;", .warning, "replaces"),
      ("client_max_body_size 1k;", .failed, "over 1024 bytes"),
      ("if ($a) { fastcgi_pass iris_api; fastcgi_param A b; }", .failed, "REQUEST_METHOD"),
      ("access_log b;", .warning, "combined writes visitors' addresses"), ("access_log b odd;", .warning, "odd writes"),
    ] as [(String, Finding.Status, String)])
  func `what breaks the recipe is found where it stands`(line: String, status: Finding.Status, words: String) {
    let findings = findings(location: line, http: "log_format odd '$http_x_forwarded_for';")
    #expect(findings.map(\.status) == [status])
    #expect(findings.first?.found.hasPrefix("/etc/nginx/nginx.conf:10: ") == true)
    #expect(findings.first?.found.contains(words) == true)
    #expect(findings.first?.advice != nil)
  }

  @Test func `what is said around a location holds in it, unless it says better`() {
    #expect(findings(server: "fastcgi_keep_conn on;").map(\.status) == [.failed])
    #expect(findings(http: "fastcgi_keep_conn on;").map(\.status) == [.failed])
    #expect(findings(location: "fastcgi_keep_conn off;", server: "fastcgi_keep_conn on;").count == 1)
    #expect(
      findings(location: "gzip off;", http: "gzip on; gzip_types *;").map(\.found).contains { $0.contains("gzip") }
        == true)
  }

  @Test func `the deadline of a chat counts`() {
    #expect(findings(deadline: 319).map(\.status) == [.ok])
    #expect(findings(deadline: 320).map(\.status) == [.failed, .failed])
  }

  @Test(
    arguments: [
      "location /api/ { CALL }", "location / { CALL }", "location ^~ /iris/ { CALL }", "location ~ ^/api/ { CALL }",
      "location /api/v1/internal/ { CALL }", "location /api/v1/internal/ { allow all; deny all; CALL }",
      "location /api/ { CALL } location /other/api/v1/internal/ { deny all; CALL }",
      "location ^~ /api/ { location ~ ^/ { CALL } }",
      "location ^~ /iris/ { location ~ ^/ { if ($other) { return 403; } CALL } }",
      "location ^~ /api/ { if ($iris_closed) { return 200; } CALL }",
    ])
  func `the unified backend's paths must be closed`(locations: String) {
    let findings = findings(http: "server { \(locations.replacing("CALL", with: Self.call)) }")
    #expect(findings.map(\.status) == [.failed])
    #expect(findings[0].found.contains("/api/v1/internal/ is open"))
  }

  @Test(
    arguments: [
      "location ^~ /iris/ { CALL location ^~ /iris/api/v1/internal/ { deny all; CALL } }",
      "location = /health { CALL }",
      "location ^~ /iris/ { location ~ ^/ { if ($iris_closed) { return 403; } CALL } }",
      "location = /api/v1/topics { CALL }", "location /api/v1/letters { CALL }",
    ])
  func `and are, where nothing leads there`(locations: String) {
    #expect(findings(http: "server { \(locations.replacing("CALL", with: Self.call)) }").map(\.status) == [.ok])
  }

  @Test(
    arguments: [
      ("default 0; 192.0.2.1 1;", .ok), ("default 1;", .failed), ("default 0; 0.0.0.0/0 1;", .failed),
      ("::/0 1;", .failed),
      ("127.0.0.0/8 1;", .ok), ("0.0.0.0/0 0;", .ok),
    ] as [(String, Finding.Status)])
  func `they are opened to named addresses only`(lines: String, status: Finding.Status) {
    #expect(findings(http: "geo $iris_backend { \(lines) }").map(\.status) == [status])
  }

  @Test func `the figures' own listener is no open door`() {
    #expect(
      findings(http: "server { listen 127.0.0.1:9117; location = /metrics { \(Self.call) } }").map(\.status) == [.ok])
    #expect(
      findings(http: "server { listen 9117; location = /metrics { \(Self.call) } }").map(\.status) == [.failed])
  }

  @Test func `believing everybody's word on addresses is a failure`() {
    #expect(findings(http: "set_real_ip_from 0.0.0.0/0;").map(\.status) == [.failed])
    #expect(findings(server: "set_real_ip_from ::/0;").map(\.status) == [.failed])
    #expect(findings(http: "set_real_ip_from 10.0.0.0/8;").map(\.status) == [.ok])
  }

  @Test func `kept connections of a pool are told`() {
    #expect(
      findings(http: "upstream iris_auth { server unix:/run/iris/auth.sock; keepalive 4; }").map(\.status) == [.warning]
    )
  }

  @Test(
    arguments: [
      ("", [.failed, .failed]), ("proxy_buffering off; proxy_read_timeout 320s;", [.ok]),
      ("proxy_buffering on; proxy_read_timeout 320s;", [.failed]),
      ("proxy_buffering off; proxy_read_timeout 10s;", [.failed]),
    ] as [(String, [Finding.Status])])
  func `a front before other hosts must not buffer`(lines: String, statuses: [Finding.Status]) {
    let files = [
      Self.main: """
      http { upstream iris_hosts { server a:443; server b:443; }
      server { location / { proxy_pass https://iris_hosts; \(lines) } } }
      """
    ]
    #expect(findings(files, deadline: 60).map(\.status) == statuses)
  }

  @Test func `includes are followed, by pattern and without end`() throws {
    let files = [
      Self.main: "user www-data; http { include conf.d/*.conf; include /etc/nginx/sites-enabled/*; }",
      "/etc/nginx/conf.d/a.conf": "log_format iris '$status'; \(Self.pools) include conf.d/a.conf;",
      "/etc/nginx/conf.d/b.bak": "broken {",
      "/etc/nginx/sites-enabled/iris": "server { \(Self.closed) location /api/ { include call; } }",
      "/etc/nginx/call": "\(Self.call)\nfastcgi_keep_conn on;",
    ]
    let findings = findings(files)
    #expect(findings.map(\.status) == [.warning, .failed])
    #expect(findings[0].found.contains("include each other"))
    #expect(findings[1].found.hasPrefix("/etc/nginx/call:5: "))
  }

  @Test func `files that cannot be read are named`() {
    let findings = findings([Self.main: "http { include nowhere; \(Self.pools) }"])
    #expect(findings.map(\.status) == [.warning, .failed])
    #expect(findings[0].found == "/etc/nginx/nowhere does not exist")
    #expect(findings[1].found.contains("hand nothing to Iris"))
  }

  @Test func `without nginx there is nothing to say, unless it was asked for`() {
    #expect(findings([:], isAsked: false).map(\.status) == [.skipped])
    #expect(findings([:], isAsked: true).map(\.status) == [.failed])
    #expect(findings([Self.main: "http { }"], isAsked: false).map(\.status) == [.skipped])
  }

  @Test func `the site's own values are read`() throws {
    let files = [
      Self.main: """
      user www-data www; http { \(Self.pools)
      map $http_origin $iris_cors_origin { default ""; "https://a.test" $http_origin; } server { location / { fastcgi_pass iris_api; } } }
      """
    ]
    let (found, _) = NginxChecks.read(
      Self.main, isAsked: true, files: FakeFiles.access(files), folders: FakeFiles.folders(files))
    let site = try #require(found)
    #expect(site.user == "www-data")
    #expect(site.sockets == ["api": ["/run/iris/api.sock"], "chat": ["/run/iris/chat.sock"]])
    #expect(site.origins == ["https://a.test"])
  }
}
