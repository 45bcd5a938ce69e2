"""`flopscope run`: whose imports are counted, what stops a script, what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

import flopscope as flops
from flopscope.frames import is_library


@pytest.fixture
def run(tmp_path):
    """Write files, meter ``script.py`` or what `words` say, and return the finished process with its summary."""

    def execute(script="", *words, options=(), PYTHONPATH="", **files):
        for name, text in {"script": script, **files}.items():
            path = tmp_path / f"{name.replace('__in__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
        report = tmp_path / "report.json"
        command = [sys.executable, "-m", "flopscope", "run", "--quiet", "--report", report, *options]
        done = subprocess.run(
            [*command, *(words if words[:1] == ("-m",) else ("script.py", *words))],
            capture_output=True, text=True, cwd=tmp_path, timeout=120,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), PYTHONPATH)))},
        )  # fmt: skip
        done.summary = flops.Summary.load(report) if report.exists() else None
        return done

    return execute


# -- imports -------------------------------------------------------------------------------------------------------

COUNTED = [
    "import numpy; numpy.add(numpy.ones(3), 1)",
    "import numpy as np; np.add([1, 2, 3], 1)",
    "import numpy.linalg as la, numpy; numpy.ones(3) + 1",
    "import numpy.fft; numpy.ones(3) + 1",
    "from numpy import add; add([1, 2, 3], 1)",
    "from numpy import *; ones(3) + 1",
    "from numpy import random; random.seed(0); random.rand(3)",
    "from numpy.random import default_rng; default_rng(0).random(3)",
    "import importlib; importlib.import_module('numpy').add([1, 2, 3], 1)",
    "import importlib; importlib.import_module('numpy.random').rand(3)",
    "__import__('numpy').add([1, 2, 3], 1)",
    "exec('import numpy as np; np.ones(3) + 1', {})",
    "def f():\n    import numpy as np\n    return np.ones(3) + 1\nf()",
    "import helper; helper.f()",
    "import package.inner; package.inner.f()",
    "import pickle, numpy as np; pickle.loads(pickle.dumps(np.ones(3))) + 1",
    "import copy, numpy as np; copy.deepcopy(np.ones(3)) + 1",
    "import threading, numpy as np; threading.Thread(target=lambda: np.ones(3) + 1).start()",
    "import sys; sys.stdin = None; import numpy as np; np.ones(3) + 1; sys.exit()",
]


@pytest.mark.parametrize("script", COUNTED)
def test_every_way_to_import_is_counted(run, script):
    files = {"helper": "import numpy as np\ndef f(): return np.ones(3) + 1", "package__in____init__": ""}
    done = run(script, **files, package__in__inner="from numpy import ones\ndef f(): return ones(3) + 1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.summary.flops_used == 3


def test_arrays_are_arrays_and_dtypes_are_dtypes(run):
    script = """
        import numpy as np
        x = np.arange(3, dtype=np.float32)
        print(isinstance(x, np.ndarray), x.dtype == np.float32, type(x[0]) is np.float32)
        print(np.linalg.LinAlgError.__module__, np.pi, np.random.seed(0), repr(np.array([1, 2])))
    """
    assert run(script).stdout == "True True True\nnumpy.linalg 3.141592653589793 None array([1, 2])\n"


def test_installed_code_keeps_numpy():
    import json

    import numpy as np
    import rich

    assert not any(not is_library(module.__file__) for module in (json, rich, np, flops))
    assert is_library("<frozen importlib._bootstrap>")
    assert not is_library(__file__)
    assert is_library("/somewhere/venv/lib/python3.12/site-packages/pandas/core.py")


def test_what_flopscope_refuses_is_refused_at_the_import_with_the_reason(run):
    done = run("from numpy import asmatrix")
    assert done.returncode == 1
    assert "ImportError: cannot import 'asmatrix' from 'numpy': " in done.stderr


def test_names_that_numpy_does_not_have_are_missing_as_ever(run):
    script = """
        try:
            from numpy import no_such_name
        except ImportError as error:
            print(str(error).split(" (")[0])
    """
    assert run(script).stdout == "cannot import name 'no_such_name' from 'flopscope.numpy'\n"


# -- the script's surroundings -------------------------------------------------------------------------------------


def test_a_script_sees_its_own_arguments_name_and_folder(run, tmp_path):
    done = run(
        "import sys, os; print(__name__, sys.argv, os.path.samefile(sys.path[0], '.'), __file__)", "a", "--b=1", "-m"
    )
    assert done.stdout == f"__main__ ['script.py', 'a', '--b=1', '-m'] True {tmp_path / 'script.py'}\n"


@pytest.mark.parametrize("name", ["signal", "csv", "html", "tempfile__in____init__"])
def test_modules_beside_the_script_win_over_those_of_python(run, name):
    module = name.partition("__in__")[0]
    done = run(
        f"import {module}\nprint({module}.mine())", **{name: "import numpy as np\ndef mine(): return np.ones(3) + 1"}
    )
    assert (done.stdout, done.stderr) == ("[2. 2. 2.]\n", "")
    assert done.summary.flops_used == 3


def test_a_module_runs_as_by_python_m(run):
    done = run(
        "", "-m", "pkg", "x", "--y",
        pkg__in____init__="",
        pkg__in____main__="import sys\nfrom . import inner as i\nprint(__name__, sys.argv[1:], i.f())",
        pkg__in__inner="import numpy as np\ndef f(): return np.dot(np.ones(4), np.ones(4))",
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "__main__ ['x', '--y'] 4.0\n")
    assert done.summary.flops_used == 4


def test_classes_of_the_script_can_be_pickled(run):
    done = run("import pickle\nclass A:\n    x = 1\nprint(pickle.loads(pickle.dumps(A())).x)")
    assert done.stdout == "1\n"


def test_standard_input_and_encodings_are_the_scripts(run):
    assert run("# coding: latin-1\nprint(len('caf\\xe9'))").stdout == "4\n"


# -- exit codes ----------------------------------------------------------------------------------------------------

EXITS = [
    ("", 0),
    ("import sys; sys.exit()", 0),
    ("import sys; sys.exit(0)", 0),
    ("import sys; sys.exit(7)", 7),
    ("import sys; sys.exit('no')", 1),
    ("raise SystemExit", 0),
    ("1 / 0", 1),
    ("raise KeyboardInterrupt", 130),
    ("import numpy as np; np.ones(200) + 1", 3),
    ("import numpy as np, time; np.ones(2) + 1; time.sleep(1.1); np.ones(2) + 1", 4),
    ("if True print()", 1),
]


@pytest.mark.parametrize("script, code", EXITS)
def test_exit_codes(run, script, code):
    done = run(script, options=("--budget", "100", "--time-limit", "1"))
    assert done.returncode == code
    assert done.summary.flop_budget == 100
    assert done.summary.wall_time_limit_s == 1.0


def test_a_message_given_to_exit_is_printed(run):
    assert run("import sys; sys.exit('no data')").stderr == "no data\n"


def test_a_script_may_catch_the_refusal(run):
    done = run(
        "import numpy as np\ntry:\n    np.ones(200) + 1\nexcept Exception as e:\n    print(type(e).__name__)",
        options=("--budget", "1e2"),
    )
    assert (done.returncode, done.stdout) == (0, "BudgetExhaustedError\n")


IN_GROUP = """
    import asyncio
    import numpy as np
    async def work(n):
        np.ones(n) + 1
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(work(5))
            group.create_task(work(200))
    asyncio.run(main())
"""
IN_THREAD = """
    import sys, threading
    import numpy as np
    thread = threading.Thread(target=lambda: np.ones(200) + 1)
    thread.start()
    thread.join()
    sys.exit({})
"""


@pytest.mark.parametrize("script, code", [(IN_GROUP, 3), (IN_THREAD.format(""), 3), (IN_THREAD.format(5), 5)])
def test_a_task_or_thread_that_the_budget_stopped_is_told_by_the_exit_code(run, script, code):
    assert run(script, options=("--budget", "100")).returncode == code


@pytest.mark.parametrize("end", ["sys.stdout.close()", "sys.stdout = None", "os.chdir(tempfile.mkdtemp())"])
def test_a_script_may_close_its_output_and_leave_its_folder(run, end):
    done = run(f"import os, sys, tempfile\nimport numpy as np\nprint(np.ones(3) + 1)\n{end}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[2. 2. 2.]\n", "")
    assert done.summary.flops_used == 3


def test_the_summary_goes_to_the_stream_of_the_command_not_of_the_script(tmp_path):
    (tmp_path / "script.py").write_text(
        "import io, sys\nsys.stderr = io.StringIO()\nimport numpy as np\nnp.ones(3) + 1"
    )
    command = [sys.executable, "-m", "flopscope", "run", "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr.startswith("flopscope summary - script.py\n")


def test_output_that_nobody_reads_is_no_error_of_ours():
    command = f"{sys.executable} -m flopscope ops | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (120, "")


# -- tracebacks ----------------------------------------------------------------------------------------------------


def test_tracebacks_show_the_users_frames_only(run, tmp_path):
    script = """
        import numpy as np
        def outer():
            try:
                np.linalg.inv(np.zeros((2, 2)))
            except np.linalg.LinAlgError as error:
                raise ValueError("singular") from error
        outer()
    """
    stderr = run(script).stderr
    places = [line.split(",")[0].split('"')[1] for line in stderr.splitlines() if line.startswith("  File")]
    assert places == [str(tmp_path / "script.py")] * 3
    assert "direct cause" in stderr
    assert stderr.endswith("ValueError: singular\n")


def test_tracebacks_of_threads_show_the_users_frames_only(run):
    script = """
        import threading
        import numpy as np
        thread = threading.Thread(target=lambda: np.linalg.inv(np.zeros((2, 2))), name="worker")
        thread.start()
    """
    done = run(script)
    assert done.returncode == 0
    assert done.stderr.startswith("Exception in thread worker")
    assert "flopscope" not in done.stderr
    assert done.stderr.endswith("LinAlgError: Singular matrix\n")


def test_the_error_is_shown_before_threads_are_waited_for(run):
    script = """
        import sys, threading, time
        threading.Thread(target=lambda: (time.sleep(0.5), print("thread ends", file=sys.stderr))).start()
        1 / 0
    """
    stderr = run(script).stderr
    assert stderr.index("ZeroDivisionError") < stderr.index("thread ends")


def test_frames_of_installed_libraries_are_hidden_unless_there_are_no_others(run):
    script = """
        import asyncio, concurrent.futures, json, sys
        async def fail(text):
            json.loads(text)
        async def main():
            async with asyncio.TaskGroup() as group:
                group.create_task(fail("{"))
        asyncio.run(main())
    """
    done = run(script)
    assert "JSONDecodeError" in done.stderr
    assert done.stderr.count("  File ") == done.stderr.count("script.py") == 3  # asyncio.run, TaskGroup, loads
    assert "No module named 'nope'" in run("", "-m", "nope.inner").stderr


def test_tracebacks_of_workers_show_the_users_frames_only(run):
    script = """
        import multiprocessing
        import numpy as np
        def work(n):
            return np.linalg.inv(np.zeros((n, n)))
        if __name__ == "__main__":
            with multiprocessing.Pool(1) as pool:
                pool.map(work, [2])
    """
    stderr = run(script).stderr
    assert "RemoteTraceback" in stderr
    assert stderr.count("  File ") == stderr.count("script.py") == 2


def test_a_refusal_names_the_line_and_the_next_step(run):
    stderr = run("import numpy as np\nnp.ones((50, 50)) @ np.ones((50, 50))", options=("--budget", "1000")).stderr
    assert "line 2" in stderr
    assert "matmul would cost 125,000 FLOPs, but only 1,000 of 1,000 remain" in stderr  # 50**3


# -- what it leaves ------------------------------------------------------------------------------------------------


def test_the_summary_goes_to_standard_error_and_reports_to_files(tmp_path):
    (tmp_path / "script.py").write_text("import numpy as np\nprint(np.ones(3) + 1)")
    reports = [word for name in ("a.html", "b.csv", "c.speedscope.json") for word in ("--report", name)]
    command = [sys.executable, "-m", "flopscope", "run", *reports, "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "[2. 2. 2.]\n"
    assert done.stderr.startswith("flopscope summary - script.py\n")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "b.csv").read_text().splitlines()[1].startswith("add,,1,3,")
    assert json.loads((tmp_path / "c.speedscope.json").read_text())["profiles"][0]["weights"] == [3]


def test_lines_bytes_and_cost_models_are_had_by_options(run):
    script = "import numpy as np\nx = np.ones((4, 8))\nx @ np.ones((8, 2))\n"
    summary = run(script, options=("--trace", "--bytes", "--cost-model", "fma2")).summary
    (line,) = summary.trace
    assert (line.stack[-1].lineno, line.flops) == (3, 2 * 4 * 8 * 2)
    assert summary.cost_model.name == "fma2"
    assert [tuple(moved[2:]) for moved in summary.moved] == [(8 * (4 * 8 + 8 * 2), 8 * 4 * 2)]
    assert "no cost model 'nope'" in run(script, options=("--cost-model", "nope")).stderr


def test_a_live_display_ends_with_a_line_and_leaves_the_output_alone(run):
    done = run("import numpy as np\nprint(np.ones(3) + 1)", options=("--live", "--budget", "100"))
    assert done.stdout == "[2. 2. 2.]\n"
    assert "3 of 100 FLOPs" in done.stderr


# -- workers -------------------------------------------------------------------------------------------------------

WORKERS = """
    import multiprocessing, sys
    import numpy as np
    def work(n):
        return float((np.ones((n, n)) @ np.ones((n, n))).sum())
    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(2) as pool:
            print(pool.map(work, [2, 3, 4]))
        process = context.Process(target=work, args=(5,))
        process.start()
        process.join()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_the_script_are_metered_too(run, method):
    done = run(WORKERS, method)
    assert done.stdout == "[8.0, 27.0, 64.0]\n"
    ops = {op.op: (op.calls, op.flops) for op in done.summary.operations()}
    assert ops == {"matmul": (4, 224), "sum": (4, 54)}  # 8 + 27 + 64 + 125; 4 + 9 + 16 + 25


def test_workers_are_held_to_what_is_left_of_the_budget(run):
    done = run(WORKERS, "spawn", options=("--budget", "70"))
    assert done.returncode == 3
    assert "matmul would cost 64 FLOPs" in done.stderr


def test_an_installed_module_is_the_program_with_its_package_and_its_workers(run, tmp_path):
    folder = tmp_path / "site-packages" / "tool"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    # No guard: multiprocessing does not import the __main__ of a package in a worker.
    (folder / "__main__.py").write_text("from tool.core import main\nmain()")
    (folder / "core.py").write_text(
        "import multiprocessing\nimport numpy as np\n"
        "def work(n): return float(np.ones(n) @ np.ones(n))\n"
        "def main():\n    process = multiprocessing.get_context('spawn').Process(target=work, args=(5,))\n"
        "    process.start()\n    process.join()\n    np.ones(3) + 1\n"
    )
    done = run("", "-m", "tool", options=("--trace",), PYTHONPATH=str(folder.parent))
    assert (done.returncode, done.stderr) == (0, "")
    assert {op.op: op.flops for op in done.summary.operations()} == {"matmul": 5, "add": 3}
    assert [frame.lineno for frame in done.summary.trace[0].stack] == [2, 8]
