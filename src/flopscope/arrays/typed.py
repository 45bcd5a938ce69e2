"""What our array is derived from: NumPy's, and for type checkers (typed.pyi) one whose methods return ours."""

from numpy import ndarray as NumPyArray

__all__ = ["NumPyArray"]
