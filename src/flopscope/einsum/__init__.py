"""Layer 1: einsum as mathematics on subscripts, shapes and symmetry: parsing, pricing, choosing a path, running it."""

from flopscope.einsum.facts import NO_FACTS, Facts, facts_of, facts_of_two
from flopscope.einsum.info import PathInfo, Step
from flopscope.einsum.kernels import own_error
from flopscope.einsum.parser import parse
from flopscope.einsum.path import step_cost
from flopscope.einsum.planner import Plan, einsum_cache_clear, einsum_cache_info, execute, plan

__all__ = [
    "NO_FACTS",
    "Facts",
    "PathInfo",
    "Plan",
    "Step",
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
