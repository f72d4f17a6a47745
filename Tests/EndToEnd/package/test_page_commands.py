"""The blocks of docs/operations.md that belong to no walk of their own, typed one after the other on a Debian with the
package, as they stand there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from debian_host import API, NAME, DebianHost
from operations_page import fenced
from people import PASSWORD
from service import wait_until

SETTINGS = "/etc/iris/iris.env"
#: Writes where `systemctl edit` says that the new contents stand.
WRITER = "#!/bin/sh\nsed -i '2r /root/drop-in' \"$1\"\n"


@pytest.fixture(scope="module")
def iris(host: DebianHost, package: Path) -> DebianHost:
    """A host after the first page: installed, one account, one answered question."""
    host.put(package, f"/root/{package.name}")
    host.shell("".join(fenced("Install", "sh")))
    # More questions a minute than one person asks.
    host.psql("UPDATE iris.accounts SET tier = 'premium'")
    # What the page asks for in passing.
    host.shell("apt install jq python3-aiosmtpd iproute2")
    return host


@pytest.fixture()
def configure(iris: DebianHost) -> Callable[[str], None]:
    """Adds lines to iris.env and has the workers read it; the test's end takes them away again."""
    before = iris.read(SETTINGS)

    def add(lines: str) -> None:
        iris.put(f"{before}\n{lines}", SETTINGS, mode=0o640, owner="root:iris")
        iris.shell("iris-fcgi reload")

    yield add
    iris.put(before, SETTINGS, mode=0o640, owner="root:iris")
    iris.shell("iris-fcgi reload")


def test_root_is_told_of_settings_and_health(iris: DebianHost) -> None:
    """Root's role is not in the database: what root asks is asked as workers do."""
    (block,) = fenced("Settings and secrets", "sh")
    said = iris.shell(block).stdout
    assert "IRIS_JWT_SECRET=" in said and "IRIS_DATABASE_URL" in said
    assert re.search(r"^ok +database ", said, re.MULTILINE) and re.search(r"^ok +schema ", said, re.MULTILINE), said
    assert "failed" not in said, said


def test_the_doctor_has_one_doubt(iris: DebianHost) -> None:
    """The model of the test thinks of nothing, so that no stream shows a pause."""
    (block,) = fenced("Doctor", "sh")
    done = iris.shell(block, check=False)
    assert done.returncode == 3 and re.findall(r"(?m)^(?:warning|failed) +(\w+)", done.stdout) == ["stream"], done.stdout


def test_pools_grow(iris: DebianHost) -> None:
    _, block, *_ = fenced("Services", "sh")
    iris.shell(block)
    assert sum(unit.startswith("iris-chat@") for unit in iris.workers()) == 24
    iris.shell("iris-fcgi pool chat 8")
    assert sum(unit.startswith("iris-chat@") for unit in iris.workers()) == 8


def test_months_are_archived_and_read_again(iris: DebianHost) -> None:
    drop_in, *_ = fenced("Services", "sh")
    (read,) = fenced("Retention", "sh")
    iris.put("".join(re.findall(r"(?m)^# (.*\n)", drop_in)), "/root/drop-in")
    iris.put(WRITER, "/root/writer", mode=0o755)
    iris.type(f"export SYSTEMD_EDITOR=/root/writer\n{drop_in}")
    iris.psql("""
        SELECT iris.ensure_partitions('2025-01-01', 1);
        INSERT INTO iris.iris_events (event_type, timestamp) VALUES ('chat_request', '2025-01-15')""")
    iris.systemctl("start", "iris-maintain.service")
    iris.shell(read)
    assert iris.psql("SELECT event_type, timestamp::date FROM old; DROP TABLE old") == "chat_request|2025-01-15"
    assert iris.psql("SELECT to_regclass('iris.iris_events_202501')") == ""
    iris.systemctl("revert", "iris-maintain.service")


@pytest.mark.parametrize("place", ["credstore", "credstore.encrypted"])
def test_a_secret_may_be_a_credential(iris: DebianHost, place: str) -> None:
    *_, plain, encrypted = fenced("Services", "sh")
    settings = iris.read(SETTINGS)
    iris.put("AQ.autre-cle\n", "/root/key.txt")
    iris.put(re.sub("(?m)^IRIS_GEMINI_API_KEYS=.*\n", "", settings), SETTINGS, mode=0o640, owner="root:iris")
    iris.shell(encrypted if place.endswith("encrypted") else plain)
    assert "AQ." not in iris.read(SETTINGS)
    assert ("autre-cle" in iris.read(f"/etc/{place}/iris_gemini_api_keys")) == (place == "credstore")
    answer = iris.chat(iris.token(), f"Un titre de CV en 2026, pour {place} ?")
    assert answer["model_used"].startswith("gemini")
    iris.put(settings, SETTINGS, mode=0o640, owner="root:iris")
    iris.shell(f"rm -rf /etc/{place}/iris_gemini_api_keys /etc/systemd/system/iris-.service.d")
    iris.shell("systemctl daemon-reload; iris-fcgi reload")


def test_a_stream_is_seen_to_tick(iris: DebianHost) -> None:
    (block,) = fenced("nginx", "sh")
    said = iris.shell(f"TOKEN={iris.token()}\n{block}").stdout
    assert re.search(r"^[0-9:.]{12} event: start$", said, re.MULTILINE) and "event: done" in said, said


def test_upkeep_by_cron(iris: DebianHost) -> None:
    (line,) = fenced("Upkeep and mails", "")
    *minute, user, command = line.split(None, 6)
    assert minute == ["*"] * 5
    before = iris.psql("SELECT finished_at FROM iris.upkeep")
    iris.run("runuser", "-u", user, "--", "sh", "-c", command)
    assert iris.psql("SELECT finished_at FROM iris.upkeep") > before


def test_upkeep_by_root_leaves_nothing_that_workers_cannot_read(iris: DebianHost) -> None:
    iris.shell("rm -f /var/lib/iris/monitor; iris-fcgi maintain")
    owners = iris.run("find", "/var/lib/iris", "/run/iris", "!", "-type", "s", "-printf", "%u\n").stdout.split()
    assert iris.run("stat", "-c", "%U", "/var/lib/iris/monitor").stdout == "iris\n" and "root" not in owners


def test_mails_are_read_without_a_server(iris: DebianHost, configure: Callable[[str], None]) -> None:
    (block,) = fenced("Upkeep and mails", "sh")
    listen, run = block.splitlines()
    settings = re.sub(r" make run.*", "", run).replace(" IRIS_MAIL", "\nIRIS_MAIL").replace("'", '"')
    configure(f"{settings}\nIRIS_PUBLIC_URL=https://{NAME}\n")
    iris.shell(f"systemd-run -q --unit mails -E PYTHONUNBUFFERED=1 -- {listen.partition('#')[0]}")
    iris.shell(f"""until ss -tln | grep -q 127.0.0.1:8025; do sleep 0.1; done
        curl -sf {API}/auth/password/forgot -H 'Content-Type: application/json' -d '{{"email":"lea@example.org"}}'
        iris-fcgi maintain""")
    wait_until(lambda: "/reset-password#token=3D" in iris.run("journalctl", "-u", "mails", "-o", "cat").stdout, seconds=20)
    iris.systemctl("stop", "mails")


@pytest.mark.parametrize("call", [
    pytest.param(lambda: fenced("Upkeep and mails", "sql"), id="mails"),
    pytest.param(lambda: fenced("Retention", "sql"), id="retention"),
    pytest.param(lambda: fenced("Figures", "sql"), id="figures"),
    pytest.param(lambda: fenced("Models and keys", "sql"), id="models"),
    pytest.param(lambda: fenced("Alerts", "sql"), id="alerts"),
    pytest.param(lambda: fenced("When users get prepared advice", "sql"), id="advice"),
    pytest.param(lambda: fenced("When logins are attacked", "sql"), id="logins"),
])  # fmt: skip
def test_a_query_is_one_of_the_schema(iris: DebianHost, call: Callable[[], list[str]]) -> None:
    """Whoever may read and write rows may ask it."""
    for block in call():
        iris.psql(block, user="iris")


def test_figures_of_models_are_there(iris: DebianHost) -> None:
    spent, _ = fenced("Models and keys", "sql")
    by_hour, _, _ = fenced("When users get prepared advice", "sql")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\|0\.\d+", iris.psql(spent).splitlines()[0])
    assert iris.psql(by_hour).splitlines()[-1].split("|")[1] > "0"


def test_another_issuer_and_a_backup_are_configured(iris: DebianHost, configure: Callable[[str], None]) -> None:
    (issuer,) = fenced("Tokens of another issuer", "")
    (backups,) = fenced("Models and keys", "sh")
    for backup in backups.split("\n\n"):
        configure(issuer + re.sub(r" +#.*", "", backup))
        said = iris.shell("iris-fcgi config").stdout
        for name, _, value in (line.partition("=") for line in (issuer + re.sub(r" +#.*", "", backup)).split()):
            assert re.search(rf"{name} .*{re.escape(value)}", said), said


def test_the_unified_backend_tells_of_a_user(iris: DebianHost, configure: Callable[[str], None]) -> None:
    (block,) = fenced("The unified backend", "sh")
    (issuer,) = fenced("Tokens of another issuer", "")
    secret = "un secret entre deux services, assez long"
    configure(f'{issuer}IRIS_SERVICE_SECRET="{secret}"\n')
    closed = iris.shell(f'IRIS_SERVICE_SECRET="{secret}"\n{block}').stdout
    assert json.loads(closed)["status"] == 403
    iris.put("127.0.0.1 1;\n", "/etc/nginx/iris/internal.geo")
    iris.systemctl("reload", "nginx")
    wait_until(lambda: json.loads(iris.shell(f'IRIS_SERVICE_SECRET="{secret}"\n{block}').stdout).get("tier") == "premium", 10)


def test_accounts_are_kept_by_commands(iris: DebianHost) -> None:
    (block,) = fenced("Accounts", "sh")
    add, *rest = block.splitlines(keepends=True)
    # The account of the installation has that address; the year of the example passes.
    iris.shell("iris-fcgi user erase lea@example.org --yes")
    screen = iris.type(add, ("Password for lea@example.org: ", PASSWORD), ("again: ", PASSWORD))
    assert "lea@example.org" in screen and PASSWORD not in screen
    iris.token()
    shown = iris.shell("".join(rest[:5]).replace("2027-01-31", "2099-01-31")).stdout
    assert "premium" in shown and "free" in shown
    iris.shell("".join(rest[5:]))
    assert iris.shell("stat -c '%a %U' lea.json; jq -r .user.email lea.json").stdout == "600 root\nlea@example.org\n"
    assert iris.psql("SELECT count(*) FROM iris.accounts WHERE email = 'lea@example.org'") == "0"


def test_another_product_is_imported(iris: DebianHost) -> None:
    (block,) = fenced("Import", "sh")
    iris.shell("""
        mkdir old
        printf 'id,email\\r\\n1,ancienne@example.org\\r\\n' >old/accounts.csv
        printf 'id,session_id,user_id,role,content,created_at\\r\\n' >old/iris_messages.csv
        now=$(date -u +%FT%TZ)
        printf '1,s,1,user,Bonjour,%s\\r\\n2,s,1,assistant,"Bonjour, Ada",%s\\r\\n' "$now" "$now" >>old/iris_messages.csv
        echo '127.0.0.1 db.example' >>/etc/hosts
        echo 'host product reader 127.0.0.1/32 trust' >/tmp/hba
        cat /etc/postgresql/15/main/pg_hba.conf >>/tmp/hba
        cat /tmp/hba >/etc/postgresql/15/main/pg_hba.conf
        systemctl reload postgresql@15-main
        runuser -u postgres -- createdb product""")
    iris.run("runuser", "-u", "postgres", "--", "psql", "-q", "-d", "product", input="""
        CREATE ROLE reader LOGIN;
        CREATE TABLE accounts (id integer, email text);
        INSERT INTO accounts VALUES (2, 'plus.ancienne@example.org');
        GRANT SELECT ON accounts TO reader""")
    iris.shell(block)
    assert iris.psql("SELECT email FROM iris.accounts WHERE email LIKE '%ancienne@%' ORDER BY 1").split() == [
        "ancienne@example.org", "plus.ancienne@example.org"]
    assert iris.psql("SELECT count(*) FROM iris.iris_messages WHERE content = 'Bonjour, Ada'") == "1"


def test_the_log_is_read(iris: DebianHost) -> None:
    (block,) = fenced("Logs", "sh")
    lines = iris.shell("journalctl _COMM=iris-fcgi -o cat -S -1h | jq -r 'select(.message == \"request\") | .id'").stdout.split()
    done = iris.shell(block.replace("3f0c…", lines[-1]))
    assert f'"id":"{lines[-1]}"' in done.stdout and re.search(r"^ +[0-9]+ ok$", done.stdout, re.MULTILINE)


def test_a_database_is_made_by_hand(iris: DebianHost) -> None:
    (make,) = fenced("Database", "sh")
    (migrate,) = fenced("Migrations", "sh")
    iris.shell("runuser -u postgres -- dropdb --force iris; runuser -u postgres -- psql -qXc 'DROP ROLE iris, iris_app'")
    iris.shell(make)
    iris.shell(migrate)
    assert "failed" not in iris.shell("iris-fcgi check").stdout


def test_pgbouncer_comes_in_between(iris: DebianHost, configure: Callable[[str], None]) -> None:
    (block,) = fenced("Many workers: PgBouncer", "sh")
    (settings,) = fenced("Many workers: PgBouncer", "")
    password = "mot-de-passe"
    iris.type(block, ("new password", password), ("again", password))
    configure(settings.replace("PASSWORD", password))
    before = iris.psql("SELECT count(*) FROM iris.iris_messages")
    iris.shell(f"printf '%s\\n' '{PASSWORD}' | iris-fcgi user add eva@example.org --password-stdin")
    assert iris.chat(iris.token("eva@example.org"), "Et la lettre en 2026 ?")["degraded"] is False
    assert int(iris.psql("SELECT count(*) FROM iris.iris_messages")) == int(before) + 2
    assert iris.psql("SELECT DISTINCT application_name FROM pg_stat_activity WHERE usename = 'iris'") == "iris-fcgi"
