"""What the package and `make install` put where."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
#: What a sysadmin was promised.
PROMISED = {
    "usr/bin/iris-fcgi", "usr/share/iris/schema.sql", "usr/share/man/man8/iris-fcgi.8.gz",
    "usr/share/bash-completion/completions/iris-fcgi", "usr/lib/sysusers.d/iris.conf", "usr/lib/tmpfiles.d/iris.conf",
    "etc/nginx/conf.d/iris-maps.conf", "etc/nginx/snippets/iris.conf", "etc/nginx/sites-available/iris",
    *(f"lib/systemd/system/iris-{name}" for name in (
        "api.socket", "api@.service", "auth.socket", "auth@.service", "chat.socket", "chat@.service", "maintain.timer",
        "maintain.service")),
    "lib/systemd/system/iris.target", "lib/systemd/system/iris.slice",
}  # fmt: skip


def run(*words: str | Path, **options: object) -> str:
    """What a command says."""
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout  # type: ignore[call-overload]


def install(binary: Path, folder: Path, **variables: str) -> list[Path]:
    """`make install` into a folder; its files."""
    words = [f"{name}={value}" for name, value in {"DESTDIR": str(folder), "BINARY": str(binary), **variables}.items()]
    run("make", "-C", PROJECT, "install", *words)
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_the_package_has_what_was_promised(package: Path, tmp_path: Path) -> None:
    run("dpkg-deb", "-x", package, tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files >= PROMISED, PROMISED - files
    assert {path for path in files if path.startswith("usr/share/iris/web/")} or not (PROJECT / "web").is_dir()
    conffiles = run("dpkg-deb", "-I", package, "conffiles").split()
    assert conffiles == sorted(f"/{path}" for path in files if path.startswith("etc/")), "all of /etc, and no secret"


def test_make_install_brings_the_same_files(binary: Path, package: Path, tmp_path: Path) -> None:
    run("dpkg-deb", "-x", package, tmp_path / "package")
    packed = {str(path.relative_to(tmp_path / "package")) for path in (tmp_path / "package").rglob("*") if path.is_file()}
    ours = install(binary, tmp_path / "made", PREFIX="/usr", UNITDIR="/lib/systemd/system")
    # debhelper compresses, and adds what Debian wants beside.
    assert {path.removesuffix(".gz") for path in packed} - {str(path) for path in ours} == {
        "usr/share/doc/phoenix-iris/changelog", "usr/share/doc/phoenix-iris/copyright",
        "usr/share/lintian/overrides/phoenix-iris"}  # fmt: skip
    assert {str(path) for path in ours} <= {path.removesuffix(".gz") for path in packed}


def test_make_install_elsewhere_leads_there_and_keeps_what_was_edited(binary: Path, tmp_path: Path) -> None:
    files = install(binary, tmp_path, PREFIX="/opt/iris")
    units = [path for path in files if path.match("opt/iris/lib/systemd/system/iris-*.service")]
    assert units
    for unit in units:
        text = (tmp_path / unit).read_text()
        assert "/opt/iris/bin/iris-fcgi" in text and "/usr/bin/iris-fcgi" not in text
    origins, fixed = tmp_path / "etc/nginx/iris/origins.map", tmp_path / "etc/nginx/iris/problem.conf"
    origins.write_text("mine")
    fixed.write_text("mine")
    install(binary, tmp_path, PREFIX="/opt/iris")
    assert origins.read_text() == "mine" and fixed.read_text() != "mine"


def test_the_program_resolves_its_libraries_once_and_keeps_their_table_read_only(package: Path, tmp_path: Path) -> None:
    run("dpkg-deb", "-x", package, tmp_path)
    program = tmp_path / "usr/bin/iris-fcgi"
    assert os.access(program, os.X_OK)
    said = run("readelf", "--wide", "--dynamic", "--segments", program)
    assert "GNU_RELRO" in said and "BIND_NOW" in said and "(FLAGS_1)" in said and "PIE" in said
