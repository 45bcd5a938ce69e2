"""Layer 2: reports: what a run cost, as a value (``summary.py``), and how that is shown.

What a report says is in ``display.py``, as blocks of typed cells, with its rendering as text and for rich; the other
modules are the formats that are more than lines of text, the comparison of two, and the live display.
"""
