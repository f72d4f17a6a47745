"""fcgiwrap, Apache and spawn-fcgi with the very lines that docs/operations.md gives for them, on other paths and ports."""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import fastcgi_peer as peer
import pytest
from devserver.client import free_ports
from devserver.service_user import ServiceUser
from devserver.site import Site
from fronts import assert_whole, await_answer, client, module_of, program, running, service_folder, settings_file, sockets
from model_server import ModelServer
from operations_page import fenced
from plain_cgi import service_env
from service import Service, wait_until

MODULES = Path("/usr/lib/apache2/modules")
#: What Debian's Apache has switched on, as far as it could matter here.
DEBIAN = ("authz_core", "authz_host", "alias", "deflate", "dir", "env", "filter", "mime", "reqtimeout", "setenvif")
#: What `a2enmod` switches on beside the module that it is asked for.
NEEDED = {"proxy_fcgi": ("proxy", "proxy_fcgi")}

APACHE = """\
ServerRoot {folder}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile apache.pid
Mutex file:{folder}
ErrorLog error.log
TypesConfig /etc/mime.types
DocumentRoot {folder}/html
{modules}
AddOutputFilterByType DEFLATE text/html text/plain application/json
Listen 127.0.0.1:{port}
<Directory />
    Require all denied
</Directory>
<Directory {folder}/html>
    Require all granted
</Directory>
<VirtualHost *>
{shown}
</VirtualHost>
"""


def test_fcgiwrap(assistant: Service, model: ModelServer) -> None:
    """nginx with all that it does, and no worker that stays."""
    pools, program_line = fenced("fcgiwrap", "nginx")
    (unit,) = fenced("fcgiwrap", "ini")
    wrapper = shlex.split(re.findall(r"(?m)^ExecStart=(.+)$", unit)[-1])
    server, port = assistant.server, free_ports()
    with ExitStack() as stack:
        folder = stack.enter_context(service_folder())
        wrapper[wrapper.index("/usr/bin/iris-fcgi")] = str(program(server))
        listener = stack.enter_context(_listening(folder / "wrap.sock"))
        env = {"IRIS_ENV_FILE": str(settings_file(folder, server))}
        stack.enter_context(running(wrapper, folder, env, stdin=listener))
        site = Site(folder)
        site.prepare(sockets(server))
        (site.conf / "iris" / "pools.conf").write_text(pools.replace("/run/fcgiwrap.socket", f"{folder}/wrap.sock"))
        lines = program_line.replace("/usr/bin/iris-fcgi", str(program(server))) + "include iris/site.conf;\n"
        site.enable("iris", f"server {{\nlisten 127.0.0.1:{port};\n{lines}}}\n")
        site.check()
        nginx = site.server()
        stack.callback(lambda: (nginx.terminate(), nginx.wait(20)))
        http = stack.enter_context(client(f"http://127.0.0.1:{port}"))
        await_answer(lambda: http.get("/health/live").status_code == 200, folder / "said")
        assert_whole(http, model)
        assert http.get("/health/live", headers={"Origin": "https://app.example.org"}).headers["vary"] == "Origin"


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """A socket as fcgiwrap.socket makes it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        ServiceUser.current().give(path)
        listener.listen(64)
        yield listener


@contextmanager
def _apache(folder: Path, modules: list[str], shown: str) -> Iterator[str]:
    """Apache with a virtual host around a block of the documentation; its URL."""
    port = free_ports()
    (folder / "html").mkdir()
    (folder / "html" / "index.html").write_text("<p>Apache's own</p>\n")
    load = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules)
    text = APACHE.format(folder=folder, port=port, modules=load, shown=shown)
    (folder / "apache.conf").write_text(text)
    with running(["/usr/sbin/apache2", "-f", f"{folder}/apache.conf", "-DFOREGROUND"], folder):
        with client(f"http://127.0.0.1:{port}") as http:
            await_answer(lambda: http.get("/").text == "<p>Apache's own</p>\n", folder / "said")
            assert http.get("/irisx").status_code == 404
        yield f"http://127.0.0.1:{port}/iris"


def test_apache_in_front_of_the_pools(assistant: Service, model: ModelServer) -> None:
    """Streams tick, tokens arrive, each pool gets what is its own."""
    server = assistant.server
    (shown,) = fenced("Apache, mod_proxy_fcgi", "apache")
    for pool, path in sockets(server).items():
        assert f"/run/iris/{pool}.sock" in shown
        shown = shown.replace(f"/run/iris/{pool}.sock", str(path))
    modules = ["mpm_event", *DEBIAN, *NEEDED[module_of("Apache, mod_proxy_fcgi")]]
    with service_folder() as folder, _apache(folder, modules, shown) as url, client(url) as http:
        assert_whole(http, model)
        for pool, method, path in (
            ("auth", "POST", "/api/v1/auth/login"), ("chat", "POST", "/api/v1/chat"), ("api", "GET", "/api/v1/user/me"),
        ):  # fmt: skip
            request_id = http.request(method, path).headers["X-Request-Id"]
            log = server.log_dir / f"{pool}.log"
            wait_until(lambda wanted=request_id, log=log: wanted in log.read_text(errors="replace"), why=path)


@pytest.mark.parametrize(("model_of_processes", "module"), [("mpm_event", "cgid"), ("mpm_prefork", "cgi")])
def test_apache_starts_the_program(
    assistant: Service, model: ModelServer, model_of_processes: str, module: str
) -> None:
    """`a2enmod cgi` switches on cgid where Apache has threads, as Debian's has."""
    server = assistant.server
    assert module_of("Apache, mod_cgi") == "cgi"
    (shown,) = fenced("Apache, mod_cgi", "apache")
    with service_folder() as folder:
        shown = shown.replace("/usr/bin/iris-fcgi", str(program(server)))
        shown = shown.replace("/etc/iris/cgi.env", str(settings_file(folder, server)))
        with _apache(folder, [model_of_processes, *DEBIAN, module], shown) as url, client(url) as http:
            assert_whole(http, model)


def test_spawn_fcgi(assistant: Service) -> None:
    """Who is no root cannot choose users; all else of the command is what is shown."""
    (shown,) = fenced("spawn-fcgi", "sh")
    user, server = ServiceUser.current(), assistant.server
    with service_folder() as folder:
        path = folder / "api.sock"
        words = shlex.split(shown.replace("/run/iris/api.sock", str(path)).replace("/usr/bin/iris-fcgi", str(program(server))))
        if user.drops:
            words = [{"iris": user.name, "www-data": str(user.gid)}.get(word, word) for word in words]
            words[words.index("-g") + 1] = str(user.gid)
        else:
            words = re.sub(r" -[UGug] \S+", "", shlex.join(words)).split()
        env = {"IRIS_ENV_FILE": "/dev/null", **service_env(server)}
        with running(words, folder, env, as_root=True) as worker:
            await_answer(lambda: peer.connect(str(path)).close() or True, folder / "said")
            assert path.stat().st_mode & 0o777 == 0o660
            for _ in range(3):
                with peer.connect(str(path)) as asking:
                    asking.sendall(peer.request())
                    assert b'{"status":"ok"}' in peer.answer(asking)
            uid = Path(f"/proc/{worker.pid}").stat().st_uid
            assert uid == user.uid
        assert worker.returncode == 0


def test_by_hand(assistant: Service) -> None:
    """The one line that needs no server at all."""
    (shown,) = fenced("By hand", "sh")
    words = shlex.split(shown)
    words[-1] = str(program(assistant.server))
    with service_folder() as folder:
        env = service_env(assistant.server)
        with running(words, folder, env) as child:
            assert child.wait(20) == 0
        assert b"Status: 200 OK" in (folder / "said").read_bytes()
