"""Reading what users hand to einsum: both of NumPy's input forms become one string, and the string becomes terms.

A *term* is the labels of one operand, one character per axis. `parse` turns a call's arguments into subscripts and
operands without looking at either, so that plans can be cached by the subscripts as they were written; `expand`, which
runs only when a plan is made, checks them against the shapes and replaces every ellipsis by labels of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

Shape = tuple[int, ...]

#: The labels that NumPy knows.
ASCII_LABELS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SORTED_LABELS = "".join(sorted(ASCII_LABELS))


def parse(args: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """Subscripts and operands of a call ``einsum(*args)``, whichever of NumPy's two forms it has.

    Examples
    --------
    >>> parse(("ij,jk->ik", "A", "B"))
    ('ij,jk->ik', ('A', 'B'))
    >>> parse(([[1, 2]], [0, 1], [3, 4], [1], [0]))
    ('AB,B->A', ([[1, 2]], [3, 4]))
    """
    if not args:
        raise ValueError("einsum needs subscripts and at least one operand")
    first = args[0]
    if isinstance(first, str):
        return first, tuple(args[1:])
    if isinstance(first, bytes):  # which NumPy takes as well
        return first.decode("ascii"), tuple(args[1:])
    return _parse_interleaved(args)


def _parse_interleaved(args: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """The form ``einsum(operand, labels, operand, labels, ..., [output labels])`` with integers for labels."""
    n = len(args) // 2
    if n == 0:
        raise ValueError("einsum needs a list of labels after each operand, or subscripts as a string in front")
    lists = [_integer_labels(labels) for labels in args[1 : 2 * n : 2]]
    output = _integer_labels(args[-1]) if len(args) % 2 else None
    terms = ["".join(map(_letter, labels)) for labels in lists]
    arrow = "" if output is None else "->" + "".join(map(_letter, output))
    return ",".join(terms) + arrow, tuple(args[: 2 * n : 2])


def _letter(label: Any) -> str:
    """What NumPy reads an integer label as: A-Z, then a-z, whose order is that of the integers."""
    if label is ...:
        return "..."
    if not 0 <= label < len(ASCII_LABELS):
        raise ValueError(
            f"einsum labels are integers from 0 to {len(ASCII_LABELS) - 1}, got {label}; "
            "subscripts in a string may have any number of labels, any character beyond ASCII among them"
        )
    return _SORTED_LABELS[label]


def _integer_labels(labels: Any) -> list[Any]:
    try:
        return [label if label is ... else index(label) for label in labels]
    except TypeError:
        raise TypeError(f"einsum labels are a list of integers or Ellipsis, got {labels!r}") from None


def _letters(n: int, avoid: str = "") -> str:
    """`n` labels that do not occur in `avoid`: a-z, then A-Z, then beyond ASCII."""
    found = [c for c in ASCII_LABELS if c not in avoid][:n]
    code = ord("\u00c0")
    while len(found) < n:
        if chr(code) not in avoid:
            found.append(chr(code))
        code += 1
    return "".join(found)


def expand(subscripts: str, shapes: Sequence[Shape]) -> tuple[tuple[str, ...], str]:
    """Terms of the operands and of the output, every axis labelled, checked against the operands' shapes.

    Examples
    --------
    >>> expand("...i,i", [(2, 3), (3,)])
    (('ai', 'i'), 'a')
    """
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"einsum subscripts {subscripts!r} name {len(terms)} operands, but {len(shapes)} are given")
    for term in (*terms, right):
        _check_characters(term, subscripts)

    spans = [_ellipsis_span(*entry) for entry in zip(terms, shapes, range(len(shapes)), strict=True)]
    broadcast = _letters(max(spans), avoid=subscripts)
    inputs = tuple(
        term.replace("...", broadcast[len(broadcast) - span :]) for term, span in zip(terms, spans, strict=True)
    )
    if arrow:
        if broadcast and "..." not in right:
            raise ValueError(f"einsum output {right!r} has no '...' for the {len(broadcast)} axes it stands for")
        output = right.replace("...", broadcast)
    else:
        labels = left.replace(",", "").replace(".", "")
        output = broadcast + "".join(label for label in sorted(set(labels)) if labels.count(label) == 1)

    for label in output:
        if output.count(label) > 1:
            raise ValueError(f"einsum output {right!r} has label {label!r} more than once")
        if not any(label in term for term in inputs):
            raise ValueError(f"einsum output {right!r} has label {label!r}, which no operand has")
    label_sizes(inputs, shapes)
    return inputs, output


def _check_characters(term: str, subscripts: str) -> None:
    head, _, tail = term.partition("...")
    for c in head + tail:
        # As in opt_einsum, anything beyond ASCII may be a label: its symbols include a few that are no letters.
        if not (c.isalpha() or (c > "\x7f" and not c.isspace())):
            raise ValueError(f"einsum subscripts {subscripts!r}: {c!r} is not a label, nor part of one '...' or '->'")


def _ellipsis_span(term: str, shape: Shape, position: int) -> int:
    """Number of axes that the ellipsis of `term` stands for; 0 without one."""
    span = len(shape) - len(term.replace("...", ""))
    if span < 0 or (span and "..." not in term):
        raise ValueError(f"einsum operand {position} has {len(shape)} axes, its subscripts are {term!r}")
    return span


def written(inputs: Iterable[str], output: str) -> str:
    """Terms as one string of subscripts."""
    return ",".join(inputs) + "->" + output


def label_sizes(terms: Iterable[str], shapes: Iterable[Shape]) -> dict[str, int]:
    """Size of every label; as anywhere in NumPy, an axis of size 1 broadcasts against the same label elsewhere."""
    sizes: dict[str, int] = {}
    for position, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        for axis, (label, size) in enumerate(zip(term, shape, strict=True)):
            first = term.index(label)
            known = shape[first] if first < axis else sizes.get(label, 1)
            # Within one operand, where a repeated label means the diagonal, nothing broadcasts.
            if size != known and (first < axis or 1 not in (size, known)):
                raise ValueError(f"einsum label {label!r} has size {size} in operand {position}, but {known} before")
            if size != 1 or label not in sizes:
                sizes[label] = size
    return sizes
