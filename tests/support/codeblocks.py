"""Documentation is executed: a page's blocks run in order, and a text block is what the block above it prints.

python tests/support/codeblocks.py README.md        writes the outputs of now into the page
"""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import flopscope as flops

ROOT = Path(__file__).parents[2]
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


def run(page: Path) -> list[Run]:
    """Execute a page as a reader would: python blocks in one new session, and the demo where a shell block makes it."""
    flops.budget_reset()
    namespace: dict[str, object] = {"__name__": "__main__"}
    everything = blocks(page)
    runs = []
    for block, after in zip(everything, [*everything[1:], None], strict=True):
        if block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as output:
                try:
                    exec(compile(block.text, "example.py", "exec"), namespace)
                except Exception as error:
                    error.add_note(f"in the block at {block.place}")
                    raise
            printed = output.getvalue()
        elif block.language == "sh" and "make demo" in block.text:
            demo = subprocess.run([sys.executable, DEMO], stdout=subprocess.PIPE, text=True, check=True)
            printed = demo.stdout
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
        line = re.sub(rf"(  +){_TIME}.*", r"\1<time>", line)  # in a table; to its right are shares, bars and notes
        line = re.sub(_TIME, "<time>", line)
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
