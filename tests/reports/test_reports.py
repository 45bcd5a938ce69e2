"""Every rendering of a summary says what the summary says, and what is written is read back exactly."""

from __future__ import annotations

import csv
import functools
import io
import json
import operator
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flopscope as flops
import flopscope.numpy as fnp
from flopscope.budgets.log import OpRecord
from flopscope.reports.summary import Summary
from flopscope.reports.tally import Bucket, Escape, Frame, LineCost, ModelId, Moved, Traced

HERE = __file__
MAIN, STEP = Frame(HERE, 3, "<module>"), Frame(HERE, 5, "Net.step")

SUMMARY = Summary(
    flop_budget=1000,
    wall_ns=10_000,
    buckets=[
        Bucket("add", "fit", calls=3, flops=30, backend_ns=1_000, overhead_ns=100),
        Bucket("exp", "fit.step", calls=1, flops=50, backend_ns=2_000, overhead_ns=200),
        Bucket("add", "fit.step", calls=2, flops=40, backend_ns=500, overhead_ns=50),
        Bucket("sum", "", calls=1, flops=5, backend_ns=100, overhead_ns=10),
    ],
    namespace="fit",
    title="night run",
    log=[
        OpRecord("add", "fit", None, ((10,), ()), 10, 10, 1e-6, 3e-7, 3e-8),
        OpRecord("einsum", "fit.step", "ij,j->i", ((3, 4), (4,)), 12, 22, 3.3e-6, 4e-7, 1e-8),
    ],
    trace=[
        Traced((MAIN,), "add", "fit", 3, 30, 1_000, 100),
        Traced((MAIN, STEP), "exp", "fit.step", 1, 50, 2_000, 200),
        Traced((MAIN, STEP, STEP), "add", "fit.step", 2, 40, 500, 50),
    ],
)
UNTRACED = SUMMARY.replace(trace=None)

counts = st.integers(0, 10**30)  # far beyond what JSON readers in other languages hold exactly
seconds = st.floats(0, 1e6)
names = st.text(max_size=5)
shapes = st.lists(st.lists(st.integers(0, 9), max_size=3).map(tuple), max_size=2).map(tuple)
records = st.builds(
    OpRecord, names, names, st.none() | names, shapes, counts, counts, seconds, seconds, st.floats(-1, 1)
)
frames = st.builds(Frame, names, st.integers(0, 99), names)
stacks = st.lists(frames, min_size=1, max_size=3).map(tuple)
summaries = st.builds(
    Summary,
    counts,
    counts,
    st.lists(st.builds(Bucket, names, names, counts, counts, counts, counts), max_size=4),
    st.none() | names,
    st.none() | st.floats(0, 1e9),
    names,
    st.none() | st.lists(records, max_size=4),
    st.none() | st.lists(st.builds(Traced, stacks, names, names, counts, counts, counts, counts), max_size=4),
)


# -- json ----------------------------------------------------------------------------------------------------------


FULL = SUMMARY.replace(
    namespace="fit", wall_time_limit_s=2.5, title="run", cost_model=ModelId("fma1", "1", "c0ffee"),
    moved=[Moved("add", "", 8, 9)], escapes=[Escape("numpy.asarray", "scipy", "a.py", 3, 1, 5)],
)  # fmt: skip


@given(summaries)
def test_json_brings_back_exactly_the_same_summary(summary):
    assert Summary.from_json(summary.to_json()) == summary


def test_json_says_its_schema_and_is_read_without_this_library():
    data = json.loads(SUMMARY.to_json(indent=1))
    assert data["schema"] == "flopscope.summary/1"
    assert data["flops_used"] == 125 == sum(bucket["flops"] for bucket in data["buckets"])  # 30 + 50 + 40 + 5
    log = data["log"]
    sites = [dict(zip(log["site_fields"], site, strict=True)) for site in log["sites"]]
    calls = [dict(zip(log["record_fields"], record, strict=True)) for record in log["records"]]
    assert [sites[call["site"]]["flops"] for call in calls] == [10, 12]
    assert [data["trace"]["frames"][i][1] for i in data["trace"]["rows"][2]["stack"]] == [3, 5, 5]


def test_json_with_fields_of_a_later_release_is_read():
    data = json.loads(SUMMARY.to_json())
    data["model"] = data["buckets"][0]["bytes"] = "new"
    assert Summary.from_json(json.dumps(data)) == SUMMARY


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda data: data.update(schema="flopscope.summary/2"), "reads 'flopscope.summary/1'"),
        (lambda data: data.pop("schema"), "its schema is None"),
        (lambda data: data.pop("buckets"), "damaged: KeyError: 'buckets'"),
        (lambda data: data.update(flops_used=7), "buckets add up to 125 FLOPs, and it says 7"),
        (lambda data: data["log"]["records"][0].pop(), "damaged: TypeError"),
    ],
)
def test_json_of_anything_else_is_refused_with_the_reason(spoil, message):
    data = json.loads(SUMMARY.to_json())
    spoil(data)
    with pytest.raises(ValueError, match=re.escape(message)):
        Summary.from_json(json.dumps(data))


def values(data, path=()):
    """Where there is a number or a text in JSON data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if key not in ("site_fields", "record_fields", "frame_fields", "schema"):  # which say what is there
            yield from values(value, (*path, key))
    if isinstance(data, (str, int, float)):
        yield path


@pytest.mark.parametrize("wrong", [[], {}, True, "number", 1.5], ids=repr)
def test_json_with_a_value_of_another_kind_is_refused(wrong):
    given = json.loads(FULL.to_json())
    for path in values(given):
        *outer, last = path
        data = json.loads(json.dumps(given))
        place = functools.reduce(operator.getitem, outer, data)
        if type(place[last]) is type(wrong):
            continue
        place[last] = wrong
        with pytest.raises(ValueError, match="damaged"):
            Summary.from_json(json.dumps(data))


def test_summaries_made_by_hand_need_not_be_whole():
    for odd in (SUMMARY.replace(trace=[]), FULL.replace(moved=[Moved("other", "", 1, 2)])):
        assert odd.to_text()
        assert odd.to_html()


def test_text_that_is_not_json_is_refused():
    with pytest.raises(ValueError, match="not JSON"):
        Summary.from_json("flopscope summary")


# -- files ---------------------------------------------------------------------------------------------------------


def test_files_are_written_in_the_format_of_their_name(tmp_path):
    starts = {"a.json": "{", "a.html": "<!doctype html>", "a.csv": "op,", "a.txt": "flopscope summary"}
    starts |= {"a.folded": "<module>", "a.speedscope.json": '{"$schema": "https://www.speedscope.app'}
    for name, start in starts.items():
        SUMMARY.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert Summary.load(tmp_path / "a.json") == SUMMARY


def test_unknown_formats_and_files_that_hold_something_else_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"'a.pdf'.*\.json"):
        SUMMARY.save("a.pdf")
    (tmp_path / "b.json").write_text("[]")
    with pytest.raises(ValueError, match=r"b\.json: this is no summary"):
        Summary.load(tmp_path / "b.json")


# -- csv -----------------------------------------------------------------------------------------------------------


def read(table):
    return list(csv.DictReader(io.StringIO(SUMMARY.to_csv(table))))


def test_csv_has_a_line_per_bucket_dearest_first():
    rows = read("operations")
    assert [(row["op"], row["namespace"], int(row["flops"])) for row in rows] == [
        ("exp", "fit.step", 50),
        ("add", "fit.step", 40),
        ("add", "fit", 30),
        ("sum", "", 5),
    ]


def test_csv_of_the_log_and_of_the_lines():
    assert [(row["op_name"], row["shapes"], row["flop_cost"]) for row in read("log")] == [
        ("add", "10 ()", "10"),
        ("einsum", "3x4 4", "12"),
    ]
    assert [(row["lineno"], row["function"], row["op"], row["flops"]) for row in read("lines")] == [
        ("3", "<module>", "add", "30"),
        ("5", "Net.step", "exp", "50"),
        ("5", "Net.step", "add", "40"),
    ]


@pytest.mark.parametrize(
    "table, message", [("log", "no log"), ("lines", "no source lines"), ("operation", "did you mean 'operations'")]
)
def test_csv_of_a_table_that_is_not_there(table, message):
    with pytest.raises(ValueError, match=message):
        Summary(1, 1).to_csv(table)


# -- stacks --------------------------------------------------------------------------------------------------------


def test_collapsed_stacks_are_namespaces_or_frames():
    assert UNTRACED.to_collapsed() == "fit;add 30\nfit;step;add 40\nfit;step;exp 50\nsum 5\n"
    at = "Net.step (test_reports.py:5)"
    assert SUMMARY.to_collapsed().splitlines() == [
        "<module> (test_reports.py:3);" + rest for rest in (f"{at};{at};add 40", f"{at};exp 50", "add 30")
    ]


def test_collapsed_stacks_weigh_time_as_well():
    assert "fit;step;exp 2000\n" in UNTRACED.to_collapsed("backend_ns")
    with pytest.raises(ValueError, match="did you mean 'flops'"):
        SUMMARY.to_collapsed("flop")


@pytest.mark.parametrize("summary", [SUMMARY, UNTRACED, UNTRACED.replace(log=None), Summary(1, 1)])
def test_speedscope_profiles_are_consistent(summary):
    data = json.loads(summary.to_speedscope())
    frames = data["shared"]["frames"]
    assert len({json.dumps(frame) for frame in frames}) == len(frames)
    for profile in data["profiles"]:
        assert profile["type"] == "sampled"
        assert len(profile["samples"]) == len(profile["weights"])
        assert profile["endValue"] == sum(profile["weights"])
        assert {index for sample in profile["samples"] for index in sample} <= set(range(len(frames)))
    assert [profile["unit"] for profile in data["profiles"]] == ["none", "nanoseconds"]


def test_speedscope_weights_are_the_flops_and_frames_say_file_and_line():
    data = json.loads(SUMMARY.to_speedscope())
    assert data["profiles"][0]["endValue"] == 120  # 30 + 50 + 40
    assert {"name": "Net.step", "file": HERE, "line": 5} in data["shared"]["frames"]


# -- source lines --------------------------------------------------------------------------------------------------


def test_a_line_is_charged_what_it_calls_and_recursion_once():
    assert SUMMARY.lines() == {
        (HERE, 3): LineCost(own=30, total=120, calls=3, backend_ns=1_000, function="<module>"),  # 30 + 50 + 40
        (HERE, 5): LineCost(own=90, total=90, calls=3, backend_ns=2_500, function="Net.step"),  # 50 + 40; 2000 + 500
    }
    assert list(SUMMARY.lines()) == [(HERE, 5), (HERE, 3)]
    assert UNTRACED.lines() == {}


def test_the_text_shows_the_dearest_lines():
    lines = [" ".join(line.split()) for line in SUMMARY.to_text().splitlines()]
    at = lines.index("Line FLOPs Share Calls Backend In")
    assert lines[at + 2 : at + 4] == [
        "test_reports.py:5 90 72.0% 3 2.50 us Net.step",
        "test_reports.py:3 30 24.0% 3 1.00 us <module>",
    ]
    many = SUMMARY.replace(trace=[Traced((Frame("a.py", i, "f"),), "add", "", 1, i, 0, 0) for i in range(1, 15)])
    assert "a.py:14 " in many.to_text()
    assert "4 more lines" in many.to_text()


# -- html ----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page shows, and whether its tags fit together."""

    void = ("meta", "input", "link", "img", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.links, self.titles = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [value for name, value in attributes.items() if name in ("src", "href")]
        if tag in ("tr",):
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        if self.open and self.open[-1] == "h2":
            self.titles.append(data)


def test_the_page_has_every_chapter_and_loads_nothing():
    text = SUMMARY.to_html()
    page = Page(text)
    assert page.titles == ["Operations", "Namespaces", "Flame graph", "Source", "Timeline", "Time", "Calls"]
    assert page.links == []
    assert [word for word in ("http", "@import", "url(") if word in text] == []


def test_chapters_without_anything_to_show_are_left_out():
    assert Page(Summary(1, 1).to_html()).titles == ["Operations", "Time"]
    assert Page(UNTRACED.replace(log=None, buckets=SUMMARY.buckets[3:]).to_html()).titles == [
        "Operations",
        "Namespaces",
        "Flame graph",
        "Time",
    ]


def test_the_page_says_what_the_summary_says():
    rows = Page(SUMMARY.to_html()).rows
    assert ["add", "70", "56.0%", "5", "1.50 us", ""] in rows  # 30 + 40 FLOPs, 3 + 2 calls
    assert ["step", "90", "72.0%", "3", "2.50 us", "exp"] in rows  # below fit
    assert ["2", "3.30 us", "einsum ij,j->i", "fit.step", "3x4 4", "12", "22", "400 ns", "10 ns"] in rows
    line = next(row for row in rows if row[:2] == ["5", "90"])
    assert line[2] == "72.0%"


def test_names_cannot_break_out_of_the_page():
    evil = "<script>alert('x')</script>"
    summary = Summary(
        9, 9, [Bucket(evil, evil, 1, 1, 1, 1)], evil, None, evil, [OpRecord(evil, evil, evil, (), 1, 1, 0.0, 0.0, 0.0)],
        [Traced((Frame(evil, 1, evil),), evil, evil, 1, 1, 1, 1)],
    )  # fmt: skip
    for text in (summary.to_html(), summary._repr_html_()):
        assert "alert('x')" not in text
        Page(text)


def test_the_dearest_calls_are_shown_when_there_are_many():
    log = [OpRecord("add", "", None, (), i, 0, i * 1e-6, 0.0, 0.0) for i in range(5_000)]
    text = Summary(10**9, 1, log=log).to_html()
    assert "The 2,000 dearest of 5,000 calls" in text
    assert len(Page(text).rows) < 2_050


def test_a_notebook_shows_tables_without_scripts():
    text = SUMMARY._repr_html_()
    assert ["exp", "50", "40.0%", "1", "2.00 us", ""] in Page(text).rows
    assert "<script" not in text


# -- where they come from ------------------------------------------------------------------------------------------


def test_a_budget_reports_itself_with_its_log():
    with flops.BudgetContext(1000, namespace="fit") as budget:
        fnp.sum(fnp.ones((4, 8)))
    report = budget.report()
    assert (report.flops_used, report.flop_budget, report.namespace) == (32, 1000, "fit")  # 4*8
    assert [record.flop_cost for record in report.log] == [32]
    assert report.trace is None
    assert budget.report(log=False) == report.replace(log=None)


def test_the_repr_counts_calls_and_rows_rather_than_show_them():
    assert "log=<2 calls>, trace=<3 rows>, " in repr(SUMMARY)
    assert "log=None, trace=None" in repr(Summary(1, 1))


def test_the_session_reports_itself():
    flops.budget_reset()
    fnp.exp(fnp.ones(5))
    assert flops.budget_report().flops_used == 5
    assert flops.budget_report().title == "session"
