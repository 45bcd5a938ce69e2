"""Closed forms of counts: c0 + c1*n + c2*n**2 + ... and the same times ceil(log2 n), found and compared exactly.

A logarithm may be that of n**2, which is what sorting a whole matrix takes: rounded up it is not twice that of n.

Counts are integers and coefficients fractions, so a form either goes through every point or is no form of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from math import isqrt
from typing import Any

from flopscope.costs.shapes import ceil_log2

# A term: the power of n, and k where it is multiplied by ceil(log2 n**k), 0 where it is not.
Term = tuple[int, int]
_HIGHEST = 8
# Terms among which forms of few terms are looked for; of three, those of lower powers.
_FEW = [(power, log) for power in range(_HIGHEST + 1) for log in (0, 1, 2)]
# What is no solution modulo this prime is none.
_PRIME = 2**61 - 1
# Sizes beyond which no crossover is looked for: 2**64.
_BEYOND = 64


@dataclass(frozen=True)
class Form:
    """A sum of terms ``coefficient * n**power``, some of them times ``ceil(log2 n)`` or ``ceil(log2 n**2)``.

    Attributes
    ----------
    terms : dict
        Coefficients, as exact fractions, by (power, k), with ``ceil(log2 n**k)`` for a factor unless k is 0.
    variable : str
        Name of n.

    Examples
    --------
    >>> form = fitted([2, 4, 8, 16], [8, 64, 512, 4096])
    >>> str(form), form(10)
    ('n**3', 1000)
    """

    terms: dict[Term, Fraction]
    variable: str = "n"

    def __call__(self, n: int) -> int | Fraction:
        """The exact value at `n`; a whole number wherever the counts are."""
        value = sum((c * _base(term, n) for term, c in self.terms.items()), Fraction())
        return int(value) if value.denominator == 1 else value

    @property
    def degree(self) -> Term:
        """The term that grows fastest."""
        return max(self.terms, default=(0, 0))

    def polynomial(self, n: int) -> list[Fraction]:
        """Coefficients where the logarithms have the values that they have at `n`, from the constant on."""
        found = [Fraction()] * (self.degree[0] + 1)
        for (power, log), c in self.terms.items():
            found[power] += c * _base((0, log), n)
        return found

    def __sub__(self, other: Form) -> Form:
        return added([(self, 1), (other, -1)], self.variable)

    def __str__(self) -> str:
        text = ""
        for term in sorted(self.terms, reverse=True):
            c = self.terms[term]
            sign = "-" if c < 0 else "+"
            text += f" {sign} {_written(abs(c), term, self.variable)}" if text else _written(c, term, self.variable)
        return text or "0"


def _base(term: Term, n: int) -> int:
    """A term without its coefficient."""
    power, log = term
    return n**power * (ceil_log2(n**log) if log else 1)


def added(forms: Iterable[tuple[Form, int]], variable: str = "n") -> Form:
    """The sum of forms, each times a number."""
    terms: dict[Term, Fraction] = {}
    for form, times in forms:
        for term, c in form.terms.items():
            terms[term] = terms.get(term, Fraction()) + times * c
    return Form({term: c for term, c in terms.items() if c}, variable)


def _written(c: Fraction, term: Term, variable: str) -> str:
    power, log = term
    factors = [] if power == 0 else [variable if power == 1 else f"{variable}**{power}"]
    factors += [f"ceil(log2 {variable}{f'**{log}' if log > 1 else ''})"] if log else []
    if c == -1 and factors:
        return "-" + "*".join(factors)
    numerator = [f"{c.numerator:,}"] if c.numerator != 1 or not factors else []
    return "*".join(numerator + factors) + (f"/{c.denominator:,}" if c.denominator != 1 else "")


def fitted(sizes: Sequence[int], counts: Sequence[int], variable: str = "n") -> Form | None:
    """The simplest form that goes through all points, of which there must be more than it has coefficients."""
    points = list(zip(sizes, counts, strict=True))
    if len(points) > 1 and not any(counts):
        return Form({}, variable)
    for terms in _candidates(len(points) - 1):
        solution = _solved(terms, points)
        if solution is not None:
            return Form({term: c for term, c in zip(terms, solution, strict=True) if c}, variable)
    return None


def _candidates(most: int) -> Iterator[list[Term]]:
    """Sets of terms, simplest first."""
    for number in range(1, min(most, 2) + 1):
        yield from _few(number)
    for highest in range(2, _HIGHEST + 1):
        powers = [(power, 0) for power in range(highest + 1)]
        if len(powers) <= most:
            yield powers
        for top in range(1, highest + 1):
            logs = [(power, 1) for power in range(top + 1)]
            if len(powers) + len(logs) <= most:
                yield powers + logs
    if most >= 3:
        yield from _few(3)


def _few(number: int) -> Iterator[list[Term]]:
    """Sets of a few terms, with logarithms of one kind: their difference would pick out some sizes from others."""
    among = _FEW if number < 3 else [term for term in _FEW if term[0] < 6]
    sets = (terms for terms in combinations(among, number) if {log for _, log in terms} - {0} != {1, 2})
    return map(list, sorted(sets, key=lambda terms: sum(log for _, log in terms)))


def _solved(terms: list[Term], points: list[tuple[int, int]]) -> list[Fraction] | None:
    """Coefficients with which the terms go through all points; None if there are none, or more than one solution."""
    rows: list[list[Any]] = [[*(_base(term, n) for term in terms), count] for n, count in points]
    if not _eliminated([*rows], len(terms), _PRIME):
        return None
    rows = [[*map(Fraction, row)] for row in rows]
    if not _eliminated(rows, len(terms)):
        return None
    return [rows[i][-1] / rows[i][i] for i in range(len(terms))]


def _eliminated(rows: list[list[Any]], unknowns: int, modulus: int = 0) -> bool:
    """Make the equations diagonal, without division; say whether they have one solution."""
    for column in range(unknowns):
        pivot = next((i for i in range(column, len(rows)) if rows[i][column]), None)
        if pivot is None:
            return False
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column]
        a = head[column]
        for i, row in enumerate(rows):
            b = row[column]
            if i != column and b:
                rows[i] = [x * a - y * b for x, y in zip(row, head, strict=True)]
                if modulus:
                    rows[i] = [x % modulus for x in rows[i]]
    return not any(row[-1] for row in rows[unknowns:])


# -- crossovers ------------------------------------------------------------------------------------------------------


def crossover(a: Form, b: Form, start: int = 1) -> int | None:
    """Smallest n above `start` at which the other of two forms is the smaller one; None up to 2**64."""
    difference = a - b
    sign = 0
    low = max(start, 1)
    for log in range(2 * _BEYOND + 1):
        high = isqrt(2**log)  # the logarithms of n and of n**2, rounded up, do not change up to here
        if high < low:
            continue
        polynomial = difference.polynomial(high)
        places = sorted({low, high, *_turning(polynomial, low, high)})
        for left, right in zip(places, places[1:] or places, strict=False):
            sign = sign or _sign(polynomial, left)
            for end in (left, right):
                found = _sign(polynomial, end)
                if sign and found == -sign:
                    return _first(polynomial, left, end, -sign)
                sign = sign or found
        low = high + 1
    return None


def _value(polynomial: list[Fraction], n: int) -> Fraction:
    value = Fraction()
    for c in reversed(polynomial):
        value = value * n + c
    return value


def _sign(polynomial: list[Fraction], n: int) -> int:
    value = _value(polynomial, n)
    return (value > 0) - (value < 0)


def _turning(polynomial: list[Fraction], low: int, high: int) -> list[int]:
    """Integers between which the polynomial only rises or only falls."""
    if len(polynomial) < 3 or low >= high:
        return []
    slope = [c * power for power, c in enumerate(polynomial)][1:]
    places = sorted({low, high, *_turning(slope, low, high)})
    found: list[int] = []
    for left, right in pairwise(places):
        signs = _sign(slope, left), _sign(slope, right)
        if signs[0] != signs[1]:
            turn = _first(slope, left, right, signs[1])
            found += [turn - 1, turn]
    return [place for place in found if low <= place <= high]


def _first(polynomial: list[Fraction], left: int, right: int, sign: int) -> int:
    """Smallest n with this sign in a stretch that ends with it, and in which the polynomial only rises or falls."""
    while left < right:
        middle = (left + right) // 2
        if _sign(polynomial, middle) == sign:
            right = middle
        else:
            left = middle + 1
    return right
