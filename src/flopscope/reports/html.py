"""A report as HTML: every block of cells is a table, without scripts and without colours that need a light background.

Notebooks show it as it is (`_repr_html_`); the page of a summary or of a comparison is made of the same tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from flopscope.reports.description import Block, Cell, Report, Row
from flopscope.reports.display import cell_text, heat, tint

_NUMBERS = ("flops", "count", "time", "rate", "share", "change", "growth")

_TINTS = {"": "", "red": "dearer", "green": "cheaper"}


@cache
def asset(name: str) -> str:
    """A style sheet or script of this package."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def fragment(report: Report) -> str:
    """A report as a piece of HTML that brings its own style."""
    tables = "".join(map(table, report.blocks))
    return f"<style>{asset('report.css')}</style><div class='flopscope'>{heading(report)}{tables}</div>"


def document(report: Report, body: str, script: str = "") -> str:
    """A page of its own, which loads nothing."""
    title = escape(" · ".join(report.heading))
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width'><meta name='color-scheme' content='light dark'>"
        f"<style>{asset('report.css')}{asset('page.css')}</style></head>\n"
        f"<body class='flopscope'>{heading(report, 'h1')}\n{body}\n"
        + (f"<script>{script}</script>" if script else "")
        + "</body></html>\n"
    )


def heading(report: Report, tag: str = "h3") -> str:
    first, *others = map(escape, report.heading)
    return f"<{tag}>{first}{''.join(f' <span>{other}</span>' for other in others)}</{tag}>"


def table(block: Block, classes: str = "") -> str:
    """A block of rows; names stand to the left and numbers to the right."""
    head = ""
    if block.titles:
        kinds = [cell.kind for cell in block.rows[0].cells] if block.rows else ["name"] * len(block.titles)
        titles = (
            f"<th class='{side(kind)}'>{escape(title)}</th>" for title, kind in zip(block.titles, kinds, strict=False)
        )
        head = f"<thead><tr>{''.join(titles)}</tr></thead>"
    width = max((len(row.cells) for row in block.rows), default=0)
    rows = "".join(_row(row, width) for row in block.rows)
    return f"<table class='{classes or ('grid' if block.titles else 'facts')}'>{head}<tbody>{rows}</tbody></table>"


def _row(row: Row, width: int) -> str:
    attributes = f" data-depth='{row.depth}'" + (" class='total'" if row.total else "")
    indent = f" style='padding-left:{0.6 + 1.2 * row.depth:.1f}em'" if row.depth else ""
    first, *others = row.cells
    if not others:
        return f"<tr{attributes}>{_cell(first, f' colspan={width}{indent}')}</tr>"
    rest = "<td></td>" * (width - len(row.cells))
    return f"<tr{attributes}>{_cell(first, indent)}{''.join(map(_cell, others))}{rest}</tr>"


def _cell(cell: Cell, attributes: str = "") -> str:
    if cell.kind in ("bar", "gauge"):
        part, whole = cell.value
        share = min(part / whole, 1) if whole > 0 else 0
        warmth = heat(cell)
        return (
            f"<td class='{cell.kind}'><div class='track'><div class='{warmth}' style='width:{100 * share:.2f}%'></div>"
            "</div></td>"
        )
    classes = f"{side(cell.kind)} {cell.kind} {_TINTS[tint(cell)]}".rstrip()
    return f"<td class='{classes}'{sort_key(cell)}{attributes}>{escape(cell_text(cell))}</td>"


def side(kind: str) -> str:
    return "right" if kind in _NUMBERS else "left"


def sort_key(cell: Cell) -> str:
    """The number by which a column is sorted."""
    if cell.kind not in _NUMBERS:
        return ""
    if cell.kind in ("share", "growth"):
        part, whole = cell.value
        return f" data-v='{part / whole if whole else 0}'"
    return f" data-v='{cell.value}'"


def section(title: str, body: str, note: str = "", name: str = "") -> str:
    """A chapter of a page."""
    said = f"<p class='note'>{escape(note)}</p>" if note else ""
    return f"<section id='{name or title.lower()}'><h2>{escape(title)}</h2>{said}{body}</section>"


def rows_table(titles: Iterable[tuple[str, str]], rows: Iterable[Iterable[Cell]], classes: str) -> str:
    """A table of cells under titles, each with its kind."""
    head = "".join(f"<th class='{side(kind)}'>{escape(title)}</th>" for title, kind in titles)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table class='{classes}'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
