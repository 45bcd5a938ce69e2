"""Closed forms of counts: c0 + c1*n + c2*n**2 + ... and the same times ceil(log2 n), found and compared exactly.

Counts are integers and coefficients fractions, so a form either goes through every point or is no form of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

from flopscope.costs.shapes import ceil_log2

# A term: the power of n, and whether it is multiplied by ceil(log2 n).
Term = tuple[int, bool]
_HIGHEST = 8
# Powers among which forms of few terms are looked for.
_FEW = [(power, log) for power in range(6) for log in (False, True)]
# Sizes beyond which no crossover is looked for: 2**64.
_BEYOND = 64


@dataclass(frozen=True)
class Form:
    """A sum of terms ``coefficient * n**power``, some of them times ``ceil(log2 n)``.

    Attributes
    ----------
    terms : dict
        Coefficients, as exact fractions, by (power, whether the logarithm is a factor).
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
        value = sum((c * n**power * (ceil_log2(n) if log else 1) for (power, log), c in self.terms.items()), Fraction())
        return int(value) if value.denominator == 1 else value

    @property
    def degree(self) -> Term:
        """The term that grows fastest."""
        return max(self.terms, default=(0, False))

    def polynomial(self, log: int) -> list[Fraction]:
        """Coefficients where the logarithm has the value `log`, from the constant on."""
        found = [Fraction()] * (self.degree[0] + 1)
        for (power, logs), c in self.terms.items():
            found[power] += c * (log if logs else 1)
        return found

    def __sub__(self, other: Form) -> Form:
        terms = dict(self.terms)
        for term, c in other.terms.items():
            terms[term] = terms.get(term, Fraction()) - c
        return Form({term: c for term, c in terms.items() if c}, self.variable)

    def __str__(self) -> str:
        text = ""
        for term in sorted(self.terms, reverse=True):
            c = self.terms[term]
            sign = "-" if c < 0 else "+"
            text += f" {sign} {_written(abs(c), term, self.variable)}" if text else _written(c, term, self.variable)
        return text or "0"


def _written(c: Fraction, term: Term, variable: str) -> str:
    power, log = term
    factors = [] if power == 0 else [variable if power == 1 else f"{variable}**{power}"]
    factors += [f"ceil(log2 {variable})"] if log else []
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
        for few in sorted(combinations(_FEW, number), key=lambda terms: sum(log for _, log in terms)):
            yield list(few)
    for highest in range(2, _HIGHEST + 1):
        powers = [(power, False) for power in range(highest + 1)]
        if len(powers) <= most:
            yield powers
        for top in range(1, highest + 1):
            logs = [(power, True) for power in range(top + 1)]
            if len(powers) + len(logs) <= most:
                yield powers + logs
    if most >= 3:
        for few in sorted(combinations(_FEW, 3), key=lambda terms: sum(log for _, log in terms)):
            yield list(few)


def _solved(terms: list[Term], points: list[tuple[int, int]]) -> list[Fraction] | None:
    """Coefficients with which the terms go through all points; None if there are none, or more than one solution."""
    rows = [
        [Fraction(n**power * (ceil_log2(n) if log else 1)) for power, log in terms] + [Fraction(count)]
        for n, count in points
    ]
    for column in range(len(terms)):
        pivot = next((i for i in range(column, len(rows)) if rows[i][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column]
        for i, row in enumerate(rows):
            if i != column and row[column]:
                factor = row[column] / head[column]
                rows[i] = [a - factor * b for a, b in zip(row, head, strict=True)]
    if any(row[-1] for row in rows[len(terms) :]):
        return None
    return [rows[i][-1] / rows[i][i] for i in range(len(terms))]


# -- crossovers ------------------------------------------------------------------------------------------------------


def crossover(a: Form, b: Form, start: int = 1) -> int | None:
    """Smallest n above `start` at which the other of two forms is the smaller one; None up to 2**64."""
    difference = a - b
    sign = 0
    low = max(start, 1)
    for log in range(ceil_log2(low), _BEYOND + 1):
        high = 2**log  # ceil(log2 n) is `log` up to here
        if high < low:
            continue
        polynomial = difference.polynomial(log)
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
