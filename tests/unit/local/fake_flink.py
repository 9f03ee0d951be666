"""Stands in for Flink under the name `java`: serves what flinklab asks for, or fails as it is told.

FAKE_FLINK in the environment is a list of `role:behaviour`; behaviours are `exit` (with a log), `die` (without
one), `hang` (never serve), `stubborn` (SIGTERM is not heard).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROLES = {
    "StandaloneSessionClusterEntrypoint": "jobmanager",
    "TaskManagerRunner": "taskmanager",
    "SqlGateway": "gateway",
}


def main(arguments: list[str]) -> None:
    role = next(role for name, role in ROLES.items() for each in arguments if each.endswith("." + name))
    options = dict(each.split("=", 1) for each in arguments if each.startswith("-D"))
    conf = Path(os.environ["FLINK_CONF_DIR"])
    config = dict(line.split(": ", 1) for line in (conf / "config.yaml").read_text().splitlines())
    behaviours = dict(each.split(":") for each in os.environ.get("FAKE_FLINK", "").split(",") if each)
    registered = conf.parent / "tmp" / "registered"

    match behaviours.get(role):
        case "exit":
            Path(options["-Dlog.file"]).write_text(
                "2026-01-01 00:00:00,000 ERROR o.a.f.Main - Terminated\n"
                "java.lang.Exception: outer\n\tat a.b.C\n"
                "Caused by: java.net.BindException: Could not start on any port\n\tat d.e.F\n"
            )
            sys.exit(3)
        case "die":
            print("Error occurred during initialization of VM\nCould not reserve enough space for object heap")
            sys.exit(1)
        case "hang":
            time.sleep(600)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

    if role == "taskmanager":
        registered.write_text(options["-Dtaskmanager.resource-id"])
        time.sleep(600)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ids = [registered.read_text()] if registered.exists() else []
            body = json.dumps(
                {
                    "/info": {"productName": "Apache Flink", "version": "2.3.0"},
                    "/overview": {"flink-version": "2.3.0"},
                    "/taskmanagers": {"taskmanagers": [{"id": each, "slotsNumber": 4} for each in ids]},
                }[self.path]
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    key = {"jobmanager": "rest.port", "gateway": "sql-gateway.endpoint.rest.port"}[role]
    ThreadingHTTPServer(("127.0.0.1", int(json.loads(config[key]))), Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
