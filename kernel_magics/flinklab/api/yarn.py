"""YARN clusters: asking their ResourceManagers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flinklab.domain.errors import UsageError
from flinklab.domain.records import RegisteredYarn

if TYPE_CHECKING:
    from flinklab.catalog.catalog import Catalog
    from flinklab.yarn.resourcemanager import RestResourceManager

_TIMEOUT = 10.0  # s without a byte: while one becomes active it may not answer
_PAGES = ("/ws/v1/cluster", "/cluster")  # what people copy from a browser


def resource_manager(
    yarn: RegisteredYarn | str,
    *,
    catalog: Catalog | None = None,
    team: str | None = None,
    timeout: float = _TIMEOUT,
    **access: Any,
) -> RestResourceManager:
    """Of a YARN by its registered name (with `catalog`), as it is registered, or by its address.

    An address may be several with commas (one ResourceManager of which is active), and have the path prefix of a
    proxy. `access`: as in `RegisteredYarn.access`, over what is registered: `auth`, `user`, `proxy_user`, `keytab`,
    `ca`, `headers`, `password`, `token`. `timeout` in seconds. Close it when done. Raises `UsageError`,
    `NotFoundError`.

    >>> manager = resource_manager("http://rm1:8088,http://rm2:8088", auth="simple", user="ann")
    >>> [session.name for session in manager.applications(states=[ApplicationState.RUNNING])]
    """
    from flinklab.yarn.resourcemanager import RestResourceManager

    found = _registered(yarn, catalog, team)
    accesses, identity = _access(replace(found, access={**found.access, **access}), timeout)
    return RestResourceManager(accesses, identity=identity)


def _registered(yarn: RegisteredYarn | str, catalog: Catalog | None, team: str | None) -> RegisteredYarn:
    if isinstance(yarn, RegisteredYarn):
        return yarn
    if "," in yarn or ":" in yarn:  # no name has them
        return RegisteredYarn(team or "", yarn, tuple(part for part in yarn.split(",") if part.strip()))
    if catalog is None:
        raise UsageError(f"{yarn!r} is not the address of a ResourceManager", hint="write it like http://host:8088")
    return catalog.registry.yarn(team or catalog.team, yarn)


def _access(yarn: RegisteredYarn, timeout: float) -> tuple[list[Any], Any]:
    """How to reach each ResourceManager, and who one is to them."""
    from flinklab.flink.access import Access
    from flinklab.yarn.identity import Identity

    given = dict(yarn.access)
    auth = given.pop("auth", None) or "none"
    user, password = given.pop("user", None) or "", given.pop("password", None)
    basic = (user, password) if password is not None else None
    if basic is not None and auth == "kerberos":
        raise UsageError("Kerberos wants a ticket or a keytab, no password", hint="kinit, or give a keytab")
    identity = Identity(
        auth,
        "" if basic is not None and auth == "none" else user,
        given.pop("proxy_user", None) or "",
        given.pop("keytab", None) or "",
    )
    known = {name: given.pop(name) for name in ("ca", "headers", "token") if given.get(name)}
    if unknown := [name for name, value in given.items() if value]:
        raise UsageError(f"a YARN's access knows no {unknown[0]!r}")
    accesses = [Access(url, timeout=timeout, basic=basic, **known) for url in yarn.urls]
    if not accesses:
        raise UsageError(f"the YARN {yarn.name} has no ResourceManager", hint="give its address: http://host:8088")
    return [each.at(_without_page(each.url)) for each in accesses], identity


def _without_page(url: str) -> str:
    for page in _PAGES:
        url = url.removesuffix(page)
    return url
