"""Real programs that only know NumPy: metered, they print the same, and cost what they cost when written in `fnp`."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import subprocess
import sys

import pytest

import flopscope as flops
from codeblocks import ROOT

PROGRAMS = sorted((ROOT / "examples" / "programs").glob("*.py"))


def test_there_are_enough_programs_and_none_knows_flopscope():
    assert len(PROGRAMS) >= 10
    assert [path.name for path in PROGRAMS if "flopscope" in path.read_text()] == []


def printed(path):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        runpy.run_path(str(path), run_name="__main__")
    return output.getvalue()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_metered_program_prints_the_same_and_costs_what_its_twin_costs(program, tmp_path):
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "flopscope", "run", "--quiet", "--report", report, program]
    metered = subprocess.run(command, capture_output=True, text=True)
    assert (metered.returncode, metered.stderr) == (0, "")
    assert metered.stdout == printed(program)

    text, replaced = re.subn(r"^(import|from) numpy\b", r"\1 flopscope.numpy", program.read_text(), flags=re.MULTILINE)
    assert replaced
    twin = tmp_path / program.name
    twin.write_text(text)
    with flops.configure(symmetry_loss_warnings=False), flops.BudgetContext(10**12) as budget:  # as the run does
        assert printed(twin) == metered.stdout
    wanted = {(bucket.op, bucket.namespace): bucket[2:4] for bucket in budget.report().buckets}
    found = {(bucket.op, bucket.namespace): bucket[2:4] for bucket in flops.Summary.load(report).buckets}
    assert found == wanted
    assert budget.flops_used > 1000
