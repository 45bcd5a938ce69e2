"""``flops.scaling``: how the cost of a function grows with a size, from exact counts of dry runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from math import gcd, log
from typing import Any, cast

from flopscope.costs.models import CostModel
from flopscope.planning.forms import Form, added, crossover, fitted
from flopscope.planning.planner import NOBODY
from flopscope.planning.run import plan
from flopscope.reports.summary import Summary


@dataclass(frozen=True)
class Curve:
    """FLOPs at several sizes, and the form that goes through all of them.

    Attributes
    ----------
    sizes : tuple of int
        Where it was counted.
    flops : tuple of int
        Exact counts.
    form : Form or None
        Closed form; None if no form with few terms goes through every count.
    """

    sizes: tuple[int, ...]
    flops: tuple[int, ...]
    form: Form | None

    @property
    def exponent(self) -> float:
        """Power of the size in the fastest growing term; without a form, the slope between the two largest sizes."""
        if self.form is not None:
            return self.form.degree[0]
        (m, n), (a, b) = self.sizes[-2:], self.flops[-2:]
        return log(b / a) / log(n / m) if a and b else 0.0

    @property
    def growth(self) -> str:
        """How it grows: ``"n**3"``, ``"n*log(n)"``; ``"~n**1.58"`` is measured, not exact."""
        if self.form is None:
            return f"~n**{self.exponent:.2f}"
        power, logs = self.form.degree
        name = self.form.variable
        factors = [] if power == 0 else [name if power == 1 else f"{name}**{power}"]
        return "*".join([*factors, *([f"log({name})"] if logs else [])]) or "1"

    def __call__(self, n: int) -> int:
        """FLOPs at any size, by the form.

        Raises
        ------
        ValueError
            If there is no form, or `n` is a size at which it is not a whole number (odd, say).
        """
        value = None if self.form is None else self.form(n)
        if not isinstance(value, int):
            raise ValueError(
                f"there is no exact form for the counts at {self.sizes}: plan the function at {n} itself"
                if value is None
                else f"the form {self.form} holds for sizes like {self.sizes}; at {n} it is {value}"
            )
        return value


@dataclass(frozen=True)
class Scaling:
    """What `scaling` found: a value, to print, to show in a notebook, or to plot.

    Attributes
    ----------
    name : str
        Name of the function.
    variable : str
        Name of the size.
    total : Curve
        All FLOPs.
    ops : dict
        Curve of each op, the dearest at the largest size first.
    namespaces : dict
        Curve of each namespace by its full dotted path, "" for none.
    plans : tuple of Summary
        The plan at each size.
    """

    name: str
    variable: str
    total: Curve
    ops: dict[str, Curve]
    namespaces: dict[str, Curve]
    plans: tuple[Summary, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Where it was counted."""
        return self.total.sizes

    def crossover(self, other: Scaling) -> int | None:
        """Find the size from which on the other function is the cheaper one.

        Parameters
        ----------
        other : Scaling
            Of another function of the same size.

        Returns
        -------
        int or None
            The smallest size above the smallest counted one at which the order of the two has changed; None if it does
            not up to 2**64.

        Raises
        ------
        ValueError
            If one of the two has no exact form.

        Examples
        --------
        >>> import flopscope as flops, flopscope.numpy as fnp
        >>> def by_sorting(x):
        ...     return fnp.sort(x)[-10:]
        >>> def by_searching(x):
        ...     for _ in range(10):
        ...         x[x.argmax()] = -1
        >>> sizes, args = {"n": [16, 64, 256, 1024, 4096]}, lambda n: (flops.Shaped(n),)
        >>> flops.scaling(by_sorting, sizes, args).crossover(flops.scaling(by_searching, sizes, args))
        1025
        """
        for one in (self, other):
            if one.total.form is None:
                raise ValueError(
                    f"the counts of {one.name} have no exact form, so crossovers cannot be told: give more sizes"
                )
        assert self.total.form is not None
        assert other.total.form is not None
        return crossover(self.total.form, other.total.form, min(*self.sizes, *other.sizes))

    # -- renderings ------------------------------------------------------------------------------------------------

    def rows(self) -> list[tuple[str, Curve]]:
        """The lines of the table: ops, namespaces if there are any, total."""
        named = {path: curve for path, curve in self.namespaces.items() if path or len(self.namespaces) > 1}
        spaces = [(f"[{path or 'no namespace'}]", curve) for path, curve in named.items() if any(self.namespaces)]
        return [*self.ops.items(), *spaces, ("Total", self.total)]

    def to_text(self) -> str:
        """A table of the counts at each size, with the growth and the exact form of each line."""
        head = ["", *(f"{self.variable}={n:,}" for n in self.sizes), "growth", "exact form"]
        lines = [
            [name, *(f"{count:,}" for count in curve.flops), curve.growth, str(curve.form or "(none)")]
            for name, curve in self.rows()
        ]
        widths = [max(len(line[i]) for line in (head, *lines)) for i in range(len(head))]
        left = {0, len(head) - 2, len(head) - 1}

        def written(line: list[str]) -> str:
            cells = (
                cell.ljust(w) if i in left else cell.rjust(w)
                for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            )
            return "  ".join(cells).rstrip()

        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        body = [written(line) for line in lines]
        return "\n".join([f"FLOPs of {self.name}", written(head), rule, *body[:-1], rule, body[-1]])

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        head = ["", *(f"{self.variable}={n:,}" for n in self.sizes), "growth", "exact form"]
        titles = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        body = ""
        for name, curve in self.rows():
            counts = "".join(f"<td style='text-align:right'>{count:,}</td>" for count in curve.flops)
            last = f"<td>{escape(curve.growth)}</td><td><code>{escape(str(curve.form or '(none)'))}</code></td>"
            body += f"<tr><th style='text-align:left'>{escape(name)}</th>{counts}{last}</tr>"
        caption = f"<caption>FLOPs of {escape(self.name)}</caption>"
        return f"<table>{caption}<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"

    def plot(self, ax: Any = None, *, ops: int = 5) -> Any:
        """Draw FLOPs against the size, on logarithmic axes. Takes matplotlib: ``pip install 'flopscope[plot]'``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure without it.
        ops : int, default 5
            How many of the dearest ops to draw beside the total.

        Returns
        -------
        matplotlib Axes
        """
        if ax is None:
            try:
                import matplotlib.pyplot as plt  # pyright: ignore[reportMissingImports]
            except ImportError as error:
                raise ImportError("plot() needs matplotlib; install it with: pip install 'flopscope[plot]'") from error
            _, ax = plt.subplots()
        for name, curve in [*list(self.ops.items())[:ops], ("total", self.total)]:
            style = {"color": "black", "linewidth": 2.0} if name == "total" else {"linewidth": 1.0}
            ax.plot(curve.sizes, curve.flops, marker="o", label=f"{name}: {curve.growth}", **style)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel(self.variable)
        ax.set_ylabel("FLOPs")
        ax.set_title(self.name)
        ax.legend()
        return ax


def scaling(
    function: Callable[..., Any],
    sizes: Mapping[str, Any],
    args: Callable[..., Any],
    *,
    when_unknown: Any = NOBODY,
    cost_model: CostModel | str | None = None,
) -> Scaling:
    """Tell how the cost of a function grows with a size, from exact counts.

    Parameters
    ----------
    function : callable
        What to plan.
    sizes : dict
        One name with several sizes, as in ``{"n": [64, 128, 256, 512]}``; further names with a number each stay fixed.
        A form is recognised from one size more than the form of any one call has terms, where every size makes the
        same calls, and than that of all calls of an op has, where their number depends on the size. It has to hold at
        up to four sizes beside these, too, each a quarter above one of them.
    args : callable
        Takes the sizes by name and returns the arguments of the function: a tuple, or a single argument.
    when_unknown, cost_model : optional
        As for `plan`.

    Returns
    -------
    Scaling
        Exact counts and forms: in all, by op and by namespace.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> def gram(x):
    ...     return fnp.sort((x + 1).T @ x, axis=0)
    >>> found = flops.scaling(gram, {"n": [16, 32, 64, 128], "m": 10}, lambda n, m: flops.Shaped((m, n)))
    >>> str(found.total.form), found.total.growth, found.total(10**6)
    ('n**2*ceil(log2 n) + 10*n**2 + 10*n', 'n**2*log(n)', 30000010000000)
    """
    series = {name: tuple(value) for name, value in sizes.items() if isinstance(value, Iterable)}
    if len(series) != 1:
        raise ValueError(
            "scaling() takes one name with several sizes, as in {'n': [64, 128, 256]}, and numbers for others; "
            f"got {sizes!r}"
        )
    ((variable, points),) = series.items()
    points = tuple(sorted({int(n) for n in points}))
    if len(points) < 2 or points[0] < 1:
        raise ValueError(f"scaling() needs at least two different sizes of 1 or more, got {sizes!r}")

    def planned(n: int) -> Summary:
        arguments = args(**{**sizes, variable: n})
        given = cast("tuple[Any, ...]", arguments if isinstance(arguments, tuple) else (arguments,))
        return plan(function, *given, when_unknown=when_unknown, cost_model=cost_model)

    plans = {n: planned(n) for n in points}
    everywhere = dict(plans)
    for n in _beside(points):
        with suppress(Exception):  # at sizes that nobody asked for
            everywhere[n] = planned(n)
    return _told(
        getattr(function, "__name__", type(function).__name__), variable, plans, dict(sorted(everywhere.items()))
    )


def _beside(points: tuple[int, ...]) -> list[int]:
    """Further sizes, at which forms have to hold too: multiples of what all sizes are, but not powers of two."""
    step = gcd(*points)
    return sorted({step * (5 * n // (4 * step)) for n in points[-4:]} - {*points})


# Costs of all calls, in order, by op and namespace.
_Calls = dict[tuple[str, str], list[int]]


def _told(name: str, variable: str, plans: dict[int, Summary], everywhere: dict[int, Summary]) -> Scaling:
    calls = {n: _calls(one) for n, one in everywhere.items()}
    keys = list(dict.fromkeys(key for one in reversed(calls.values()) for key in one))
    forms = {key: _form_of_calls(variable, {n: one.get(key, []) for n, one in calls.items()}) for key in keys}

    def curve(those: list[tuple[str, str]]) -> Curve:
        counts = {n: sum(sum(one.get(key, ())) for key in those) for n, one in calls.items()}
        parts = [forms[key] for key in those]
        known = [(form, 1) for form in parts if form is not None]
        # The sum of what each part is; or of what is none of itself, if that is one.
        form = added(known, variable) if len(known) == len(parts) else fitted([*counts], [*counts.values()], variable)
        return Curve(tuple(plans), tuple(counts[n] for n in plans), form)

    def curves(place: int) -> dict[str, Curve]:
        names = dict.fromkeys(key[place] for key in keys)
        found = {one: curve([key for key in keys if key[place] == one]) for one in names}
        return dict(sorted(found.items(), key=lambda item: -item[1].flops[-1]))

    return Scaling(name, variable, curve(keys), curves(0), curves(1), tuple(plans.values()))


def _calls(planned: Summary) -> _Calls:
    assert planned.recorded is not None
    sites = planned.recorded.sites
    found: _Calls = {}
    for index in planned.recorded.order.tolist():
        site = sites[index]
        found.setdefault((site.op_name, site.namespace), []).append(site.cost)
    return found


def _form_of_calls(variable: str, costs: dict[int, list[int]]) -> Form | None:
    """Form of the calls of one op: call by call if there are as many at every size."""
    points = [*costs]
    together = fitted(points, [sum(of_calls) for of_calls in costs.values()], variable)
    if len({len(of_calls) for of_calls in costs.values()}) > 1:
        return together
    forms = [
        (fitted(points, vector, variable), times)
        for vector, times in Counter(zip(*costs.values(), strict=True)).items()
    ]
    known = [(form, times) for form, times in forms if form is not None]
    return added(known, variable) if len(known) == len(forms) else together
