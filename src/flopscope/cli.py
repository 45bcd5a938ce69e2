"""The command line: meter a script, compare runs, look up ops and prices.

Exit codes of ``run``: the script's own, or 3 where a FLOP budget and 4 where a time limit stopped it. Of all commands:
0, 1 for a comparison that got too dear, 2 for wrong usage. What a command needs is imported when it is chosen.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import flopscope
from flopscope.checks import flops_from_text
from flopscope.reports.display import Panel, is_terminal, print_summary, printable

OK, FAILED, USAGE, BUDGET_EXHAUSTED, TIME_EXHAUSTED = range(5)
_UNREAD = 120  # as Python says that its output could not be written


def script() -> NoReturn:
    """The console script ``flopscope``."""
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words of the command line, by default those of this process.

    Returns
    -------
    int
        Exit code.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        code = given.command(given)
        if not getattr(sys.stdout, "closed", True):
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # nobody reads on, as under `| head`: what is left to be written goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD
    except (_Usage, OSError) as error:
        parser.exit(USAGE, f"{parser.prog}: error: {error}\n")


class _Usage(Exception):
    """What the user asked for is not there, or is not asked for like this."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flopscope", description="What NumPy code costs, in FLOPs.")
    parser.add_argument("--version", action="version", version=f"flopscope {flopscope.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for function, name, arguments, about in _COMMANDS:
        command = commands.add_parser(name, **about)
        for names, meaning in arguments:
            command.add_argument(*names, **meaning)
        command.set_defaults(command=function)
    return parser


_Function = Callable[[argparse.Namespace], int]
_Argument = tuple[tuple[str, ...], dict[str, Any]]
_COMMANDS: list[tuple[_Function, str, tuple[_Argument, ...], dict[str, Any]]] = []


def _command(name: str, *arguments: _Argument, **about: Any) -> Callable[[_Function], _Function]:
    """Make a command of the function below: its name, what each of its arguments is, and what help says of it."""

    def register(function: _Function) -> _Function:
        _COMMANDS.append((function, name, arguments, about))
        return function

    return register


def _argument(*names: str, **meaning: Any) -> _Argument:
    return names, meaning


def _flops(text: str) -> int:
    try:
        return flops_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


# -- run ---------------------------------------------------------------------------------------------------------------


@_command(
    "run",
    _argument("--budget", type=_flops, metavar="FLOPS", help="stop before an op that exceeds this, e.g. 1e9"),
    _argument("--time-limit", type=float, metavar="SECONDS", help="stop at the first op after this time"),
    _argument("--live", action="store_true", help="show the budget while the script runs"),
    _argument("--trace", action="store_true", help="attribute FLOPs to source lines, for reports and diff"),
    _argument("--bytes", action="store_true", help="count the bytes that ops read and write, too"),
    _argument("--cost-model", metavar="NAME", help="what prices the ops: fma1 (default), fma2, ..."),
    _argument(
        "--report",
        action="append",
        default=[],
        metavar="FILE",
        help="also write a report, in the format that the name ends in (.html, .json ...); may be given several times",
    ),
    _argument("--quiet", action="store_true", help="print no summary"),
    _argument("-m", dest="module", nargs=argparse.REMAINDER, help="a module and its arguments, as for python -m"),
    _argument("script", nargs=argparse.REMAINDER, help="a script and its arguments"),
    help="meter an unmodified script",
    description="Run a script or module whose NumPy arrays are counted. What it prints is unchanged; the summary "
    "goes to standard error. Exit code: the script's own, 3 if the FLOP budget was exhausted, 4 if the time was.",
    usage="flopscope run [options] (script.py | -m module) [args ...]",
    allow_abbrev=False,  # options of the script are not ours
)
def _run(given: argparse.Namespace) -> int:
    from flopscope.running.script import Job, run

    words = given.module if given.module is not None else given.script
    if not words:
        raise _Usage("run needs a script, or -m and a module")
    _check_reports(given.report)
    try:
        terms = {"trace": given.trace, "count_bytes": given.bytes, "cost_model": given.cost_model}
        job = Job(words[0], words[1:], given.module is not None, given.budget, given.time_limit, given.live, **terms)
    except (ValueError, TypeError) as error:
        raise _Usage(error) from error
    # The script may replace the stream, and go to another folder.
    stream, reports = sys.stderr, [os.path.abspath(path) for path in given.report]
    outcome = run(job)
    for path in reports:
        outcome.summary.save(path)
    if not given.quiet:
        with suppress(BrokenPipeError):  # what the script says by its exit code counts more
            print_summary(outcome.summary, by_namespace=outcome.summary.has_namespaces, file=stream)
    return outcome.exit_code


def _check_reports(paths: list[str]) -> None:
    """Before anything runs, see that its reports can be written."""
    from flopscope.reports.files import writer

    for path in paths:
        try:
            writer(path)
        except ValueError as error:
            raise _Usage(error) from error
        if not Path(path).absolute().parent.is_dir():
            raise _Usage(f"there is no folder for the report {path}")


# -- plan --------------------------------------------------------------------------------------------------------------


@_command(
    "plan",
    _argument("target", help="file.py:function or package.module:function; its NumPy is counted"),
    _argument(
        "operands",
        nargs="*",
        help="shapes of its arrays, with a dtype if it is not float (256x256, 10:int64 for a vector, () for a scalar), "
        "=3 for the number 3, x=64x8, rounds=10",
    ),
    _argument("--budget", type=_flops, metavar="FLOPS", help="what it may cost"),
    _argument("--when-unknown", metavar="VALUE", help="what to answer where the function asks for a value"),
    _argument("--cost-model", metavar="NAME", help="what prices the ops, as for run"),
    _argument("--report", action="append", default=[], metavar="FILE", help="also write a report, as for run"),
    help="price a function without computing",
    description="Price a function of a file or module on arrays that have shapes and no elements: "
    "flopscope plan model.py:predict 1000x64 64x8. Exit code 3 if that exceeds --budget.",
)
def _plan(given: argparse.Namespace) -> int:
    from flopscope.running.script import NoSuchFunction, plan_function

    _check_reports(given.report)
    operands, parameters = _arguments(given.operands, _shaped)
    if given.when_unknown is not None:
        parameters["when_unknown"] = _literal(given.when_unknown)
    if given.cost_model is not None:
        parameters["cost_model"] = given.cost_model
    try:
        summary = plan_function(given.target, operands, parameters)
    except NoSuchFunction as error:
        raise _Usage(error) from error
    if summary is None:
        return FAILED
    if given.budget is not None:
        summary = summary.replace(flop_budget=given.budget)
    for path in given.report:
        summary.save(path)
    print_summary(summary, by_namespace=summary.has_namespaces)
    return BUDGET_EXHAUSTED if summary.flops_remaining < 0 else OK


# -- diff --------------------------------------------------------------------------------------------------------------


@_command(
    "diff",
    _argument("before", help="a .json report"),
    _argument("after", help="a .json report"),
    _argument("--fail-on", metavar="+N%", help="allowed growth of the total: +5%% of it, or +1000 FLOPs"),
    _argument("--html", metavar="FILE", help="also write the comparison as a page"),
    help="compare two runs",
    description="What got dearer or cheaper from one report to another, by op, namespace and line. Exit code 1 if "
    "the total grew by more than --fail-on.",
)
def _diff(given: argparse.Namespace) -> int:
    from flopscope.reports.compare import Tolerance, describe_diff, diff

    try:
        tolerance = Tolerance.parse(given.fail_on) if given.fail_on is not None else None
        comparison = diff(given.before, given.after)
    except ValueError as error:
        raise _Usage(error) from error
    if is_terminal(sys.stdout):
        from rich import get_console

        get_console().print(Panel(describe_diff(comparison)))
    else:
        print(printable(comparison.to_text(), sys.stdout))
    if given.html:
        Path(given.html).write_text(comparison.to_html(), encoding="utf-8")
    before, after = comparison.before.flops_used, comparison.after.flops_used
    if tolerance and tolerance.exceeded(before, after):
        print(
            f"flopscope diff: {after - before:,} FLOPs more than before; {tolerance} is allowed (--fail-on)",
            file=sys.stderr,
        )
        return FAILED
    return OK


# -- ops and cost ------------------------------------------------------------------------------------------------------


@_command(
    "ops",
    _argument("name", nargs="?", default="", help="an op (linalg.qr, qr), a module (fft) or a chapter (sorting)"),
    help="what ops cost, by which formula",
)
def _ops(given: argparse.Namespace) -> int:
    from flopscope.reference import ops

    try:
        found = ops(given.name)
    except ValueError as error:
        raise _Usage(error) from error
    if len({op.formula for op in found}) == 1:
        for fact in _facts(found):
            print(fact)
        return OK
    width = max(len(op.name) for op in found)
    for op in found:
        print(f"{op.name.ljust(width)}  {op.formula if op.kind == 'counted' else op.kind}".rstrip())
    return OK


def _facts(found: list[Any]) -> list[str]:
    """Everything about ops that have one formula."""
    first = found[0]
    names = [" / ".join((op.name, *op.aliases)) for op in found]
    facts = [", ".join(names)]
    formula = first.formula if first.kind == "counted" else first.kind
    said = {"FLOPs": formula, "": first.description, "source": first.source, "example": first.example}
    for label, text in said.items():
        if text:
            facts.append(textwrap.fill(text, 100, initial_indent=f"  {label:<8} ", subsequent_indent=" " * 11))
    return facts


@_command(
    "cost",
    _argument("op", help="name of an op; for einsum with its subscripts, in quotes"),
    _argument(
        "operands",
        nargs="*",
        help="shapes, with a dtype if it is not float (256x256, 10:complex128 for a vector, () "
        "for a scalar), =3 for the number 3, axis=0",
    ),
    _argument("--cost-model", metavar="NAME", help="what prices the op, as for run"),
    help="the price of one call, from shapes",
    description="Price a call from shapes: flopscope cost linalg.qr 64x8; "
    'flopscope cost "einsum ij,jk->ik" 256x256 256x256; flopscope cost sum 4x8 axis=0.',
)
def _cost(given: argparse.Namespace) -> int:
    op, *texts = given.op.split(maxsplit=1)
    words = given.operands
    if op == "einsum" and not texts and words:
        texts, words = words[:1], words[1:]
    operands, parameters = _arguments(words, _shape_or_shaped)
    if given.cost_model is not None:
        parameters["cost_model"] = given.cost_model
    try:
        print(f"{flopscope.cost(op, *map(str.strip, texts), *operands, **parameters):,}")
    except (ValueError, TypeError) as error:
        raise _Usage(error) from error
    return OK


def _arguments(words: list[str], array: Callable[[str], Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and named arguments; a shape stands for what `array` makes of it."""
    operands: list[Any] = []
    parameters: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            operands.append(array(word))
        elif key:
            parameters[key] = array(value) if _is_shape(value) else _literal(value)
        else:
            operands.append(_literal(value))
    return operands, parameters


def _is_shape(text: str) -> bool:
    return "x" in text and all(size.isdecimal() for size in text.partition(":")[0].split("x"))


def _shaped(word: str) -> flopscope.Shaped:
    shape, _, dtype = word.partition(":")
    try:
        return flopscope.Shaped(_shape(shape), dtype or float)
    except TypeError as error:
        raise _Usage(f"{word!r} is no shape with a dtype: {error}") from error


def _shape_or_shaped(word: str) -> flopscope.Shaped | tuple[int, ...]:
    """A bare shape may be one, as in ``size=10x20``."""
    return _shaped(word) if ":" in word else _shape(word)


def _shape(word: str) -> tuple[int, ...]:
    sizes = [] if word == "()" else word.lower().split("x")
    if not all(size.isdecimal() for size in sizes):
        raise _Usage(f"{word!r} is no shape such as 256x256, 10 or (); a parameter is written axis=0, a number =3")
    return tuple(map(int, sizes))


def _literal(text: str) -> Any:
    """A parameter: a Python literal, or a word."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
