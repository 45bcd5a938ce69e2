"""A comparison says what changed and nothing else, and a tolerance is kept to the last FLOP."""

from __future__ import annotations

import json
import warnings

import pytest

import flopscope as flops
from flopscope.reports.compare import Change, Tolerance
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket, Frame, Traced


def summary(*buckets, **more):
    return Summary(10**6, 1_000, [Bucket(op, path, calls, cost, 0, 0) for op, path, calls, cost in buckets], **more)


BEFORE_ROWS = ("matmul", "fit", 2, 2000), ("exp", "fit", 1, 64), ("sum", "", 1, 10), ("add", "", 1, 5)
BEFORE = summary(*BEFORE_ROWS)
AFTER = summary(("matmul", "fit", 1, 1000), ("tanh", "fit.step", 1, 64), ("sum", "", 3, 30), ("add", "", 1, 5))


def test_ops_come_by_the_size_of_their_change():
    comparison = flops.diff(BEFORE, AFTER)
    assert comparison.flops == -980  # 1000 + 64 + 30 + 5 - 2000 - 64 - 10 - 5
    assert comparison.operations() == (
        Change("matmul", 2000, 1000, 2, 1),
        Change("tanh", 0, 64, 0, 1),
        Change("exp", 64, 0, 1, 0),
        Change("sum", 10, 30, 1, 3),
        Change("add", 5, 5, 1, 1),
    )


def test_namespaces_are_compared_by_exact_path():
    assert [(one.name, one.flops) for one in flops.diff(BEFORE, AFTER).namespaces()] == [
        ("fit", -1064),  # 1000 - 2064
        ("fit.step", 64),
        ("", 20),  # 35 - 15
    ]


def traced(folder, *lines):
    stacks = [((Frame(f"{folder}/{file}", lineno, "f"),), cost) for file, lineno, cost in lines]
    return Summary(10, 10, trace=[Traced(stack, "add", "", 1, cost, 0, 0) for stack, cost in stacks])


def test_lines_are_compared_below_the_folder_that_their_files_have_in_common():
    before = traced("/home/a/work", ("model.py", 3, 10), ("data/load.py", 7, 5))
    after = traced("/runner/checkout", ("model.py", 3, 14), ("data/load.py", 7, 5))
    changes = flops.diff(before, after).lines()
    assert [(one.name, one.flops_before, one.flops_after) for one in changes] == [
        ("model.py:3", 10, 14),
        ("data/load.py:7", 5, 5),
    ]
    assert flops.diff(before, BEFORE).lines() == ()


def test_summaries_dictionaries_json_and_files_compare_alike(tmp_path):
    BEFORE.save(tmp_path / "a.json")
    wanted = flops.diff(BEFORE, AFTER).to_dict()
    data = json.loads(BEFORE.to_json())
    for before in (tmp_path / "a.json", str(tmp_path / "a.json"), data, BEFORE.to_dict(by_namespace=True)):
        assert flops.diff(before, AFTER).to_dict() == wanted
    assert flops.diff(BEFORE.to_dict(), AFTER).operations() == flops.diff(BEFORE, AFTER).operations()


@pytest.mark.parametrize(
    "what, error, message",
    [
        (3, TypeError, "got int"),
        ({}, ValueError, "no summary: KeyError"),
        ({"schema": "x"}, ValueError, "its schema is 'x'"),
        ("missing.json", FileNotFoundError, "missing.json"),
    ],
)
def test_anything_else_is_refused(what, error, message):
    with pytest.raises(error, match=message):
        flops.diff(what, AFTER)


def test_the_text_shows_what_changed():
    text = [" ".join(line.split()) for line in flops.diff(BEFORE, AFTER).to_text().splitlines()]
    assert text[0] == "flopscope diff"
    assert text[2:4] == ["Before 2,079", "After 1,099 -980 -47.1%"]
    assert "matmul 1,000 -1,000 -50.0% calls 2 -> 1" in text
    assert "tanh 64 +64 new calls 0 -> 1" in text
    assert "sum 30 +20 +200.0% calls 1 -> 3" in text
    assert "1 more unchanged" in text
    assert not any(line.startswith("add") for line in text)


def test_equal_runs_say_so():
    comparison = flops.diff(BEFORE, BEFORE)
    assert comparison.flops == 0
    assert comparison.to_text().splitlines()[-1] == "No difference in 4 operations, 2 namespaces."
    assert "No difference in 4 operations, 2 namespaces." in comparison.to_html()
    assert flops.diff(Summary(1, 1), Summary(1, 1)).to_text().splitlines()[2:] == ["Before   0", "After    0   0   -"]


def test_a_call_that_costs_nothing_is_a_difference():
    more = summary(*[(*one[:1], one[1], one[2] + (one[0] == "add"), one[3]) for one in BEFORE_ROWS])
    text = flops.diff(BEFORE, more).to_text()
    assert "calls 1 -> 2" in text
    assert "No difference" not in text


def test_other_prices_and_missing_lines_are_warned_of():
    old, new = (BEFORE.replace(cost_model=flops.ModelId("fma1", *id)) for id in (("1", "c0ffee"), ("2", "decaf")))
    assert flops.diff(old, old).notes() == flops.diff(old, BEFORE).notes() == ()
    warned = "priced differently: fma1 1 (c0ffee) before, fma1 2 (decaf) after"
    with pytest.warns(UserWarning, match="different cost models"):
        found = flops.diff(old, new)
    assert found.notes() == (warned,)
    assert f"Warning: {warned}" in found.to_text()
    assert flops.diff(traced("/a", ("b.py", 1, 5)), BEFORE).notes() == (
        "no comparison by line: the run after was not traced",
    )


def test_a_namespace_by_another_name_is_recognised():
    old, new = (summary(("add", path, 2, 9), ("exp", path, 1, 5), ("sum", "", 1, 1)) for path in ("a.old", "a.new"))
    assert flops.diff(old, new).renamed() == {"a.new": "a.old"}
    assert "calls 0 -> 3, as a.old before" in flops.diff(old, new).to_text()
    other = summary(("add", "a.new", 2, 9), ("exp", "a.new", 1, 6), ("sum", "", 1, 1))
    assert flops.diff(old, other).renamed() == {}


def test_the_repr_says_both_totals():
    assert repr(flops.diff(BEFORE, AFTER)) == "<Diff: 2,079 -> 1,099 FLOPs>"


def test_html_marks_what_got_dearer_and_cheaper():
    comparison = flops.diff(BEFORE, AFTER)
    for text in (comparison.to_html(), comparison._repr_html_()):
        assert "<td class='right change cheaper' data-v='-1000'>-1,000</td>" in text
        assert "<td class='right change dearer' data-v='64'>+64</td>" in text


@pytest.mark.parametrize(
    "text, before, highest",
    [("+0%", 1000, 1000), ("0", 1000, 1000), ("+5%", 1000, 1050), ("0.1%", 10**18, 10**18 + 10**15), ("+7", 0, 7)],
)
def test_a_tolerance_is_exact(text, before, highest):
    tolerance = Tolerance.parse(text)
    assert not tolerance.exceeded(before, highest)
    assert tolerance.exceeded(before, highest + 1)
    assert not tolerance.exceeded(before, 0)


@pytest.mark.parametrize("text", ["", "5 %", "-5%", "five", "+1e3"])
def test_a_tolerance_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"\+5% .* or \+1000"):
        Tolerance.parse(text)


def test_summaries_under_different_cost_models_are_compared_with_a_warning():
    def program(x):
        return (x @ x) + 1

    one, other = (flops.plan(program, flops.Shaped((8, 8)), cost_model=name) for name in ("fma1", "fma2"))
    with pytest.warns(UserWarning, match="priced by different cost models, fma1 .* and fma2 ") as caught:
        found = flops.diff(one, other)
    assert caught[0].filename == __file__
    assert found.flops == 8**3  # 2*8**3 - 8**3
    assert "priced differently: fma1" in found.to_text()
    assert "priced differently: fma1" in found.to_html()
    assert found.to_dict()["notes"] == list(found.notes())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert flops.diff(one, other.reprice("fma1")).flops == 0
        assert flops.diff(one, one).models is None
