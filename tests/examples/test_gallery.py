"""Every example of the gallery runs, and says something."""

from __future__ import annotations

import ast
import functools
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import flopscope as flops

pytest.importorskip("matplotlib", reason="the examples plot")
pytest.importorskip("sklearn", reason="the examples' data come from scikit-learn")

GALLERY = Path(__file__).parents[2] / "examples" / "gallery"
EXAMPLES = sorted(GALLERY.glob("*.py"))


def test_the_gallery_is_found():
    assert len(EXAMPLES) >= 12


@functools.cache
def run(example):
    """What came of running an example, and its seconds of processor time."""
    sources = str(Path(flops.__file__).resolve().parents[1])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, example],
        env=os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": sources},
        capture_output=True,
        text=True,
        timeout=300,  # a hang, not a bound
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem.removeprefix("plot_"))
def test_an_example_runs(example):
    done, seconds = run(example)
    assert done.returncode == 0, done.stderr
    assert re.search(r"[\d,]+ FLOPs|^Used +[\d,]+", done.stdout, re.MULTILINE)
    assert seconds < 30
    assert not [line for line in done.stderr.splitlines() if "Warning" in line and "non-interactive" not in line]


def told(example):
    """What an example says in words: its docstring, and the comments between its blocks, without citations."""
    text = example.read_text(encoding="utf-8")
    blocks = re.findall(r"^# %%\n((?:# .*\n)+)", text, re.MULTILINE)
    words = "\n".join([ast.get_docstring(ast.parse(text)), *(block.replace("# ", "") for block in blocks)])
    return re.sub(r"\([^()]*\b(?:19|20)\d\d\W*\)", "", words)


def numbers(text):
    return re.findall(r"(?<![\w.])\d(?:,?\d+)*(?:\.\d+)?(?:e[+-]?\d+)?%?(?!\w)", text)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem.removeprefix("plot_"))
def test_every_number_told_is_one_that_the_example_prints_or_sets(example):
    printed = set(numbers(run(example)[0].stdout))
    constants = {node.value for node in ast.walk(ast.parse(example.read_text())) if isinstance(node, ast.Constant)}
    known = printed | {f"{value:,}" for value in constants if isinstance(value, int | float)}
    assert {number for number in numbers(told(example)) if len(number) > 1} <= known
    lesson = numbers(ast.get_docstring(ast.parse(example.read_text())))
    assert printed & set(lesson), "the first paragraph says what is learned, with a number that was measured"


def test_moments_of_the_digits_are_the_same_with_and_without_symmetry_at_the_price_of_what_differs():
    lines = run(GALLERY / "plot_symmetric_moments.py")[0].stdout.splitlines()
    costs = {line[:24].strip(): [int(cell.replace(",", "")) for cell in line[24:58].split()] for line in lines[1:7]}
    n, d = 1797, 12
    pairs, triples, fours = 78, 364, 1365  # 12*13/2, *14/3, *15/4
    assert costs["third moments"] == [n * d**2 + n * d**3 + d**3, n * pairs + n * triples + triples]
    # ni,nj and nk,nl are one matrix, of which it takes the product with itself
    assert costs["fourth moments"] == [2 * n * d**2 + n * d**4 + d**4, 2 * n * pairs + n * fours + fours]
    # of ten directions: ijk,ck->ijc, then bj,ijc->bic with b and c alike, then ai,bic->abc; 10*11/2, *12/3
    with_it = 10 * d * pairs + 55 * d**2 + 220 * d
    assert costs["third, in triples of w"] == [10 * d**3 + 100 * d**2 + 1000 * d, with_it]
    assert "Identical to rounding: True" in lines
