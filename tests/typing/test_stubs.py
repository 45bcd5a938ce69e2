"""The checked-in stubs are the generated ones, and a user's program passes pyright's strict check with them."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = [Path(__file__).with_name(name) for name in ("user_program.py", "user_library.py")]

specification = importlib.util.spec_from_file_location("stubs", ROOT / "tools" / "stubs.py")
assert specification is not None
assert specification.loader is not None
stubs = importlib.util.module_from_spec(specification)
specification.loader.exec_module(stubs)

STUBS = [Path(*name.split(".")) for name in (*stubs.MODULES, "flopscope.arrays.typed", "flopscope.stats")]
PATHS = [path / "__init__.pyi" if (ROOT / "src" / path).is_dir() else path.with_suffix(".pyi") for path in STUBS]
WRITTEN_FOR = re.findall(r"from NumPy (\S+):", (ROOT / "src" / PATHS[0]).read_text())[0]

of_this_numpy = pytest.mark.skipif(
    stubs.NUMPY != WRITTEN_FOR or sys.platform != "linux",
    reason=f"the stubs are those of NumPy {WRITTEN_FOR} on Linux, this is {np.__version__} on {sys.platform}",
)


@of_this_numpy
def test_the_stubs_that_are_checked_in_are_the_generated_ones():
    generated = stubs.stubs()
    assert sorted(generated) == sorted(PATHS)
    for path, text in generated.items():
        assert (ROOT / "src" / path).read_text() == text, f"{path} is stale: python tools/stubs.py"


def names(body: list[ast.stmt]) -> set[str]:
    """Public names that a stub defines or imports."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.ImportFrom):
            found.update(alias.asname for alias in statement.names if alias.asname)
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign):
            found.update(target.id for target in statement.targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.add(statement.target.id)
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_stub_has_each_name_of_its_module(path: Path) -> None:
    module = import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    tree = ast.parse((ROOT / "src" / path).read_text())
    public = [name for name in dir(module) if name[0] not in "_@"]  # pytest may add names with @
    offered = {name for name in public if getattr(module, name, stubs) is not stubs}
    if path.parent.name == "stats":
        offered &= names(tree.body)  # without what the module itself imports
        assert len(offered) == 9
    elif stubs.NUMPY != WRITTEN_FOR:
        pytest.skip(f"the stubs have the names of NumPy {WRITTEN_FOR}")
    assert names(tree.body) == offered


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_every_function_says_what_it_costs_in_one_line(path: Path) -> None:
    tree = ast.parse((ROOT / "src" / path).read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert functions or names(tree.body)
    for node in functions:
        assert re.fullmatch(r"\[FLOPs\] \S.*[.\w]", ast.get_docstring(node) or ""), node.name


@pytest.mark.parametrize(
    "path, name, text",
    [
        (0, "add", "def add(x1: ArrayLike, x2: ArrayLike, /, out: _Out = None, *, where: ArrayLike = True,"),
        (0, "zeros", "def zeros(shape: _Shape, dtype: DTypeLike | None = None, order: builtins.str | None = 'C',"),
        (2, "cond", "def cond(x: ArrayLike, p: ArrayLike | None = None) -> FlopscopeArray | Any:"),
        (
            3,
            "Generator.normal",
            "    def normal(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: _Shape | None =",
        ),
        (-1, "lognorm.ppf", "    def ppf(self, q: ArrayLike, s: ArrayLike, loc: ArrayLike = 0, scale: ArrayLike = 1)"),
    ],
)
@of_this_numpy
def test_parameters_are_numpys(path: int, name: str, text: str) -> None:
    assert text in (ROOT / "src" / PATHS[path]).read_text()


@pytest.mark.parametrize("package", ["flopscope", "flopscope.einsum"])
def test_what_is_loaded_late_is_declared_to_type_checkers(package: str) -> None:
    module = import_module(package)
    body = ast.parse(Path(module.__file__ or "").read_text()).body
    (declared,) = [node.body for node in body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    names = {alias.name: node.module for node in declared if isinstance(node, ast.ImportFrom) for alias in node.names}
    places = {name: place if "." in place else f"{package}.{place}" for name, place in module._LAZY.items()}
    assert {name: place.removesuffix(f".{name}") for name, place in places.items()} == names


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_a_users_program_runs(program: Path) -> None:
    run = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@of_this_numpy
@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed")
def test_users_programs_pass_the_strict_check():
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, *PROGRAMS]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stdout
