"""A slice of NumPy's own tests through flopscope.numpy; run.py runs all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

RUN = Path(__file__).with_name("run.py")


@pytest.mark.skipif(not np.__version__.startswith("2.4."), reason="expected_failures.txt is for NumPy 2.4")
def test_what_plain_numpy_passes_passes_apart_from_the_list(tmp_path):
    command = [sys.executable, RUN, "--slice", "--arms", "flopscope", "-n", "0", "--out", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "results.json").read_text())["flopscope"]
    assert results["unexpected"] == results["stale"] == []
    records = [json.loads(line) for line in (tmp_path / "flopscope.jsonl").read_text().splitlines()]
    assert sum(record["outcome"] == "passed" for record in records) > 4500
    assert sum(record["charged"] > 0 for record in records) > 2500  # it is the counted functions that ran
