"""What the README says is what happens."""

from __future__ import annotations

import json
import re

import pytest

import flopscope as flops
import flopscope.numpy as fnp
from codeblocks import ROOT

README = ROOT / "README.md"


def test_a_batch_costs_as_much_as_its_members():
    assert flops.cost("linalg.inv", (7, 100, 100)) == 7 * flops.cost("linalg.inv", (100, 100))


def test_the_count_does_not_depend_on_the_function_or_the_dtype():
    with flops.BudgetContext(flop_budget=100) as budget:
        fnp.exp(fnp.ones(3))
        fnp.add(fnp.ones(3), 1)
        fnp.exp(fnp.ones(3, dtype=fnp.float32))
    assert [record.flop_cost for record in budget.op_log] == [3, 3, 3]


@pytest.mark.parametrize(("function", "formula"), [(fnp.linalg.solve, "n**3"), (fnp.fft.fft, "log2")])
def test_help_shows_the_formula(function, formula):
    assert formula in function.__doc__


def test_every_command_is_a_target_of_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [README, ROOT / "CONTRIBUTING.md"]
    commands = [name for page in pages for name in re.findall(r"[`\n]make ([a-z-]+)", page.read_text(encoding="utf-8"))]
    assert {"demo", "test"} <= set(commands) <= targets


def test_every_link_leads_to_a_file():
    for page in (README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "RELEASING.md"):
        links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (ROOT / link).exists()] == [], page


def test_the_table_of_peers_is_the_published_result(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import peers

    text = README.read_text(encoding="utf-8")
    shown = text.partition(peers.MARKS[0])[2].partition(peers.MARKS[1])[0].strip()
    if peers.PUBLISHED.exists():
        assert shown == peers.table(json.loads(peers.PUBLISHED.read_text(encoding="utf-8"))).strip()
    else:
        assert "no\nresult is published here yet" in shown


def test_the_table_of_peers_says_what_a_peer_cannot_do(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import peers

    ratio = {"ratio": 1.256, "median": 1.3, "bare_us": 1.0, "counted_us": 1.256}
    rows = [
        {"program": "add", "unit": "x", "results": {"a": ratio, "b": {"cannot": "TypeError: no arrays"}}},
        {"program": "log, per op", "unit": "B", "results": {"a": {"value": 30.4}, "b": {"cannot": "no log"}}},
    ]
    data = {"machine": "m", "rounds": 9, "versions": {"a": "1.0", "b": "2.0"}, "numpy": {"a": "2.4"}, "rows": rows}
    assert peers.table(data).splitlines() == [
        "| program | a 1.0 | b 2.0 |",
        "| --- | ---: | ---: |",
        "| add | 1.26 (1.30) x | cannot |",
        "| log, per op | 30 B | cannot |",
        "",
        "Times are multiples of the same program without counting: the ratio of the shortest blocks, and in brackets "
        "the median of the ratios of neighbouring blocks, of 9; m, NumPy 2.4.",
        "b cannot: add (TypeError: no arrays).",
        "b cannot: log, per op (no log).",
    ]
