"""Links of a ResourceManager's pages, as they are behind a Jupyter server."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import yarn_pages
from fakes.yarn_pages import ATTEMPT, OTHER, OVER, RUNNING
from flinklab_extension.ui_yarn_links import NOT_PASSED, applications_in, for_reading
from flinklab_extension.ui_yarn_paths import readable

BASE = "http://jupyter/people/ann/"
PLACE = f"{BASE}flinklab/yarn/t%2Fm/lab/WORD"
UIS = {RUNNING: "flinklab/ui/t%2Fm/etl/"}
_TAG = re.compile(r"<(?:a|link|script|img)\s[^>]*>")
_LINK = re.compile(r"""\b(?:href|src)=(["'])(.*?)\1""")


def shown(page: bytes, path: str, *prefixes: str) -> str:
    return for_reading(page, path, prefixes or [""], UIS).decode()


def links(text: str, path: str) -> set[str]:
    """Where a browser goes by them."""
    found = [link for tag in _TAG.findall(text) if (link := _LINK.search(tag))]
    return {urljoin(PLACE + path, each[2]) for each in found}


PAGES = [
    ("/cluster/apps", yarn_pages.applications()),
    ("/cluster", yarn_pages.applications()),
    (f"/cluster/app/{RUNNING}", yarn_pages.application()),
    ("/cluster/scheduler?openQueues=root.etl/x", yarn_pages.scheduler()),
    ("/cluster/nodes/?node.label=", yarn_pages.scheduler()),
]


@pytest.mark.parametrize(("path", "page"), PAGES)
def test_every_link_of_a_page_leads_to_what_is_passed_on(path: str, page: bytes) -> None:
    found = links(shown(page, path), path.partition("?")[0])
    assert len(found) >= 7
    for link in found - {BASE + UIS[RUNNING]}:
        assert link.startswith(PLACE + "/"), link
        parts = urlsplit(link.removeprefix(PLACE + "/"))
        assert readable(parts.path, parts.query) is not None, link


def test_links_in_the_data_of_tables_lead_on_and_what_people_typed_stays() -> None:
    path = "/cluster/apps"
    text = shown(yarn_pages.applications(), path)
    assert {f"{PLACE}/cluster/app/{each}" for each in (RUNNING, OTHER, OVER)} <= links(text, path)
    assert text.count(yarn_pages.NAME) == 3
    assert f"<a title='{NOT_PASSED}'>ApplicationMaster</a>" in text
    typed = """href="/cluster/nodes" &lt;a href="/cluster/nodes"&gt;"""
    assert typed in shown(yarn_pages.application(), f"/cluster/app/{RUNNING}")


def test_a_page_of_an_application_that_is_a_cluster_leads_to_its_flink_ui() -> None:
    path = f"/cluster/app/{RUNNING}"
    text = shown(yarn_pages.application(), path)
    assert BASE + UIS[RUNNING] in links(text, path)
    assert f"{PLACE}/cluster/scheduler?openQueues=root.default" in links(text, path)
    assert f"{PLACE}/cluster/appattempt/{ATTEMPT}" in links(text, path)
    assert applications_in(yarn_pages.application())
    assert not applications_in(yarn_pages.scheduler())


def test_what_is_not_passed_on_is_text_that_says_so() -> None:
    text = shown(yarn_pages.application(), f"/cluster/app/{RUNNING}")
    for words in ("Configuration", "Local logs", "Server stacks", "Server metrics"):
        assert f'<a title="{NOT_PASSED}">{words}</a>' in text
    assert f"<a title='{NOT_PASSED}'>Logs</a>" in text
    assert not re.search(r"""(?:href|src)=["']http""", text)


def test_no_button_is_left_that_would_change_something() -> None:
    for path, page in PAGES:
        text = shown(page, path)
        assert "<button" not in text
        assert "Kill" not in text
        assert "<select" not in text


def test_a_page_keeps_its_bytes_whatever_its_charset() -> None:
    page = "<html>é\N{EURO SIGN}".encode() + bytes(range(128, 256))
    assert for_reading(page, "/cluster", [""], {}).endswith(page.removeprefix(b"<html>"))


WRITTEN = [
    "/cluster/nodes",
    "http://rm:8088/cluster/nodes",
    "//rm:8088/cluster/nodes",
    "\\/cluster\\/nodes",
    "https://proxy/yarn/cluster/nodes",
    "/yarn/cluster/nodes",
    "/yarn/rm/cluster/nodes",
    "nodes",
    "HTTP://a/cluster/nodes",
]


@pytest.mark.parametrize("link", WRITTEN)
@pytest.mark.parametrize("quote", ["'", '"', "\\'", '\\"'])
def test_however_a_link_is_written(link: str, quote: str) -> None:
    page = f"<html><a class=x href={quote}{link}{quote}>1</a>"
    text = shown(page.encode(), "/cluster/apps", "/yarn", "/yarn/rm", "")
    assert f"<a class=x href={quote}../cluster/nodes{quote}>1</a>" in text


def test_without_quotes_too() -> None:
    text = shown(b"<html><a href=/cluster/nodes>1</a><a HREF = /conf class=x>2</a>", "/cluster/apps")
    assert text.endswith("<a href=../cluster/nodes>1</a><a class=x>2</a>")


@pytest.mark.parametrize(
    "link",
    [
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "http://[",
            "http://rm:8088/",
            "/",
            "/cluster/nodes?user.name=a",
        ),
        *(
            "/cluster/../conf",
            "/cluster/%2e%2e/conf",
            "ftp://rm/cluster/nodes",
            "mailto:a@b",
            "../conf",
            "/static/",
        ),
        *(f"/proxy/{OTHER}/", f"/proxy/{RUNNING}x/", "/proxy/"),
    ],
)
def test_where_no_link_leads(link: str) -> None:
    text = shown(f"<html><a href='{link}'>1</a><script src='{link}'></script>".encode(), "/cluster/apps")
    assert f"<a title='{NOT_PASSED}'>1</a><script title='{NOT_PASSED}'></script>" in text


_PIECES = st.sampled_from(
    [*"/:.?#=&%\\;a@[] ", "/cluster", "/nodes", "..", "//", "http:", "/static", "/x.js", "/a"]
)


@given(st.lists(_PIECES, max_size=8).map("".join), st.sampled_from(["'", '"', "\\'"]))
def test_no_address_leads_out_of_it(address: str, quote: str) -> None:
    page = f"<a href={quote}{address}{quote}>"
    for found in _LINK.findall(for_reading(page.encode(), "/cluster/apps", ["", "/a"], {}).decode()):
        parts = urlsplit(urljoin(PLACE + "/cluster/apps", found[1]))
        place = f"{parts.scheme}://{parts.netloc}{parts.path}"
        assert place.startswith((PLACE + "/cluster", PLACE + "/static/"))
        assert readable(place.removeprefix(PLACE + "/"), parts.query) is not None


def test_a_table_finds_where_to_keep_its_sorting_before_its_script_runs() -> None:
    text = shown(yarn_pages.applications(), "/cluster/apps")
    assert text.index("defineProperty(window,'sessionStorage'") < text.index("jquery-3.6.0")
