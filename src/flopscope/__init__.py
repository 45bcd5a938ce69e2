"""flopscope makes NumPy code say what it costs.

Import ``flopscope.numpy`` instead of ``numpy``: same results, plus an analytical FLOP count for every call, budgets
that stop an overrun before it happens, and attribution to namespaces and ops.
"""

from typing import TYPE_CHECKING, Any

from flopscope import accounting as accounting
from flopscope import errors as errors
from flopscope.accounting import cost as cost
from flopscope.accounting import einsum_cost as einsum_cost
from flopscope.accounting import pointwise_cost as pointwise_cost
from flopscope.accounting import reduction_cost as reduction_cost
from flopscope.accounting import svd_cost as svd_cost
from flopscope.arrays.dispatch import FlopscopeArray as FlopscopeArray
from flopscope.budgets.budget import BudgetContext as BudgetContext
from flopscope.budgets.budget import budget as budget
from flopscope.budgets.budget import budget_report as budget_report
from flopscope.budgets.budget import budget_reset as budget_reset
from flopscope.budgets.budget import budget_summary as budget_summary
from flopscope.budgets.budget import budget_summary_dict as budget_summary_dict
from flopscope.budgets.budget import current_budget as current_budget
from flopscope.budgets.budget import namespace as namespace
from flopscope.budgets.budget import trace as trace
from flopscope.costs.shapes import Shaped as Shaped
from flopscope.errors import BudgetExhaustedError as BudgetExhaustedError
from flopscope.errors import CostRuleError as CostRuleError
from flopscope.errors import EscapeError as EscapeError
from flopscope.errors import EscapeWarning as EscapeWarning
from flopscope.errors import FlopscopeError as FlopscopeError
from flopscope.errors import FlopscopeWarning as FlopscopeWarning
from flopscope.errors import NonFiniteWarning as NonFiniteWarning
from flopscope.errors import SymmetryError as SymmetryError
from flopscope.errors import SymmetryLossWarning as SymmetryLossWarning
from flopscope.errors import TimeExhaustedError as TimeExhaustedError
from flopscope.errors import UncountedWarning as UncountedWarning
from flopscope.errors import UnsupportedFunctionError as UnsupportedFunctionError
from flopscope.settings import configure as configure
from flopscope.settings import settings as settings

if TYPE_CHECKING:
    from flopscope import stats as stats
    from flopscope.arrays.registering import register_op as register_op
    from flopscope.arrays.symmetrizing import as_symmetric as as_symmetric
    from flopscope.arrays.symmetrizing import is_symmetric as is_symmetric
    from flopscope.arrays.symmetrizing import symmetrize as symmetrize
    from flopscope.arrays.tensors import SymmetricTensor as SymmetricTensor
    from flopscope.budgets.log import OpRecord as OpRecord
    from flopscope.costs.models import CostModel as CostModel
    from flopscope.costs.models import cost_model as cost_model
    from flopscope.costs.models import cost_models as cost_models
    from flopscope.einsum import einsum_cache_clear as einsum_cache_clear
    from flopscope.einsum import einsum_cache_info as einsum_cache_info
    from flopscope.errors import ValueNeededError as ValueNeededError
    from flopscope.module import Module as Module
    from flopscope.notebook import load_ipython_extension as load_ipython_extension
    from flopscope.planning import assume as assume
    from flopscope.planning import plan as plan
    from flopscope.planning import scaling as scaling
    from flopscope.reference import ops as ops
    from flopscope.reports.compare import Diff as Diff
    from flopscope.reports.compare import diff as diff
    from flopscope.reports.live import budget_live as budget_live
    from flopscope.reports.summary import Summary as Summary
    from flopscope.reports.tally import Bucket as Bucket
    from flopscope.reports.tally import Escape as Escape
    from flopscope.reports.tally import Frame as Frame
    from flopscope.reports.tally import ModelId as ModelId
    from flopscope.reports.tally import Moved as Moved
    from flopscope.reports.tally import Traced as Traced
    from flopscope.symmetry import SymmetryGroup as SymmetryGroup

__version__ = "0.1.0"

# What is loaded when it is first asked for, and where it is: the module itself, or an attribute of it.
_LAZY = {
    "as_symmetric": "flopscope.arrays.symmetrizing",
    "assume": "flopscope.planning",
    "Bucket": "flopscope.reports.tally",
    "budget_live": "flopscope.reports.live",
    "cost_model": "flopscope.costs.models",
    "cost_models": "flopscope.costs.models",
    "CostModel": "flopscope.costs.models",
    "diff": "flopscope.reports.compare",
    "Diff": "flopscope.reports.compare",
    "einsum_cache_clear": "flopscope.einsum",
    "einsum_cache_info": "flopscope.einsum",
    "Escape": "flopscope.reports.tally",
    "Frame": "flopscope.reports.tally",
    "is_symmetric": "flopscope.arrays.symmetrizing",
    "load_ipython_extension": "flopscope.notebook",
    "ModelId": "flopscope.reports.tally",
    "Module": "flopscope.module",
    "Moved": "flopscope.reports.tally",
    "OpRecord": "flopscope.budgets.log",
    "ops": "flopscope.reference",
    "plan": "flopscope.planning",
    "register_op": "flopscope.arrays.registering",
    "scaling": "flopscope.planning",
    "stats": "flopscope.stats",
    "Summary": "flopscope.reports.summary",
    "SymmetricTensor": "flopscope.arrays.tensors",
    "symmetrize": "flopscope.arrays.symmetrizing",
    "SymmetryGroup": "flopscope.symmetry",
    "Traced": "flopscope.reports.tally",
    "ValueNeededError": "flopscope.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'flopscope' has no attribute {name!r}{errors.near(name, __dir__())}")
    from importlib import import_module

    module = import_module(_LAZY[name])
    found = module if module.__name__ == f"flopscope.{name}" else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
