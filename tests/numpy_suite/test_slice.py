"""A slice of NumPy's own tests passes through flopscope.numpy, apart from the listed ones; the whole is run.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_what_plain_numpy_passes_passes_through_flopscope() -> None:
    run = Path(__file__).with_name("run.py")
    done = subprocess.run([sys.executable, run, "--slice"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
