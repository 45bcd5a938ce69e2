"""Reports: a summary as a page, as files for other tools, and compared with another.

A report is a rendering of one :class:`flopscope.Summary`. What it says comes from :mod:`flopscope.display`, where a
report is blocks of typed cells; here are the formats that are more than lines of text.
"""
