"""How many changes of a module the tests notice: ``python tools/mutation.py flopscope.costs.linalg ...``.

mutmut makes the changed copies of every function ("mutants"); which one runs is said by an environment variable. Its
own runner starts pytest anew for each, which here takes seconds to collect. This one collects once, and forks: a child
runs once the tests as they are, and says which reach which function; then a child for each mutant runs those until one
fails, first those that killed others, then the quickest. Children start without what earlier ones cached. Chapters of
rules are held against the files of expected prices alone, which takes no pytest and no child.

Lines that raise are not changed: what errors say is compared by tests of messages, word for word. What survived is left
in build/mutation as a diff, and the scores in build/mutation/scores.csv.
"""

from __future__ import annotations

import ast
import csv
import gc
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from difflib import unified_diff
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "mutation"

#: Chapters whose rules are held against the files of expected prices, line by line and without pytest: seconds.
CHAPTERS = "elementwise arrays reductions sorting statistics polynomial linalg fft random polynomial_package"
PRICED = {f"flopscope.costs.{name}" for name in CHAPTERS.split()}
GOLDEN = "tests/costs/test_table_golden.py tests/costs/test_compound.py"
SYMMETRY = "tests/symmetry tests/einsum/test_symmetry.py tests/einsum/test_products.py"
# Without those that interrupt everywhere and those of many threads, which take minutes.
BUDGET = "tests/budget --ignore tests/budget/test_interrupts.py --ignore tests/budget/test_concurrency.py"
#: The tests that are about a module, as pytest is told; for others GOLDEN.
TESTS = {
    "flopscope.costs.shapes": f"tests/costs/test_shapes.py {GOLDEN}",
    "flopscope.costs.stats": "tests/stats",
    "flopscope.costs.masked": "tests/array/test_masked.py tests/costs/test_completeness.py",
    "flopscope.costs.contractions": f"{GOLDEN} {SYMMETRY}",
    "flopscope.costs.groups": SYMMETRY,
    "flopscope.costs.symmetric": SYMMETRY,
    "flopscope.costs.table": "tests/test_reference.py tests/models tests/costs/test_completeness.py",
    "flopscope.costs.recorded": "tests/planning",
    "flopscope.costs.fma2": "tests/models",
    "flopscope.costs.textbook": "tests/models",
    "flopscope.costs.models": "tests/models",
    "flopscope.costs.dtypes": "tests/models",
    **{f"flopscope.budgets.{name}": BUDGET for name in "budget scopes accounts sessions blocks".split()},
}
#: Processor seconds that the tests of one mutant may take beyond what they take unchanged, and how many times that;
#: as much more by the clock, for those that wait.
PATIENCE, FACTOR, WAITING = 10, 4, 10


def mutants_of(module: str, copy: Path) -> list[str]:
    """Write the module's mutants into the copy of the sources; names of the mutants."""
    from mutmut.mutation.file_mutation import mutate_file_contents

    path = Path("src", *module.split(".")).with_suffix(".py")
    code = (ROOT / path).read_text()
    mutated = mutate_file_contents(str(path), code)
    (copy / path).write_text(mutated.code)
    return [f"{module}.{name}" for name in mutated.mutant_names]


class Runner:
    """The pytest plugin that runs the collected tests once for each mutant."""

    def __init__(self, mutants: list[str]) -> None:
        self.mutants = mutants
        self.results: dict[str, str] = {}

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        # A mutant is dead with the first example that fails; the smallest one interests nobody.
        settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None, deadline=None)
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: Any) -> bool:
        took, reached, failed = self._unchanged(session.items)
        for name in failed:
            print(f"left out, fails with mutmut's wrappers: {name}")
        items = [item for item in session.items if item.nodeid in took]
        gc.freeze()  # so that children do not copy what they only read
        killers: list[Any] = []  # what killed one mutant of a function often kills the next
        for mutant in self.mutants:
            function = mutant.partition("__mutmut_")[0]
            chosen = [item for item in items if item.nodeid in reached[function]]
            chosen.sort(key=lambda item: (-killers.count(item), took[item.nodeid]))
            limit = PATIENCE + FACTOR * sum(took[item.nodeid] for item in chosen)
            self.results[mutant], killer = self._with(mutant, chosen, int(limit)) if chosen else ("no tests", None)
            if killer is None:
                print(f"{self.results[mutant]}: {mutant}", flush=True)
            else:
                killers.append(killer)
        return True

    def _unchanged(self, items: list[Any]) -> tuple[dict[str, float], dict[str, set[str]], list[str]]:
        """Seconds of each test that passes, the tests that reach a function, and those that fail."""
        answer = Path("unchanged.pickle")
        if not os.fork():
            from mutmut.state import state

            os.environ["MUTANT_UNDER_TEST"] = "stats"
            took: dict[str, float] = {}
            reached: defaultdict[str, set[str]] = defaultdict(set)
            failed: list[str] = []
            for item, after in zip(items, [*items[1:], None], strict=True):
                state()._stats.clear()
                start = time.process_time()
                if _passes(item, after):
                    took[item.nodeid] = time.process_time() - start
                    for function in state()._stats:
                        reached[function].add(item.nodeid)
                else:
                    failed.append(item.nodeid)
            answer.write_bytes(pickle.dumps((took, reached, failed)))
            os._exit(0)
        os.wait()
        return pickle.loads(answer.read_bytes())

    def _with(self, mutant: str, items: list[Any], limit: int) -> tuple[str, Any]:
        """What became of a mutant, and the test that killed it."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.environ["MUTANT_UNDER_TEST"] = mutant
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            signal.setitimer(signal.ITIMER_PROF, limit)
            signal.alarm(WAITING * limit)
            for number, (item, after) in enumerate(zip(items, [*items[1:], None], strict=True)):
                if not _passes(item, after):
                    os.write(writer, b"%d" % number)
                    os._exit(1)
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as answer:
            killer = answer.read()
        status = os.waitpid(child, 0)[1]
        result = "timed out" if os.WIFSIGNALED(status) else "killed" if status else "survived"
        return result, items[int(killer)] if killer else None


def _passes(item: Any, after: Any) -> bool:
    from _pytest.runner import runtestprotocol

    try:
        return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))
    except BaseException:  # noqa: BLE001 (pytest itself stumbles over the mutant)
        return False


def against_prices(mutants: list[str]) -> dict[str, str]:
    """What becomes of each mutant when the expected prices are worked out with it, all in this process."""
    from mutmut.state import state

    os.environ["MUTANT_UNDER_TEST"] = ""
    import numpy as np

    import flopscope.costs  # noqa: F401  (fills the table)
    from flopscope.costs.shapes import Shaped
    from flopscope.costs.table import TABLE

    lines: list[dict[str, str]] = []
    for name in ("golden.csv", "golden_submodules.csv"):
        with Path("tests", "costs", name).open(newline="") as file:
            lines += csv.DictReader(file)

    def holds(line: dict[str, str]) -> bool:
        names = {"price": TABLE[line["op"]].cost, "S": Shaped, "np": np}
        try:
            return str(eval(f"price({line['arguments']})", names)) == line["flops"]
        except ValueError as error:
            return line["flops"] == "ValueError" and re.search(line["arithmetic"], str(error)) is not None
        except Exception:  # noqa: BLE001 (whatever a mutant does but price is wrong)
            return False

    def too_long(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGPROF, too_long)
    reached: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    os.environ["MUTANT_UNDER_TEST"] = "stats"
    for line in lines:
        state()._stats.clear()
        assert holds(line), line
        for function in state()._stats:
            reached[function].append(line)
    results: dict[str, str] = {}
    for mutant in mutants:
        os.environ["MUTANT_UNDER_TEST"] = mutant
        chosen = reached[mutant.partition("__mutmut_")[0]]
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        try:
            results[mutant] = ("survived" if all(map(holds, chosen)) else "killed") if chosen else "no tests"
        except TimeoutError:
            results[mutant] = "timed out"
        signal.setitimer(signal.ITIMER_PROF, 0)
    return results


def run(module: str) -> None:
    """Mutate one module in a copy of the tree, run the tests in it, and say what they noticed."""
    import pytest

    start = time.perf_counter()
    copy = BUILD / module
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n"):
        if name and (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    os.chdir(copy)  # mutmut reads the settings of the working directory
    mutants = mutants_of(module, copy)
    sys.path.insert(0, str(copy / "src"))
    os.environ["PYTHONPATH"] = str(copy / "src")
    if module in PRICED:
        report(module, against_prices(mutants), time.perf_counter() - start)
        return
    runner = Runner(mutants)
    tests = shlex.split(TESTS.get(module, GOLDEN))
    code = pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[runner])
    if not runner.results:
        raise SystemExit(f"{module}: pytest ended with {code}")
    report(module, runner.results, time.perf_counter() - start)


def report(module: str, results: dict[str, str], seconds: float) -> None:
    """Print the score, and write down what the tests did not notice."""
    source = Path("src", *module.split(".")).with_suffix(".py").read_text()
    functions = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    diffs: list[str] = []
    for mutant, result in results.items():
        if result != "killed":
            name = mutant.rpartition(".")[2]
            both = (f"{name.partition('__mutmut_')[0]}__mutmut_orig", name)
            before, after = ((ast.get_source_segment(source, functions[one]) or "").splitlines()[1:] for one in both)
            diffs += [f"{result}: {mutant}", *list(unified_diff(before, after, n=1, lineterm=""))[2:], ""]
    (BUILD / f"{module}.diff").write_text("\n".join(diffs))
    counts = Counter(results.values())
    print(f"{module}: {dict(counts)} of {len(results)}, in {seconds:.0f} s", flush=True)
    with (BUILD / "scores.csv").open("a") as scores:
        scores.write(f"{module},{counts['killed']},{counts['timed out']},{len(results)}\n")


if __name__ == "__main__":
    BUILD.mkdir(parents=True, exist_ok=True)
    for module in sys.argv[1:]:  # each in a process of its own, which imports the package from its copy
        if len(sys.argv) > 2:
            subprocess.run([sys.executable, __file__, module], check=False)
        else:
            run(module)
