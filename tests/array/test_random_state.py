"""Draws are NumPy's, bit for bit, also of generators that were pickled, copied, spawned or seeded by sequences."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

TWINS = {
    "itself": lambda rng: rng,
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
    "pickled": lambda rng: pickle.loads(pickle.dumps(rng)),
}
BIT_GENERATORS = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]


def draws(rng):
    """A few draws of different kinds, which leave half-used state behind."""
    return [np.asarray(x).tolist() for x in (rng.normal(size=3), rng.permutation(5), rng.integers(9, size=3))]


def legacy_draws(rng):
    return [np.asarray(x).tolist() for x in (rng.standard_normal(3), rng.permutation(5), rng.randint(9, size=3))]


@pytest.mark.parametrize("name", BIT_GENERATORS)
@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_generator_draws_numpy_s_numbers(name, twin):
    ours = fnp.random.Generator(getattr(fnp.random, name)(7))
    theirs = np.random.Generator(getattr(np.random, name)(7))
    assert draws(ours) == draws(theirs)
    ours, theirs = twin(ours), twin(theirs)
    assert type(ours) is fnp.random.Generator
    assert draws(ours) == draws(theirs)
    with flops.BudgetContext(100) as budget:
        ours.normal(size=10)
    assert budget.flops_used == 10


@pytest.mark.parametrize("twin", TWINS.values(), ids=TWINS)
def test_a_random_state_draws_numpy_s_numbers(twin):
    ours, theirs = fnp.random.RandomState(7), np.random.RandomState(7)
    assert legacy_draws(ours) == legacy_draws(theirs)
    ours, theirs = twin(ours), twin(theirs)
    assert type(ours) is fnp.random.RandomState
    assert legacy_draws(ours) == legacy_draws(theirs)
    with flops.BudgetContext(100) as budget:
        ours.standard_normal(10)
    assert budget.flops_used == 10


def test_children_draw_numpy_s_numbers():
    ours, theirs = fnp.random.default_rng(7), np.random.default_rng(7)
    assert [draws(child) for child in ours.spawn(3)] == [draws(child) for child in theirs.spawn(3)]
    assert all(type(child) is fnp.random.Generator for child in ours.spawn(2))
    of_sequences = [
        [draws(random.default_rng(seed)) for seed in random.SeedSequence(7).spawn(3)]
        for random in (fnp.random, np.random)
    ]
    assert of_sequences[0] == of_sequences[1]
    assert fnp.random.SeedSequence is np.random.SeedSequence


def test_the_global_state_is_numpy_s():
    fnp.random.seed(7)
    ours = legacy_draws(fnp.random)
    np.random.seed(7)
    assert ours == legacy_draws(np.random)
    state = fnp.random.get_state()
    ours = legacy_draws(fnp.random)
    np.random.set_state(state)
    assert ours == legacy_draws(np.random)


def test_the_log_of_a_draw_shows_its_operands_and_not_its_sizes():
    rng, weights = fnp.random.default_rng(0), fnp.array([0.5, 0.25, 0.25])
    with flops.BudgetContext(10**6) as budget:
        rng.standard_normal((64, 64))
        rng.standard_normal([4, 5])
        rng.integers(0, 10, (3, 3))
        fnp.random.normal(0, 1, size=(2, 3))
        fnp.random.randn(2, 3)
        rng.permutation(5)
        rng.normal(0.0, weights, 3)
        rng.shuffle(weights)
    assert [(record.flop_cost, record.shapes) for record in budget.op_log] == [
        (4096, ()), (20, ()), (9, ()), (6, ()), (6, ()), (5, ()), (3, ((3,),)), (3, ((3,),)),
    ]  # fmt: skip
