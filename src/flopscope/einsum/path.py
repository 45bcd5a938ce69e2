"""In which order to contract, and what each step costs.

The price of a step is stated once, in `step_cost`, by the points that `IndexSpace.orbits` finds different; the search,
the report and the charge all use it. A *path* is a
sequence of steps, each the positions of the operands it takes from the list of those that are left; its result goes to
the end of the list (NumPy's and opt_einsum's convention).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, prod
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

from flopscope.einsum.parser import Shape, label_sizes

if TYPE_CHECKING:
    from flopscope.symmetry import SymmetryGroup

Path = tuple[tuple[int, ...], ...]

#: Up to this many operands the default search is exact; it visits 3**n / 2 ways to split them (10: about 30,000).
EXACT_LIMIT = 10


def step_cost(inputs: Sequence[str], output: str, sizes: Mapping[str, int], orbits: int | None = None) -> int:
    """Product of the sizes of all labels in the step, times the number of multiplications per point.

    Where symmetry makes points equal, `orbits` is the number of those that are different.

    That is once for a pair (one fused multiply-add each) and operands - 1 times for more at once. A single operand
    costs the elements that it sums (``'ij->i'``: i*j; ``'ii->'``: i). One of which nothing is summed
    (``'ij->ji'``, ``'ii->i'``) is a view: data movement, which is not arithmetic and costs 0 as ``transpose`` and
    indexing do.

    Examples
    --------
    >>> step_cost(("ij", "jk"), "ik", {"i": 3, "j": 4, "k": 5})
    60
    """
    labels = {label for term in inputs for label in term}
    if len(inputs) == 1 and labels == set(output):
        return 0
    points = prod(sizes[label] for label in labels) if orbits is None else orbits
    return points * max(1, len(inputs) - 1)


class IndexSpace:
    """What the steps of one einsum extend over, where its operands are all different and have no symmetry.

    Sets of operands are bit masks.
    """

    #: Whether anything makes a step cheaper than its number of points.
    symmetric = False

    def __init__(self, inputs: Sequence[str], shapes: Sequence[Shape]) -> None:
        self.sizes = label_sizes(inputs, shapes)

    def points(self, labels: Iterable[str]) -> int:
        """Number of values that `labels` take together."""
        return prod(self.sizes[label] for label in labels)

    def orbits(self, operands: int, labels: str, kept: str, alone: bool = False) -> int:
        """Points of a step that are different.

        Parameters
        ----------
        operands : int
            The operands of the einsum that are in the step.
        labels, kept : str
            The labels along which the step extends, and those of them that its result has.
        alone : bool
            Whether the step takes a single tensor, of which each distinct element is added once, as by ``sum``.
        """
        return self.points(labels)

    def symmetry(self, operands: int, labels: str) -> SymmetryGroup | None:
        """Group, on its labels, of the product of some operands summed over all but `labels`."""
        return None


def extended(term: Iterable[str], shape: Iterable[int]) -> str:
    """Labels along which a term really extends, each once."""
    return "".join(dict.fromkeys(label for label, size in zip(term, shape, strict=True) if size != 1))


class IncompletePathError(ValueError, RuntimeError):
    """An explicit path that does not contract all operands; a RuntimeError too, because NumPy's is one."""


class UnknownOptimizerError(ValueError, KeyError):
    """A path optimizer that does not exist; a KeyError too, because NumPy's is one."""

    __str__ = ValueError.__str__  # a KeyError's has quotes


class Contraction(NamedTuple):
    """One step of a path, in full: what it takes (positions, terms, shapes), what it gives, and its cost.

    `cost` is what it costs, `dense_cost` what it would cost without symmetry; `members` are the einsum's operands in
    each tensor that it takes, as bit masks.
    """

    operands: tuple[int, ...]
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    members: tuple[int, ...]
    output: str
    shape: Shape
    cost: int
    dense_cost: int


def contractions(
    inputs: Sequence[str], shapes: Sequence[Shape], output: str, path: Path, space: IndexSpace
) -> Iterator[Contraction]:
    """Follow `path` from the operands to the output, step by step."""
    left = [(term, shape, 1 << p) for p, (term, shape) in enumerate(zip(inputs, shapes, strict=True))]
    for operands in path:
        if not operands or len(set(operands)) < len(operands) or not all(0 <= p < len(left) for p in operands):
            raise ValueError(f"einsum path {path}: step {operands} does not fit the {len(left)} operands that are left")
        terms, term_shapes, members = zip(*(left[p] for p in operands), strict=True)
        left = [entry for p, entry in enumerate(left) if p not in operands]
        sizes = label_sizes(terms, term_shapes)  # in this step: what broadcasts only later has size 1 yet
        result = _result_term(terms, sizes, output, [entry[:2] for entry in left]) if left else output
        shape = tuple(sizes[label] for label in result)
        whole = sum(members)
        dense = cost = step_cost(terms, result, sizes)
        if space.symmetric and dense:
            orbits = space.orbits(whole, extended(sizes, sizes.values()), extended(result, shape), len(terms) == 1)
            cost = step_cost(terms, result, sizes, orbits)
        yield Contraction(operands, terms, term_shapes, members, result, shape, cost, dense)
        left.append((result, shape, whole))
    if len(left) != 1 or not path:
        raise IncompletePathError(f"einsum path {path} leaves {len(left)} operands that are not contracted")


def _result_term(terms: Sequence[str], sizes: Mapping[str, int], output: str, left: Sequence[tuple[str, Shape]]) -> str:
    """Labels of an intermediate as a matrix product gives them: those in common first, then operand by operand."""
    extending = {label for operand in left for label in extended(*operand)}
    # What extends in this step only is summed now, even where others still have it with size 1.
    needed = extending.union(output, (label for term, _ in left for label in term if sizes.get(label) == 1))
    kept = [label for label in dict.fromkeys("".join(terms)) if label in needed]
    return "".join(sorted(kept, key=lambda label: -sum(label in term for term in terms)))


def find_path(
    inputs: Sequence[str], shapes: Sequence[Shape], output: str, optimize: Any, space: IndexSpace
) -> tuple[Path, str]:
    """Path that `optimize` asks for, and the name of what chose it.

    Parameters
    ----------
    optimize : bool, None, str, tuple, callable or sequence of tuples
        True and ``"auto"``: the cheapest order there is, symmetry considered, for up to 10 operands; opt_einsum's
        "auto" beyond. False and None: all operands in one step. A name of opt_einsum's, alone or with a memory limit
        as in NumPy's ``("greedy", 10**6)``; a path optimizer of opt_einsum's; or an explicit path in NumPy's form
        (``["einsum_path", (0, 1), (0, 1)]``) or opt_einsum's (the same without the word).
    """
    n = len(inputs)
    if optimize is None or optimize is False:
        return (tuple(range(n)),), "naive"
    optimize, limit = _memory_limit(optimize)
    if optimize is True:
        optimize = "auto"
    if not isinstance(optimize, str) and not callable(optimize):
        return _explicit_path(optimize), "explicit path"

    exact = optimize == "auto" and limit is None and n <= EXACT_LIMIT
    name = "exact" if exact else optimize if isinstance(optimize, str) else _name(optimize)
    search: Any = None if exact else _opt_einsum_search(optimize)
    if n <= 2:  # there is one way only
        return (tuple(range(n)),), name
    sizes = space.sizes
    # Labels along which each operand really extends: an axis of size 1 that broadcasts only later costs nothing yet.
    inputs = [extended(*operand) for operand in zip(inputs, shapes, strict=True)]
    output = "".join(label for label in output if sizes[label] != 1)
    if search is None:
        return _exact_path(inputs, output, space), name
    # Integers hash alike in every process, letters do not: opt_einsum's ties must not depend on that. Its heuristics
    # divide by sizes; where one is 0, every path costs nothing and any will do.
    path = search(
        [frozenset(map(ord, term)) for term in inputs],
        frozenset(map(ord, output)),
        {ord(label): max(1, size) for label, size in sizes.items()},
        limit,
    )
    return tuple(tuple(sorted(map(int, step))) for step in path), name


def _memory_limit(optimize: Any) -> tuple[Any, int | None]:
    """An optimizer and the largest intermediate that it may make, in elements; None for any."""
    match optimize:
        case str() as name, int() | float() as limit:
            return name, int(limit) if 0 <= limit < inf else None
        case _:
            return optimize, None


def _opt_einsum_search(optimize: Any) -> Any:
    if not isinstance(optimize, str):
        return optimize
    import opt_einsum  # pyright: ignore[reportMissingTypeStubs]  # late: `import flopscope` must stay cheap

    try:
        return opt_einsum.paths.get_path_fn(optimize)
    except KeyError:
        raise UnknownOptimizerError(
            f"einsum has no path optimizer {optimize!r}; there are True, False, 'auto', 'optimal', 'dp', 'greedy', "
            "'branch-all' and the others of opt_einsum, or an explicit path [(0, 1), ...]"
        ) from None


def _name(search: Any) -> str:
    return getattr(search, "__name__", type(search).__name__)


def _explicit_path(steps: Iterable[Any]) -> Path:
    try:
        path = tuple(steps)
        if path and isinstance(path[0], str) and path[0] == "einsum_path":
            path = path[1:]
        return tuple(tuple(sorted(index(p) for p in step)) for step in path)
    except TypeError:
        raise ValueError(f"einsum optimize={steps!r} is neither an optimizer nor a path [(0, 1), ...]") from None


def _exact_path(inputs: Sequence[str], output: str, space: IndexSpace) -> Path:
    """Cheapest sequence of pairwise steps, by dynamic programming over the subsets of operands.

    Sets of operands and sets of labels are bit masks. Every way to split every set is tried, outer products too.
    Equal FLOPs are decided by the number of elements written.
    """
    n = len(inputs)
    full = (1 << n) - 1
    letters = sorted(space.sizes)
    bit = {label: 1 << i for i, label in enumerate(letters)}

    def mask(labels: str) -> int:
        return sum({bit[label] for label in labels})

    def term(labels: int) -> str:
        return "".join(letter for letter in letters if bit[letter] & labels)

    # union: labels of a set of operands; kept: those that its contraction still has.
    union = [0] * (full + 1)
    for subset in range(1, full + 1):
        low = subset & -subset
        union[subset] = union[subset ^ low] | mask(inputs[low.bit_length() - 1])
    kept = [union[subset] & (mask(output) | union[full ^ subset]) for subset in range(full + 1)]
    for i in range(n):
        kept[1 << i] = union[1 << i]

    best = [(0, 0)] * (full + 1)
    split = [0] * (full + 1)
    prices: dict[tuple[int, int], int] = {}
    for subset in range(1, full + 1):
        low = subset & -subset
        rest = subset ^ low
        if not rest:
            continue
        cheapest: tuple[int, int] | None = None
        part = rest
        while part:
            part = (part - 1) & rest
            a, b = part | low, rest ^ part
            (flops_a, written_a), (flops_b, written_b) = best[a], best[b]
            flops = flops_a + flops_b
            if cheapest is None or flops <= cheapest[0]:
                labels = kept[a] | kept[b]
                # A pair costs its points. How many of them differ depends on the operands.
                key = (subset if space.symmetric else 0), labels
                price = prices.get(key)
                if price is None:
                    price = prices[key] = space.orbits(subset, term(labels), term(labels & kept[subset]))
                candidate = (flops + price, written_a + written_b)
                if cheapest is None or candidate < cheapest:
                    cheapest = candidate
                    split[subset] = a
        assert cheapest is not None
        size = space.points(term(kept[subset]))
        best[subset] = (cheapest[0], cheapest[1] + size)

    left = [1 << i for i in range(n)]
    path: list[tuple[int, ...]] = []

    def contract(subset: int) -> None:
        if subset not in left:
            parts = split[subset], subset ^ split[subset]
            for part in parts:
                contract(part)
            path.append(tuple(sorted(left.index(part) for part in parts)))
            left[:] = [s for s in left if s not in parts] + [subset]

    contract(full)
    return tuple(path)
