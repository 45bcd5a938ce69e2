"""Documentation is executed: a page's blocks run in order, and a text block is what the block above it prints.

A page runs in a folder of its own with the examples in it. A python block that begins with the name of a file
(``# test_model.py``) is written to that file, or added to it if it is one of ours (``# src/...``). Shell blocks, and
the commands of a workflow (``- run: ...``), run as a user would run them.

python tests/support/codeblocks.py README.md        writes the outputs of now into the page
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import flopscope as flops

ROOT = Path(__file__).parents[2]
SOURCES = Path(flops.__file__).resolve().parents[1]
DEMO = ROOT / "examples" / "digits.py"


class Block(NamedTuple):
    """A fenced block of a markdown page."""

    language: str
    text: str
    start: int
    place: str  # "README.md:12"


class Run(NamedTuple):
    """A block that was executed, what it printed, and the text block that shows it (None: nothing is shown)."""

    block: Block
    printed: str
    shown: Block | None


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], found.start(2), f"{page.name}:{text.count(chr(10), 0, found.start(2)) + 1}")
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def run(page: Path, sources: Path = SOURCES) -> list[Run]:
    """Execute a page as a reader would: python blocks in one new session, shell blocks, the demo where one makes it.

    Shell blocks run with the `flopscope` that is in `sources`.
    """
    page = page.absolute()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("examples").symlink_to(ROOT / "examples")
        Path("src").symlink_to(sources)
        return _run(page)


def _shell(text: str, place: str) -> str:
    """What a shell prints, with the tools of this environment and our plugin alone; its last command must succeed."""
    tools = Path(".tools").absolute()
    tools.mkdir(exist_ok=True)
    for tool in ("flopscope", "pytest", "python"):
        module = "" if tool == "python" else f"-m {tool}"
        (tools / tool).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
        (tools / tool).chmod(0o755)
    own = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, (os.path.realpath("src"), os.environ.get("PYTHONPATH")))),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p flopscope.pytest_plugin -p no:cacheprovider",
        # An installation is a real one, but takes nothing from a network and goes to a folder that is thrown away.
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_QUIET": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_TARGET": str(Path("installed").absolute()),
    }
    done = subprocess.run(
        ["sh", "-c", text],
        cwd=ROOT if "pip install" in text else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | own,
    )
    assert done.returncode == 0, f"the block at {place} failed:\n{done.stdout}"
    return done.stdout.replace(f"{Path.cwd()}{os.sep}", "")


_FILE = re.compile(r"# ([\w./]+\.py)\n")
_STEP = re.compile(r"^ *- run: (.*)$", re.MULTILINE)


def _run(page: Path) -> list[Run]:
    flops.budget_reset()
    namespace: dict[str, object] = {"__name__": "__main__"}
    everything = blocks(page)
    runs = []
    for block, after in zip(everything, [*everything[1:], None], strict=True):
        if block.language == "python" and (named := _FILE.match(block.text)):
            with Path(named[1]).open("a" if named[1].startswith("src/") else "w", encoding="utf-8") as file:
                file.write(block.text)
            printed = ""
        elif block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as output:
                try:
                    exec(compile(block.text, "example.py", "exec"), namespace)
                except Exception as error:
                    error.add_note(f"in the block at {block.place}")
                    raise
            printed = output.getvalue()
        elif block.language == "sh" and "make demo" in block.text:
            own = os.environ | {"PYTHONPATH": str(SOURCES)}  # the sources under test, wherever the page runs
            demo = subprocess.run([sys.executable, DEMO], stdout=subprocess.PIPE, text=True, check=True, env=own)
            printed = demo.stdout
        elif block.language == "sh":
            printed = _shell(block.text, block.place)
        elif block.language == "yaml":
            printed = _shell("\n".join(["set -e", *_STEP.findall(block.text)]), block.place)
        else:
            continue
        runs.append(Run(block, printed, after if after and after.language == "text" else None))
    return runs


_TIME = r"\b[\d.,]+ (s|ms|us|ns)\b"


def stable(text: str) -> str:
    """`text` without what differs from run to run: times, what depends on them, and the last digits of the BLAS."""
    lines = []
    for line in text.splitlines():
        if re.match(r"flopscope\b.* [kMGTP]?FLOP/s\b", line):
            continue  # a line of the live display: how many there are depends on the time
        if re.fullmatch(r"[ ^~]+", line):
            continue  # marks below a line of a traceback, which differ between versions of Python
        line = re.sub(rf"(  +){_TIME}.*", r"\1<time>", line)  # in a table; to its right are shares, bars and notes
        line = re.sub(_TIME, "<time>", line)
        line = re.sub(r"\bin [\d.]+s\b", "in <time>", line)  # pytest
        line = re.sub(r"[#.]{3,}|[-=]{5,}", "<bar>", line)  # takes the room that the times leave
        line = re.sub(r"[\d.]+% of them recognised", "<accuracy> of them recognised", line)
        lines.append(" ".join(line.split()))
    return "\n".join(lines).strip()


def assert_shown(runs: list[Run]) -> None:
    """Every output that a page shows is the one its block prints."""
    for block, printed, shown in runs:
        if shown is not None:
            assert stable(printed) == stable(shown.text), f"the block at {block.place} prints something else"


def rewrite(page: Path) -> None:
    """Write what the blocks print into the text blocks below them."""
    text = page.read_text(encoding="utf-8")
    for _, printed, shown in reversed(run(page)):
        if shown is not None:
            tidy = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines()) + "\n"
            text = text[: shown.start] + tidy + text[shown.start + len(shown.text) :]
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
