"""A real KDC for tests: on loopback, in a temporary folder, gone when the tests are."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REALM = "FLINKLAB.TEST"
_PROGRAMS = "/usr/sbin"  # not in everybody's PATH
_INSTALL = "the tests need a Kerberos KDC ({} is not found): apt-get install krb5-admin-server krb5-user"
_START = 30.0  # s
_KILL_WHEN_THE_TESTS_END = "import os, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), 9)"


@dataclass(frozen=True)
class Kdc:
    """`folder` has a keytab per principal (`ann.keytab`); `environment` is what makes Kerberos ask this KDC."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def config(self) -> Path:
        return self.folder / "krb5.conf"

    def keytab(self, principal: str) -> Path:
        """Its keys; the principal is made when there is none yet."""
        file = self.folder / f"{principal.replace('/', '-')}.keytab"
        if not file.exists():
            self._run("kadmin.local", "-q", f"addprinc -randkey {principal}")
            self._run("kadmin.local", "-q", f"ktadd -k {file} {principal}")
        return file

    def ticket(self, principal: str, cache: Path, *, lifetime: str = "1h") -> str:
        """A new cache with the ticket of the principal: what `KRB5CCNAME` has to be."""
        keytab = self.keytab(principal)
        self._run("kinit", "-l", lifetime, "-k", "-t", str(keytab), "-c", f"FILE:{cache}", principal)
        return f"FILE:{cache}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_path(program), *arguments], env=os.environ | self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")


@contextmanager
def running_kdc() -> Iterator[Kdc]:
    """Start one; it ends with the block, or with this process."""
    folder = Path(tempfile.mkdtemp(prefix="flinklab-kdc-"))
    try:
        port = _free_port()
        kdc = Kdc(folder, _configure(folder, port))
        kdc._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        with (
            (folder / "kdc.out").open("wb") as log,
            ending_with_the_tests([_path("krb5kdc"), "-n"], kdc.environment, log) as process,
        ):
            _await_port(process, port, folder)
            yield kdc
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def ending_with_the_tests(
    command: list[str], environment: Mapping[str, str], log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended with the block, and killed when the tests are, however those end."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    watcher = subprocess.Popen(
        [sys.executable, "-c", _KILL_WHEN_THE_TESTS_END, str(process.pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert watcher.stdin is not None
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            # While the process is not waited for, its pid is nobody else's.
            watcher.kill()
            watcher.stdin.close()
            watcher.wait(30)


def _configure(folder: Path, port: int) -> dict[str, str]:
    client, server = folder / "krb5.conf", folder / "kdc.conf"
    client.write_text(
        f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n"
        " dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 1\n"
        f" default_ccache_name = FILE:{folder}/nobody.cc\n"
        f"[realms]\n {REALM} = {{\n  kdc = 127.0.0.1:{port}\n }}\n"
        f"[domain_realm]\n localhost = {REALM}\n"
    )
    server.write_text(
        f"[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n kdc_tcp_listen = 127.0.0.1:{port}\n"
        f"[realms]\n {REALM} = {{\n  database_name = {folder}/principal\n  key_stash_file = {folder}/stash\n"
        f"  acl_file = {folder}/kadm5.acl\n  max_life = 1h\n }}\n"
        f"[logging]\n kdc = FILE:{folder}/kdc.log\n"
    )
    return {"KRB5_CONFIG": str(client), "KRB5_KDC_PROFILE": str(server)}


def _path(program: str) -> str:
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), _PROGRAMS)))
    if found is None:
        raise RuntimeError(_INSTALL.format(program))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + _START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "kdc.out").read_text(errors="replace")
                raise RuntimeError(f"the KDC did not start: {error}\n{log[-2000:]}") from error
            time.sleep(0.05)
        else:
            return
