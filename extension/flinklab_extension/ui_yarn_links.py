"""A ResourceManager's pages with their links as they are behind the Jupyter server.

Their addresses are root-absolute (`/cluster/app/ID`) or with the ResourceManager's host. They are in attributes
and, as the data of the tables, in strings of JavaScript, where a slash may be `\\/` and a quote `\\'` (as of Hadoop
3.4). What people typed, such as an application's name, is escaped in both and has no `<`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urljoin

from .ui_yarn_paths import readable

_TAG = re.compile(r"<(?:a|area|base|embed|form|frame|iframe|img|link|object|script)\s[^<>]*>", re.IGNORECASE)
_ADDRESS = re.compile(
    r"""\s(?P<name>action|data|formaction|href|src|target)\s*=\s*"""
    r"""(?:(?P<quote>\\?["'])(?P<quoted>.*?)(?P=quote)|(?P<bare>[^\s"'<>\\]+))""",
    re.IGNORECASE | re.DOTALL,
)
# "Kill Application", and "Dump scheduler logs" with its choice of minutes.
_BUTTON = re.compile(r"<button\b.*?</button\s*>(?:\s*<select\b.*?</select\s*>)?", re.IGNORECASE | re.DOTALL)
_ROOTED = re.compile(r"(?:(?:https?:)?//[^/?#]*)?(/[^?#]*)(?:\?([^#]*))?(#[\w.:=&%-]*)?", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(r"<html\b[^<>]*>", re.IGNORECASE)

NOT_PASSED = "not passed on by Jupyter"
"""What a link says that leads nowhere here."""
# Where a page is in a sandbox the browser refuses it what its tables keep their sorting in, and they stay empty.
_HEAD = (
    "<style>a:not([href]){color:inherit;text-decoration:none;cursor:default}</style>"
    "<script>Object.defineProperty(window,'sessionStorage',"
    "{value:{getItem:function(){return null},setItem:function(){}}})</script>"
)


def for_reading(page: bytes, path: str, prefixes: Sequence[str], uis: Mapping[str, str]) -> bytes:
    """`page` as the ResourceManager gave it for `path`; ASCII is the same in each charset that it may have.

    `prefixes`: the paths of the addresses under which it is registered (of a proxy, else empty). `uis`: by the
    application's id the path of a Flink UI below the base URL. Links become relative, so that a page that is kept
    holds no key; those to elsewhere become text; buttons go, because they would change something.
    """
    up = "../" * (path.partition("?")[0].count("/") - 1)
    longest_first = sorted(filter(None, prefixes), key=len, reverse=True)

    def led(address: str) -> str | None:
        if address.startswith("#"):
            return address
        found = _ROOTED.fullmatch(address) or _ROOTED.fullmatch(urljoin(f"http://resourcemanager{path}", address))
        if found is None:
            return None
        its, query, fragment = found.groups(default="")
        for prefix in longest_first:
            its = its[len(prefix) :] if its.startswith(prefix + "/") else its
        if its.startswith("/proxy/"):
            ui = uis.get(its.split("/")[2])
            # Five up from where pages are, flinklab/yarn/TEAM/NAME/WORD/.
            return f"{up}../../../../../{ui}" if ui is not None else None
        asked = readable(its[1:], query)
        return up + asked[1:] + fragment if asked is not None else None

    text = _BUTTON.sub("", page.decode("latin-1"))
    text = _TAG.sub(lambda tag: _ADDRESS.sub(lambda found: _attribute(found, led), tag[0]), text)
    return _ROOT.sub(lambda root: root[0] + _HEAD, text, count=1).encode("latin-1")


def applications_in(page: bytes) -> bool:
    """Whether it has links to what an application shows itself."""
    return b"/proxy/" in page or b"\\/proxy\\/" in page


def _attribute(found: re.Match[str], led: Callable[[str], str | None]) -> str:
    quote, name = found["quote"] or "", found["name"].lower()
    if name == "target":  # a window that it opens would be in the sandbox of this one
        return ""
    raw = (found["quoted"] or found["bare"] or "").replace("\\/", "/")
    try:
        address = led(html.unescape(raw).strip())
    except ValueError:  # no address at all, as `http://[`
        address = None
    if address is not None:
        return f" {name}={quote}{html.escape(address)}{quote}"
    return f" title={quote}{NOT_PASSED}{quote}" if quote else ""
