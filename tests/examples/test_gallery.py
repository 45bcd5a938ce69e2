"""Every example of the gallery runs, and says something."""

from __future__ import annotations

import os
import re
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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem.removeprefix("plot_"))
def test_an_example_runs(example):
    sources = str(Path(flops.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, example],
        env=os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": sources},
        capture_output=True,
        text=True,
        timeout=300,  # a hang, not a bound: they take seconds
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"[\d,]+ FLOPs|^Used +[\d,]+", done.stdout, re.MULTILINE)
    assert not [line for line in done.stderr.splitlines() if "Warning" in line and "non-interactive" not in line]
