"""What a plan says a call returns and costs is what the call returns and costs: for every op of the table."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from calls import COUNTED_CALLS, FREE_CALLS
from flopscope.planning.standins import BY_VALUE
from parity import made
from planned import charges, same, shaped

# Calls of which the shape of the result depends on values: they ask for them, by the name of the op.
ASKING = BY_VALUE - {"delete", "repeat", "where_nonzero", "bincount"} | {"where(B(3, 4))", "bincount(I(8))"}
# Asked because a parameter is an array.
ASKING_CALLS = {
    "where(B(3, 4))", "bincount(I(8))", "bincount(I(8), R(8), minlength=10)", 'histogram(R(20), "auto")',
    "polydiv(S(4), S(2))", "trim_zeros(O(0, 0, 1, 2, 0, dtype=int), \"f\")",
}  # fmt: skip
# Ops that look at values or take foreign memory, for which there are no result rules.
UNRULED = (
    "ctypeslib.as_array",
    "lib.recfunctions.find_duplicates",
    "lib.recfunctions.join_by",
    "lib.recfunctions.rec_join",
)
# Results that are a matter of values in a dtype or a length, and what a plan takes them for.
CHOSEN = {
    "linalg.eig", "linalg.eigvals", "roots", "real_if_close", "min_scalar_type",
}  # fmt: skip


def ours(name):
    return operator.attrgetter(name)(fnp)


def planned(call, **options):
    """The result of a call in a plan, and what it was charged."""
    args, kwargs = call.arguments
    found = []
    function = ours(call.name)
    with np.errstate(all="ignore"):
        summary = flops.plan(lambda a, k: found.append(function(*a, **k)), shaped(args), shaped(kwargs), **options)
    return found[0], summary


def really(call):
    args, kwargs = call.arguments
    with flops.BudgetContext(10**12) as budget, np.errstate(all="ignore"):
        result = ours(call.name)(*made(args, fnp.asarray), **made(kwargs, fnp.asarray))
    return result, budget


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", COUNTED_CALLS + FREE_CALLS, ids=str)
def test_a_call_in_a_plan_returns_and_costs_what_the_call_does(call):
    real, budget = really(call)
    if call.name.startswith(UNRULED):
        with pytest.raises(flops.ValueNeededError, match="no rule for what it returns"):
            planned(call)
        return
    if (call.name in ASKING or str(call) in ASKING_CALLS) and not call.text.startswith("["):
        with pytest.raises(flops.ValueNeededError, match="the program asks for"):
            planned(call)
        return
    got, summary = planned(call)
    same(got, real, exact=call.name not in CHOSEN and not call.name.startswith(("emath.", "strings.", "char.")))
    assert charges(summary.to_dict()) == charges(budget.summary_dict())
