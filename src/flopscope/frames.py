"""Where in the user's program are we? The innermost frame that belongs neither to flopscope nor to NumPy.

NumPy's warnings (``divide by zero``) come from C, which blames the Python line that called it. That line is
flopscope's, so that the default filter would show each text once and not once per line of the user's. Where such a
warning is about to be shown, it is issued again at the line that called flopscope: nothing is done before that moment.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

_OURS, _NUMPYS = (os.path.dirname(os.path.abspath(path)) + os.sep for path in (__file__, np.__file__))
_HIDDEN = (_OURS, _NUMPYS)


def is_hidden(filename: str) -> bool:
    """Whether a source file belongs to flopscope or NumPy."""
    return filename.startswith(_HIDDEN)


def is_ours(filename: str) -> bool:
    """Whether a source file belongs to flopscope."""
    return filename.startswith(_OURS)


def outside(frame: FrameType | None, inside: Callable[[str], bool]) -> FrameType | None:
    """The innermost frame, `frame` or one that led to it, whose source file is not `inside`; None if all are."""
    while frame is not None and inside(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def user_location() -> tuple[str, int]:
    """File and line of the user's code that is running now (``("<unknown>", 0)`` if there is none)."""
    frame = outside(sys._getframe(1), is_hidden)
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("<unknown>", 0)


# Code objects met on call stacks, by id, and whether they are the user's. They stay, so that no id is given again.
_codes: dict[int, tuple[CodeType, bool]] = {}

#: The places of the calls that led here, outermost first: ids of code objects and offsets in them, in turns.
CallStack = tuple[int, ...]


def call_stack() -> CallStack:
    """The user's part of the call stack, in a form that is quick to make and to compare."""
    frame = sys._getframe(1)
    stack: list[int] = []
    while frame is not None:
        code = frame.f_code
        place = id(code)
        known = _codes.get(place)
        if known is None:
            known = _codes[place] = (code, not is_library(code.co_filename))
        if known[1]:
            stack += (frame.f_lasti, place)
        frame = frame.f_back
    stack.reverse()
    return tuple(stack)


_LIBRARIES = tuple(os.path.realpath(folder) + os.sep for folder in (*_HIDDEN, os.path.dirname(os.__file__)))
_INSTALLED = {"site-packages", "dist-packages"}
# Installed as it may be, this is the user's: the module that a command was asked to run.
_programs: set[str] = set()


@cache
def is_library(filename: str) -> bool:
    """Whether a source file belongs to Python or an installed library."""
    if filename.startswith("<"):
        return filename.startswith("<frozen")
    path = os.path.realpath(filename)
    if path.startswith(tuple(_programs)):
        return False
    return path.startswith(_LIBRARIES) or not _INSTALLED.isdisjoint(path.split(os.sep))


def adopt(path: str) -> None:
    """Take a file, or all in a folder, as the user's, wherever it is installed."""
    path = os.path.realpath(path)
    _programs.add(path + os.sep if os.path.isdir(path) else path)
    is_library.cache_clear()


def places(stack: CallStack) -> Iterator[tuple[str, int, str]]:
    """File, line and qualified name of the function for every step of a call stack."""
    for place, offset in zip(stack[::2], stack[1::2], strict=True):
        code, _ = _codes[place]
        lines = (line for start, end, line in code.co_lines() if start <= offset < end)
        yield code.co_filename, next(lines, None) or code.co_firstlineno, code.co_qualname


def trimmed(trace: TracebackType | None, inside: Callable[[str], bool]) -> TracebackType | None:
    """A traceback without the frames whose source files are `inside`."""
    kept: list[TracebackType] = []
    while trace is not None:
        if not inside(trace.tb_frame.f_code.co_filename):
            kept.append(trace)
        trace = trace.tb_next
    for one in reversed(kept):
        trace = TracebackType(trace, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return trace


def user_stacklevel() -> int:
    """The ``stacklevel`` that makes a warning issued by the caller point at the user's line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and is_hidden(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    return level


class _Forgetful(dict[Any, Any]):
    """A module's registry of the warnings shown at its lines, for one whose lines are not to be blamed."""

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep nothing: what was shown is kept by the registry of the user's module."""


def _show(message: warnings.WarningMessage) -> None:
    """Show a warning, or issue it again where it blames a line of flopscope's.

    It passes the filters again, now as one of the user's module; ``error`` raises through NumPy as it always does.
    """
    if not is_ours(message.filename):
        _show_anywhere(message)
        return
    frame = sys._getframe(1)
    frame = outside(frame, lambda filename: filename != message.filename)
    if frame is not None:
        frame.f_globals["__warningregistry__"] = _Forgetful()
    frame = outside(frame, is_ours)
    if frame is None:
        _show_anywhere(message)
        return
    text, category, where = message.message, message.category, frame.f_globals
    _ONCE.pop((str(text), category), None)  # the filter ``once`` has not shown it yet
    warnings.warn_explicit(
        text,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        where.get("__name__"),
        where.setdefault("__warningregistry__", {}),
        source=message.source,
    )


# Every warning is shown by this function of the standard library's, also one that a test records.
# A Python that has no such function goes on blaming flopscope's lines.
_show_anywhere: Any = getattr(warnings, "_showwarnmsg", None)
_ONCE: dict[Any, Any] = getattr(warnings, "onceregistry", {})
if _show_anywhere is not None:
    warnings._showwarnmsg = _show  # type: ignore[attr-defined]  # pyright: ignore
