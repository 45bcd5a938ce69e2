"""Cost models: which price a call has, as named, versioned, immutable values.

The rules in the table make the default model, ``"fma1"``. Any other says what it does differently: rules of its own for
some ops, weights per op, factors per dtype. Whoever charges or plans asks `CostModel.price`, so that they agree under
every model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from operator import index
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from flopscope.errors import near

from .table import ALIASES, TABLE, Op, asked, lookup

if TYPE_CHECKING:
    from fractions import Fraction  # elsewhere late: it takes a millisecond to import, and few programs need it

    Weight = int | Fraction
Rule = Callable[..., int]

_UFUNC_METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")


class CostModel:
    """What calls cost: the rules of the table, and what is done differently.

    A model is a value: it has a name, a version and a hash, and cannot be changed. `cost_model` finds the named ones,
    `derive` makes one's own of any of them.

    Attributes
    ----------
    name : str
        Such as ``"fma1"``.
    version : str
        Changes with every price of the model.
    hash : str
        Twelve hexadecimal digits that depend on the prices alone: on the versions of what it is derived from, on
        weights, factors, and name and docstring of each rule.
    rules : mapping
        Cost rules in place of the table's, by op.
    weights : mapping
        Factor on the price of an op, by op.
    dtype_factors : mapping
        Factor on the price of calls in a dtype, by kind (``"complex"``, ``"float"``, ``"integer"``, ``"bool"``), dtype
        (``"float32"``), or by ``(op, kind)`` or ``(op, dtype)``; the more special one counts.

    Notes
    -----
    The price of a call is ``rule * weight * dtype factor``, exactly, and then rounded to a whole FLOP, halves up, and
    at least 1 where the rule says more than 0. The dtype of a call is `dtype_of` its arguments.

    Examples
    --------
    >>> import flopscope as flops
    >>> flops.cost("matmul", (256, 256), (256, 256), cost_model="fma2")  # 2*256**3
    33554432
    >>> mine = flops.cost_model("fma2").derive("mine", weights={"exp": 20})
    >>> flops.cost("exp", (10, 10), cost_model=mine)  # 20*100
    2000
    """

    __slots__ = ("_content", "_hash", "dtype_factors", "name", "rules", "version", "weights")

    name: str
    version: str
    rules: Mapping[str, Rule]
    weights: Mapping[str, Weight]
    dtype_factors: Mapping[Any, Weight]

    def __init__(self, name: str, version: str, rules: Mapping[str, Rule] = MappingProxyType({})) -> None:
        self._put(name, version, (f"{name}/{version}",), rules, {}, {})

    def _put(self, name: str, version: str, content: Any, rules: Any, weights: Any, dtype_factors: Any) -> None:
        put = object.__setattr__
        put(self, "name", name)
        put(self, "version", version)
        put(self, "rules", MappingProxyType(dict(rules)))
        put(self, "weights", MappingProxyType(dict(weights)))
        put(self, "dtype_factors", MappingProxyType(dict(dtype_factors)))
        # What the prices follow from, beside weights and factors.
        put(self, "_content", content)
        put(self, "_hash", None)

    @property
    def reads_dtypes(self) -> bool:
        """Whether prices depend on dtypes."""
        return bool(self.dtype_factors)

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that stand for the prices."""
        if self._hash is None:
            from hashlib import sha256

            factors = {":".join(_several(key)): str(factor) for key, factor in self.dtype_factors.items()}
            weights = {op: str(weight) for op, weight in self.weights.items()}
            content = repr((self._content, sorted(weights.items()), sorted(factors.items())))
            object.__setattr__(self, "_hash", sha256(content.encode()).hexdigest()[:12])
        return cast("str", self._hash)

    def price(self, op: Op, args: Any, kwargs: Mapping[str, Any]) -> int:
        """Whole FLOPs of a call of `op`, to charge or to plan.

        Parameters
        ----------
        op : Op
            Row of the table.
        args, kwargs
            Arguments of the call; a `Shaped` for an array will do.

        Returns
        -------
        int
            FLOPs; 0 for ops that are free.
        """
        rule = self.rules.get(op.name)
        flops = op.price(args, kwargs) if rule is None else self._by_rule(op.name, rule, args, kwargs)
        weight = self.weights.get(op.name, 1)
        if self.dtype_factors:
            weight *= self._factor(op.name, args, kwargs)
        return rounded(flops * weight) if weight != 1 else flops

    def _by_rule(self, op: str, rule: Rule, args: Any, kwargs: Mapping[str, Any]) -> int:
        if _is_ours(rule):
            return index(asked(rule, args, kwargs))
        found = unmetered(asked, rule, args, kwargs)
        try:
            flops = index(found)
        except TypeError:
            flops = -1
        if flops < 0:
            raise ValueError(
                f"the rule of {op} in the cost model {self.name!r} returned {found!r}; it has to return a whole number "
                "of FLOPs that is not negative (an int; write // for /)"
            )
        return flops

    def _factor(self, op: str, args: Any, kwargs: Mapping[str, Any]) -> Weight:
        from .dtypes import KINDS, dtype_of  # which the default model does not need

        dtype = dtype_of(args, kwargs)
        names = dtype.name, KINDS.get(dtype.kind, "")
        keys = [(op, name) for name in names] + list(names)
        return next((self.dtype_factors[key] for key in keys if key in self.dtype_factors), 1)

    def derive(
        self,
        name: str,
        *,
        version: str = "1",
        weights: Mapping[str, Weight] = MappingProxyType({}),
        dtype_factors: Mapping[Any, Weight] = MappingProxyType({}),
        rules: Mapping[str, Rule] = MappingProxyType({}),
    ) -> CostModel:
        """Make a model that differs from this one in some prices.

        Parameters
        ----------
        name : str
            Name of the new model.
        version : str, default "1"
            To be changed with the prices.
        weights : mapping of str to (int or Fraction), optional
            Factors by op, in place of this model's for the same ops; above 0.
        dtype_factors : mapping, optional
            Factors by kind, dtype, or ``(op, kind or dtype)``; above 0.
        rules : mapping of str to callable, optional
            Cost rules by op: a function of the op's own arguments that reads shapes and returns a whole number of
            FLOPs. Its docstring is its formula.

        Returns
        -------
        CostModel

        Raises
        ------
        ValueError
            For an op or a dtype that does not exist, and for a factor that is not above 0.
        TypeError
            For factors that are not exact (``0.1``; write ``Fraction(1, 10)``), and rules that are no functions.

        Examples
        --------
        >>> from fractions import Fraction
        >>> import flopscope as flops
        >>> half = flops.cost_model("fma1").derive("half", dtype_factors={"float32": Fraction(1, 2)})
        >>> flops.cost("exp", flops.Shaped(99, "float32"), cost_model=half)  # 99/2 = 49.5, rounded
        50
        """
        if not isinstance(cast("Any", name), str) or not name.strip():
            raise TypeError(f"a cost model needs a name, such as 'mine'; got {name!r}")
        named_weights = {_op_name(op): _exact(weight, f"weight of {op!r}") for op, weight in weights.items()}
        factors = {_dtype_key(key): _exact(factor, f"dtype factor of {key!r}") for key, factor in dtype_factors.items()}
        own = {_op_name(op): rule for op, rule in rules.items()}
        for op, rule in own.items():
            if not callable(rule):
                raise TypeError(f"the rule of {op} must be a function of the op's arguments, got {rule!r}")
        said = tuple(sorted((op, _identity(rule)) for op, rule in own.items()))
        model = CostModel.__new__(type(self))
        model._put(
            name,
            str(version),
            # A version says that something else has changed, so that the hash has to.
            (*self._content, *((said, str(version)) if own else ())),
            {**self.rules, **own},
            {**self.weights, **named_weights},
            {**self.dtype_factors, **factors},
        )
        return model

    def register(self) -> Self:
        """Make the model known by its name to everything that takes ``cost_model=``; returns the model.

        Raises
        ------
        ValueError
            If another model has the name.
        """
        if self.name in MODELS or _NAMED.get(self.name, self) != self:
            raise ValueError(f"there is another cost model {self.name!r}; derive yours with a name of its own")
        _NAMED[self.name] = self
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CostModel) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def _values(self) -> tuple[Any, ...]:
        return self.name, self.version, self._content, self.rules, self.weights, self.dtype_factors

    def __repr__(self) -> str:
        return f"<CostModel {self.name!r} version {self.version}, {self.hash}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.name in cost_models() and cost_model(self.name) == self:
            return cost_model, (self.name,)
        return _restored, (
            self.name,
            self.version,
            self._content,
            *map(dict[Any, Any], (self.rules, self.weights, self.dtype_factors)),
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a CostModel is a value: it cannot be changed; derive another")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a CostModel is a value: it cannot be changed; derive another")


def _restored(*values: Any) -> CostModel:
    model = CostModel.__new__(CostModel)
    model._put(*values)
    return model


def rounded(flops: int | Fraction) -> int:
    """The nearest whole number of FLOPs, halves up; at least 1 of what is more than 0.

    Examples
    --------
    >>> from fractions import Fraction
    >>> rounded(Fraction(5, 2)), rounded(Fraction(1, 9)), rounded(0)
    (3, 1, 0)
    """
    numerator, denominator = flops.numerator, flops.denominator
    return max((2 * numerator + denominator) // (2 * denominator), 1 if numerator > 0 else 0)


# -- named models ----------------------------------------------------------------------------------------------------

#: The default: one fused multiply-add is one FLOP, as the rules of the table have it.
FMA1 = CostModel("fma1", "1")
#: What makes each named model, when it is first asked for: rules of its own take time to load.
MODELS: dict[str, Callable[[], CostModel]] = {
    "fma1": lambda: FMA1,
    "fma2": lambda: _fma2().FMA2,
    "fma1-complex": lambda: _fma2().with_complex(FMA1, "fma1-complex"),
    "fma2-complex": lambda: _fma2().with_complex(_fma2().FMA2, "fma2-complex"),
}
_NAMED: dict[str, CostModel] = {}


def _fma2() -> Any:
    return import_module("flopscope.costs.fma2")


def cost_model(model: str | CostModel) -> CostModel:
    """Find a cost model by its name; a model stands for itself.

    Parameters
    ----------
    model : str or CostModel
        ``"fma1"``, ``"fma2"``, ``"fma1-complex"``, ``"fma2-complex"``, or the name of one that was registered.

    Returns
    -------
    CostModel

    Examples
    --------
    >>> cost_model("fma2").version
    '1'
    """
    if isinstance(model, CostModel):
        return model
    if not isinstance(cast("Any", model), str):
        raise TypeError(f"a cost model is a CostModel or the name of one, got {model!r} ({type(model).__name__})")
    if model in MODELS and model not in _NAMED:
        _NAMED[model] = MODELS[model]()
    if model not in _NAMED:
        raise ValueError(
            f"there is no cost model {model!r}{near(model, cost_models())} (known: {', '.join(cost_models())})"
        )
    return _NAMED[model]


def cost_models() -> tuple[str, ...]:
    """Names of the cost models there are.

    Examples
    --------
    >>> cost_models()[:2]
    ('fma1', 'fma2')
    """
    return tuple(dict.fromkeys([*MODELS, *_NAMED]))


# -- what derivations are checked for ----------------------------------------------------------------------------------


def _several(key: Any) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", key) if isinstance(key, tuple) else (key,)


def _op_name(name: str) -> str:
    """Name of a row, or of a method of a ufunc, that `name` stands for."""
    parent, _, method = name.rpartition(".")
    op = lookup(name)
    if op is None and method in _UFUNC_METHODS and lookup(parent) is not None:
        return f"{ALIASES.get(parent, parent)}.{method}"
    if op is None or op.cost is None:
        counted = [row for row in (*TABLE, *ALIASES) if getattr(lookup(row), "cost", None)]
        raise ValueError(f"there is no counted op {name!r}{near(name, counted)}")
    return op.name


def _dtype_key(key: Any) -> Any:
    """A kind or the name of a dtype, perhaps with the name of an op before it."""
    from .dtypes import KINDS

    *ops, dtype = _several(key)
    if len(ops) > 1:
        raise ValueError(f"a dtype factor is for a kind or dtype, or for (op, kind or dtype); got {key!r}")
    if dtype not in KINDS.values():
        try:
            dtype = np.dtype(dtype).name
        except TypeError:
            raise ValueError(
                f"there is no dtype {dtype!r}; a dtype factor is for a kind "
                f"({', '.join(dict.fromkeys(KINDS.values()))}) or a dtype such as 'float32'"
            ) from None
    return (_op_name(ops[0]), dtype) if ops else dtype


def _exact(number: Any, what: str) -> Weight:
    from fractions import Fraction

    if isinstance(number, bool) or not isinstance(number, (int, Fraction, np.integer)):
        raise TypeError(f"the {what} must be exact, an int or a Fraction such as Fraction(1, 2); got {number!r}")
    exact = number if isinstance(number, Fraction) else int(number)
    if exact <= 0:
        raise ValueError(f"the {what} must be above 0, got {number}: what costs nothing would not be seen")
    return exact


def _identity(rule: Any) -> str:
    """What tells rules apart, in every process alike: no address."""
    from functools import partial
    from inspect import cleandoc

    if isinstance(rule, partial):
        given = rule.args, sorted(rule.keywords.items())
        return f"{_identity(cast('Any', rule).func)} of {given!r}"
    named = rule if hasattr(rule, "__qualname__") else cast("type[Any]", type(rule))
    return f"{named.__module__}.{named.__qualname__}: {cleandoc(rule.__doc__ or '')}"


def _is_ours(rule: Any) -> bool:
    return f"{getattr(rule, '__module__', '')}.".startswith("flopscope.")


def _as_it_is(run: Callable[..., Any], *args: Any) -> Any:
    return run(*args)


#: Runs rules of the user's, so that what they compute with `fnp` is not charged to the program; set by the dispatcher.
unmetered: Callable[..., Any] = _as_it_is
