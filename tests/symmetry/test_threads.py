"""Tensors in several threads at once: writes while others compute, look and write leave no tag that is wrong."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp

N = 300


def tensor(n=N):
    return flops.as_symmetric(np.random.default_rng(0).random((n, n)), symmetric_axes=(0, 1), validate=False)


def at_once(*programs):
    """Run programs in threads that start together; what they raised."""
    barrier, raised = threading.Barrier(len(programs)), []

    def run(program):
        barrier.wait()
        try:
            program()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(program,)) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.fixture(autouse=True)
def threads_that_switch_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with flops.configure(symmetry_loss_warnings=False), flops.BudgetContext(10**12):
        yield
    sys.setswitchinterval(before)


def assert_true(results):
    for one in results:
        if getattr(one, "symmetry", None) is not None:
            values = np.array(one)
            assert np.array_equal(values, values.T)


COMPUTE = {
    "elementwise": lambda s: s + 1.0,
    "function": fnp.negative,
    "first of its kind": lambda s: fnp.hypot(s, float(np.random.default_rng().random())),
    "copy": lambda s: s.copy(),
    "product": lambda s: s[:90, :90] @ s[:90, :90],
    "reduction": lambda s: s.sum(0, keepdims=True) * np.ones((N, 1)),
    "view": lambda s: s[1:, 1:],
}


@pytest.mark.parametrize("name", COMPUTE)
def test_what_is_computed_during_a_write_is_symmetric_or_not_called_so(name):
    for trial in range(12):
        s, results = tensor(), []

        def compute(s=s, results=results):
            results.extend(COMPUTE[name](s) for _ in range(4))

        def write(s=s, trial=trial):
            s[: N // 2] = trial

        assert at_once(compute, write) == []
        assert s.symmetry is None
        assert_true(results)


def test_operators_in_place_keep_the_symmetry_whoever_else_works_in_place_or_reads():
    for _ in range(12):
        s, results = tensor(), []

        def scale(s=s):
            for _ in range(4):
                s *= 1.5

        def shift_and_read(s=s, results=results):
            for _ in range(4):
                results.append(fnp.exp(-s))
                s += 1.0
                results.append(s.copy())

        assert at_once(scale, shift_and_read) == []
        assert s.symmetry == flops.SymmetryGroup.symmetric((0, 1))
        assert_true([s, *results])
        with pytest.raises(ValueError, match="read-only"):
            np.asarray(s)[0, 1] = 3


def test_views_that_are_made_while_the_tensor_is_written_to_have_no_symmetry():
    for _ in range(60):
        s, views = tensor(20), []

        def look(s=s, views=views):
            for k in range(30):
                views.extend((s[1:, 1:], s.T, s[k % 5], fnp.reshape(s, (1, 20, 20))))

        def write(s=s):
            for k in range(5):
                s[0, k] = k

        assert at_once(look, write) == []
        assert [getattr(one, "symmetry", None) for one in (s, *views)] == [None] * (len(views) + 1)


def test_a_tensor_in_place_and_given_up_at_once_can_be_written_to():
    for _ in range(60):
        s = tensor(40)

        def scale(s=s):
            for _ in range(10):
                s *= 1.01

        def write(s=s):
            s[0, 1] = 5

        assert at_once(scale, write) == []
        assert s.symmetry is None
        s[0, 1] = s.T[1, 0] + 1
