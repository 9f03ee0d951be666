"""A Maven repository on loopback that serves, or misbehaves as it is told."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def jar_bytes(content: bytes = b"content" * 1000) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", content)
    return buffer.getvalue()


def write_jar(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jar_bytes())
    return path


@dataclass
class Mirror:
    """`files` by path (`/g/a/v/a-v.jar`); a jar's `.sha1` is computed unless `checksums` is off.

    `status` answers every request with that code; `cut` ends each jar in the middle (its stated length is the
    whole one); `stall` (an event) holds every reply back until it is set.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    checksums: bool = True
    status: int = 200
    cut: bool = False
    stall: threading.Event | None = None
    asked: list[str] = field(default_factory=list)

    def add(self, coordinates: str, content: bytes | None = None) -> bytes:
        group, artifact, version = coordinates.split(":")
        path = f"/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.jar"
        self.files[path] = jar_bytes() if content is None else content
        if self.checksums:
            self.files[path + ".sha1"] = hashlib.sha1(self.files[path]).hexdigest().encode()
        return self.files[path]


@contextmanager
def mirror() -> Iterator[Mirror]:
    served = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/repository")
            served.asked.append(path)
            if served.stall is not None:
                served.stall.wait(60)
            body = served.files.get(path)
            status = served.status if served.status != 200 else 200 if body is not None else 404
            body = body if status == 200 and body is not None else b"no"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            half = served.cut and path.endswith(".jar")
            self.wfile.write(body[: len(body) // 2] if half else body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_address[1]}/repository"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        if served.stall is not None:
            served.stall.set()
        server.shutdown()
        thread.join()
        server.server_close()
