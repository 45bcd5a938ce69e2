"""The table as data and as a page: what every op costs, by which formula, from which source, with an example.

Everything is read off the rows and the docstrings of their rules. ``python -m flopscope.reference`` prints the page
that is checked in as ``docs/reference-ops.md``.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from flopscope.arrays.registry import UFUNC_METHODS
from flopscope.costs.table import ALIASES, TABLE, Op
from flopscope.errors import near

Kind = Literal["counted", "composed", "free", "unsupported"]


@dataclass(frozen=True)
class OpInfo:
    """What there is to know about an op without running it.

    Attributes
    ----------
    name : str
        Public name, which is also the name in the op log.
    aliases : tuple of str
        Other public names.
    kind : {"counted", "composed", "free", "unsupported"}
        Whether calls are charged, are charged as the ops that they call, cost nothing, or are refused.
    chapter : str
        Chapter of the reference; empty for ops that are not counted.
    formula : str
        FLOPs of a call, in a line.
    description : str
        What else there is to say about the formula; for a refused op, the reason and the alternative.
    source : str
        Where the formula comes from.
    example : str
        Shapes and what they cost.
    """

    name: str
    aliases: tuple[str, ...]
    kind: Kind
    chapter: str
    formula: str
    description: str
    source: str
    example: str


def ops(name: str = "", *, kind: Kind | None = None) -> list[OpInfo]:
    """List the ops with their formulas, sources and examples.

    Parameters
    ----------
    name : str, optional
        Ops to list: a name or an alias (``"linalg.qr"``), a part of one between dots (``"qr"``, ``"linalg"``,
        ``"random.Generator"``) or a chapter of the reference (``"sorting"``). Without it, all.
    kind : {"counted", "composed", "free", "unsupported"}, optional
        Only ops of this kind.

    Returns
    -------
    list of OpInfo
        In the order of the table; empty if no op of that name is of this kind.

    Raises
    ------
    ValueError
        If there is no op of that name at all; the nearest name is suggested.

    Examples
    --------
    >>> [op.name for op in ops("qr")], ops("qr")[0].formula
    (['linalg.qr'], 'm*n*min(m,n) per matrix, in every mode.')
    >>> ops("matmul")[0].example
    '(256, 256) @ (256, 256): 256**3 = 16,777,216; (3, 4) @ (4,): 12.'
    """
    aliases: dict[str, list[str]] = {}
    for alias, row in ALIASES.items():
        aliases.setdefault(row, []).append(alias)
    found = [_info(op, tuple(aliases.get(op.name, ()))) for op in TABLE.values()]
    if name:
        found = [op for op in found if name == op.chapter or any(_is_part(name, n) for n in (op.name, *op.aliases))]
        if not found:
            words = {part for row in (*TABLE, *ALIASES) for part in (row, *row.split("."))}
            raise ValueError(f"there is no op {name!r}{near(name, sorted(words))}")
    return [op for op in found if kind in (None, op.kind)]


def _is_part(part: str, name: str) -> bool:
    return f".{part}." in f".{name}."


def _info(op: Op, aliases: tuple[str, ...]) -> OpInfo:
    if op.cost is None:
        kind: Kind = "unsupported" if op.reason else "composed" if op.composed else "free"
        return OpInfo(op.name, aliases, kind, "", op.formula, op.reason, "", "")
    chapter = op.cost.__module__.rpartition(".")[2]
    return OpInfo(op.name, aliases, "counted", chapter, *_parts(op.formula))


def _parts(docstring: str) -> tuple[str, str, str, str]:
    """Formula, description, source and example of a rule, each as one line."""
    text, _, example = inspect.cleandoc(docstring).partition("\nExample: ")
    text, _, source = text.partition("\nSource: ")
    formula, _, description = text.partition("\n")
    return formula, _line(description), _line(source), _line(example)


def _line(text: str) -> str:
    return " ".join(text.split())


# The page

HEAD = """# Reference: ops

Every op of flopscope and what a call is charged, in FLOPs. A multiply-add is 1 FLOP, and so is any scalar operation on
one element; `numel(x)` is the number of elements of x. The same as data: `flops.ops()`, `flops.ops("linalg")`,
`flops.ops("qr")`; the price of a call: `flops.cost("linalg.qr", (64, 8))`.

{counted} ops are counted, {composed} are charged as the ops that they call, {free} are free, {unsupported} are
unsupported. Names in parentheses are aliases; `ma.` is the same name in that module.
This page is generated from the table of ops: `python -m flopscope.reference`.
"""


def page() -> str:
    """Write the reference page, in Markdown.

    Returns
    -------
    str
        One table per chapter with a line per cost rule, then the free ops and the refused ones.
    """
    listed = [op for op in ops() if not TABLE[op.name].own]  # the user's are not of the reference
    kinds = {kind: [op for op in listed if op.kind == kind] for kind in get_args(Kind)}
    text = [HEAD.format(**{kind: len(some) for kind, some in kinds.items()})]
    for chapter, some in _grouped(kinds["counted"], lambda op: op.chapter):
        module = sys.modules[f"flopscope.costs.{chapter}"]
        title, _, subtitle = (module.__doc__ or "").partition("\n")[0].partition(": ")
        rules = _grouped(some, lambda op: (op.formula, op.description, op.source, op.example))
        lines = [
            (_names(same), " ".join(filter(None, (_escaped(formula), _escaped(description)))), *map(_escaped, rest))
            for (formula, description, *rest), same in rules
        ]
        text.append(f"## {title}\n\n{subtitle[:1].upper()}{subtitle[1:]}\n" if subtitle else f"## {title}\n")
        text.append(_table(("op", "FLOPs", "source", "example"), lines))
    methods = [(name, _line(rule.__doc__ or "").removeprefix("FLOPs = ")) for name, rule in UFUNC_METHODS.items()]
    text.append("## Methods of ufuncs\n\nOf every ufunc, logged as `add.reduce` and so on.\n")
    text.append(_table(("method", "FLOPs"), [(f"`{name}`", _escaped(formula)) for name, formula in methods]))
    text.append(
        "## Composed\n\nCharged as the ops that they, or the functions they are given, call on counted arrays.\n"
    )
    text.append(_by_module(kinds["composed"]))
    text.append("## Free\n\nCreating, describing and moving data costs nothing and is not logged.\n")
    text.append(_by_module(kinds["free"]))
    text.append("## Unsupported\n\nRefused with the reason rather than run uncounted.\n")
    text.append(
        _table(
            ("op", "why, and what to use"), [(_names([op]), _escaped(op.description)) for op in kinds["unsupported"]]
        )
    )
    return "\n".join(text)


def _grouped(some: Iterable[OpInfo], key: Callable[[OpInfo], Any]) -> list[tuple[Any, list[OpInfo]]]:
    groups: dict[Any, list[OpInfo]] = {}
    for op in some:
        groups.setdefault(key(op), []).append(op)
    return list(groups.items())


def _by_module(some: Iterable[OpInfo]) -> str:
    modules = _grouped(some, lambda op: op.name.rpartition(".")[0])
    lines = [(f"`{'.'.join(filter(None, ('fnp', module)))}`", _names(same)) for module, same in modules]
    return _table(("in", "ops"), lines)


def _names(some: Iterable[OpInfo]) -> str:
    return " ".join(f"`{op.name}`" + (f" ({_aliases(op)})" if op.aliases else "") for op in some)


def _aliases(op: OpInfo) -> str:
    """The aliases; of one that is the same name in another module, the module."""
    name = op.name.rpartition(".")[2]
    return " ".join(f"`{alias.removesuffix(name) if alias.endswith(f'.{name}') else alias}`" for alias in op.aliases)


def _escaped(text: str) -> str:
    """`text` with what Markdown would take for markup escaped, outside code."""
    parts = re.split(r"(`+[^`]*`+)", text)
    parts[::2] = [re.sub(r"([*<])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts).replace("|", r"\|")


def _table(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = [head, ("---",) * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(page())
