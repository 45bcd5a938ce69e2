"""The guides to reports and to the command line: every block runs, and prints what is shown."""

from __future__ import annotations

import re

import pytest

from codeblocks import ROOT, assert_shown, blocks, run
from flopscope.reports.files import WRITERS

PAGES = [ROOT / "docs" / name for name in ("guide-reports.md", "guide-cli.md")]
REPORTS, CLI = PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_prints_the_output_shown_below_it(page):
    assert_shown(run(page))


def test_every_block_is_of_a_kind_that_is_executed():
    for page in PAGES:
        assert {block.language for block in blocks(page)} <= {"python", "sh", "text", "ipython"}
        shells = [block.text for block in blocks(page) if block.language == "sh"]
        assert [text for text in shells if not re.match(r"flopscope |pytest ", text)] == []


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
    import json

    from flopscope.summary import Summary

    text = REPORTS.read_text(encoding="utf-8")
    described = set(re.findall(r"`(\w+)`", text.partition("| field | is |")[2]))
    assert set(json.loads(Summary(1, 1).to_json())) <= described
