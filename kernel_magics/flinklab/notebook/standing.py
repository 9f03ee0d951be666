"""Where a notebook's statements go now: what its kernel tells a front end that asks beside the cells."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Standing:
    """`cluster`: by its registered name, empty for the gateway's own; `gateway`: its address, empty without one."""

    cluster: str = ""
    gateway: str = ""

    def _repr_json_(self) -> dict[str, str]:
        return asdict(self)


def standing(shell: Any) -> Standing | None:
    """None where flinklab is not loaded. Opens nothing and asks nobody."""
    magics = shell.magics_manager.registry.get("FlinkSQL")
    if magics is None:
        return None
    from flinklab.session.target import Target

    workbench = magics.workbench
    session = workbench.connected
    if session is None:
        return Standing(workbench.here[0] or "")
    name = session.target.name
    return Standing(name if name != Target().name else "", session.gateway.url)
