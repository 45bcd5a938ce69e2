"""How a report looks in text and in colour.

:func:`lay_out` turns a report into lines of styled spans on one grid; a rendering is a way to write those lines: plain
text, or a panel of rich. :func:`print_summary` chooses between the two.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from flopscope.reports.description import Cell, Report, Row, describe
from flopscope.reports.units import duration, flop_rate, percent

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from flopscope.reports.summary import Summary

#: Columns a report fills if its names and numbers allow.
WIDTH = 80


# -- the layout --------------------------------------------------------------------------------------------------------


class Glyphs(NamedTuple):
    """Characters that are not text."""

    rule: str
    full: str
    #: Half a cell of a bar; "" where bars go by whole cells.
    half: str
    track: str
    dot: str
    ellipsis: str


ASCII = Glyphs(rule="-", full="#", half="", track=".", dot="-", ellipsis="...")
BOX = Glyphs(rule="\u2500", full="\u2501", half="\u2578", track="\u2500", dot="\u00b7", ellipsis="\u2026")

#: A piece of a line and its rich style.
Span = tuple[str, str]

_TEXT: dict[str, Callable[[Any], str]] = {
    "flops": lambda number: f"{number:,}",
    "count": lambda number: f"{number:,}",
    "time": duration,
    "rate": flop_rate,
    "share": lambda of: percent(*of),
    "change": lambda number: f"{number:+,}" if number else "0",
    "growth": lambda of: _growth_text(*of),
}
_STYLE = {"name": "cyan", "flops": "bold", "rate": "bold", "unit": "dim", "note": "dim"}


def _growth_text(part: int, whole: int) -> str:
    if whole <= 0:
        return "new" if part > 0 else "-"
    return f"{'+' if part > 0 else ''}{percent(part, whole)}"


def tint(cell: Cell) -> str:
    """Colour of a change: what got dearer is red, what got cheaper is green."""
    if cell.kind not in ("change", "growth"):
        return ""
    number = cell.value if cell.kind == "change" else cell.value[0]
    return "red" if number > 0 else "green" if number < 0 else ""


def cell_text(cell: Cell) -> str:
    """The value of a cell as people read it; of a bar or a gauge, nothing."""
    return "" if cell.kind in ("bar", "gauge") else _TEXT.get(cell.kind, str)(cell.value)


#: Kinds that may only end a row: they take the room that is left, all others stand on the grid.
_ENDS = ("bar", "gauge", "note")

_INDENT = 2
_SHORTEST_BAR, _LONGEST_BAR = 6, 20
_SHORTEST_NAME, _SHORTEST_NOTE = 8, 6
_FEWEST_COLUMNS = 2


def lay_out(report: Report, width: int, glyphs: Glyphs, limit: int | None = None) -> Iterator[list[Span]]:
    """Lines of a report below its heading, in `width` columns if its names and numbers allow.

    All blocks share one grid, so that the numbers of the whole report stand in the same columns. Bars and notes get
    what is left of the width. Names are cut only to keep within a `limit`, numbers never.
    """
    grid: list[int] = []
    for block in report.blocks:
        for texts in (block.titles[:-1], *map(_grid_texts, block.rows)):
            grid += [0] * (len(texts) - len(grid))
            grid[: len(texts)] = map(max, grid, map(columns, texts))
    if limit is not None:
        while len(grid) > _FEWEST_COLUMNS and _SHORTEST_NAME + sum(grid[1:]) + len(grid) - 1 > limit:
            grid.pop()
    gaps = len(grid) - 1
    free = width - sum(grid)
    gap = 3 if free >= 3 * (gaps + 1) + _SHORTEST_BAR else 2 if free >= 2 * gaps else 1
    if limit is not None and sum(grid) + gap * gaps > limit:
        grid[0] = max(limit - gap * gaps - sum(grid[1:]), _SHORTEST_NAME)
    taken = sum(grid) + gap * gaps
    bar_width = min(width - taken - gap, _LONGEST_BAR)
    has_bars = bar_width >= _SHORTEST_BAR
    total = taken + has_bars * (gap + bar_width)
    between: Span = (" " * gap, "")

    def on_grid(texts: Iterable[str], styles: Iterable[str], kinds: Iterable[str]) -> list[Span]:
        spans: list[Span] = []
        for text, style, kind, size in zip(texts, styles, kinds, grid, strict=False):
            left = kind in ("name", "unit")
            if left:
                text = _cut(text, size, glyphs)
            padding = " " * (size - columns(text))
            spans.append((text + padding if left else padding + text, style))
            spans.append(between)
        return spans[:-1]

    for i, block in enumerate(report.blocks):
        if i:
            yield []
        if block.titles:
            *titles, last = block.titles
            spans = on_grid(titles, ["bold"] * len(titles), (cell.kind for cell in block.rows[0].cells))
            room = max(width, total) - taken - gap
            yield [*spans, between, (_cut(last, room, glyphs), "bold")] if _fits(last, room) else spans
            yield [(glyphs.rule * total, "dim")]
        for row in block.rows:
            cells = [cell for cell in row.cells if cell.kind not in _ENDS]
            styles = ["bold" if row.total else _STYLE.get(cell.kind, "") or tint(cell) for cell in cells]
            spans = on_grid(_grid_texts(row), styles, (cell.kind for cell in cells))
            end = row.cells[-1]
            start = sum(columns(text) for text, _ in spans) + gap * bool(spans)
            room = max(width, total) - start
            if end.kind in _ENDS and (_fits(end.value, room) if end.kind == "note" else has_bars):
                spans += [between] * bool(spans)
                spans += _end(end, room, total - start, glyphs)
            yield spans


def _grid_texts(row: Row) -> list[str]:
    texts = [cell_text(cell) for cell in row.cells if cell.kind not in _ENDS]
    if texts:
        texts[0] = " " * (_INDENT * row.depth) + texts[0]
    return texts


def columns(text: str) -> int:
    """Columns that a text takes on a terminal: two for each wide character, none for an accent of its own."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else category(char) not in ("Mn", "Me", "Cf") for char in text)


def _fits(note: str, room: int) -> bool:
    """Whether a note, or a part of it that is worth showing, fits."""
    return bool(note) and room >= min(columns(note), _SHORTEST_NOTE)


def _cut(text: str, width: int, glyphs: Glyphs) -> str:
    if columns(text) <= width:
        return text
    while text and columns(text) > width - len(glyphs.ellipsis):
        text = text[:-1]
    return text + glyphs.ellipsis[: max(width, 0)]


def _end(cell: Cell, room: int, bar_room: int, glyphs: Glyphs) -> list[Span]:
    """A note, bar or gauge; bars go to the nearest half cell where there is a glyph for it."""
    if cell.kind == "note":
        return [(_cut(cell.value, room, glyphs), _STYLE["note"])]
    part, whole = cell.value
    steps_per_cell = 2 if glyphs.half else 1
    steps = bar_room * steps_per_cell
    filled = min(max((2 * steps * part + whole) // (2 * whole), 0), steps) if whole > 0 else 0
    text = glyphs.full * (filled // steps_per_cell) + glyphs.half * (filled % steps_per_cell)
    if cell.kind == "bar":
        return [(text, heat(cell))]
    return [(text, heat(cell)), (glyphs.track * (bar_room - len(text)), "dim")]


def heat(cell: Cell) -> str:
    """Colour of a bar or gauge, by the percentages where it gets warm and hot."""
    part, whole = cell.value
    warm, hot = (10, 50) if cell.kind == "bar" else (70, 90)
    return "red" if 100 * part >= hot * whole else "yellow" if 100 * part >= warm * whole else "green"


# -- the renderings ----------------------------------------------------------------------------------------------------


def to_text(report: Report, width: int = WIDTH) -> str:
    """A report in plain ASCII, but for names that are not."""
    title = f" {ASCII.dot} ".join(report.heading)
    lines = ["".join(text for text, _ in spans).rstrip() for spans in lay_out(report, width, ASCII)]
    return "\n".join([title, "=" * max(map(columns, [title, *lines])), *lines])


class Panel:
    """A report for rich: colours and a frame, as wide as the console allows."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.panel import Panel as Frame
        from rich.text import Text

        glyphs = ASCII if options.ascii_only else BOX
        room = options.max_width - 4
        lines = lay_out(self.report, min(room, WIDTH), glyphs, limit=room)
        body = Text("\n").join(Text.assemble(*spans) for spans in lines)
        body.no_wrap, body.overflow = True, "crop" if options.ascii_only else "ellipsis"
        title = Text(f" {glyphs.dot} ").join(Text(part, style="bold not dim") for part in self.report.heading)
        yield Frame(body, title=title, title_align="left", border_style="dim", expand=False)


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether `stream` moves its cursor and shows colours."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def print_summary(summary: Summary, by_namespace: bool = False, file: IO[str] | None = None) -> None:
    """Print a summary: in colour on a terminal, plain in a pipe, in a dumb terminal, or when ``NO_COLOR`` is set.

    Parameters
    ----------
    summary : Summary
        What to print.
    by_namespace : bool, default False
        Add the tree of namespaces.
    file : file-like, optional
        Where to print; by default standard output.
    """
    report = describe(summary, by_namespace)
    stream = sys.stdout if file is None else file
    text = to_text(report)
    if is_terminal(stream) and not os.environ.get("NO_COLOR") and printable(text, stream) == text:
        from rich import get_console
        from rich.console import Console

        # The console of the process knows what else is on the screen, such as a live display.
        (get_console() if file is None else Console(file=file)).print(Panel(report))
    else:
        print(printable(text, stream), file=file)


def printable(text: str, stream: IO[str] | None) -> str:
    """`text` with what the encoding of `stream` lacks written as escapes."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
