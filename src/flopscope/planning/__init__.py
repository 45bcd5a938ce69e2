"""Dry runs: what a whole program would cost, from the shapes of its arguments, without running it."""

from __future__ import annotations

from flopscope.planning.abstract import AbstractArray as AbstractArray
from flopscope.planning.abstract import AbstractScalar as AbstractScalar
from flopscope.planning.planner import Question as Question
from flopscope.planning.run import assume as assume
from flopscope.planning.run import plan as plan
from flopscope.planning.scaling import Scaling as Scaling
from flopscope.planning.scaling import scaling as scaling
