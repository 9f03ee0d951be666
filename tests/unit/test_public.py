import ast
import subprocess
import sys
from pathlib import Path

import flinklab

MODULE = ast.parse(Path(flinklab.__file__).read_text())


def names_under_type_checking() -> set[str]:
    [block] = [node for node in MODULE.body if isinstance(node, ast.If)]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names}


def test_all_is_the_whole_public_surface() -> None:
    assert sorted(flinklab.__all__) == list(flinklab.__all__)
    assert set(flinklab.__all__) == names_under_type_checking()


def test_every_public_name_is_there_and_documented() -> None:
    for name in flinklab.__all__:
        assert getattr(flinklab, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(flinklab, "no_such_name")


def test_all_errors_are_in_one_tree_and_in_its_picture() -> None:
    from flinklab.domain import errors

    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(issubclass(error, flinklab.FlinklabError) for error in found)
    assert errors.__doc__ is not None
    for error in found:
        assert error.__name__ in errors.__doc__
        assert error.__name__ in flinklab.__all__


def test_importing_and_loading_brings_in_nothing_heavy() -> None:
    heavy = ("pandas", "pyarrow", "plotly", "sqlalchemy", "httpx", "anywidget", "ipywidgets", "msgspec", "orjson")
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell as S; shell = S.instance();"
        "shell.run_line_magic('load_ext', 'flinklab');"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
