from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from flopscope.costs.table import TABLE

# How fast the machine is that runs the tests is nothing that they test.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def no_ops_are_left():
    """Take away the ops that a test, or a page of the documentation, registers."""
    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)
