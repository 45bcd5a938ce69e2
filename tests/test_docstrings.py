"""Every example in a docstring of ours does what it shows; NumPy's, which those of `fnp` end with, are NumPy's."""

from __future__ import annotations

import ast
import doctest
import importlib
from pathlib import Path

import pytest

import flopscope as flops

SOURCES = Path(flops.__file__).parents[1]
PROGRAMS = {"__main__.py", "spawned.py"}  # importing one of these runs it
FILES = [file for file in sorted((SOURCES / "flopscope").rglob("*.py")) if file.name not in PROGRAMS]
DOCUMENTED = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
LENIENT = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples(file: Path) -> list[tuple[str, str]]:
    """Name and docstring of everything in a file that shows what it does."""
    found = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, DOCUMENTED)]
    docstrings = [(getattr(node, "name", "module"), ast.get_docstring(node) or "") for node in found]
    return [(name, text) for name, text in docstrings if ">>> " in text]


SHOWING = [file for file in FILES if examples(file)]


def test_examples_are_found():
    assert {"budget.py", "summary.py", "accounting.py", "group.py"} <= {file.name for file in SHOWING}


@pytest.mark.parametrize("file", SHOWING, ids=lambda file: file.relative_to(SOURCES).with_suffix("").as_posix())
def test_examples_print_what_they_show(file):
    parts = file.relative_to(SOURCES).with_suffix("").parts
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    runner = doctest.DocTestRunner(optionflags=LENIENT)
    said: list[str] = []
    for name, text in examples(file):
        flops.budget_reset()
        runner.run(doctest.DocTestParser().get_doctest(text, vars(module), name, str(file), 0), out=said.append)
    assert runner.tries
    assert not runner.failures, "".join(said)
