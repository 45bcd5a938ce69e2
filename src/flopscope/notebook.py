"""In notebooks: ``%load_ext flopscope``, then ``%flops expression`` and ``%%flops`` at the top of a cell."""

from __future__ import annotations

import ast
from contextlib import ExitStack
from inspect import CO_COROUTINE
from typing import Any, NamedTuple, cast

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import display

from flopscope.budgets.budget import BudgetContext, current_budget
from flopscope.checks import flops_from_text
from flopscope.reports.live import budget_live


class _Asked(NamedTuple):
    """The options of the magic, and what follows them."""

    budget: int | None
    live: bool
    output: str | None
    rest: str


@magics_class
class FlopsMagics(Magics):
    """``%flops`` and ``%%flops``."""

    @line_cell_magic
    def flops(self, line: str, cell: str | None = None) -> Any:
        """Count the FLOPs of an expression or of a cell, and show the summary.

            %flops [--budget N] [--live] [-o NAME] expression
            %%flops [--budget N] [--live] [-o NAME]

        ``--budget`` limits the FLOPs, ``--live`` shows the budget while the code runs, ``-o`` keeps the summary under
        a name. The value of the expression, or of the last one of the cell, is the output as ever.
        """
        asked = _parse(line)
        if cell is not None and asked.rest:
            raise UsageError(f"%%flops: {asked.rest!r} is no option; the code to count stands below this line")
        code = asked.rest if cell is None else cell
        if not code.strip():
            raise UsageError("%flops: what is to be counted? Write %flops expression, or %%flops on top of a cell")
        budget = BudgetContext(asked.budget or current_budget().flop_budget)
        shell: Any = self.shell
        try:
            with ExitStack() as stack:
                if asked.live:
                    stack.enter_context(budget_live())
                stack.enter_context(budget)
                return _run(shell, code)
        finally:
            summary = budget.report()
            if asked.output:
                shell.user_ns[asked.output] = summary
            display(summary)


def _run(shell: Any, code: str) -> Any:
    """Execute code as a cell; the value of its last expression, unless a semicolon ends it."""
    source = shell.transform_cell(code)
    # So that tracebacks show the lines of the cell.
    filename = shell.compile.cache(source, shell.execution_count)
    tree = cast("ast.Module", compile(source, filename, "exec", shell.compile.flags | ast.PyCF_ONLY_AST))
    if compile(tree, filename, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).co_flags & CO_COROUTINE:
        raise UsageError("%%flops cannot await; write `with flops.BudgetContext(...) as budget:` in the cell instead")
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, filename, "exec"), shell.user_ns)
    if not isinstance(last, ast.Expr):
        return None
    value = eval(compile(ast.Expression(last.value), filename, "eval"), shell.user_ns)
    return None if code.rstrip().endswith(";") else value


def _parse(line: str) -> _Asked:
    budget, live, output = None, False, None
    rest = line.strip()
    while rest.startswith("-"):
        option, _, rest = rest.partition(" ")
        option, equals, value = option.partition("=")
        rest = rest.lstrip()
        if option == "--live" and not equals:
            live = True
            continue
        if option not in ("--budget", "-o"):
            rest = " ".join(filter(None, (option + equals + value, rest)))  # a minus sign of the expression
            break
        if not equals:
            value, _, rest = rest.partition(" ")
            rest = rest.lstrip()
        if option == "-o" and value.isidentifier():
            output = value
        elif option == "--budget" and value:
            try:
                budget = flops_from_text(value)
            except ValueError as error:
                raise UsageError(f"%flops: --budget {error}") from None
        else:
            raise UsageError(f"%flops: {option} needs a value, as in --budget 1e6 or -o summary")
    return _Asked(budget, live, output, rest)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to IPython; called by ``%load_ext flopscope``."""
    shell.register_magics(FlopsMagics)
