from __future__ import annotations

import pytest

from flopscope.costs.table import TABLE


@pytest.fixture(autouse=True)
def no_ops_are_left():
    """Take away the ops that a test, or a page of the documentation, registers."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)
