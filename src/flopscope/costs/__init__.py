"""Layer 1: the table of ops and the cost rules, cut by the chapters of NumPy's reference.

Importing the package fills the table.
"""

from . import (
    arrays,
    contractions,
    elementwise,
    fft,
    linalg,
    masked,
    polynomial,
    polynomial_package,
    random,
    reductions,
    sorting,
    statistics,
    stats,
    strings,
    symmetric,
)

__all__ = [
    "arrays",
    "contractions",
    "elementwise",
    "fft",
    "linalg",
    "masked",
    "polynomial",
    "polynomial_package",
    "random",
    "reductions",
    "sorting",
    "statistics",
    "stats",
    "strings",
    "symmetric",
]
