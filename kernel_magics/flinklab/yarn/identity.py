"""Who asks a ResourceManager, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flinklab.domain.errors import UsageError

NONE, SIMPLE, KERBEROS = "none", "simple", "kerberos"
METHODS = (NONE, SIMPLE, KERBEROS)


@dataclass(frozen=True, slots=True)
class Identity:
    """`auth`: `none`, `simple` (YARN believes the name that is given) or `kerberos` (SPNEGO).

    `user`: the name, or with Kerberos the principal (empty: of whom there is a ticket). `proxy_user`: for whom it
    is done, where the ResourceManager lets `user` act for others. `keytab`: a file to have tickets from, instead
    of kinit's. Raises `UsageError` for what does not go together.
    """

    auth: str = NONE
    user: str = ""
    proxy_user: str = ""
    keytab: str = ""

    def __post_init__(self) -> None:
        if self.auth not in METHODS:
            raise UsageError(f"auth is one of {', '.join(METHODS)}, not {self.auth!r}")
        if self.auth == SIMPLE and not self.user:
            raise UsageError("with auth `simple` YARN wants a name to believe", hint="give a user")
        if self.auth == NONE and (self.user or self.proxy_user):
            raise UsageError(
                "a user, or a proxy user, is told to YARN by an auth",
                hint="set auth to `simple` or `kerberos`",
            )
        if self.keytab and (self.auth != KERBEROS or not self.user):
            raise UsageError(
                "a keytab is for Kerberos, and holds keys of several principals",
                hint="set auth to `kerberos`, and user to the principal",
            )

    @property
    def name(self) -> str:
        """As whom one is seen, as far as it is known here."""
        return self.proxy_user or self.user

    def query(self) -> str:
        """What goes with each request (`user.name=ann&doAs=bob`)."""
        told = {"user.name": self.user if self.auth == SIMPLE else "", "doAs": self.proxy_user}
        return urlencode({name: value for name, value in told.items() if value})

    def on(self, path: str) -> str:
        """`path` with it."""
        query = self.query()
        return path if not query else f"{path}{'&' if '?' in path else '?'}{query}"
