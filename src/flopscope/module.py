"""Models as plain objects: the arrays that a `Module` holds are its state, under the names by which it holds them.

One walk over attributes and containers gives names to arrays; everything else follows from it. Each object is visited
once, under the first name that leads to it, so that shared arrays are kept once and cycles end. Saving, loading and
copying move data and are free.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, cast

import numpy as np

from flopscope.arrays.dispatch import plain

Path = str | os.PathLike[str]


class Module:
    """Base class of models: the arrays among its attributes can be listed, saved and loaded.

    The state of a module is every array that it holds as an attribute, in nested modules and in lists, tuples and
    dictionaries of these, named by the way to it: ``"layers.0.weight"``. Numbers, and arrays inside other objects, do
    not belong to it. An array that is held twice goes by the first of its names. There is no ``__init__`` to call.

    Examples
    --------
    >>> import flopscope as flops, flopscope.numpy as fnp
    >>> class Dense(flops.Module):
    ...     def __init__(self, n, m):
    ...         self.weight, self.bias = fnp.zeros((n, m)), fnp.zeros(m)
    >>> class Net(flops.Module):
    ...     def __init__(self):
    ...         self.layers = [Dense(4, 8), Dense(8, 2)]
    >>> [(name, array.shape) for name, array in Net().named_parameters()]
    [('layers.0.weight', (4, 8)), ('layers.0.bias', (8,)), ('layers.1.weight', (8, 2)), ('layers.1.bias', (2,))]
    """

    def named_parameters(self) -> list[tuple[str, np.ndarray]]:
        """List the arrays of the module with their names.

        Returns
        -------
        list of (str, ndarray)
            The arrays themselves, in the order in which the module holds them.
        """
        return list(_named_arrays(self))

    def parameters(self) -> list[np.ndarray]:
        """List the arrays of the module.

        Returns
        -------
        list of ndarray
            The arrays themselves, in the order in which the module holds them.

        Examples
        --------
        >>> import flopscope.numpy as fnp
        >>> module = Module()
        >>> module.weight = fnp.zeros((4, 8))
        >>> sum(array.size for array in module.parameters())  # 4*8
        32
        """
        return [array for _, array in _named_arrays(self)]

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copy the state of the module, as a dictionary from names to arrays; free.

        Returns
        -------
        dict
            What `load_state_dict` takes; later changes of the module do not reach it.
        """
        return {name: array.copy() for name, array in self._state().items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Set the arrays of the module to those of `state`, in place; free.

        Parameters
        ----------
        state : mapping from str to array_like
            Values by name, with the shapes and dtypes of the module's own arrays.
        strict : bool, default True
            Whether `state` must have exactly the names of the module; otherwise those in common are loaded.

        Raises
        ------
        KeyError
            For names that are missing or unexpected.
        TypeError
            If `state` is no mapping.
        ValueError
            For a value of another shape or dtype, and for an array of the module that is read-only. After any error
            the module is as it was.

        Warns
        -----
        SymmetryLossWarning
            Where a symmetric tensor is loaded, which is an ordinary array from then on.
        """
        if not isinstance(cast("Any", state), Mapping):
            raise TypeError(f"a state is a mapping from names to arrays, as state_dict() gives it, got {state!r:.60}")
        own = self._state()
        if strict:
            _check_names(own, state)
        values = {name: _fitting(name, array, state) for name, array in own.items() if name in state}
        for name, value in values.items():
            own[name][...] = value

    def save(self, file: Path | IO[bytes]) -> None:
        """Write the state to an ``.npz`` archive, which `load` and ``np.load`` read; free.

        Parameters
        ----------
        file : path or binary file object
            ``.npz`` is appended to a path without it, as by ``np.savez``.
        """
        state = self._state()
        # Not savez itself: it takes the names as its keywords, so that an array called "file" could not be saved.
        with zipfile.ZipFile(_with_suffix(file), "w") as archive:
            for name, array in state.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, plain(array), allow_pickle=False)

    def load(self, file: Path | IO[bytes], strict: bool = True) -> None:
        """Set the arrays of the module to those saved in an ``.npz`` archive, in place; never unpickles; free.

        Parameters
        ----------
        file : path or binary file object
            What `save` or ``np.savez`` wrote; ``.npz`` is appended to a path that does not exist without it.
        strict : bool, default True
            As for `load_state_dict`.

        Raises
        ------
        KeyError, ValueError
            As for `load_state_dict`; ValueError also for a file that is not an archive of plain arrays.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file if os.path.exists(file) else _with_suffix(file), "rb") as opened:
                self.load(opened, strict)
            return
        try:
            archive = np.load(file, allow_pickle=False)
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{_named(file)} is not an .npz archive") from error
        if isinstance(archive, np.ndarray):
            raise ValueError(f"{_named(file)} holds a single array; a module is loaded from an .npz archive")
        with archive:
            self.load_state_dict(archive, strict)

    def _state(self) -> dict[str, np.ndarray]:
        state: dict[str, np.ndarray] = {}
        for name, array in _named_arrays(self):
            if name in state:
                raise ValueError(f"two arrays of the module have the name {name}")
            if array.dtype.hasobject or isinstance(array, np.ma.MaskedArray):
                raise TypeError(f"{name} is no state: it is of {type(array).__name__}, dtype {array.dtype}")
            state[name] = array
        return state


def _named_arrays(module: Module) -> Iterator[tuple[str, np.ndarray]]:
    """All arrays below `module`, depth first, each once."""
    seen: set[int] = set()
    ahead: list[tuple[str, Any]] = [("", module)]
    while ahead:
        name, value = ahead.pop()
        members = _members(value)
        if members is None or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            yield name, value
        ahead.extend((f"{name}.{key}" if name else str(key), member) for key, member in reversed(members))


def _members(value: Any) -> list[tuple[Any, Any]] | None:
    """What an array, a module or a container holds, with names; None for anything else."""
    if isinstance(value, np.ndarray):
        return []
    if isinstance(value, Module):
        state: Any = object.__getstate__(value)  # the attributes; of a class with __slots__, two dictionaries of them
        parts = cast("tuple[Any, ...]", state if isinstance(state, tuple) else (state,))
        return [item for part in parts if part for item in part.items()]
    if isinstance(value, (list, tuple)):
        return list(enumerate(cast("Sequence[Any]", value)))
    if isinstance(value, dict):
        return list(cast("dict[Any, Any]", value).items())
    return None


def _check_names(own: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    if missing or unexpected:
        faults = [("missing", missing), ("unexpected", unexpected)]
        said = "; ".join(f"{what}: {', '.join(names)}" for what, names in faults if names)
        raise KeyError(f"the state does not fit the module ({said}); strict=False loads what they have in common")


def _fitting(name: str, array: np.ndarray, state: Mapping[str, Any]) -> np.ndarray:
    """A copy of the value of `name` (which may share memory with the module), if it can take the place of `array`."""
    try:
        value = np.array(plain(state[name]))
    except (ValueError, EOFError, zipfile.BadZipFile) as error:  # from an archive: damaged, or pickled
        raise ValueError(f"{name}: {error}") from error
    if value.shape != array.shape or not np.can_cast(value.dtype, array.dtype, "equiv"):
        raise ValueError(
            f"{name}: the module has shape {array.shape} of {array.dtype}, the state {value.shape} of {value.dtype}"
        )
    if not array.flags.writeable and getattr(array, "symmetry", None) is None:  # a symmetric tensor loses that
        raise ValueError(f"{name}: the module's array is read-only, so nothing can be loaded into it")
    return value


def _with_suffix(file: Path | IO[bytes]) -> Any:
    """A path with the suffix that savez gives it; a file object as it is."""
    if isinstance(file, (str, os.PathLike)):
        path = os.fspath(file)
        return path if path.endswith(".npz") else f"{path}.npz"
    return file


def _named(file: IO[bytes]) -> str:
    return str(getattr(file, "name", file))
