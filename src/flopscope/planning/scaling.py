"""``flops.scaling``: how the cost of a function grows with a size, from exact counts of dry runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import log
from typing import Any, cast

from flopscope.planning.forms import Form, crossover, fitted
from flopscope.planning.planner import NOBODY
from flopscope.planning.run import plan
from flopscope.summary import Summary


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
) -> Scaling:
    """Tell how the cost of a function grows with a size, from exact counts.

    Parameters
    ----------
    function : callable
        What to plan.
    sizes : dict
        One name with several sizes, as in ``{"n": [64, 128, 256, 512]}``; further names with a number each stay fixed.
        A form is recognised from one size more than it has terms.
    args : callable
        Takes the sizes by name and returns the arguments of the function: a tuple, or a single argument.
    when_unknown : callable or value, optional
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
    fixed = {name: value for name, value in sizes.items() if name != variable}
    plans = tuple(_planned(function, args(**{**fixed, variable: n}), when_unknown) for n in points)

    def curve(counts: Iterable[int]) -> Curve:
        found = tuple(counts)
        return Curve(points, found, fitted(points, found, variable))

    by_op = [{bucket.op: bucket.flops for bucket in one.operations()} for one in plans]
    by_path = [{path: tally.flops_used for path, tally in one.namespaces().items()} for one in plans]
    return Scaling(
        name=getattr(function, "__name__", type(function).__name__),
        variable=variable,
        total=curve(one.flops_used for one in plans),
        ops={name: curve(counts.get(name, 0) for counts in by_op) for name in _dearest_first(by_op)},
        namespaces={name: curve(counts.get(name, 0) for counts in by_path) for name in _dearest_first(by_path)},
        plans=plans,
    )


def _planned(function: Callable[..., Any], arguments: Any, when_unknown: Any) -> Summary:
    given = cast("tuple[Any, ...]", arguments if isinstance(arguments, tuple) else (arguments,))
    return plan(function, *given, when_unknown=when_unknown)


def _dearest_first(counts: list[dict[str, int]]) -> list[str]:
    names = dict.fromkeys(name for one in reversed(counts) for name in one)
    return sorted(names, key=lambda name: -counts[-1].get(name, 0))
