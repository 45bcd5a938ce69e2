"""What the namespace says about itself: devices, data types, capabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from flopscope.array_api import _dtypes as dt
from flopscope.array_api._array import DEVICE, check_device


class __array_namespace_info__:
    """Devices, data types and capabilities of flopscope.array_api, as the standard asks for them."""

    def capabilities(self) -> dict[str, Any]:
        """What not every library can do, and this one can."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The device on which arrays are made."""
        return DEVICE

    def devices(self) -> list[str]:
        """All devices."""
        return [DEVICE]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype[Any]]:
        """Data types of arrays made without naming one."""
        check_device(device)
        return {
            "real floating": dt.float64,
            "complex floating": dt.complex128,
            "integral": dt.int64,
            "indexing": dt.int64,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, np.dtype[Any]]:
        """Data types by name, all or those of a kind (as `isdtype` names kinds)."""
        check_device(device)
        return {name: dtype for name, dtype in dt.DTYPES.items() if kind is None or dt.isdtype(dtype, kind)}
