"""What summaries look like: whole renderings, number by number."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from flopscope.reports.description import describe
from flopscope.reports.display import BOX, Panel, columns, lay_out, print_summary, to_text
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket
from flopscope.reports.units import duration, flop_rate, percent

GUIDE = Summary(
    flop_budget=10_000_000,
    wall_ns=412_000,
    buckets=[
        Bucket("einsum", "", 1, 65_536, 61_000, 9_000),
        Bucket("exp", "", 1, 256, 3_100, 2_000),
        Bucket("sum", "", 1, 256, 2_900, 1_000),
    ],
)
TRAINING = Summary(
    flop_budget=100_000_000,
    wall_ns=2_100_000_000,
    buckets=[
        Bucket("einsum", "training.forward.layer1", 1234, 39_112_000, 812_000_000, 20_000_000),
        Bucket("add", "training.forward.layer2", 1234, 112_000, 12_000_000, 2_000_000),
        Bucket("maximum", "training.forward", 200, 12_000, 1_000_000, 200_000),
        Bucket("linalg.svd", "training.init", 1, 20_000_000, 412_000_000, 40_000),
        Bucket("exp", "", 3, 64, 4_100, 2_000),
    ],
    namespace="training",
    wall_time_limit_s=10,
)


def golden(text: str) -> str:
    return dedent(text).strip("\n")


def test_text_of_the_guides_example():
    assert GUIDE.to_text() == golden("""
        flopscope summary
        =========================================================================
        Budget       10,000,000   FLOPs
        Used             66,048     0.7%   ......................................
        Remaining     9,933,952    99.3%

        Operation         FLOPs    Share   Calls   Backend
        -------------------------------------------------------------------------
        einsum           65,536    99.2%       1   61.0 us   ####################
        exp                 256     0.4%       1   3.10 us
        sum                 256     0.4%       1   2.90 us
        Total            66,048   100.0%       3   67.0 us

        Wall time        412 us   100.0%
          backend       67.0 us    16.3%   inside NumPy
          overhead      12.0 us     2.9%   counting
          residual       333 us    80.8%   the rest of the program
    """)


def test_text_with_namespaces_and_a_time_limit():
    assert TRAINING.to_text(by_namespace=True) == golden("""
        flopscope summary - training
        ================================================================================
        Budget                    100,000,000   FLOPs
        Used                       59,236,064    59.2%   ##################.............
        Remaining                  40,763,936    40.8%

        Operation                       FLOPs    Share   Calls   Backend
        --------------------------------------------------------------------------------
        einsum                     39,112,000    66.0%   1,234    812 ms   #########
        linalg.svd                 20,000,000    33.8%       1    412 ms   ####
        add                           112,000     0.2%   1,234   12.0 ms
        maximum                        12,000    <0.1%     200   1.00 ms
        exp                                64    <0.1%       3   4.10 us
        Total                      59,236,064   100.0%   2,672    1.24 s

        Namespace                       FLOPs    Share   Calls   Backend   Mostly
        --------------------------------------------------------------------------------
        training                   59,236,000   >99.9%   2,669    1.24 s   einsum
        training.forward           39,236,000    66.2%   2,668    825 ms   einsum
        training.forward.layer1    39,112,000    66.0%   1,234    812 ms   einsum
        training.forward.layer2       112,000     0.2%   1,234   12.0 ms   add
        training.forward (own)         12,000    <0.1%     200   1.00 ms   maximum
        training.init              20,000,000    33.8%       1    412 ms   linalg.svd
        (no namespace)                     64    <0.1%       3   4.10 us   exp

        Wall time                      2.10 s   100.0%   21.0% of 10.0 s allowed
          backend                      1.24 s    58.9%   inside NumPy
          overhead                    22.2 ms     1.1%   counting
          residual                     841 ms    40.0%   the rest of the program
    """)


def test_text_of_nothing():
    assert Summary(10**15, 0, title="session budget").to_text(by_namespace=True) == golden("""
        flopscope summary - session budget
        =====================================================================
        Budget       1,000,000,000,000,000   FLOPs
        Used                             0     0.0%   ....................
        Remaining    1,000,000,000,000,000   100.0%

        No operations counted yet.

        Wall time                     0 ns        -
          backend                     0 ns        -   inside NumPy
          overhead                    0 ns        -   counting
          residual                    0 ns        -   the rest of the program
    """)


def test_text_of_one_operation_has_no_total():
    summary = Summary(640, 9_000, [Bucket("exp", "", 2, 64, 3_000, 2_000)], title="budget", namespace="a")
    assert str(summary) == golden("""
        flopscope summary - budget - a
        ======================================================================
        Budget           640   FLOPs
        Used              64    10.0%   ####..................................
        Remaining        576    90.0%

        Operation      FLOPs    Share   Calls   Backend
        ----------------------------------------------------------------------
        exp               64   100.0%       2   3.00 us   ####################

        Wall time    9.00 us   100.0%
          backend    3.00 us    33.3%   inside NumPy
          overhead   2.00 us    22.2%   counting
          residual   4.00 us    44.4%   the rest of the program
    """)


def test_text_gives_up_gaps_and_bars_for_long_names_and_numbers():
    name = "random.Generator.multivariate_hypergeometric"
    summary = Summary(10**24, 7 * 10**13, [Bucket(name, "", 1, 10**23, 10**13, 10**5)])
    lines = summary.to_text().splitlines()
    assert lines[3] == f"{'Used':44} {10**23:>33,}  10.0%"
    assert lines[8] == f"{name} {10**23:>33,} 100.0%     1 2 h 46 min"
    assert not any("#" in line for line in lines)


def test_text_cuts_notes_but_neither_names_nor_numbers():
    name = "random.Generator.standard_normal"
    lines = Summary(10, 10, [Bucket(name, "phase", 1, 7, 5, 1)]).to_text(by_namespace=True).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[8].split() == [name, "7", "100.0%", "1", "5", "ns", "#" * 10]
    assert next(line for line in lines if line.startswith("phase")).endswith("   random....")


PLAIN_NAMES = st.text("abcdefgh.ij_", min_size=1, max_size=12).filter(lambda path: all(path.split(".")))


@given(
    st.lists(
        st.builds(
            Bucket,
            op=st.sampled_from(["add", "linalg.svd", "random.Generator.normal", "fft.irfft"]),
            namespace=st.just("") | PLAIN_NAMES,
            calls=st.integers(1, 10**6),
            flops=st.integers(0, 10**12),
            backend_ns=st.integers(0, 10**12),
            overhead_ns=st.integers(0, 10**12),
        ),
        max_size=8,
    ),
    st.integers(1, 10**15),
    st.integers(0, 10**13),
)
def test_text_fits_a_terminal_and_is_ascii_without_trailing_blanks(buckets, flops_left, residual_ns):
    used, spent_ns = sum(b.flops for b in buckets), sum(b.backend_ns + b.overhead_ns for b in buckets)
    text = Summary(used + flops_left, spent_ns + residual_ns, buckets).to_text(by_namespace=True)
    assert text.isascii()
    for line in text.splitlines():
        assert len(line) <= 80
        assert line == line.rstrip()


@pytest.mark.parametrize(
    "part, whole, text",
    [
        (0, 7, "0.0%"),
        (1, 8, "12.5%"),
        (1, 10**6, "<0.1%"),  # never 0.0% of something
        (10**6 - 1, 10**6, ">99.9%"),  # never 100.0% of less than all
        (7, 7, "100.0%"),
        (3, 2, "150.0%"),
        (-1, 8, "-12.5%"),
        (5, 0, "-"),
        (10**400, 3 * 10**400, "33.3%"),  # beyond any float
    ],
)
def test_percent(part, whole, text):
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    "ns, text",
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_000, "1.00 us"),
        (12_345, "12.3 us"),
        (999_499, "999 us"),
        (999_500, "1.00 ms"),  # not 1e+03 us
        (9_995_000, "10.0 ms"),
        (2_100_000_000, "2.10 s"),
        (99_400_000_000, "99.4 s"),
        (125_000_000_000, "2 min 05 s"),
        (3_599_600_000_000, "1 h 00 min"),  # not 59 min 60 s
        (11_520_000_000_000, "3 h 12 min"),
        (-4_000, "-4.00 us"),
    ],
)
def test_duration(ns, text):
    assert duration(ns) == text


@pytest.mark.parametrize(
    "rate, text",
    [
        (0, "0 FLOP/s"),
        (12.34, "12.3 FLOP/s"),
        (999_600, "1.00 MFLOP/s"),
        (1.234e9, "1.23 GFLOP/s"),
        (5e12, "5.00 TFLOP/s"),
        (1.5e19, "15,000 PFLOP/s"),
    ],
)
def test_flop_rate(rate, text):
    assert flop_rate(rate) == text


# -- rich ------------------------------------------------------------------------------------------------------------


def record(renderable: object, width: int = 100, encoding: str = "utf-8") -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(record=True, width=width, force_terminal=True, color_system="standard", file=file)
    console.print(renderable)
    return console


def test_rich_says_what_the_text_says():
    shown = record(Panel(describe(TRAINING, by_namespace=True))).export_text()
    inside = [line.strip("\u2502").strip() for line in shown.splitlines()[1:-1]]
    said = [line.rstrip("#.").split() for line in TRAINING.to_text(by_namespace=True).splitlines()[2:]]
    assert [line.rstrip("\u2501\u2578\u2500").split() for line in inside] == [
        [] if line and set(line[0]) == {"-"} else line for line in said
    ]


def test_rich_frames_and_colours_a_summary():
    console = record(GUIDE, width=80)
    shown, coloured = console.export_text(clear=False).splitlines(), console.export_text(styles=True)
    assert shown[0].startswith("\u256d\u2500 flopscope summary \u2500")
    assert {len(line) for line in shown} == {len(shown[0])}
    assert "\x1b[36meinsum" in coloured  # names in cyan
    assert "\x1b[31m" + 20 * "\u2501" in coloured  # what takes most in red


@pytest.mark.parametrize("width", [100, 60, 48, 40])
def test_rich_keeps_numbers_whole_in_a_narrow_terminal(width):
    shown = record(Panel(describe(TRAINING, by_namespace=True)), width).export_text()
    assert max(map(len, shown.splitlines())) <= width
    for number in ("59,236,064", "39,112,000", "20,000,000", "40,763,936"):
        assert number in shown


@pytest.mark.parametrize("width", range(24, 100, 3))
def test_a_narrow_terminal_leaves_columns_out_and_cuts_no_number(width):
    summary = Summary(10**7, 10**9, [Bucket("random.Generator.standard_normal", "fit.step", 12, 345_678, 8_360_000, 9)])
    lines = [
        "".join(text for text, _ in spans)
        for spans in lay_out(describe(summary, by_namespace=True), min(width, 80), BOX, limit=width)
    ]
    assert max(map(columns, lines)) <= width
    numbers = re.findall(r"[\d,.]+", " ".join(lines))
    assert {"345,678", "10,000,000", "9,654,322"} <= set(numbers)
    assert all(
        ("8.36 ms" in line) == ("Backend" in head) for head, line in ((lines[4], lines[6]), (lines[8], lines[10]))
    )


def test_wide_characters_and_accents_stand_in_columns():
    names = ("abcd", "\u4e2d\u6587", "e\u0301e\u0301e\u0301e\u0301")
    text = to_text(describe(Summary(99, 9, [Bucket("exp", path, 1, 9, 1, 1) for path in names]), by_namespace=True))
    rows = [line for line in text.splitlines() if line.startswith(names)]
    assert len({columns(row.partition("33.3%")[0]) for row in rows}) == 1
    assert list(map(columns, names)) == [4, 4, 4]


def test_rich_needs_no_more_than_ascii_where_there_is_no_more():
    assert record(TRAINING, encoding="ascii").export_text().isascii()
    assert record(TRAINING, width=20, encoding="ascii").export_text().isascii()


def test_rich_does_not_read_names_as_markup():
    summary = Summary(10, 10, [Bucket("exp", "[red]x[/blue]", 1, 1, 1, 1)], title="[/]", namespace="[red]x[/blue]")
    shown = record(Panel(describe(summary, by_namespace=True))).export_text()
    assert "[/]" in shown.splitlines()[0]
    assert shown.count("[red]x[/blue]") == 2


# -- printing --------------------------------------------------------------------------------------------------------


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def written(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def colourful(monkeypatch):
    """An environment in which terminals have colours."""
    for variable in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


def test_prints_in_colour_on_a_terminal(colourful):
    terminal = Terminal()
    print_summary(GUIDE, file=terminal)
    assert "\x1b[36meinsum" in terminal.written
    assert "\u256d\u2500" in terminal.written


def test_prints_plain_text_into_a_pipe(colourful, capsys):
    file = io.StringIO()
    print_summary(TRAINING, by_namespace=True, file=file)
    assert file.getvalue() == TRAINING.to_text(by_namespace=True) + "\n"
    print_summary(GUIDE)
    assert capsys.readouterr().out == GUIDE.to_text() + "\n"


@pytest.mark.parametrize("variable, value", [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "unknown")])
def test_prints_plain_text_where_colours_are_unwanted(colourful, variable, value):
    colourful.setenv(variable, value)
    terminal = Terminal()
    print_summary(GUIDE, file=terminal)
    assert terminal.written == GUIDE.to_text() + os.linesep


def test_prints_ascii_frames_on_an_ascii_terminal(colourful):
    terminal = Terminal("ascii")
    print_summary(GUIDE, file=terminal)
    assert "\x1b[36meinsum" in terminal.written
    assert terminal.written.isascii()


@pytest.mark.parametrize("stream", [Terminal, lambda encoding: io.TextIOWrapper(io.BytesIO(), encoding=encoding)])
def test_prints_names_the_encoding_lacks_as_escapes(colourful, stream):
    file = stream("ascii")
    print_summary(Summary(10, 10, [Bucket("exp", "\u03b1", 1, 1, 1, 1)], namespace="\u03b1"), file=file)
    file.flush()
    assert b"flopscope summary - \\u03b1" in file.buffer.getvalue()


def test_prints_nothing_where_there_is_no_standard_output(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw
    print_summary(GUIDE)


def test_text_needs_no_rich():
    code = (
        "import sys; from flopscope import Summary; from flopscope.reports.display import print_summary;"
        "print_summary(Summary(10, 10), by_namespace=True); print('rich' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert shown.startswith("flopscope summary\n====")
    assert shown.endswith("False\n")
