from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flinklab.domain.errors import UsageError
from flinklab.yarn.identity import Identity


def test_nobody_in_particular_adds_nothing() -> None:
    assert Identity().on("/apps?states=RUNNING") == "/apps?states=RUNNING"


@given(user=st.text(min_size=1), proxy=st.text(), path=st.sampled_from(["/apps", "/apps?states=RUNNING"]))
def test_a_name_to_believe_goes_with_each_request(user: str, proxy: str, path: str) -> None:
    query = parse_qs(urlsplit(Identity("simple", user, proxy).on(path)).query, strict_parsing=True)
    assert query["user.name"] == [user]
    assert query.get("doAs", [""]) == [proxy]
    assert ("states" in query) == ("states" in path)


def test_kerberos_tells_only_for_whom() -> None:
    assert Identity("kerberos", "knox@REALM", "ann").query() == "doAs=ann"
    assert Identity("kerberos").query() == ""


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"auth": "ldap"}, "one of none, simple, kerberos"),
        ({"auth": "simple"}, "give a user"),
        ({"user": "ann"}, "set auth"),
        ({"proxy_user": "ann"}, "set auth"),
        ({"auth": "kerberos", "keytab": "ann.keytab"}, "user to the principal"),
        ({"auth": "simple", "user": "ann", "keytab": "ann.keytab"}, "set auth to `kerberos`"),
    ],
)
def test_what_does_not_go_together(fields: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Identity(**fields)
