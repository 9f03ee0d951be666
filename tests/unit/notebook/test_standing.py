"""What a front end hears when it asks a kernel where its statements go."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from IPython.core.interactiveshell import InteractiveShell

from flinklab.notebook.standing import Standing, standing
from flinklab.session.target import Target

ASKED = (
    "__import__('flinklab.notebook.standing', fromlist=['standing']).standing(get_ipython())"
    " if 'flinklab' in __import__('sys').modules else None"
)
"""As the status bar asks (extension/src/status/standing.ts)."""


def test_a_kernel_without_the_extension_says_nothing(shell: InteractiveShell) -> None:
    assert standing(shell) is None


def test_no_session_is_opened_to_tell(shell: InteractiveShell) -> None:
    shell.extension_manager.load_extension("flinklab")
    told = shell.user_expressions({"flinklab": ASKED})["flinklab"]
    assert told["data"]["application/json"] == {"cluster": "", "gateway": ""}
    assert shell.magics_manager.registry["FlinkSQL"].workbench.connected is None


@pytest.mark.parametrize(("target", "cluster"), [(Target(), ""), (Target("etl-7"), "etl-7")])
def test_an_open_session_says_where(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, target: Target, cluster: str
) -> None:
    shell.extension_manager.load_extension("flinklab")
    workbench = shell.magics_manager.registry["FlinkSQL"].workbench
    opened = SimpleNamespace(target=target, gateway=SimpleNamespace(url="http://g:1"))
    monkeypatch.setattr(type(workbench), "connected", opened)
    assert standing(shell) == Standing(cluster, "http://g:1")
