#!/usr/bin/env -S pipx run
# /// script
# dependencies = ["nox"]
# ///
"""The tests on every version of Python and NumPy that is supported: ``pipx run nox``, or one of ``nox --list``."""

from __future__ import annotations

from itertools import product

import nox

PYTHONS = ("3.11", "3.12", "3.13")
NUMPYS = {"2.0": "numpy==2.0.*", "2.4": "numpy==2.4.*", "latest": "numpy"}
# CI asks for the list of sessions that follows from this, and runs it.
PAIRS = [pair for pair in product(PYTHONS, NUMPYS) if pair != ("3.13", "2.0")]  # for which NumPy has no wheels

nox.needs_version = ">=2024.4.15"
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"


@nox.session
@nox.parametrize("python, numpy", PAIRS)
def tests(session: nox.Session, numpy: str) -> None:
    """Run the tests; words after ``--`` are pytest's."""
    session.install("--editable", ".[dev]", NUMPYS[numpy])
    session.run("python", "-m", "pytest", "-n", "auto", *session.posargs)


@nox.session(python="3.11", default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation."""
    session.install("--editable", ".[docs]")
    session.run("python", "-m", "sphinx", "-E", "-W", "--keep-going", "-q", "-b", "html", "docs", "build/docs")


if __name__ == "__main__":
    nox.main()
