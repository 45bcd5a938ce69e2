"""What a user can configure, for the whole process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from flopscope.errors import near

_DEFAULTS: dict[str, Any] = {
    "check_nan_inf": False,
    "symmetry_loss_warnings": True,
    "cost_model": "fma1",
    "on_escape": "ignore",
}
# What a setting may be, where its type does not say it all.
_CHOICES = {"on_escape": ("ignore", "warn", "raise")}


class Settings:
    """Current settings, ``flops.settings``: read them as attributes, change them with :func:`configure`.

    Attributes
    ----------
    check_nan_inf : bool
        Look for NaN and infinity in the result of every counted op and warn (`NonFiniteWarning`) where one appears.
    symmetry_loss_warnings : bool
        Warn (`SymmetryLossWarning`) where an op loses symmetry of an operand.
    cost_model : CostModel or str
        Prices whatever is not priced by the model of a context; the name of a model or a model.
    on_escape : {"ignore", "warn", "raise"}
        What to do where elements of a counted array leave the meter (`x.tolist()`, `x.view(np.ndarray)`): write it into
        the summary, and warn (`EscapeWarning`) or refuse (`EscapeError`) as well. Only the latter two see
        `np.asarray(x)` and its kin.
    """

    check_nan_inf: bool
    cost_model: Any
    symmetry_loss_warnings: bool
    on_escape: Literal["ignore", "warn", "raise"]

    def __init__(self) -> None:
        self.__dict__.update(_DEFAULTS)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"settings are changed with flopscope.configure({name}={value!r})")

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


#: The one settings object of the process.
settings = Settings()
#: Called after every change, by those who have taken a setting into account beforehand.
listeners: list[Callable[[], None]] = []
#: What makes of a value the setting, or raises, for settings that take more than one type.
converters: dict[str, Callable[[Any], Any]] = {}


def _update(changes: dict[str, Any]) -> None:
    vars(settings).update(changes)
    for listener in listeners:
        listener()


class configure:
    """Change settings, for good or for the length of a ``with`` block.

    Parameters
    ----------
    check_nan_inf, symmetry_loss_warnings : bool, optional
    cost_model : CostModel or str, optional
        See `Settings`.
    on_escape : {"ignore", "warn", "raise"}, optional
        See `Settings`.

    Raises
    ------
    TypeError
        For an unknown setting (the nearest name is suggested) or a value of the wrong type.
    ValueError
        For a word that is none of the choices.

    Examples
    --------
    >>> import flopscope as flops
    >>> with flops.configure(check_nan_inf=True):
    ...     flops.settings.check_nan_inf
    True
    >>> flops.settings.check_nan_inf
    False
    """

    def __init__(self, **changes: Any) -> None:
        for name, value in changes.items():
            if name not in _DEFAULTS:
                raise TypeError(
                    f"configure() has no setting {name!r}{near(name, _DEFAULTS)} (settings: {', '.join(_DEFAULTS)})"
                )
            if name in converters:
                changes = changes | {name: converters[name](value)}
            elif not isinstance(value, type(_DEFAULTS[name])):
                raise TypeError(
                    f"setting {name!r} takes a {type(_DEFAULTS[name]).__name__}, got {value!r} ({type(value).__name__})"
                )
            if value not in _CHOICES.get(name, (value,)):
                raise ValueError(f"setting {name!r} is one of {', '.join(map(repr, _CHOICES[name]))}, got {value!r}")
        self._changes = changes
        self._before = {name: getattr(settings, name) for name in changes}
        _update(changes)

    def __enter__(self) -> Settings:
        _update(self._changes)  # once more, for a second use of the same object
        return settings

    def __exit__(self, *exc: object) -> None:
        _update(self._before)
