"""What is built for others holds what they need, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "flopscope"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    return folder


def test_the_wheel_is_the_package(built):
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    sources = {
        file.relative_to(SOURCES.parent).as_posix() for file in SOURCES.rglob("*.*") if "__pycache__" not in file.parts
    }
    assert names == sources
    assert {"flopscope/py.typed", "flopscope/numpy/__init__.pyi", "flopscope/reports/page.css"} <= names


def test_the_sources_are_enough_to_test_and_to_document(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2].partition("/")[0] for name in tar.getnames()}
    listed = {path.name for path in ROOT.glob("*.md")} | {"LICENSE", "CITATION.cff", "Makefile", "noxfile.py"}
    assert listed | {"src", "tests", "docs", "examples", "bench", "tools", "pyproject.toml"} <= names


def test_the_version_is_said_once_and_cited():
    version = re.search(r'^__version__ = "(.*)"$', (SOURCES / "__init__.py").read_text(), re.MULTILINE)[1]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()


def test_hooks_and_tests_format_with_the_same_ruff():
    pinned = re.search(r'"ruff==(.*?)"', (ROOT / "pyproject.toml").read_text())[1]
    assert f"ruff-pre-commit\n    rev: v{pinned}\n" in (ROOT / ".pre-commit-config.yaml").read_text()


def test_each_python_that_is_promised_is_tested():
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    tested = re.search(r"^PYTHONS = \((.*)\)$", (ROOT / "noxfile.py").read_text(), re.MULTILINE)[1]
    assert re.findall(r'"(.*?)"', tested) == promised
