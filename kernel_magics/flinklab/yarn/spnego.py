"""SPNEGO (RFC 4559): a server that answers `WWW-Authenticate: Negotiate` is shown a Kerberos ticket."""

from __future__ import annotations

import base64
from collections.abc import Generator
from pathlib import Path

import httpx

from flinklab.domain.errors import AccessDeniedError, UsageError
from flinklab.yarn import gssapi
from flinklab.yarn.identity import Identity


class Negotiate(httpx.Auth):
    """Answers one such question per request with one token; the cookie that the server gives spares the next ones.

    The server's own token is not looked at: who it is, TLS tells.
    """

    def __init__(self, identity: Identity) -> None:
        self._principal = identity.user
        self._keytab = str(Path(identity.keytab).expanduser()) if identity.keytab else ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        if response.status_code == 401 and "negotiate" in response.headers.get("www-authenticate", "").lower():
            request.headers["Authorization"] = f"Negotiate {self._token(request)}"
            request.headers.pop("Cookie", None)  # one that the server does not know any more
            yield request

    def _token(self, request: httpx.Request) -> str:
        if self._keytab and not Path(self._keytab).is_file():
            raise UsageError(f"there is no keytab {self._keytab}")
        host = request.url.host
        try:
            made = gssapi.token(host, principal=self._principal, keytab=self._keytab)
        except gssapi.KerberosError as error:
            raise failure(str(error), host, self._principal, self._keytab) from None
        return base64.b64encode(made).decode("ascii")


def failure(text: str, host: str, principal: str, keytab: str) -> AccessDeniedError:
    """What the library says, as one line that tells what to do. The sentences are MIT Kerberos' own."""
    whose = f" of {principal}" if principal else ""
    kinit = f"kinit {principal}".strip()
    lower = text.lower()
    if "not found in kerberos database" in lower and f"http/{host}".lower() in lower:
        message = f"Kerberos knows no web server on {host} (HTTP/{host})"
        hint = "write the ResourceManager's address with the host name that its principal has"
    elif "expired" in lower:
        message, hint = f"the Kerberos ticket{whose} has expired", f"get a new one: {kinit}"
    elif "cannot contact any kdc" in lower or "cannot find kdc" in lower:
        message = "no KDC of the Kerberos realm can be reached"
        hint = "see /etc/krb5.conf, or the file that KRB5_CONFIG names"
    elif keytab:
        message = f"no Kerberos ticket{whose} could be had by the keytab {keytab}"
        hint = f"`klist -k {keytab}` shows whose keys it holds"
    elif "no credentials" in lower or "cache" in lower:
        message, hint = f"there is no Kerberos ticket{whose}", f"get one: {kinit}"
    else:
        message, hint = f"Kerberos gave no ticket for {host}", f"is there one for this realm? `klist`; {kinit}"
    return AccessDeniedError(message, url=host, hint=hint, details=text)
