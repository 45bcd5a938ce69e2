"""What the named models charge, how one's own are derived, and where a model is in force."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from fractions import Fraction
from threading import Thread

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp
from flopscope import Shaped
from flopscope.costs.dtypes import dtype_of
from flopscope.costs.fma2 import FMA2
from flopscope.costs.models import FMA1, CostModel
from flopscope.costs.table import TABLE

MATRIX = (256, 256)

FMA2_PRICES = [
    ("matmul", (MATRIX, MATRIX), {}, 2 * 256**3),
    ("matmul", ((3, 4), (4,)), {}, 2 * 3 * 4),
    ("matmul", ((5, 2, 3), (3, 4)), {}, 5 * 2 * 2 * 3 * 4),
    ("dot", ((3, 4), (4, 5)), {}, 2 * 60),
    ("dot", ((), (4, 5)), {}, 20),  # only multiplications
    ("inner", ((2, 3, 4), (5, 4)), {}, 2 * 120),
    ("outer", ((4,), (5,)), {}, 20),
    ("kron", ((2, 2), (3, 3)), {}, 36),
    ("tensordot", ((3, 4, 5), (4, 5, 6)), {}, 2 * 360),
    ("tensordot", ((3, 4), (5,)), {"axes": 0}, 60),
    ("tensordot", ((3, 4), (4,)), {"axes": [[1], [0]]}, 2 * 12),
    ("vdot", ((3, 4), (3, 4)), {}, 24),
    ("einsum", ("ij,jk->ik", MATRIX, MATRIX), {}, 2 * 256**3),
    ("einsum", ("i,j->ij", (3,), (4,)), {}, 12),
    ("einsum", ("ij->i", (3, 4)), {}, 12),  # only additions
    ("einsum", ("ij->ji", (3, 4)), {}, 0),  # a view
    ("einsum", ("ij,j,j->i", (3, 4), (4,), (4,)), {"optimize": False}, 12 * (2 + 1)),
    ("einsum", ("i,j,k->ijk", (2,), (3,), (4,)), {"optimize": False}, 24 * 2),
    ("einsum", ("ij,jk,k->i", (8, 9), (9, 7), (7,)), {}, 2 * 9 * 7 + 2 * 8 * 9),
    ("linalg.det", ((12, 12),), {}, 1152),  # 2/3*1728
    ("linalg.slogdet", ((5, 12, 12),), {}, 5 * 1152),
    ("linalg.det", ((10, 10),), {}, 667),  # 2/3*1000 = 666.67
    ("linalg.det", ((3, 10, 10),), {}, 2000),  # rounded once per call
    ("linalg.inv", ((12, 12),), {}, 2 * 1728),
    ("linalg.cholesky", ((12, 12),), {}, 576),  # 1728/3
    ("linalg.qr", ((12, 6),), {"mode": "r"}, 720),  # 2*12*36 - 2/3*216 = 864 - 144
    ("linalg.qr", ((12, 6),), {}, 1440),  # and as much for Q
    ("linalg.qr", ((6, 12),), {"mode": "r"}, 720),
    ("linalg.qr", ((6, 12),), {}, 720 + 288),  # Q is 6 by 6: 2*6*36 - 2/3*216
    ("linalg.qr", ((12, 6),), {"mode": "complete"}, 720 + 2016),  # 4*(144*6 - 12*36 + 216/3) = 2016
    ("linalg.svd", ((12, 6),), {}, 4 * 144 * 6 + 8 * 12 * 36 + 9 * 216),
    ("linalg.svd", ((6, 12),), {}, 4 * 144 * 6 + 8 * 12 * 36 + 9 * 216),
    ("linalg.svd", ((12, 6),), {"full_matrices": False}, 14 * 12 * 36 + 8 * 216),
    ("linalg.svd", ((12, 6),), {"compute_uv": False}, 1440),  # 4*12*36 - 4/3*216
    ("linalg.svd", ((12, 6),), {"k": 2}, 4 * 12 * 6 * 2),
    ("linalg.svd", ((12, 12),), {"hermitian": True}, 9 * 1728),
    ("linalg.eigh", ((12, 12),), {}, 9 * 1728),
    ("linalg.eigvalsh", ((12, 12),), {}, 2304),  # 4/3*1728
    ("linalg.eig", ((12, 12),), {}, 25 * 1728),
    ("linalg.eigvals", ((12, 12),), {}, 10 * 1728),
    ("linalg.solve", ((12, 12), (12,)), {}, 1152 + 2 * 144),
    ("linalg.solve", ((12, 12), (12, 3)), {}, 1152 + 2 * 144 * 3),
    ("linalg.lstsq", ((10, 4), (10, 3)), {}, 4 * 10 * 16 + 8 * 64 + 3 * (2 * (40 + 16) + 4 + 12)),
    ("linalg.pinv", ((10, 10),), {}, 22_000 + 100 + 20 + 2_000),
    ("linalg.tensorsolve", ((6, 4, 2, 3, 4), (6, 4)), {}, 9216 + 1152),  # 2/3*24**3 + 2*24**2
    ("linalg.tensorinv", ((4, 6, 8, 3),), {}, 2 * 24**3),
    ("linalg.norm", ((12, 6),), {}, 72),
    ("linalg.norm", ((12, 6),), {"ord": 2}, 1440),
    ("linalg.norm", ((12, 6),), {"ord": "nuc"}, 1440 + 6),
    ("linalg.matrix_norm", ((2, 12, 6),), {"ord": 2}, 2 * 1440),
    ("linalg.cond", ((12, 12),), {}, 4608 + 1),  # 4*1728 - 4/3*1728 = 6912 - 2304
    ("linalg.cond", ((12, 12), 1), {}, 3456 + 2 * 144 + 1),
    ("linalg.matrix_rank", ((12, 6),), {}, 1440 + 12),
    ("linalg.matrix_power", ((4, 4), 5), {}, 2 * 192),
    ("linalg.multi_dot", ([(3, 4), (4, 5), (5, 6)],), {}, 2 * 150),
    ("convolve", ((10,), (4,)), {}, 80),
    ("cov", ((3, 10),), {}, 159 + 90),
    ("corrcoef", ((3, 10),), {}, 189 + 90),
    ("polyval", ((6,), (4, 8)), {}, 2 * 160),
    ("polyfit", ((10,), (10,), 2), {}, 255 - 139 + 360 + 216 + 2 * (30 + 9) + 3 + 14),
    ("roots", ((4,),), {}, 270 + 6),
    ("poly", ((4, 4),), {}, 640 + 2 * 4 * 5),
    ("polynomial.chebyshev.chebval", ((10,), (4,)), {}, 2 * 60),
    ("polynomial.polynomial.polyroots", ((4,),), {}, 39 + 9 * 27),
    # As in fma1.
    ("exp", (MATRIX,), {}, 65_536),
    ("sum", (MATRIX,), {}, 65_536),
    ("sort", ((4, 8),), {}, 96),
    ("fft.fft", ((1024,),), {}, 51_200),  # 5*1024*10, multiplications and additions apart already
    ("cross", ((10, 3), (10, 3)), {}, 90),  # two multiplications and a subtraction each
    ("random.randn", (10, 20), {}, 200),
]


@pytest.mark.parametrize(("op", "operands", "options", "flop_cost"), FMA2_PRICES, ids=lambda value: str(value)[:40])
def test_fma2(op, operands, options, flop_cost):
    assert flops.cost(op, *operands, cost_model="fma2", **options) == flop_cost


def test_in_fma2_nothing_is_cheaper_than_in_fma1_but_what_textbooks_count_below_n_cubed():
    below = {"linalg.det", "linalg.slogdet", "linalg.cholesky", "linalg.solve", "linalg.tensorsolve"}
    cheaper = {
        op
        for op, operands, options, flop_cost in FMA2_PRICES
        if flop_cost < flops.cost(op, *operands, cost_model="fma1", **options)
    }
    assert cheaper <= below


def test_every_rule_of_fma2_is_of_an_op_that_is_counted_and_has_a_formula_a_source_and_an_example():
    for name, rule in FMA2.rules.items():
        assert TABLE[name].cost is not None
        assert re.search(r"\n\s*Source: .+", rule.__doc__ or ""), name
        assert re.search(r"Example: .+", rule.__doc__ or ""), name


COMPLEX = [
    ("add", 2),
    ("multiply", 6),  # 4 multiplications, 2 additions
    ("divide", 11),
    ("absolute", 4),  # 2 squares, an addition, a root
    ("square", 5),
    ("conjugate", 1),
    ("sum", 2),
    ("prod", 6),
    ("exp", 4),
]


@pytest.mark.parametrize(("op", "factor"), COMPLEX)
def test_complex_arithmetic_costs_the_real_operations_it_takes(op, factor):
    operands = [Shaped((3, 4), "c16")] * getattr(getattr(fnp, op), "nin", 1)
    assert flops.cost(op, *operands, cost_model="fma2-complex") == factor * 12
    assert flops.cost(op, *operands, cost_model="fma2") == 12
    real = [Shaped((3, 4))] * len(operands)
    assert flops.cost(op, *real, cost_model="fma2-complex") == 12


def test_a_complex_product_is_four_real_ones_and_a_transform_stays():
    square = Shaped((8, 8), "c8")
    assert flops.cost("matmul", square, square, cost_model="fma1-complex") == 4 * 512
    assert flops.cost("matmul", square, square, cost_model="fma2-complex") == 4 * 2 * 512  # (6 + 2)*512
    assert flops.cost("fft.fft", Shaped(1024, "c16"), cost_model="fma2-complex") == 51_200
    assert flops.cost("multiply", Shaped(5), 2j, cost_model="fma2-complex") == 6 * 5
    assert flops.cost("sum", Shaped(5), dtype=complex, cost_model="fma2-complex") == 2 * 5


# -- derivations -----------------------------------------------------------------------------------------------------


def test_weights_and_factors_multiply_exactly_and_are_rounded_once():
    mine = flops.cost_model("fma1").derive(
        "mine",
        weights={"exp": 20, "abs": Fraction(1, 3), "add.reduce": 3},
        dtype_factors={"float32": Fraction(1, 2), "float": 3, ("exp", "float32"): Fraction(1, 8)},
    )
    assert flops.cost("exp", Shaped(7), cost_model=mine) == 7 * 20 * 3
    assert flops.cost("exp", Shaped(7, "f4"), cost_model=mine) == 18  # 140/8 = 17.5
    assert flops.cost("absolute", Shaped(7, int), cost_model=mine) == 2  # 7/3 = 2.33
    assert flops.cost("absolute", Shaped(1, int), cost_model=mine) == 1  # 1/3, and never nothing
    assert flops.cost("absolute", Shaped(0, int), cost_model=mine) == 0
    assert flops.cost("add.reduce", Shaped(7, "f4"), cost_model=mine) == 11  # 7*3/2 = 10.5
    assert flops.cost("add", Shaped(7, "f4"), Shaped(7, "f4"), cost_model=mine) == 4  # 3.5


def test_a_rule_of_ones_own_takes_the_place_of_the_tables():
    def rule(a):
        """7 per call."""
        return 7

    mine = flops.cost_model("fma2").derive("mine", rules={"linalg.inv": rule}, weights={"linalg.inv": 2})
    assert flops.cost("linalg.inv", (9, 9), cost_model=mine) == 14
    assert flops.cost("linalg.det", (12, 12), cost_model=mine) == 1152
    with flops.BudgetContext(100, cost_model=mine) as budget:
        fnp.linalg.inv(fnp.eye(3))
    assert budget.flops_used == 14


def test_a_derivation_of_a_derivation_keeps_what_it_does_not_change():
    first = flops.cost_model("fma1").derive("first", weights={"exp": 2, "log": 3})
    second = first.derive("second", weights={"log": 5})
    assert dict(second.weights) == {"exp": 2, "log": 5}


def test_a_model_is_a_value():
    base = flops.cost_model("fma1")
    one, same = (base.derive("m", weights={"exp": 2}) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one.hash == same.hash != base.derive("m", weights={"exp": 3}).hash
    assert one.hash == base.derive("other name", weights={"exp": 2}).hash
    assert re.fullmatch("[0-9a-f]{12}", one.hash)
    assert len({flops.cost_model(name).hash for name in flops.cost_models()}) == len(flops.cost_models())
    for change in (lambda: setattr(one, "name", "x"), lambda: delattr(one, "name")):
        with pytest.raises(AttributeError, match="value"):
            change()
    with pytest.raises(TypeError):
        one.weights["exp"] = 5
    assert repr(one) == f"<CostModel 'm' version 1, {one.hash}>"
    for model in (one, base, FMA2):
        assert pickle.loads(pickle.dumps(model)) == model


def test_a_version_and_a_rule_are_part_of_the_hash():
    def rule(a):
        """Seven."""
        return 7

    def other(a):
        """Eight."""
        return 8

    base = flops.cost_model("fma1")
    models = [
        base.derive("m", rules={"linalg.inv": rule}),
        base.derive("m", rules={"linalg.inv": other}),
        base.derive("m", rules={"linalg.inv": rule}, version="2"),
    ]
    assert len({model.hash for model in models}) == 3


ERRORS = [
    ({"weights": {"epx": 2}}, ValueError, "no counted op 'epx'.*did you mean 'exp'"),
    ({"weights": {"reshape": 2}}, ValueError, "no counted op 'reshape'"),
    ({"weights": {"exp": 0.1}}, TypeError, r"must be exact, .* Fraction\(1, 2\); got 0.1"),
    ({"weights": {"exp": True}}, TypeError, "must be exact"),
    ({"weights": {"exp": 0}}, ValueError, "above 0"),
    ({"dtype_factors": {"complex": -1}}, ValueError, "above 0"),
    ({"dtype_factors": {"quaternion": 4}}, ValueError, "no dtype 'quaternion'.*complex"),
    ({"dtype_factors": {("exp", "a", "b"): 4}}, ValueError, "for a kind or dtype"),
    ({"rules": {"linalg.inv": 7}}, TypeError, "rule of linalg.inv must be a function"),
]


@pytest.mark.parametrize(("changes", "error", "message"), ERRORS)
def test_what_is_wrong_with_a_derivation_is_said(changes, error, message):
    with pytest.raises(error, match=message):
        flops.cost_model("fma1").derive("mine", **changes)


def test_names():
    assert flops.cost_models()[:4] == ("fma1", "fma2", "fma1-complex", "fma2-complex")
    with pytest.raises(ValueError, match="no cost model 'fma3'.*known: fma1, fma2"):
        flops.cost("exp", (3,), cost_model="fma3")
    with pytest.raises(TypeError, match="a CostModel or the name of one, got 3"):
        flops.BudgetContext(10, cost_model=3)
    with pytest.raises(ValueError, match="no cost model 'fma3'"):
        flops.configure(cost_model="fma3")
    with pytest.raises(TypeError, match="needs a name"):
        flops.cost_model("fma1").derive("")
    with pytest.raises(ValueError, match="another cost model 'fma2'"):
        flops.cost_model("fma1").derive("fma2").register()


def test_a_registered_model_is_known_by_its_name(monkeypatch):
    from flopscope.costs import models

    monkeypatch.setattr(models, "_NAMED", dict(models._NAMED))
    mine = flops.cost_model("fma1").derive("mine", weights={"exp": 2}).register()
    assert mine.register() is mine
    assert flops.cost("exp", (3,), cost_model="mine") == 6
    assert "mine" in flops.cost_models()


# -- where a model is in force ---------------------------------------------------------------------------------------


def product():
    """4*5*6 = 120 multiply-adds."""
    return fnp.ones((4, 5)) @ fnp.ones((5, 6))


def test_the_innermost_model_decides_for_all_ancestors():
    with flops.BudgetContext(10**6) as outer:
        product()
        with flops.BudgetContext(10**6, cost_model="fma2") as middle:
            product()
            with flops.BudgetContext(10**6) as inner, flops.namespace("a"):
                product()
            with flops.BudgetContext(10**6, cost_model="fma1") as other:
                product()
        product()
    assert (inner.flops_used, other.flops_used) == (240, 120)
    assert middle.flops_used == 240 + 240 + 120
    assert outer.flops_used == 120 + middle.flops_used + 120


def test_the_model_is_carried_into_threads_and_namespaces():
    with flops.BudgetContext(10**6, cost_model="fma2") as budget, flops.namespace("here"):
        thread = Thread(target=budget.wrap(product))
        thread.start()
        thread.join()
    assert [(record.namespace, record.flop_cost) for record in budget.op_log] == [("here", 240)]


def test_models_meet_multipliers_after_rounding():
    third = flops.cost_model("fma1").derive("third", weights={"exp": Fraction(1, 3)})
    with flops.BudgetContext(100, cost_model=third, flop_multiplier=2.5) as budget:
        fnp.exp(fnp.ones(7))
    assert budget.flops_used == 5  # 7/3 -> 2, 2*2.5 = 5


def test_a_limit_is_one_of_the_models_flops_and_nothing_runs_beyond_it():
    with flops.BudgetContext(239, cost_model="fma2") as budget:
        with pytest.raises(flops.BudgetExhaustedError, match="would cost 240 FLOPs"):
            product()
    assert (budget.flops_used, len(budget.op_log)) == (0, 0)


def test_configure_changes_the_session_and_open_contexts_at_once_and_back():
    flops.budget_reset()
    session = flops.current_budget()
    with flops.BudgetContext(10**6) as budget, flops.BudgetContext(10**6, cost_model="fma1") as own:
        product()
        with flops.configure(cost_model="fma2"):
            product()
        product()
    assert (budget.flops_used, own.flops_used) == (360, 360)
    with flops.BudgetContext(10**6) as budget:
        product()
        with flops.configure(cost_model="fma2"):
            product()
            assert flops.cost("matmul", (4, 5), (5, 6)) == 240
        product()
    assert budget.flops_used == 120 + 240 + 120
    product()
    with flops.configure(cost_model="fma2"):
        product()
        with budget:  # opened under the one, again under the other
            product()
    with budget:
        product()
    assert session.flops_used == 120 + 240
    assert budget.flops_used == 480 + 240 + 120
    assert flops.budget_summary_dict()["cost_model"]["name"] == "fma1+fma2"


def test_planning_functions_price_as_here_and_now_unless_told_otherwise():
    with flops.BudgetContext(10**6, cost_model="fma2"):
        assert flops.cost("matmul", (4, 5), (5, 6)) == 240
        assert flops.einsum_cost("ij,jk->ik", shapes=[(4, 5), (5, 6)]) == 240
        assert flops.plan(product).flops_used == 240
        assert flops.cost("matmul", (4, 5), (5, 6), cost_model="fma1") == 120
        assert flops.plan(product, cost_model="fma1").flops_used == 120
    mine = flops.cost_model("fma2").derive("mine", weights={"exp": 3, "sum": 5, "add": 7})
    assert flops.svd_cost(12, 6, cost_model=mine) == 4 * 144 * 6 + 8 * 12 * 36 + 9 * 216
    assert flops.pointwise_cost("exp", (4, 8), cost_model=mine) == 96
    assert flops.pointwise_cost("add", shapes=[(4, 1), (8,)], cost_model=mine) == 7 * 32
    assert flops.reduction_cost("sum", (4, 8), axis=0, cost_model=mine) == 160
    complex_array = Shaped((4, 8), complex)
    assert flops.pointwise_cost("add", complex_array, cost_model="fma2-complex") == 64
    assert flops.pointwise_cost("add", shapes=[complex_array, (8,)], cost_model="fma2-complex") == 64
    assert flops.reduction_cost("sum", complex_array, cost_model="fma2-complex") == 64
    operands = [Shaped((4, 5), complex), (5, 6)]
    assert flops.einsum_cost("ij,jk->ik", shapes=operands, cost_model="fma2-complex") == 4 * 240


def test_decorators_take_a_model():
    @flops.budget(10**6, cost_model="fma2")
    def step():
        return product()

    step()
    assert step.budget.flops_used == 240


def test_a_summary_says_which_model_priced_it():
    fma2 = flops.cost_model("fma2")
    with flops.BudgetContext(10**6, cost_model="fma2") as budget:
        assert budget.report().cost_model.name == "fma2"  # before anything is charged
        product()
    assert budget.report().cost_model == ("fma2", "1", fma2.hash)
    assert budget.summary_dict()["cost_model"] == {"name": "fma2", "version": "1", "hash": fma2.hash}
    saved = flops.Summary.from_json(budget.report().to_json())
    assert saved.cost_model == budget.report().cost_model
    with flops.BudgetContext(10**6) as outer, budget:
        product()
    assert outer.report().cost_model.name == "fma2"
    assert flops.plan(product, cost_model="fma2").cost_model.name == "fma2"


def test_constructors_are_for_named_models():
    assert CostModel("x", "1").price(TABLE["exp"], (fnp.ones(3),), {}) == 3


# -- rules of the user's ---------------------------------------------------------------------------------------------


def by_product(x):
    """3 per element."""
    return 3 * fnp.prod(x.shape)  # a counted scalar, computed with counted ops


@pytest.mark.parametrize(
    ("rule", "price"),
    [(by_product, 36), (lambda x: np.int64(7), 7), (lambda x: fnp.array([2, 3]).sum(), 5)],
    ids=["product", "integer", "sum"],
)
def test_what_a_rule_computes_is_a_python_int_and_charged_to_nobody(rule, price):
    mine = FMA1.derive("mine", rules={"exp": rule})
    with flops.BudgetContext(10**6, cost_model=mine) as budget:
        fnp.exp(fnp.ones((3, 4)))
    assert [(record.op_name, record.flop_cost) for record in budget.op_log] == [("exp", price)]
    assert type(budget.op_log[0].flop_cost) is int
    assert flops.cost("exp", (3, 4), cost_model=mine) == price
    assert flops.plan(fnp.exp, flops.Shaped((3, 4)), cost_model=mine).flops_used == price


def test_a_rule_is_given_python_numbers():
    found = []
    mine = FMA1.derive("mine", rules={"logspace": lambda start, stop, num: found.append(num * 2) or 1})
    with flops.BudgetContext(10**6, cost_model=mine) as budget:
        fnp.logspace(0, 1, fnp.array([1, 2]).sum())
    assert found == [6]
    assert type(found[0]) is int
    assert budget.flops_used == 3  # 2 of the sum, 1 by the rule; nothing for num * 2


@pytest.mark.parametrize("returned", [6.0, -1, None, "12", 1j])
def test_a_rule_that_returns_no_whole_number_is_refused_in_so_many_words(returned):
    mine = FMA1.derive("mine", rules={"exp": lambda x: returned})
    said = rf"the rule of exp in the cost model 'mine' returned {re.escape(repr(returned))}; it has to return a whole"
    with flops.BudgetContext(10**6, cost_model=mine) as budget:
        with pytest.raises(flops.CostRuleError, match=said):
            fnp.exp(fnp.ones(3))
        with pytest.raises(ValueError, match=said):
            flops.cost("exp", (3,))
        with pytest.raises(ValueError, match=said):
            flops.plan(fnp.exp, flops.Shaped(3))
    assert budget.flops_used == 0


def test_the_hash_of_a_rule_without_a_name_is_the_same_in_every_process():
    code = (
        "import flopscope as flops, functools, operator\n"
        "class Rule:\n    def __call__(self, x): return 1\n"
        "for rule in (Rule(), functools.partial(operator.add, 3)):\n"
        "    print(flops.cost_model('fma1').derive('m', rules={'exp': rule}, weights={'log': 2}).hash)\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "ab"
    ]
    assert runs[0] == runs[1]
    assert len(set(runs[0].split())) == 2


# -- the path of an einsum -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["fma1", "fma2", "fma2-complex", FMA1.derive("double", weights={"einsum": 2})])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("text", ["ij,jk,kl->il", "ij,ij->", "ki,kj->ij", "i,j->ij", "ij->ji"])
def test_a_path_costs_what_the_einsum_is_charged(model, dtype, text):
    a = fnp.ones((4, 4), dtype)
    operands = [fnp.ones(4, dtype), fnp.ones(4, dtype)] if text.startswith("i,j") else [a] * (text.count(",") + 1)
    with flops.BudgetContext(10**6, cost_model=model) as budget:
        fnp.einsum(text, *operands)
        charged = budget.flops_used
        here = fnp.einsum_path(text, *operands)[1]
    there = fnp.einsum_path(text, *operands, cost_model=model)[1]
    assert here.optimized_cost == there.optimized_cost == charged
    planned = []
    flops.plan(lambda *given: planned.append(fnp.einsum_path(text, *given)[1]), *operands, cost_model=model)
    assert planned == [here]


def _of(dtype):
    return np.ones(3, dtype)


@pytest.mark.parametrize(
    "args, kwargs, dtype",
    [
        ((_of("f4"), 2.0), {}, "float32"),  # Python's numbers promote weakly
        ((_of("f4"), 2j), {}, "complex64"),
        ((_of("i4"), 2), {}, "int32"),
        ((_of("i4"), 2.0), {}, "float64"),
        ((_of("?"), 2.0), {}, "float64"),
        ((2.0,), {}, "float64"),
        ((_of("i4"), _of("f4")), {}, "float32"),  # integers may be axes and places, and do not count beside floats
        ((_of("?"), _of("i2")), {}, "int16"),
        ((_of("f4"), _of("f2")), {}, "float32"),
        (([1, 2],), {}, "int64"),
        (([True, False],), {}, "bool"),
        (([[1.5], [2.5]], _of("f4")), {}, "float32"),
        ((_of("M8[s]"), _of("i4")), {}, "datetime64[s]"),
        ((_of("M8[s]"), 2.0), {}, "float64"),
        ((_of("f4"),), {"dtype": "f8"}, "float64"),
        ((_of("f4"),), {"dtype": "no such"}, "float32"),  # NumPy will say so
        ((_of("f4"),), {"out": _of("f8"), "where": _of("?"), "axis": np.int64(0)}, "float32"),
        ((), {"a": _of("f4")}, "float32"),
        ((), {"size": 3}, "float64"),
    ],
)
def test_the_dtype_of_a_call_is_what_its_operands_promote_to(args, kwargs, dtype):
    assert dtype_of(args, kwargs) == dtype
