"""How to reach a server: address, certificate authority, headers, credentials."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit, urlunsplit

from flinklab.domain.errors import SecretError, UsageError
from flinklab.references import is_reference, look_up

# Of a header: what RFC 9110 (5.1, 5.5) allows.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")


def reveal(text: str) -> str:
    """The secret that `env:NAME`, `file:PATH` or `keyring:SERVICE/NAME` points to; any other text is the secret.

    Raises `UsageError`, which names the reference.
    """
    if not is_reference(text):
        return text
    try:
        return look_up(text)
    except SecretError as error:
        raise UsageError(error.message, hint=error.hint) from None


@dataclass(frozen=True, slots=True)
class Access:
    """Address and credentials of one server.

    `url`: `http(s)://host:port[/path]`; without a scheme it is http; credentials in it become `basic`. `ca`: a
    file of certificates (PEM) to trust instead of the usual ones. `basic`: user and password. `token`: a bearer
    token. The password, `token` and values of `headers` may be references (`env:NAME`, `file:PATH`,
    `keyring:SERVICE/NAME`), looked up when they are used. `timeout`: seconds without a byte before a reply counts
    as lost. `trust_env`: use the proxies of the environment.
    """

    url: str
    ca: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    trust_env: bool = False

    def __post_init__(self) -> None:
        text = self.url.strip()
        if "://" not in text:
            text = "http://" + text
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
            shown = text.rpartition("@")[2]
            raise UsageError(
                f"{shown!r} is not the address of a server", hint="write it like http://localhost:8083"
            )
        if parts.username is not None and self.basic is None:
            object.__setattr__(self, "basic", (unquote(parts.username), unquote(parts.password or "")))
        if self.basic is not None and self.token is not None:
            raise UsageError("both a password and a bearer token are given", hint="give one of them")
        host = f"[{host}]" if ":" in host else host
        netloc = host if port is None else f"{host}:{port}"
        object.__setattr__(self, "url", urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", "")))

    def at(self, url: str) -> Access:
        """The same credentials for another address; those in `url`, if any, take their place."""
        if "@" in url.partition("//")[2].partition("/")[0]:
            return replace(self, url=url, basic=None, token=None)
        return replace(self, url=url)

    def without_credentials(self) -> Access:
        """The same address for anybody."""
        return replace(self, headers={}, basic=None, token=None)

    @property
    def has_credentials(self) -> bool:
        return self.basic is not None or self.token is not None or "authorization" in map(str.lower, self.headers)

    def request_headers(self) -> dict[str, str]:
        """The headers of a request, secrets revealed: never show them. Raises `UsageError`."""
        headers = {name: reveal(value) for name, value in self.headers.items()}
        if self.basic is not None:
            user, password = self.basic
            pair = f"{user}:{reveal(password)}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
        elif self.token is not None:
            headers["Authorization"] = "Bearer " + reveal(self.token)
        for name, value in headers.items():
            # Here, because the HTTP library would put the secret into its error.
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise UsageError(
                    f"the header {name!r} cannot be sent",
                    hint="its value, or the credential in it, begins or ends with a space, or holds a line end or "
                    "a character that is not ASCII",
                )
        return headers
