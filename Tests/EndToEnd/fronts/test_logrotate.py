"""deploy/logrotate/iris: nginx's error lines, which hold addresses, are kept for seven days and no longer."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest
from devserver.settings import PROJECT
from fronts import service_folder

SHIPPED = (PROJECT / "deploy" / "logrotate" / "iris").read_text(encoding="utf-8")
LOGS = (PROJECT / "deploy" / "nginx" / "iris" / "logs.conf").read_text(encoding="utf-8")
(PATH,) = re.findall(r"(?m)^(/\S+) \{$", SHIPPED)


def logrotate(*words: str) -> str:
    """What it says; it must end well."""
    run = subprocess.run(["/usr/sbin/logrotate", *words], capture_output=True, text=True, timeout=20, check=False)
    assert run.returncode == 0, run.stderr
    return run.stderr


def test_it_is_the_file_that_nginx_writes() -> None:
    (written,) = re.findall(r"(?m)^error_log (\S+) crit;$", LOGS)
    assert written == PATH


def test_debians_own_rotation_leaves_it_alone() -> None:
    """It keeps what its pattern matches for 14 days, and two rules for one file are an error of logrotate."""
    assert not fnmatch.fnmatch(PATH, "/var/log/nginx/*.log")
    debian = Path("/etc/logrotate.d/nginx")
    if debian.exists():
        assert not any(fnmatch.fnmatch(PATH, pattern) for pattern in re.findall(r"(?m)^(/\S+) \{$", debian.read_text()))


def test_seven_days_are_kept() -> None:
    """Day by day, also when nothing is written for a while: today's file and six older ones."""
    assert re.search(r"(?m)^    daily$", SHIPPED)
    with service_folder() as folder:
        log = folder / "iris.err"
        text = SHIPPED.replace(PATH, str(log)).replace("invoke-rc.d nginx rotate", "true")
        text = re.sub(r"create 0640 www-data adm", "create 0640", text)
        (folder / "rules").write_text(text)
        (folder / "rules").chmod(0o644)
        log.write_text("")
        for day in range(30):
            if day < 20:
                log.write_text(f"day {day}, client: 192.0.2.{day}\n")
            kept = sorted(folder.glob("iris.err*"))
            assert len(kept) == min(day + 1, 7), (day, kept)
            if day == 19:
                assert "day 13" in subprocess.run(["zcat", f"{log}.6.gz"], capture_output=True, text=True, check=True).stdout
            logrotate("-f", "-s", str(folder / "state"), str(folder / "rules"))
        words = subprocess.run(["zgrep", "-l", "client", *map(str, folder.glob("iris.err*"))], capture_output=True, check=False)
        assert words.stdout == b"", "quiet days do not keep old lines"


@pytest.mark.skipif(not Path("/etc/logrotate.d/nginx").exists(), reason="skipped: nginx's own rotation is not installed")
def test_it_gets_along_with_nginxs_own_rules(tmp_path: Path) -> None:
    """Both together, read and not acted on."""
    said = logrotate("-d", "-s", str(tmp_path / "state"), "/etc/logrotate.d/nginx", str(PROJECT / "deploy" / "logrotate" / "iris"))
    assert "error:" not in said and "duplicate" not in said, said
