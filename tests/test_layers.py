"""Layers: a module imports from its own layer or a lower one, and at its top."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import flopscope

ROOT = Path(flopscope.__file__).parent

# Lowest first, by the first part of a module's path below the package; what is named nowhere is a public surface.
LAYERS = (
    "errors settings frames checks",
    "costs einsum symmetry",
    "budgets reports",
    "arrays",
)
SURFACE = len(LAYERS)
LAYER = {name: height for height, names in enumerate(LAYERS) for name in names.split()}

# Imports inside functions: the standard library and these, which are needed by few programs and take long to load ...
LATE = {"rich", "opt_einsum", "scipy", "IPython", "matplotlib"}
# ... and between modules of ours, each with its reason.
LATE_OURS = {
    ("budgets.accounts", "budgets.statements"): "programs that count need not report",
    ("budgets.sessions", "budgets.statements"): "programs that count need not report",
    ("reports", "budgets.repricing"): "programs that count need not price again",
    ("cli", "reference"): "a command imports what it needs",
    ("cli", "reports"): "a command imports what it needs",
    ("cli", "running"): "a command imports what it needs",
    ("budgets.budget", "reports"): "programs that count need not report",
    ("budgets.budget", "budgets.log"): "programs that count need not read the log",
    ("arrays.dispatch", "costs"): "what is imported need not be run",
    ("arrays.escapes", "reports"): "programs that count need not report",
    ("arrays.explicit", "arrays.symmetrizing"): "programs without symmetric tensors need no groups",
    ("arrays.dispatch", "arrays.tensors"): "programs without symmetric tensors need no groups",
    ("numpy", "arrays.symmetrizing"): "programs without symmetric tensors need no groups",
    ("costs", "symmetry"): "programs without symmetric tensors need no groups",
    ("einsum", "symmetry"): "programs without symmetric tensors need no groups",
}


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield path, parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


MODULES = dict(modules())


def room(parts):
    """What a module belongs to: its package, or where that is a whole layer, itself."""
    return ".".join(parts[: 2 if parts[:1] and parts[0] in {"budgets", "arrays"} else 1])


def layer(parts):
    return LAYER.get(parts[0], SURFACE) if parts else SURFACE


def imports(path, parts):
    """What a module imports: absolute dotted names, whether inside a function, and the line; not for type checking."""
    package = parts if path.stem == "__init__" else parts[:-1]
    found = []

    def visit(node, late):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.orelse:
                visit(child, late)
            return
        if isinstance(node, ast.Import):
            found.extend((alias.name, late, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ("flopscope", *package[: len(package) - node.level + 1]) if node.level else ()
            source = ".".join((*base, *filter(None, [node.module])))
            # `from flopscope import dispatch` imports a module, `from flopscope.errors import near` a name in one.
            found.extend(
                (f"{source}.{a.name}" if source in PACKAGES else source, late, node.lineno) for a in node.names
            )
        inside = late or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(ast.parse(path.read_text()), False)
    return found


PACKAGES = {".".join(("flopscope", *path.relative_to(ROOT).parts[:-1])) for path in MODULES}
NAMES = {".".join(("flopscope", *parts)) for parts in MODULES.values()}


def ours(name):
    """Path below the package of the module of ours that an import names."""
    parts = name.split(".")
    while parts and ".".join(parts) not in NAMES:
        parts.pop()
    return tuple(parts[1:])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_from_its_own_layer_or_below_and_at_the_top(path):
    parts = MODULES[path]
    faults = []
    for name, late, line in imports(path, parts):
        top = name.split(".")[0]
        if top != "flopscope":
            if late and top not in LATE and top not in sys.stdlib_module_names:
                faults.append(f"line {line}: imports {name} inside a function")
            continue
        source = ours(name)
        if layer(source) > layer(parts):
            faults.append(f"line {line}: imports {name}, which is in a higher layer")
        if late and room(source) != room(parts) and (room(parts), room(source)) not in LATE_OURS:
            faults.append(f"line {line}: imports {name} inside a function, and LATE_OURS gives no reason")
    assert not faults, f"{path.relative_to(ROOT)}: " + "; ".join(faults)


def test_every_module_named_in_a_layer_exists_and_every_exception_is_used():
    assert {parts[0] for parts in MODULES.values()} >= set(LAYER)
    late = {
        (room(parts), room(ours(name)))
        for path, parts in MODULES.items()
        for name, inside, _ in imports(path, parts)
        if inside and name.startswith("flopscope.") and ours(name)
    }
    assert set(LATE_OURS) <= late
