"""The pages of the documentation: every block runs, and prints what is shown."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise

import pytest

import flopscope as flops
import flopscope.numpy as fnp
from codeblocks import ROOT, SOURCES, assert_shown, blocks, run
from flopscope.reports.files import WRITERS

DOCS = ROOT / "docs"
REPORTS = DOCS / "guide-reports.md"
MADE = (DOCS / "gallery", DOCS / "reference" / "api")  # by `make docs`
WRITTEN = [page for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")) if not any(map(page.is_relative_to, MADE))]
PAGES = sorted(page for page in WRITTEN if blocks(page))
EXECUTED = {"python", "sh", "yaml"}
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


def test_the_pages_are_found():
    found = {page.stem for page in PAGES}
    assert {"README", "CONTRIBUTING", "index", "first-budget", "guide-cli", "guide-reports", "limits"} <= found


@pytest.mark.parametrize("page", sorted({*PAGES} - {CONTRIBUTING}), ids=lambda page: page.stem)
def test_every_block_runs_and_prints_the_output_shown_below_it(page):
    runs = run(page)
    written = [block for block in blocks(page) if block.language in EXECUTED]
    assert [block.place for block, _, _ in runs] == [block.place for block in written]
    assert_shown(runs)


def test_what_is_added_as_contributing_says_works_in_one_place_each(tmp_path):
    shutil.copytree(SOURCES / "flopscope", tmp_path / "flopscope", ignore=shutil.ignore_patterns("__pycache__"))
    rules = tmp_path / "flopscope" / "costs" / "linalg.py"
    text = rules.read_text(encoding="utf-8")
    assert "linalg.det " in text
    rules.write_text(text.replace("linalg.det ", ""), encoding="utf-8")  # an op that nobody has priced
    assert_shown(run(CONTRIBUTING, sources=tmp_path))


def test_every_block_is_of_a_kind_that_is_executed():
    """A text block is the output of the block above it; the cells for notebooks have a test of their own."""
    for page in WRITTEN:
        text = page.read_text(encoding="utf-8")
        kinds = [block.language for block in blocks(page)]
        assert set(kinds) <= EXECUTED | {"text", "ipython"}, page
        assert kinds.count("ipython") == (3 if page == REPORTS else 0)
        assert all(above in EXECUTED for above, kind in pairwise(["", *kinds]) if kind == "text"), page
        assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(kinds), page
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        assert re.findall(r"\n\n(    \S.*)", prose) == [], f"{page}: code without a fence is not executed"


def test_the_cells_for_notebooks_run():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    cells = [nbformat.v4.new_code_cell(block.text) for block in blocks(REPORTS) if block.language == "ipython"]
    assert len(cells) == 3
    nbclient.NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=120, kernel_name="python3").execute()
    assert ["text/html" in output["data"] for cell in cells for output in cell["outputs"]].count(True) == 2


def test_every_format_is_in_the_table():
    text = REPORTS.read_text(encoding="utf-8")
    assert [suffix for suffix in WRITERS if f"| `run{suffix}` |" not in text] == []


def test_every_field_of_the_schema_is_in_the_table():
    from flopscope.reports.summary import Summary

    text = REPORTS.read_text(encoding="utf-8")
    described = set(re.findall(r"`(\w+)`", text.partition("| field | is |")[2]))
    assert set(json.loads(Summary(1, 1).to_json())) <= described


def test_every_public_name_is_on_the_page_of_the_api():
    listed = set(re.findall(r"^   (\w+)$", (DOCS / "reference" / "api.rst").read_text(encoding="utf-8"), re.MULTILINE))
    modules = {"accounting", "errors", "stats"}
    others = {name for name in dir(flops) if name.startswith("_") or name == "load_ipython_extension"}
    public = {name for name in dir(flops) if not isinstance(getattr(flops, name), type(flops))} - others
    assert listed == public - modules - {"TYPE_CHECKING", "Any"}


def test_every_error_is_explained():
    text = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    errors = {name for name, kind in vars(flops.errors).items() if isinstance(kind, type) and name[0] != "_"} - {"Any"}
    headings = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert errors - {"FlopscopeError", "FlopscopeWarning"} == {
        name for line in headings for name in line.split(" and ")
    }


def test_reports_follow_their_schema():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((DOCS / "_static" / "summary.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    with flops.BudgetContext(flop_budget=10**4, namespace="all", wall_time_limit_s=60, trace=True) as budget:
        fnp.einsum("ij,j->i", fnp.ones((3, 4)), fnp.ones(4)).sum()
    for report in (budget.report(), budget.report(log=False), flops.Summary(1, 1)):
        check.validate(json.loads(report.to_json()))
    damaged = json.loads(budget.report().to_json())
    damaged["log"]["records"][0].append(0)
    assert not check.is_valid(damaged)


def test_the_documentation_for_programs_says_what_the_table_and_the_pages_say(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import machine

    data = json.loads(machine.ops_json())
    assert [op["name"] for op in data["ops"]] == [op.name for op in flops.ops()]
    text = machine.llms_txt(DOCS)
    paths = [page.relative_to(DOCS).with_suffix(".html").as_posix() for page in PAGES if page.is_relative_to(DOCS)]
    assert [path for path in paths if f"]({path})" not in text] == ["index.html"]
