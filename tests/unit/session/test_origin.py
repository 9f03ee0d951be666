from hypothesis import given
from hypothesis import strategies as st

from flinklab.session.origin import PARAMETERS, Origin, read_marks


def parse_as_flink_does(option: str) -> dict[str, str]:
    """`key:value,key:value`: how Flink reads a map option."""
    return dict(entry.split(":", 1) for entry in option.split(","))


@given(user=st.text(min_size=1), host=st.text(), notebook=st.text(), kernel=st.text())
def test_marks_survive_any_text(user: str, host: str, notebook: str, kernel: str) -> None:
    marked = Origin(user, host, notebook, kernel).mark({}, "query")
    marks = read_marks(parse_as_flink_does(marked[PARAMETERS]))
    assert marks is not None
    assert marks["user"] == user
    assert marks["kind"] == "query"
    assert marks.get("notebook", "") == notebook
    assert marks.get("host", "") == host


def test_own_parameters_stay() -> None:
    marked = Origin("ann", "box", "", "1").mark({PARAMETERS: "mine:1", "other": "x"}, "insert")
    parameters = parse_as_flink_does(marked[PARAMETERS])
    assert parameters["mine"] == "1"
    assert marked["other"] == "x"


def test_a_job_of_others_has_no_marks() -> None:
    assert read_marks({}) is None
    assert read_marks({"user": "ann", "kind": "query"}) is None
