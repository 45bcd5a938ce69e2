"""Layer 2: reports: what a run cost, as a value, and how that is shown.

``tally.py`` has the counters and ``summary.py`` the value made of them; ``description.py`` what a report says of it, as
blocks of typed cells, and ``display.py`` how these look as text and for rich. The other modules are the formats that
are more than lines of text, the comparison of two, and the live display.
"""
