"""What a plan tells: attributes and the printed table."""

from __future__ import annotations

import html
import io
import re
from itertools import pairwise

import pytest
from rich.console import Console

from flopscope.einsum import Step, plan

CHAIN = ("ij,jk,kl->il", ((2, 30), (30, 4), (4, 5000)))


def test_a_plan_describes_itself():
    info = plan(*CHAIN).info
    assert info.subscripts == "ij,jk,kl->il"
    assert info.shapes == ((2, 30), (30, 4), (4, 5000))
    assert info.path == ((0, 1), (0, 1))
    assert info.numpy_path == ["einsum_path", (0, 1), (0, 1)]
    assert info.optimizer == "exact"
    assert info.steps == (
        Step((0, 1), "ij,jk->ik", 240, 240, "GEMM", 8, 8, (None, None), None),  # 2*30*4; 2*4 elements
        Step(
            (0, 1), "kl,ik->il", 40_000, 40_000, "GEMM", 10_000, 10_000, (None, None), None
        ),  # 2*4*5000; 2*5000 elements
    )
    assert info.optimized_cost == 40_240
    assert info.naive_cost == 2_400_000  # 2*30*4*5000 * (3 - 1)
    assert info.speedup == 2_400_000 / 40_240
    assert info.largest_intermediate == 10_000


def test_an_ellipsis_is_spelt_out():
    assert plan("...ij,...jk->...ik", ((7, 2, 3), (3, 4))).info.subscripts == "aij,jk->aik"


def test_print_shows_an_aligned_table():
    assert str(plan(*CHAIN).info) == (
        """\
Einsum:               ij,jk,kl->il
Operands:             (2, 30)  (30, 4)  (4, 5000)
Optimizer:            exact
Optimized cost:       40,240 FLOPs
Naive cost:           2,400,000 FLOPs
Speedup:              59.6x
Largest intermediate: 10,000 elements

step  operands  subscripts   FLOPs  share  BLAS  elements
----  --------  ----------  ------  -----  ----  --------
   1  0, 1      ij,jk->ik      240   0.6%  GEMM         8
   2  0, 1      kl,ik->il   40,000  99.4%  GEMM    10,000"""
    )
    assert repr(plan(*CHAIN).info) == str(plan(*CHAIN).info) == plan(*CHAIN).info.format_table()


def test_consoles_and_notebooks_show_what_print_shows():
    info = plan(*CHAIN).info
    console = Console(file=io.StringIO(), width=100)
    console.print(info)
    said = re.sub(r"-{2,}|(?<=[a-z]):", "", str(info)).split()
    assert console.file.getvalue().replace("\u2500", "").split() == said
    page = html.unescape(re.sub("<.*?>", " ", info._repr_html_()))
    assert set(page.split()) > set(said)  # a notebook has room for more columns


@pytest.mark.parametrize(
    "subscripts, shapes, speedup, share",
    [
        ("ij->ji", ((2, 3),), 1.0, "-"),  # a view: nothing to speed up, nothing to share
        ("ij,jk->ik", ((2, 0), (0, 3)), 1.0, "-"),
        ("ij,jk->ik", ((2, 3), (3, 4)), 1.0, "100.0%"),
    ],
)
def test_the_speedup_of_a_single_step_is_1(subscripts, shapes, speedup, share):
    info = plan(subscripts, shapes).info
    assert info.speedup == speedup
    assert share in str(info)


def test_costs_beyond_the_range_of_floats_are_shown():
    n = 40
    labels = [chr(0x100 + i) for i in range(n + 1)]
    subscripts = ",".join(a + b for a, b in pairwise(labels)) + "->" + labels[0] + labels[-1]
    info = plan(subscripts, ((10**12, 10**12),) * n).info
    assert info.optimized_cost == 39 * 10**36  # n - 1 matrix products
    assert info.naive_cost == 39 * 10**492  # n + 1 = 41 labels
    assert info.speedup == float("inf")
    assert f"{39 * 10**36:,} FLOPs" in str(info)


def test_a_plan_names_its_subscripts_and_cost():
    assert repr(plan("ij,jk->ik", ((256, 256), (256, 256)))) == "<plan ij,jk->ik: 16,777,216 FLOPs>"


def test_what_reads_numpys_report_finds_the_output():
    info = plan("ij,jk->ik", ((2, 3), (3, 4))).info
    assert info.split("->")[-1].strip() == "ik"


def rich_text(info, width):
    console = Console(width=width, file=io.StringIO())
    console.print(info)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80, 120])
def test_a_narrow_terminal_loses_columns_and_never_digits(width):
    text = rich_text(plan(*CHAIN).info, width)
    assert max(map(len, text.splitlines())) <= width
    for number in ("240", "40,000", "40,240 FLOPs", "2,400,000 FLOPs", "59.6x", "ij,jk->ik", "kl,ik->il"):
        assert number in text
    assert ("share" in text) == (width >= 60)
    assert all(word in text for word in ("share", "BLAS", "elements")) == (width >= 60)


def test_a_notebook_is_shown_everything():
    html = plan(*CHAIN).info._repr_html_()
    for text in (
        "i=2  j=30  k=4  l=5,000",
        "40,240 FLOPs",
        "2,400,000 FLOPs",
        "59.6x",
        "ij,jk-&gt;ik",
        "GEMM",
        "unique",
    ):
        assert text in html


def test_speedups_beyond_a_million_are_rounded_to_what_is_known():
    info = plan("ab,bc,cd,de,ef,fg,gh->ah", ((1000, 1000),) * 7).info
    assert "1.0e+15x" in str(info)  # 6 * 1000**8 / (6 * 1000**3)
