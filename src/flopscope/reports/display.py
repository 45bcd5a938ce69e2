"""How a summary looks: one description, rendered as text or in colour.

:func:`describe` turns a summary into a :class:`Report`: blocks of rows of typed cells, which hold the numbers
themselves. :func:`lay_out` turns a report into lines of styled spans on one grid. A rendering is a way to write those
lines (text, rich), or, for a format with tables of its own, the cells; none of them knows what a summary is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from flopscope.reports.summary import Bucket, Summary

#: Columns a report fills if its names and numbers allow.
WIDTH = 80


# -- numbers as people read them ---------------------------------------------------------------------------------------


def percent(part: int, whole: int) -> str:
    """``part / whole`` with one decimal; never 0.0% of something nor 100.0% of less than all."""
    if whole <= 0:
        return "-"
    if part < 0:
        return f"-{percent(-part, whole)}"
    permille = (2000 * part + whole) // (2 * whole)
    if permille == 0 and part:
        return "<0.1%"
    if permille == 1000 and part < whole:
        return ">99.9%"
    return f"{permille // 10}.{permille % 10}%"


def duration(ns: float) -> str:
    """Nanoseconds in the unit that suits them, to three digits."""
    if ns < 0:
        return f"-{duration(-ns)}"
    for unit, size in (("ns", 1), ("us", 10**3), ("ms", 10**6), ("s", 10**9)):
        value = ns / size
        if value < (999.5 if unit != "s" else 99.5):
            return f"{value:.{_decimals(value) if unit != 'ns' else 0}f} {unit}"
    minutes, seconds = divmod(round(ns / 10**9), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def flop_rate(flops_per_s: float) -> str:
    """FLOPs per second with the prefix that suits them, to three digits."""
    value = flops_per_s
    for prefix in ("", "k", "M", "G", "T"):
        if value < 999.5:
            return f"{value:.{_decimals(value)}f} {prefix}FLOP/s"
        value /= 1000
    return f"{value:,.{_decimals(value)}f} PFLOP/s"


def _decimals(value: float) -> int:
    """Decimals that make three digits of a value below 1000."""
    return 0 if value == 0 or value >= 99.95 else 2 if value < 9.995 else 1


def file_name(path: str) -> str:
    """The last part of a path, of whatever system: reports travel."""
    return path.replace("\\", "/").rpartition("/")[2]


# -- the description ---------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """A value and what kind of thing it is; the value of a share or a bar is ``(part, whole)``."""

    kind: str
    value: Any


class Row(NamedTuple):
    """Cells side by side; the name in front stands `depth` steps to the right, and a total stands out."""

    cells: tuple[Cell, ...]
    depth: int = 0
    total: bool = False


class Block(NamedTuple):
    """Rows under the titles of their columns; without titles, a list of facts."""

    titles: tuple[str, ...]
    rows: list[Row]


class Report(NamedTuple):
    """What is reported, whose it is, and the blocks that say it."""

    heading: tuple[str, ...]
    blocks: list[Block]


def name(text: str) -> Cell:
    return Cell("name", text)


def flops(number: int) -> Cell:
    return Cell("flops", number)


def count(number: int) -> Cell:
    return Cell("count", number)


def time(ns: int) -> Cell:
    return Cell("time", ns)


def rate(flops_per_s: float) -> Cell:
    return Cell("rate", flops_per_s)


def unit(text: str) -> Cell:
    return Cell("unit", text)


def share(part: int, whole: int) -> Cell:
    return Cell("share", (part, whole))


def bar(part: int, whole: int) -> Cell:
    """A share as a bar as long as its weight."""
    return Cell("bar", (part, whole))


def gauge(part: int, whole: int) -> Cell:
    """A share as a bar on a track that shows what is left."""
    return Cell("gauge", (part, whole))


def change(before: int, after: int) -> Cell:
    """FLOPs more or less than before."""
    return Cell("change", after - before)


def growth(before: int, after: int) -> Cell:
    """The change as a share of what was before."""
    return Cell("growth", (after - before, before))


def note(text: str) -> Cell:
    return Cell("note", text)


def describe(summary: Summary, by_namespace: bool = False) -> Report:
    """What a report of `summary` says, however it will look."""
    left = summary.flops_remaining
    remaining = Row((name("Remaining"), flops(left), share(left, summary.flop_budget)))
    blocks = [Block((), [*budget_rows(summary), remaining]), _operations(summary)]
    if summary.traffic():
        blocks.append(traffic(summary))
    if by_namespace and summary.buckets:
        blocks.append(namespaces(summary))
    if summary.trace:
        blocks.append(_lines(summary))
    if summary.escapes:
        blocks.append(escapes(summary))
    if is_timed(summary):
        blocks.append(_times(summary))
    model = summary.cost_model
    priced = f"cost model {model.name} ({model.hash})" if model and model.name != "fma1" else None
    return Report(tuple(filter(None, ("flopscope summary", summary.title, summary.namespace, priced))), blocks)


def is_timed(summary: Summary) -> bool:
    """Whether there are times to show: a plan takes none."""
    return summary.wall_ns > 0 or not summary.calls


def _without_times(block: Block) -> Block:
    rows = [row._replace(cells=tuple(cell for cell in row.cells if cell.kind != "time")) for row in block.rows]
    return Block(tuple(title for title in block.titles if title != "Backend"), rows)


def budget_rows(summary: Summary) -> list[Row]:
    """The limit and how much of it is used."""
    limit, used = summary.flop_budget, summary.flops_used
    return [
        Row((name("Budget"), flops(limit), unit("FLOPs"))),
        Row((name("Used"), flops(used), share(used, limit), gauge(used, limit))),
    ]


#: Source lines that a report in text shows at most: the dearest.
LINES_SHOWN = 10
OPERATION_TITLES = ("Operation", "FLOPs", "Share", "Calls", "Backend", "")


def operation_row(bucket: Bucket, used: int) -> Row:
    """One op of a budget that has used `used` FLOPs."""
    numbers = (flops(bucket.flops), share(bucket.flops, used), count(bucket.calls), time(bucket.backend_ns))
    return Row((name(bucket.op), *numbers, bar(bucket.flops, used)))


NOTHING_YET = Block((), [Row((note("No operations counted yet."),))])


def _operations(summary: Summary) -> Block:
    operations, used = summary.operations(), summary.flops_used
    if not operations:
        return NOTHING_YET
    rows = [operation_row(bucket, used) for bucket in operations]
    if len(rows) > 1:
        totals = (flops(used), share(used, used), count(summary.calls), time(summary.backend_ns))
        rows.append(Row((name("Total"), *totals), total=True))
    block = Block(OPERATION_TITLES, rows)
    return block if is_timed(summary) else _without_times(block)


def traffic(summary: Summary) -> Block:
    """Bytes and arithmetic intensity of each op."""
    rows = [
        Row((name(row.op), count(row.bytes_read), count(row.bytes_written), unit(f"{row.intensity:.3g}")))
        for row in summary.traffic()
    ]
    return Block(("Operation", "Bytes read", "Written", "FLOPs/byte"), rows)


def namespaces(summary: Summary, as_tree: bool = False) -> Block:
    """The namespaces, a row each, by their full paths or as the branches of a tree."""
    used = summary.flops_used
    rows: list[Row] = []
    path: list[str] = []
    for depth, label, tally in summary.tree():
        path[depth:] = [label]
        above = path[depth - 1] if depth else ""
        if not label:
            shown = ("(own)" if as_tree else f"{above} (own)") if above else "(no namespace)"
        else:
            shown = label[len(above) + 1 :] if as_tree and above else label
        dearest = tally.operations()[0].op
        numbers = (flops(tally.flops_used), share(tally.flops_used, used), count(tally.calls), time(tally.backend_ns))
        rows.append(Row((name(shown), *numbers, note(dearest)), depth if as_tree else 0))
    block = Block(("Namespace", "FLOPs", "Share", "Calls", "Backend", "Mostly"), rows)
    return block if is_timed(summary) else _without_times(block)


def _lines(summary: Summary) -> Block:
    """The dearest source lines; all of them, in their places, are on the page."""
    used = summary.flops_used
    lines = [(place, cost) for place, cost in summary.lines().items() if cost.calls]
    rows = [
        Row((name(f"{file_name(filename)}:{lineno}"), flops(cost.own), share(cost.own, used), count(cost.calls),
             time(cost.backend_ns), note(cost.function.rpartition("<locals>.")[2])))
        for (filename, lineno), cost in lines[:LINES_SHOWN]
    ]  # fmt: skip
    if len(lines) > LINES_SHOWN:
        rows.append(Row((note(f"{len(lines) - LINES_SHOWN:,} more lines"),)))
    return Block(("Line", "FLOPs", "Share", "Calls", "Backend", "In"), rows)


def escapes(summary: Summary) -> Block:
    """What left the meter, the most elements first."""
    places = sorted(summary.escapes, key=lambda escape: (-escape.elements, escape))
    rows = [
        Row((name(f"{file_name(escape.filename)}:{escape.lineno}"), count(escape.elements), name(""),
             count(escape.arrays), note(escape.door + (f" by {escape.taker}" if escape.taker else ""))))
        for escape in places[:LINES_SHOWN]
    ]  # fmt: skip
    if len(places) > LINES_SHOWN:
        rows.append(Row((note(f"{len(places) - LINES_SHOWN:,} more places"),)))
    return Block(("Left the meter", "Elements", "", "Arrays", "By"), rows)


def _times(summary: Summary) -> Block:
    wall, limit = summary.wall_ns, summary.wall_time_limit_s
    limit_ns = round(limit * 1e9) if limit else 0
    parts = (
        ("backend", summary.backend_ns, "inside NumPy"),
        ("overhead", summary.overhead_ns, "counting"),
        ("residual", summary.residual_ns, "the rest of the program"),
    )
    of_limit = f"{percent(wall, limit_ns)} of {duration(limit_ns)} allowed" if limit_ns else ""
    rows = [Row((name("Wall time"), time(wall), share(wall, wall), note(of_limit)))]
    rows += [Row((name(label), time(ns), share(ns, wall), note(what)), depth=1) for label, ns, what in parts]
    return Block((), rows)


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
