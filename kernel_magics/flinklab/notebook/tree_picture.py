"""A tree as it stands in the saved notebook: the nodes that were open, as HTML and as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from html import escape

from flinklab.notebook.picture import framed
from flinklab.notebook.tree_nodes import Node, Nodes, Path

_MOST = 500  # lines


def bundle(pages: Mapping[Path, Nodes], opened: Collection[Path], mark: str) -> dict[str, str]:
    """`pages` by the node that they are under, `()` for the roots."""
    lines = list(_lines(pages, opened))
    rest = [f"… {len(lines) - _MOST:,} more lines"] if len(lines) > _MOST else []
    drawn = lines[:_MOST]
    text = "\n".join([*(_text(depth, node, is_open) for depth, node, is_open in drawn), *rest])
    rows = [_html(depth, node, is_open) for depth, node, is_open in drawn]
    rows += [f'<div class="fl-note">{line}</div>' for line in rest]
    body = f'<div class="fl-card fl-plain"><div class="fl-box">{"".join(rows)}</div></div>'
    return {"text/html": framed(body, mark=mark), "text/plain": text}


def _lines(
    pages: Mapping[Path, Nodes], opened: Collection[Path], path: Path = (), depth: int = 0
) -> Iterator[tuple[int, Node, bool]]:
    for node in pages[path].nodes if path in pages else ():
        is_open = node.path in opened
        yield depth, node, is_open
        if is_open:
            yield from _lines(pages, opened, node.path, depth + 1)


def _text(depth: int, node: Node, is_open: bool) -> str:
    sign = " " if not node.opens else "▾" if is_open else "▸"
    return f"{'  ' * depth}{sign} {node.label}  {node.detail}".rstrip()


def _html(depth: int, node: Node, is_open: bool) -> str:
    sign = "" if not node.opens else "▾" if is_open else "▸"
    title = f' title="{escape(node.note)}"' if node.note else ""
    return (
        f'<div style="padding:1px 10px 1px {10 + 16 * depth}px"{title}>'
        f'<span class="fl-soft" style="display:inline-block;width:14px">{sign}</span>'
        f'{escape(node.label)} <span class="fl-soft">{escape(node.detail)}</span></div>'
    )
