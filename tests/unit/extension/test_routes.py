"""No handler answers who is not logged in: over the real list of routes, so that a new one cannot be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tornado.routing import RuleRouter
from tornado.web import RequestHandler

from flinklab_extension.routes import routes

from .conftest import Served

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def _rules(application: Any) -> Iterator[Any]:
    """What the running server dispatches by, below flinklab's prefix."""
    for rule in getattr(application, "default_router", application).rules:
        if isinstance(rule.target, RuleRouter):
            yield from _rules(rule.target)
        elif "/flinklab/" in getattr(getattr(rule.matcher, "regex", None), "pattern", ""):
            yield rule


def _path(rule: Any) -> str:
    pattern: str = rule.matcher.regex.pattern
    return pattern.removesuffix("$").split("/flinklab/", 1)[1].replace("([^/]+)", "x").replace("(.*)", "x")


def _implemented(handler: type[RequestHandler]) -> list[str]:
    return [
        method for method in METHODS if getattr(handler, method.lower()) is not RequestHandler._unimplemented_method
    ]


def test_the_server_dispatches_to_every_route(served: Served) -> None:
    rules = list(_rules(served.jupyter.app.web_app))
    assert {rule.target for rule in rules} >= {handler for _, handler in routes()}


@pytest.mark.parametrize("token", [None, "wrong"])
def test_no_route_answers_without_the_token(served: Served, token: str | None) -> None:
    asked = 0
    # With what keeps other pages from asking in a person's name: only the login is missing.
    with served.jupyter.client(token, cookies={"_xsrf": "a"}) as client:
        client.headers["X-XSRFToken"] = "a"
        for rule in _rules(served.jupyter.app.web_app):
            for method in METHODS:
                with client.stream(method, _path(rule)) as reply:
                    allowed = (403,) if method in _implemented(rule.target) else (403, 405)
                    assert reply.status_code in allowed, (method, _path(rule))
                    asked += 1
    assert asked >= len(routes()) * len(METHODS)


def test_what_a_browser_asks_before_a_request_tells_nothing(served: Served) -> None:
    """Jupyter's own answer to OPTIONS, which every handler for JSON has."""
    with served.jupyter.client(None) as client:
        for rule in _rules(served.jupyter.app.web_app):
            assert client.options(_path(rule)).content == b""


def test_every_method_says_itself_that_it_is_authenticated(served: Served) -> None:
    """What Jupyter warns of with `allow_unauthenticated_access=False`."""
    application = served.jupyter.app.web_app
    for rule in _rules(application):
        assert application._check_handler_auth(rule.matcher, rule.target) == []
        for method in _implemented(rule.target):
            assert _is_authorized(getattr(rule.target, method.lower())), (rule.target, method)


def _is_authorized(method: Any) -> bool:
    while method is not None:
        if method.__code__.co_filename.endswith("jupyter_server/auth/decorator.py"):
            return True
        method = getattr(method, "__wrapped__", None)
    return False


def test_an_order_by_a_cookie_needs_its_xsrf_token(served: Served) -> None:
    """A page of somebody else's makes the browser send the cookie, and cannot read what goes with it."""
    server = served.jupyter
    with httpx.Client(base_url=server.url) as browser:
        page = browser.get("tree", params={"token": "a-token-of-a-test"})
        assert any(name.startswith("username-") for name in browser.cookies), page.status_code
        assert browser.get("flinklab/status").status_code == 200
        forged = browser.post("flinklab/jobs/dev/orders/commands", json={"kind": "cancel"})
        assert forged.status_code == 403
        mine = {"X-XSRFToken": browser.cookies.get("_xsrf", path=server.app.base_url) or ""}
        own = browser.post("flinklab/format", json={"sql": 1}, headers=mine)
        assert own.status_code == 400
    assert not served.catalog.commands.list(_job_id(served))


def _job_id(served: Served) -> int:
    found = [each for each in served.catalog.jobs.list(["my"]) if each.job.key.name == "orders"]
    return found[0].job.id
