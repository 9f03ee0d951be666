from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import AccessDeniedError, NoApplicationError, YarnRefusedError
from flinklab.flink.transport import Reply
from flinklab.yarn import refusals
from flinklab.yarn.identity import Identity

URL = "http://rm:8088"
NOBODY, ANN = Identity(), Identity("kerberos", "ann@REALM")


def exception(message: str) -> bytes:
    return b'{"RemoteException":{"exception":"X","message":"%s","javaClassName":"a.X"}}' % message.encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (exception("java.lang.Exception: Unknown queue: nope"), "Unknown queue: nope"),
        (exception("User: ann is not allowed to impersonate bob"), "User: ann is not allowed to impersonate bob"),
        (b"App in KILLED state cannot be moved.", "App in KILLED state cannot be moved."),
        (b'{"RemoteException":{"exception":"X"}}', ""),
        (b"", ""),
    ],
)
def test_the_reason_is_what_it_said_without_the_java_class(body: bytes, reason: str) -> None:
    assert refusals.said(body) == reason


@given(st.binary())
def test_any_reason_is_one_line(body: bytes) -> None:
    for error in (
        refusals.refused("move", "application_1_0001", Reply(400, body)),
        refusals.not_asked_well(Reply(400, body)),
        refusals.broken(URL, Reply(500, body)),
        refusals.not_permitted(
            "kill", "application_1_0001", AccessDeniedError("x", details=body.decode("latin-1"))
        ),
    ):
        assert len(error.message.splitlines()) == 1


@pytest.mark.parametrize(
    ("identity", "status", "challenge", "says"),
    [
        (NOBODY, 401, "Negotiate", "--auth kerberos"),
        (ANN, 401, "Negotiate", "klist"),
        (NOBODY, 401, "PseudoAuth", "auth `simple` and a user"),
        (Identity("simple", "ann"), 401, "Basic", "as it was"),
    ],
)
def test_who_is_not_known_learns_how_to_be(identity: Identity, status: int, challenge: str, says: str) -> None:
    told = AccessDeniedError("as it was", details="<html>", status=status, challenge=challenge)
    assert says in str(refusals.denied(told, URL, identity))


def test_a_proxy_user_that_is_not_let() -> None:
    body = exception("User: knox@REALM is not allowed to impersonate ann").decode()
    told = AccessDeniedError("as it was", details=body, status=403)
    error = refusals.denied(told, URL, Identity("kerberos", "knox/gateway@REALM", "ann"))
    assert "knox/gateway@REALM act for ann" in error.message
    assert "hadoop.proxyuser.knox.hosts" in str(error)


def test_who_may_not_is_named() -> None:
    text = "Unauthorized attempt to kill appid application_1_0001 by remote user bob"
    error = refusals.not_permitted("kill", "application_1_0001", AccessDeniedError("x", details=text))
    assert (
        str(error)
        == "not permitted to kill application_1_0001 as bob (its owner and the administrators of its queue may)"
    )
    nobody = refusals.not_permitted("kill", "a", AccessDeniedError("x", details=text.replace("bob", "dr.who")))
    assert "nobody in particular" in nobody.message


def test_an_application_that_is_not_known_and_one_that_cannot_be_changed() -> None:
    assert isinstance(refusals.refused("kill", "application_1_0001", Reply(404, b"")), NoApplicationError)
    error = refusals.refused("move", "application_1_0001", Reply(400, b"App in KILLED state cannot be moved."))
    assert isinstance(error, YarnRefusedError) and "App in KILLED state" in error.message
