"""The documentation for programs: ``ops.json``, ``llms.txt`` (what is where) and ``llms-full.txt`` (all of it)."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import flopscope as flops

SCHEMA = "flopscope.ops/1"
CHAPTERS = {"start": "Start", "guide": "Guides", "concepts": "Concepts", "reference": "Reference"}


def ops_json() -> str:
    """The table of ops: what every name costs, by which formula, from which source, with an example."""
    data = {"schema": SCHEMA, "version": flops.__version__, "ops": [dataclasses.asdict(op) for op in flops.ops()]}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def pages(source: Path) -> dict[str, list[Path]]:
    """The written pages by chapter, in the order of their names, those of the gallery aside."""
    chapters: dict[str, list[Path]] = {chapter: [] for chapter in (*CHAPTERS, "")}
    for page in sorted([*source.rglob("*.md"), source / "reference" / "api.rst"]):
        path = page.relative_to(source).as_posix()
        if not path.startswith(("gallery/", "index")):
            chapters[next(chapter for chapter in chapters if path.startswith(chapter))].append(page)
    return chapters


def told(page: Path) -> tuple[str, str]:
    """Title of a page, and the first sentence below it."""
    text = page.read_text(encoding="utf-8")
    title = re.search(r"^# (.*)$|^(.+)\n=+$", text, re.MULTILINE)
    if title is None:
        return page.stem.capitalize(), ""
    paragraph = re.search(r"\n\n((?!```)[^\n:#|!].*(?:\n.+)*)", text[title.end() :])
    sentence = re.split(r"(?<=\.)\s", " ".join(paragraph[1].split()))[0] if paragraph else ""
    return title[1] or title[2], re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", sentence).rstrip(".:")


def llms_txt(source: Path) -> str:
    """What there is to read, a line per page (https://llmstxt.org)."""
    lines = [
        "# flopscope",
        "",
        "> NumPy that says what it costs: `import flopscope.numpy as fnp` gives NumPy's results plus an exact FLOP "
        "count per call, budgets that stop an overrun before it happens, and attribution to ops, namespaces and lines.",
        "",
        "- Budget: `with flops.BudgetContext(flop_budget=10**6) as budget: ...`, then `print(budget.summary())`",
        '- Price without running: `flops.cost("linalg.qr", (1000, 64))`; the formula: `flops.ops("qr")[0].formula`',
        "- One fused multiply-add is 1 FLOP, one scalar operation on one element is 1 FLOP; moving data is free",
        "- The table of ops as data: [ops.json](ops.json); all pages in one: [llms-full.txt](llms-full.txt)",
    ]
    for chapter, some in pages(source).items():
        lines += ["", f"## {CHAPTERS.get(chapter, 'More')}", ""]
        for page in some:
            title, sentence = told(page)
            where = page.relative_to(source).with_suffix(".html").as_posix()
            lines.append(f"- [{title}]({where}){': ' + sentence if sentence else ''}")
    lines += ["", "## Examples", ""]
    for example in sorted((source.parent / "examples" / "gallery").glob("plot_*.py")):
        title, sentence = told(example)
        lines.append(f"- [{title}](gallery/{example.stem}.html): {sentence}")
    return "\n".join(lines) + "\n"


def write(source: Path, out: Path) -> None:
    """Write the three files beside the built pages."""
    whole = [page.read_text(encoding="utf-8") for some in pages(source).values() for page in some]
    (out / "ops.json").write_text(ops_json(), encoding="utf-8")
    (out / "llms.txt").write_text(llms_txt(source), encoding="utf-8")
    (out / "llms-full.txt").write_text("\n\n".join(whole), encoding="utf-8")
