"""Layer 1: einsum as mathematics on subscripts and shapes: parsing, pricing, choosing a path, running it."""

from flopscope.einsum.info import PathInfo, Step
from flopscope.einsum.parser import parse
from flopscope.einsum.path import step_cost
from flopscope.einsum.planner import Plan, einsum_cache_clear, einsum_cache_info, execute, plan

__all__ = [
    "PathInfo",
    "Plan",
    "Step",
    "einsum_cache_clear",
    "einsum_cache_info",
    "execute",
    "parse",
    "plan",
    "step_cost",
]
