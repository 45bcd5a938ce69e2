"""Where in the user's program are we? The innermost frame that belongs neither to flopscope nor to NumPy."""

from __future__ import annotations

import os
import sys

import numpy as np

_HIDDEN = tuple(os.path.dirname(os.path.abspath(path)) + os.sep for path in (__file__, np.__file__))


def user_location() -> tuple[str, int]:
    """File and line of the user's code that is running now (``("<unknown>", 0)`` if there is none)."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        filename = frame.f_code.co_filename
        if not filename.startswith(_HIDDEN):
            return filename, frame.f_lineno
        frame = frame.f_back
    return "<unknown>", 0


def user_stacklevel() -> int:
    """The ``stacklevel`` that makes a warning issued by the caller point at the user's line."""
    frame, level = sys._getframe(1), 1  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HIDDEN):
        frame, level = frame.f_back, level + 1
    return level
