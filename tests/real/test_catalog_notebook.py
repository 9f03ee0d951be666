"""The shared catalog from notebooks, on a real Flink: defined in one kernel, used in the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flinklab.local import LocalFlink, LocalSettings
from real.kernels import Kernel, eventually, write_spec

pytestmark = pytest.mark.filterwarnings("default")  # of the notebook libraries, which are not ours

ORDERS = """CREATE TABLE orders (id BIGINT, shop STRING) WITH (
  'connector' = 'datagen', 'number-of-rows' = '${rows}', 'fields.shop.length' = '3'
)"""
TREE = """
from flinklab.notebook.tree_nodes import Browser
from flinklab.notebook.tree_panel import Describer
bench = get_ipython().magics_manager.registry["FlinkSQL"].workbench
browser, describer = Browser(bench.catalog, bench.session), Describer(bench.catalog, bench.session)
"""


@pytest.fixture
def kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedded: LocalFlink, embedded_settings: LocalSettings
) -> Iterator[list[Kernel]]:
    """Two kernels of one person, with a catalog of their own."""
    write_spec(tmp_path / "data")
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "catalog"))
    found = {"FLINKLAB_STATE_DIR": str(embedded.state_dir), "FLINKLAB_CACHE_DIR": str(embedded_settings.cache_dir)}
    both = [Kernel(tmp_path, **found), Kernel(tmp_path, **found)]
    yield both
    for kernel in both:
        kernel.close()


def test_what_one_kernel_defines_the_next_one_uses(kernels: list[Kernel]) -> None:
    first, second = kernels
    first.ok("%flink vars set rows 3 --type int")
    first.ok("%flink vars set rows 7 --env prod")
    assert "version 1" in first.ok(f"%%flinksql --catalog shared --tag shop\n{ORDERS}").printed
    view = "CREATE VIEW shops AS SELECT shop FROM orders"
    assert "version 1" in first.ok(f"%%flinksql --catalog shared\n{view}").printed

    second.ok("%flinksql few << --wait SELECT * FROM shops")
    assert second.value("len(few.df)") == "3"
    second.ok("%flinksql many << --wait --env prod SELECT * FROM my.shops")
    assert second.value("len(many.df)") == "7"

    described = second.ok("%flink describe orders").text
    assert "my.shops" in described
    assert "${rows}" in described

    # A change that breaks a view is not made behind its back.
    broken = ORDERS.replace("shop STRING", "store STRING").replace("fields.shop", "fields.store")
    refused = first.run(f"%%flinksql --catalog shared\n{broken}")
    assert "my.shops" in refused.error
    changed = first.ok("%flinksql ALTER TABLE orders ADD amount DOUBLE")
    assert "version 1 → 2" in changed.text + changed.printed
    second.ok("%flinksql wide << --wait SELECT * FROM orders")
    assert second.value("list(wide.df.columns)") == "['id', 'shop', 'amount']"


def test_the_tree_sees_and_samples_both_sides(kernels: list[Kernel]) -> None:
    kernel = kernels[0]
    kernel.ok("%flink vars set rows 30 --type int")
    kernel.ok(f"%%flinksql --catalog shared\n{ORDERS}")
    kernel.ok("%flinksql CREATE VIEW own AS SELECT * FROM (VALUES (1), (2), (3), (4)) AS four(x)")
    kernel.ok(TREE)
    own = "('session', 'default_catalog', 'default_database', 'tables')"
    assert "own" in kernel.value(f"[node.label for node in browser.children({own}).nodes]")
    assert kernel.value("len(describer.sample(('shared', 'my', 'table', 'orders')).rows)") == "10"
    assert kernel.value(f"len(describer.sample((*{own}, 'own')).rows)") == "4"
    assert "(VALUES" in kernel.value(f"describer.panel((*{own}, 'own')).ddl")


def test_history_and_a_saved_session_are_there_for_the_next_kernel(kernels: list[Kernel]) -> None:
    first, second = kernels
    first.ok("%flinksql CREATE TABLE own (x INT) WITH ('connector' = 'datagen', 'number-of-rows' = '4')")
    first.ok("%flinksql --wait SELECT x FROM own")
    first.ok("%flink session save etl")
    eventually(lambda: "SELECT x FROM own" in second.ok("%flink history own --mine").text)
    second.ok("%flink use etl")
    second.ok("%flinksql rows << --wait SELECT x FROM own")
    assert second.value("len(rows.df)") == "4"
