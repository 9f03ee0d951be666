"""`%load_ext flinklab`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_RESULT = ("flinklab.session.result", "Result")
_MATCHER = "flinklab"
_ALONE = re.compile(r"%%flinksql(?=\s|$)")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register `%%flinksql`, `%flinksql` and `%flink`, and what a result looks like; no other name."""
    from flinklab.notebook.completion import FlinkMatcher
    from flinklab.notebook.magics import FlinkSQL

    magics = FlinkSQL(shell)
    shell.register_magics(magics)
    shell.Completer.custom_matchers.append(FlinkMatcher(shell, magics.workbench))
    shell.display_formatter.mimebundle_formatter.for_type_by_name(*_RESULT, _picture)
    shell.input_transformers_cleanup.append(_with_a_body)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Close the session of the kernel and take the magics away."""
    magics = shell.magics_manager.registry.pop("FlinkSQL", None)
    if magics is None:
        return
    matchers = shell.Completer.custom_matchers
    for matcher in [each for each in matchers if getattr(each, "matcher_identifier", "") == _MATCHER]:
        matchers.remove(matcher)
        matcher.close()
    magics.workbench.retire()
    shell.display_formatter.mimebundle_formatter.pop(".".join(_RESULT), None)
    shell.configurables.remove(magics)  # or %config would go on setting this one after the next load
    for kind, name in (("cell", "flinksql"), ("line", "flinksql"), ("line", "flink")):
        shell.magics_manager.magics[kind].pop(name, None)
    # By name: a reload makes another function of the same one.
    cleanup = shell.input_transformers_cleanup
    cleanup[:] = [transform for transform in cleanup if getattr(transform, "__name__", "") != _with_a_body.__name__]


def _picture(result: Any) -> dict[str, Any]:
    """What a cell shows whose last line is a result."""
    from flinklab.notebook.display import picture

    return picture(result)


def _with_a_body(lines: list[str]) -> list[str]:
    """`%%flinksql -h` or `--file PATH` alone in a cell: IPython refuses a cell magic without a body."""
    if len(lines) == 1 and _ALONE.match(lines[0]):
        return [lines[0].rstrip("\n") + "\n", "\n"]
    return lines


# In a terminal IPython would take the first line for a whole cell otherwise.
_with_a_body.has_side_effects = True  # type: ignore[attr-defined]
