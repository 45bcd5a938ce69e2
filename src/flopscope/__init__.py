"""flopscope makes NumPy code say what it costs.

Import ``flopscope.numpy`` instead of ``numpy``: same results, plus an analytical FLOP count for every call, budgets
that stop an overrun before it happens, and attribution to namespaces and ops.
"""

from flopscope.budget import BudgetContext as BudgetContext
from flopscope.budget import budget as budget
from flopscope.budget import budget_reset as budget_reset
from flopscope.budget import budget_summary_dict as budget_summary_dict
from flopscope.budget import current_budget as current_budget
from flopscope.budget import namespace as namespace
from flopscope.dispatch import FlopscopeArray as FlopscopeArray
from flopscope.errors import BudgetExhaustedError as BudgetExhaustedError
from flopscope.errors import CostRuleError as CostRuleError
from flopscope.errors import FlopscopeError as FlopscopeError
from flopscope.errors import FlopscopeWarning as FlopscopeWarning
from flopscope.errors import NonFiniteWarning as NonFiniteWarning
from flopscope.errors import TimeExhaustedError as TimeExhaustedError
from flopscope.errors import UnsupportedFunctionError as UnsupportedFunctionError
from flopscope.log import OpRecord as OpRecord
from flopscope.settings import configure as configure

__version__ = "0.1.0"
