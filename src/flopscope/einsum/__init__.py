"""Layer 1: einsum as mathematics on subscripts, shapes and symmetry: parsing, pricing, choosing a path, running it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flopscope.einsum.facts import NO_FACTS, Facts, facts_of, facts_of_two
from flopscope.einsum.kernels import own_error
from flopscope.einsum.parser import parse

if TYPE_CHECKING:
    from flopscope.einsum.info import PathInfo, Step
    from flopscope.einsum.path import UnknownOptimizerError, step_cost
    from flopscope.einsum.planner import Plan, einsum_cache_clear, einsum_cache_info, execute, plan

__all__ = [
    "NO_FACTS",
    "Facts",
    "PathInfo",
    "Plan",
    "Step",
    "UnknownOptimizerError",
    "einsum_cache_clear",
    "einsum_cache_info",
    "execute",
    "facts_of",
    "facts_of_two",
    "own_error",
    "parse",
    "plan",
    "step_cost",
]

# Programs without an einsum do not plan: what does that is loaded when it is first asked for.
_LAZY = {
    "PathInfo": "info",
    "Plan": "planner",
    "Step": "info",
    "UnknownOptimizerError": "path",
    "einsum_cache_clear": "planner",
    "einsum_cache_info": "planner",
    "execute": "planner",
    "plan": "planner",
    "step_cost": "path",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    return found
