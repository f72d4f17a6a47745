"""A site that was there first, with its PHP and its pages: the API is mounted under prefixes, and nothing else changes."""

from __future__ import annotations

import glob
import json
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from devserver.client import free_ports
from devserver.service_user import ServiceUser
from devserver.site import Site
from fronts import assert_whole, await_answer, client, running, service_folder, sockets
from model_server import ModelServer
from operations_page import fenced
from raw_http import exchange, exchange_bytes
from service import Service, problem, wait_until

ORIGINS = ("https://app.example.org", "https://cv.example.net:8443", "http://localhost:3000")
#: As the documentation has it; one that begins like the API; and one with what a pattern would take for its own.
PREFIXES = ("/iris", "/api", "/a.b/c+d~e")

SHOP = """\
server {{
    listen 127.0.0.1:{port};
    server_name shop.example.org localhost;
    root {folder}/shop;
    index index.html;
    error_page 404 /missing.html;
    add_header X-Shop yes always;
    client_max_body_size 8k;
    gzip on;
    gzip_min_length 20;
    access_log shop.log;
{mount}
    location /api/ {{
        return 200 "the shop's own\\n";
    }}
    location = /health {{
        return 200 "the shop is well\\n";
    }}
    location ~ ^/iris {{
        return 410;
    }}
    location ~ \\.php$ {{
        include /etc/nginx/fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:{folder}/php.sock;
    }}
}}
"""
#: A second server of the same nginx, for the other prefixes.
OFFICE = """\
server {{
    listen 127.0.0.1:{port};
    large_client_header_buffers 2 17k;
    include iris/problem.conf;
{mounts}
}}
"""
PAGES = {
    "index.html": "<h1>Boutique</h1>" + "<p>Des pages.</p>" * 40, "missing.html": "<h1>Rien ici</h1>",
    "style.css": "body { color: teal }\n" * 20, "irisx.html": "<p>Iris, la fleur</p>",
    "panier.php": "<?php header('X-Panier: 3'); echo $_SERVER['REQUEST_METHOD'], ' ', $_SERVER['REQUEST_URI'], ' ',"
                  " $_SERVER['SCRIPT_NAME'], ' ', file_get_contents('php://input'), \"\\n\";",
    "erreur.php": "<?php http_response_code(503); echo 'fermé';",
}  # fmt: skip
PHP = """\
[global]
daemonize = no
error_log = {folder}/php.log
[www]
listen = {folder}/php.sock
pm = static
pm.max_children = 1
"""


def request(line: str, *headers: str, body: str = "") -> bytes:
    """One request of a visitor of the shop."""
    lines = [line, "Host: shop.example.org", "Connection: close", *headers]
    return "\r\n".join([*lines, "", body]).encode()


VISITS = {
    "home": request("GET / HTTP/1.1"),
    "compressed": request("GET / HTTP/1.1", "Accept-Encoding: gzip"),
    "HEAD": request("HEAD /style.css HTTP/1.1"),
    "range": request("GET /style.css HTTP/1.1", "Range: bytes=3-9"),
    "PHP": request("GET /panier.php?a=%0Ab HTTP/1.1", "Cookie: s=1", "Authorization: Basic YTpi"),
    "form": request("POST /panier.php HTTP/1.1", "Content-Length: 5", "Content-Type: text/plain", body="a=1&b"),
    "PHP's error": request("GET /erreur.php HTTP/1.1"),
    "nothing there": request("GET /nulle/part HTTP/1.1"),
    "preflight": request("OPTIONS / HTTP/1.1", f"Origin: {ORIGINS[0]}", "Access-Control-Request-Method: POST"),
    "its own /api/": request("GET /api/v1/topics HTTP/1.1"),
    "its own /health": request("GET /health HTTP/1.1"),
    "no /metrics": request("GET /metrics HTTP/1.1"),
    "prefix without slash": request("GET /iris HTTP/1.1"),
    "name that begins so": request("GET /irisx.html HTTP/1.1"),
    "problem page": request("GET /.iris-problem HTTP/1.1"),
    "large body": request("POST /panier.php HTTP/1.1", "Content-Length: 9000", body="x" * 9000),
    "large header": request("GET / HTTP/1.1", "X-Large: " + "x" * 9000),
    "long address": request("GET /" + "x" * 9000 + " HTTP/1.1"),
    "no HTTP": b"GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
    "TRACE": request("TRACE / HTTP/1.1"),
}


@dataclass(frozen=True)
class Mounted:
    """The site with the API in it, and what visitors saw before."""

    site: Site
    shop: int
    office: int
    before: dict[str, bytes]

    def url(self, prefix: str) -> str:
        """Where the API is under a prefix: in the shop under the documented one, in the office under others."""
        return f"http://127.0.0.1:{self.shop if prefix == PREFIXES[0] else self.office}{prefix}"


def visit(port: int, request: bytes) -> bytes:
    """An answer to the byte, but for the clock's."""
    return re.sub(rb"(?m)^Date: .*\r$", b"Date: -\r", exchange_bytes(port, request))


def mount(prefix: str) -> str:
    """The documented lines, with another prefix."""
    shown = fenced("nginx", "nginx")[0]
    changed, places = re.subn(r" /iris(?=[/;])", f" {prefix}", shown)
    assert places == 2, shown
    return changed


@pytest.fixture(scope="module")
def mounted(assistant: Service) -> Iterator[Mounted]:
    """The shop is visited, then the API is mounted and nginx told to read its files again, as a sysadmin does it."""
    user, shop, office = ServiceUser.current(), free_ports(), free_ports()
    php = max(glob.glob("/usr/sbin/php-fpm*"))
    with ExitStack() as stack:
        folder = stack.enter_context(service_folder())
        (folder / "shop").mkdir()
        for name, text in PAGES.items():
            (folder / "shop" / name).write_text(text)
        (folder / "php.conf").write_text(PHP.format(folder=folder))
        stack.enter_context(running([php, "-n", "-y", f"{folder}/php.conf"], folder))
        site = Site(folder)
        site.prepare(sockets(assistant.server))
        maps = site.conf / "conf.d" / "iris-maps.conf"
        shipped = maps.read_text()
        maps.unlink()
        site.enable("shop", SHOP.format(port=shop, folder=folder, mount=""))
        site.check()
        nginx = site.server()
        stack.callback(lambda: (nginx.terminate(), nginx.wait(20)))
        await_answer(lambda: (folder / "php.sock").exists() and visit(shop, VISITS["home"]), folder / "said")
        before = {name: visit(shop, sent) for name, sent in VISITS.items()}

        maps.write_text(shipped)
        (site.conf / "iris" / "origins.map").write_text(
            "".join(f'"{origin}" $http_origin;\n' for origin in ORIGINS))
        site.enable("shop", SHOP.format(port=shop, folder=folder, mount=mount(PREFIXES[0])))
        lines = "".join(mount(prefix).replace("include iris/problem.conf;\n", "") for prefix in PREFIXES[1:])
        site.enable("office", OFFICE.format(port=office, mounts=lines))
        site.check()
        nginx.send_signal(signal.SIGHUP)
        found = Mounted(site, shop, office, before)
        for prefix in PREFIXES:
            await_answer(lambda url=found.url(prefix): httpx.get(f"{url}/health/live").status_code == 200, folder / "said")
        yield found


@pytest.mark.parametrize("name", VISITS)
def test_the_site_stays_as_it_was_to_the_byte(mounted: Mounted, name: str) -> None:
    """Status line, headers in their order, body."""
    assert visit(mounted.shop, VISITS[name]) == mounted.before[name]


def test_the_visits_show_what_they_should(mounted: Mounted) -> None:
    """Else the same failure twice would pass for the same page."""
    found = {name: int(answer.split(b" ", 2)[1]) for name, answer in mounted.before.items()}
    other = {
        "range": 206, "PHP's error": 503, "nothing there": 404, "preflight": 405, "no /metrics": 404,
        "prefix without slash": 410, "name that begins so": 410, "problem page": 404, "large body": 413,
        "large header": 400, "long address": 414, "no HTTP": 400, "TRACE": 405,
    }  # fmt: skip
    assert found == {name: other.get(name, 200) for name in VISITS}
    assert b"POST /panier.php /panier.php a=1&b\n" in mounted.before["form"]
    assert b"X-Panier: 3" in mounted.before["PHP"] and b"X-Shop: yes" in mounted.before["home"]


@pytest.mark.parametrize("prefix", PREFIXES[1:])
def test_the_api_is_whole_under_any_prefix(mounted: Mounted, model: ModelServer, prefix: str) -> None:
    with client(mounted.url(prefix)) as http:
        assert_whole(http, model)


@pytest.fixture()
def iris(mounted: Mounted) -> Iterator[httpx.Client]:
    """A client of the API in the shop."""
    with client(mounted.url(PREFIXES[0])) as http:
        yield http


@pytest.mark.parametrize("path", ["/", "/metrics", "/api", "/health/", "/index.html", "/.iris-problem", "/iris/api/v1/topics"])
def test_a_prefix_has_the_api_and_no_more(iris: httpx.Client, path: str) -> None:
    """Above all not the workers' figures."""
    assert problem(iris.get(path))["code"] == "not_found"


def test_each_request_goes_to_its_pool(assistant: Service, iris: httpx.Client) -> None:
    for pool, method, path in (
        ("auth", "POST", "/api/v1/auth/login"), ("auth", "DELETE", "/api/v1/user/me"),
        ("chat", "POST", "/api/v1/chat"), ("api", "GET", "/api/v1/chat/sessions"), ("api", "GET", "/health"),
    ):  # fmt: skip
        request_id = iris.request(method, path).headers["X-Request-Id"]
        log = assistant.server.log_dir / f"{pool}.log"
        wait_until(lambda log=log, wanted=request_id: wanted in log.read_text(errors="replace"), why=path)


def test_bodies_have_the_limits_of_the_api_and_not_of_the_site(iris: httpx.Client) -> None:
    """The shop takes 8 KiB; a letter may have 256 KiB, and more than any is refused by nginx in words."""
    token = {"Authorization": "Bearer x"}
    assert problem(iris.post("/api/v1/chat", content=b"x" * 9000, headers=token))["code"] == "invalid_token"
    assert iris.post("/api/v1/letters", content=b"x" * (264 << 10), headers=token).status_code in (401, 404)
    assert problem(iris.post("/api/v1/letters", content=b"x" * (265 << 10), headers=token))["code"] == "body_too_large"


def test_public_pages_are_kept(iris: httpx.Client) -> None:
    topics = "/api/v1/topics"
    wait_until(lambda: 'cache;desc="HIT"' in iris.get(topics).headers["Server-Timing"])
    bearer = iris.get(topics, headers={"Authorization": "Bearer x"})
    assert bearer.status_code == 200 and "cache" not in bearer.headers["Server-Timing"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_each_listed_origin_may_call(iris: httpx.Client, origin: str) -> None:
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = iris.options("/api/v1/chat", headers=asking)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, origin)
    assert iris.get("/api/v1/nowhere", headers=asking).headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["https://else.example", "https://cv.example.net", f"{ORIGINS[0]}.evil.example"])
def test_no_others_may(iris: httpx.Client, origin: str) -> None:
    assert "access-control-allow-origin" not in iris.get("/health", headers={"Origin": origin}).headers


def test_the_services_interface_is_closed(iris: httpx.Client) -> None:
    for path in ("users/lea", "%75sers/lea", "/users/lea", "../internal/users/lea"):
        assert problem(iris.put(f"/api/v1/internal/{path}", content=b"{}"))["code"] == "forbidden", path


def test_without_workers_it_is_an_honest_502(assistant: Service, iris: httpx.Client) -> None:
    """In the API's shape, in a site with error pages of its own."""
    place = sockets(assistant.server)["api"]
    aside = place.with_name("api.aside")
    place.rename(aside)
    try:
        assert problem(iris.get("/health"))["code"] == "unavailable"
    finally:
        aside.rename(place)


@pytest.mark.parametrize("path", ["/api/v1/x%0ay", "/api/v1/x%00", "/api/v1/%2e%2e/%2e%2e/%2e%2e/panier.php"])
def test_odd_paths_are_no_way_around(iris: httpx.Client, path: str) -> None:
    """An encoded newline, a NUL, and the way back to the shop, which is the shop's."""
    answer = exchange(iris.base_url.port, request(f"GET /iris{path} HTTP/1.1"))
    assert answer.status in (400, 404) or b"GET" in answer.body


def test_the_api_logs_no_address_and_no_id(mounted: Mounted, iris: httpx.Client) -> None:
    """In a log of its own: the shop's has none of its requests."""
    answer = iris.get("/api/v1/chat/sessions/5b1f?limit=1")
    log, wanted = mounted.site.folder / "iris.log", answer.headers["X-Request-Id"]
    wait_until(lambda: wanted in log.read_text())
    (line,) = [line for line in log.read_text().splitlines() if wanted in line]
    assert json.loads(line)["path"] == "/iris/api/v1/chat/sessions/*" and "127.0.0.1" not in line
    shop = (mounted.site.folder / "shop.log").read_text()
    assert "/panier.php" in shop and "/iris/api/v1/chat" not in shop


def test_the_worker_knows_where_it_is(assistant: Service, iris: httpx.Client) -> None:
    """SCRIPT_NAME and PATH_INFO of RFC 3875: the route in its log is the API's, without the prefix."""
    request_id = iris.get("/api/v1/user/me").headers["X-Request-Id"]
    lines = wait_until(lambda: [line for line in assistant.server.log_lines("api") if line.get("id") == request_id])
    assert lines[-1]["route"] == "/api/v1/user/me"
