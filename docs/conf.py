"""How the documentation is built: ``make docs``. Everything is made here and now; nothing is fetched from a network."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import matplotlib as mpl
from ipython_pygments_lexers import IPython3Lexer
from sphinx.application import Sphinx

import flopscope as flops

sys.path.insert(0, str(Path(__file__).parent))  # the two programs beside this file, whoever starts Sphinx from wherever

import figures
import machine

mpl.use("agg")

project = "flopscope"
author = "flopscope developers"
copyright = author
version = release = flops.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_templates", "**.ipynb", "gallery/*.py", "gallery/*.json"]
templates_path = ["_templates"]

# Pages

myst_enable_extensions = ["colon_fence", "deflist", "attrs_block"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]  # functions in sphinx_gallery_conf cannot be pickled; the build does not need it

# API

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections have the types, with shapes and units
autodoc_preserve_defaults = True  # a default that is an object of ours shows as its name
default_role = "py:obj"  # `Summary` in a docstring leads to its page
add_module_names = False
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Gallery


def fresh(*_: object) -> None:
    """What every example starts with: nothing charged, and plots in the style of the pages."""
    flops.budget_reset()
    mpl.rcParams.update(
        {
            "figure.figsize": (7, 3.8),
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
        }
    )


LESSONS = [  # choices of an algorithm, tensors, whole programs
    *("low_rank", "conjugate_gradient", "convolution", "strassen"),
    *("tensor_network", "symmetric_moments"),
    *("moment_propagation", "budgeted_optimisation", "transformer", "kmeans", "pagerank", "gaussian_process"),
]


def lesson(example: str) -> int:
    """The place of an example in the gallery; what is not named above comes last."""
    name = Path(example).stem.removeprefix("plot_")
    return LESSONS.index(name) if name in LESSONS else len(LESSONS)


sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py",
    "reset_modules": ("matplotlib", fresh),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "plot_gallery": "True",
    "within_subsection_order": lesson,
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("flopscope",),
    "write_computation_times": False,
    "show_signature": False,
    "capture_repr": (),  # what is to be seen is printed or plotted
}

# HTML

html_theme = "pydata_sphinx_theme"
html_title = "flopscope"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": [], "changelog": [], "glossary": []}
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
}
copybutton_exclude = ".linenos, .gp, .go"


def _for_the_site(app: Sphinx, name: str, source: list[str]) -> None:
    """Links to files of the repository become their text; wide tables get the names by which pages.css knows them."""
    if name == "changelog":
        source[0] = (Path(app.srcdir).parent / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](")
    out = r"\.\./" * (name.count("/") + 1)
    source[0] = re.sub(rf"\[`?([^]`]+)`?\]\({out}[^)]*\)", r"`\1`", source[0])
    heads = {
        "ops": r"\| op \| FLOPs \| source \| example",
        "compared": r"\| op \| arguments \| there",
        "usage": r"\| name \| uses \| write",
    }
    for kind, head in heads.items():
        source[0] = re.sub(rf"^(?={head})", f"{{.{kind}}}\n", source[0], flags=re.MULTILINE)


def _costs_alone(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Of methods that are NumPy's, what they cost; what they do is in NumPy's reference."""
    if lines and lines[0].startswith("[FLOPs] "):
        ours = next((i for i, line in enumerate(lines) if line.startswith("a.")), len(lines))
        lines[:] = [line.removeprefix("[FLOPs] ").replace("*", r"\*") for line in lines[:ours]]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", _costs_alone, priority=100)  # before numpydoc looks for sections
    app.add_lexer("ipython", IPython3Lexer)
    app.connect("builder-inited", lambda app: figures.draw(Path(app.srcdir) / "_figures"))
    app.connect("source-read", _for_the_site)
    app.connect("build-finished", lambda app, error: error or machine.write(Path(app.srcdir), Path(app.outdir)))
