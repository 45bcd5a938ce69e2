"""``flops.Module``: what belongs to the state, how it is saved and loaded, and that nothing is ever half-loaded."""

from __future__ import annotations

import io
import pathlib
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import flopscope as flops
import flopscope.numpy as fnp


class Dense(flops.Module):
    def __init__(self, n: int, m: int, fill: float = 0.0) -> None:
        self.weight = fnp.full((n, m), fill)
        self.bias = fnp.full(m, fill, dtype="float32")
        self.rate = 0.1
        self.name = "dense"


class Net(flops.Module):
    def __init__(self, fill: float = 0.0) -> None:
        self.layers = [Dense(2, 3, fill), Dense(3, 1, fill)]
        self.heads = {"mean": Dense(1, 1, fill), "scale": fnp.full((), fill)}
        self.pair = (fnp.full(2, fill), [np.full(3, int(fill))])


NAMES = [
    "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
    "heads.mean.weight", "heads.mean.bias", "heads.scale", "pair.0", "pair.1.0",
]  # fmt: skip


def holding(**attributes: Any) -> flops.Module:
    module = flops.Module()
    vars(module).update(attributes)
    return module


def same(module: flops.Module, values: dict[str, Any]) -> bool:
    state = module.state_dict()
    return list(state) == list(values) and all(np.array_equal(state[name], values[name]) for name in values)


# What belongs to the state


def test_names_lead_through_attributes_and_containers():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert list(net.state_dict()) == NAMES
    assert all(a is b for a, (_, b) in zip(net.parameters(), net.named_parameters(), strict=True))
    assert net.parameters()[0] is net.layers[0].weight


def test_numbers_strings_and_other_objects_do_not_belong_to_it():
    module = holding(
        rate=0.5, steps=np.float64(3), name="x", nothing=None, other=object(), values=[1, 2], x=fnp.ones(2)
    )
    assert list(module.state_dict()) == ["x"]
    assert flops.Module().state_dict() == {}


@pytest.mark.parametrize(
    "container, names",
    [
        ({0: np.ones(1), "a": np.ones(2)}, ["held.0", "held.a"]),
        (OrderedDict(b=np.ones(1), a=np.ones(2)), ["held.b", "held.a"]),
        ([[np.ones(1)], (), [np.ones(2), 5]], ["held.0.0", "held.2.0"]),
        ({"deep": [{"er": (np.ones(1),)}]}, ["held.deep.0.er.0"]),
    ],
)
def test_containers_of_every_kind_are_searched(container, names):
    assert [name for name, _ in holding(held=container).named_parameters()] == names


def test_slots_and_dataclasses_belong_to_it():
    @dataclass(eq=True)
    class Layer(flops.Module):
        weight: Any = field(default_factory=lambda: fnp.ones(2))

    class Slotted(flops.Module):
        __slots__ = ("bias",)

    slotted = Slotted()
    slotted.weight, slotted.bias = fnp.ones(1), fnp.ones(3)
    assert list(holding(a=Layer(), b=slotted).state_dict()) == ["a.weight", "b.weight", "b.bias"]


def test_a_shared_array_is_kept_once_and_stays_shared():
    shared = fnp.zeros(2)
    module = holding(a=shared, b=[shared], c=holding(d=shared))
    assert list(module.state_dict()) == ["a"]
    module.load_state_dict({"a": np.array([1.0, 2.0])})
    assert module.b[0] is module.a
    assert module.c.d is module.a
    assert shared.tolist() == [1.0, 2.0]


def test_a_shared_module_goes_by_its_first_name():
    layer = Dense(2, 2)
    module = holding(encoder=layer, decoder=layer)
    assert list(module.state_dict()) == ["encoder.weight", "encoder.bias"]


def test_cycles_end():
    parent = holding(weight=fnp.zeros(1))
    parent.children = [holding(parent=parent, weight=fnp.zeros(2)) for _ in range(2)]
    parent.children.append(parent.children)
    assert list(parent.state_dict()) == ["weight", "children.0.weight", "children.1.weight"]


def test_depth_is_no_limit():
    module = holding(weight=fnp.zeros(1))
    for _ in range(3000):
        module = holding(below=module)
    assert [name for name, _ in module.named_parameters()] == ["below." * 3000 + "weight"]


def test_a_state_is_a_copy():
    module = holding(x=fnp.zeros(2))
    state = module.state_dict()
    module.x += 1
    assert state["x"].tolist() == [0.0, 0.0]
    assert type(state["x"]) is flops.FlopscopeArray
    state["x"] += 5
    assert module.x.tolist() == [1.0, 1.0]


def test_two_arrays_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"have the name a\.b"):
        holding(a={"b": np.ones(1)}, **{"a.b": np.ones(2)}).state_dict()


@pytest.mark.parametrize("array", [np.array([object()]), np.ma.masked_array([1.0], [True])])
def test_what_an_archive_cannot_hold_is_refused_by_name_before_a_file_is_touched(array, tmp_path):
    module = holding(good=fnp.ones(2), odd=array)
    for call in (module.state_dict, lambda: module.save(tmp_path / "x.npz")):
        with pytest.raises(TypeError, match=r"^odd is no state: it is of \w+, dtype "):
            call()
    assert list(tmp_path.iterdir()) == []


# Saving and loading


def test_what_is_saved_is_loaded_in_place(tmp_path):
    net, other = Net(1.0), Net(2.0)
    net.save(tmp_path / "net.npz")
    held = other.parameters()
    other.load(tmp_path / "net.npz")
    assert all(a is b for a, b in zip(held, other.parameters(), strict=True))
    assert same(other, net.state_dict())
    assert [type(array) for array in held] == [flops.FlopscopeArray] * 8 + [np.ndarray]
    assert [array.dtype for array in held] == [array.dtype for array in net.parameters()]


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", "f8", "g", "c16", "M8[s]", "S3", "U3", "i4,f8"])
@pytest.mark.parametrize("shape", [(), (3,), (0, 2), (2, 3)])
def test_every_dtype_and_shape_comes_back(dtype, shape):
    values = np.ones(shape, dtype)
    file = io.BytesIO()
    holding(x=fnp.asarray(values)).save(file)
    file.seek(0)
    module = holding(x=fnp.zeros(shape, dtype))
    module.load(file)
    assert module.x.dtype == values.dtype
    np.testing.assert_array_equal(np.asarray(module.x), values)


@pytest.mark.parametrize("layout", [lambda x: x, lambda x: x.T, lambda x: x[::2], lambda x: x[:, ::-1]])
def test_memory_layout_does_not_matter(layout):
    values = layout(np.arange(12.0).reshape(4, 3))
    file = io.BytesIO()
    holding(x=values).save(file)
    file.seek(0)
    module = holding(x=layout(fnp.zeros((4, 3))))
    module.load(file)
    np.testing.assert_array_equal(np.asarray(module.x), values)


def test_numpy_reads_what_is_saved_and_the_other_way_round(tmp_path):
    net = Net(3.0)
    net.save(tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as archive:
        assert archive.files == NAMES
        np.testing.assert_array_equal(archive["layers.0.weight"], np.full((2, 3), 3.0))
    for name, savez in (("a.npz", np.savez), ("b.npz", np.savez_compressed), ("c.npz", fnp.savez)):
        savez(tmp_path / name, **net.state_dict())
        other = Net(0.0)
        other.load(tmp_path / name)
        assert same(other, net.state_dict())


@pytest.mark.parametrize("name", ["file", "allow_pickle", "self", "x/y", "ünï"])
def test_every_name_can_be_saved(name, tmp_path):
    holding(**{name: fnp.ones(2)}).save(tmp_path / "x.npz")
    module = holding(**{name: fnp.zeros(2)})
    module.load(tmp_path / "x.npz")
    assert vars(module)[name].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "given, written",
    [("net", "net.npz"), ("net.npz", "net.npz"), ("net.npy", "net.npy.npz"), ("a.b", "a.b.npz")],
)
@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_a_path_gets_the_suffix_that_savez_gives_it(given, written, kind, tmp_path):
    path = kind(tmp_path / given)
    holding(x=fnp.ones(1)).save(path)
    assert [file.name for file in tmp_path.iterdir()] == [written]
    module = holding(x=fnp.zeros(1))
    module.load(path)
    assert module.x.tolist() == [1.0]
    (tmp_path / written).unlink()
    np.savez(path, x=np.ones(1))
    assert [file.name for file in tmp_path.iterdir()] == [written]


def test_file_objects_are_left_open_and_read_from_where_they_are(tmp_path):
    with open(tmp_path / "x", "w+b") as file:
        holding(x=fnp.ones(1)).save(file)
        file.seek(0)
        module = holding(x=fnp.zeros(1))
        module.load(file)
        assert not file.closed
    assert module.x.tolist() == [1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_all_of_it_is_free(tmp_path):
    net = Net(1.0)
    with flops.BudgetContext(1) as budget:
        net.save(tmp_path / "net")
        net.load(tmp_path / "net")
        net.load_state_dict(net.state_dict())
        net.parameters()
    assert budget.flops_used == 0
    assert len(budget.op_log) == 0


def test_a_state_may_share_memory_with_the_module():
    module = holding(a=fnp.zeros(2), b=fnp.ones(2))
    module.load_state_dict({"a": module.b, "b": module.a})
    assert (module.a.tolist(), module.b.tolist()) == ([1.0, 1.0], [0.0, 0.0])


def test_a_state_may_hold_lists():
    module = holding(a=fnp.zeros(2))
    module.load_state_dict({"a": [1.0, 2.0]})
    assert module.a.tolist() == [1.0, 2.0]


def test_byte_order_is_no_other_dtype():
    module = holding(a=fnp.zeros(2))
    module.load_state_dict({"a": np.array([1.0, 2.0], ">f8")})
    assert module.a.tolist() == [1.0, 2.0]


def test_a_module_is_pickled_as_any_object():
    net = pickle.loads(pickle.dumps(Net(2.0)))
    assert same(net, Net(2.0).state_dict())


# Errors: named, and nothing changed


def test_missing_and_unexpected_names_are_named():
    net = Net(1.0)
    state = net.state_dict()
    del state["layers.1.bias"], state["heads.scale"]
    state["extra"] = np.ones(1)
    net = Net(5.0)
    message = "missing: layers.1.bias, heads.scale; unexpected: extra"
    with pytest.raises(KeyError, match=message.replace(".", r"\.")):
        net.load_state_dict(state)
    assert same(net, Net(5.0).state_dict())
    net.load_state_dict(state, strict=False)
    assert net.layers[0].weight[0, 0] == 1.0
    assert net.layers[1].bias[0] == 5.0


@pytest.mark.parametrize(
    "value, message",
    [
        (np.ones(3), r"pair\.0: the module has shape \(2,\) of float64, the state \(3,\) of float64"),
        (np.ones((2, 1)), r"pair\.0: the module has shape \(2,\) of float64, the state \(2, 1\) of float64"),
        (np.float64(1), r"pair\.0: the module has shape \(2,\) of float64, the state \(\) of float64"),
        (np.ones(2, "f4"), r"pair\.0: .* the state \(2,\) of float32"),
        (np.ones(2, int), r"pair\.0: .* the state \(2,\) of int64"),
        ([object(), object()], r"pair\.0: .* the state \(2,\) of object"),
        ([[1.0], [1.0, 2.0]], r"pair\.0: .*inhomogeneous"),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_nothing_is_loaded(value, message):
    net = Net(5.0)
    state = {**Net(1.0).state_dict(), "pair.0": value}
    for strict in (True, False):
        with pytest.raises(ValueError, match=message):
            net.load_state_dict(state, strict=strict)
        assert same(net, Net(5.0).state_dict())


def test_a_read_only_array_is_named_and_nothing_is_loaded():
    module = holding(a=fnp.zeros(2), b=fnp.zeros(2))
    module.b.flags.writeable = False
    with pytest.raises(ValueError, match=r"^b: the module's array is read-only"):
        module.load_state_dict({"a": np.ones(2), "b": np.ones(2)})
    assert module.a.tolist() == [0.0, 0.0]


class Bomb:
    def __reduce__(self) -> Any:
        return pytest.fail, ("unpickled",)


def test_nothing_is_ever_unpickled(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.ones(2), b=np.array([Bomb(), Bomb()]))
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Bomb()))
    module = holding(a=fnp.zeros(2), b=fnp.zeros(2))
    with pytest.raises(ValueError, match=r"^b: Object arrays cannot be loaded"):
        module.load(tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r"pickle\.npz is not an \.npz archive"):
        module.load(tmp_path / "pickle.npz")
    assert module.a.tolist() == [0.0, 0.0]


def test_a_damaged_archive_changes_nothing(tmp_path):
    module = holding(a=fnp.zeros(2), b=fnp.zeros(2000))
    path = tmp_path / "x.npz"
    holding(a=fnp.ones(2), b=fnp.ones(2000)).save(path)
    good = path.read_bytes()
    path.write_bytes(good[:1000] + b"damage" + good[1006:])
    with pytest.raises(ValueError, match=r"^b: Bad CRC-32"):
        module.load(path)
    path.write_bytes(good[:1000])
    with pytest.raises(ValueError, match=r"not an \.npz archive"):
        module.load(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"not an \.npz archive"):
        module.load(path)
    assert not module.a.any()
    assert not module.b.any()


def test_a_single_array_and_other_members_are_refused(tmp_path):
    module = holding(a=fnp.zeros(2))
    np.save(tmp_path / "a.npy", np.ones(2))
    with pytest.raises(ValueError, match="holds a single array"):
        module.load(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a", b"text")
    with pytest.raises(ValueError, match=r"^a: the module has shape \(2,\) of float64"):
        module.load(tmp_path / "a.npz")


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.npz"):
        holding(a=fnp.zeros(2)).load(tmp_path / "nowhere")


def test_what_is_no_mapping_is_refused():
    for state in ([1, 2], None, fnp.ones(3)):
        with pytest.raises(TypeError, match="^a state is a mapping from names to arrays"):
            holding(x=fnp.ones(3)).load_state_dict(state)


def test_a_symmetric_tensor_is_saved_and_loaded_as_an_ordinary_array():
    group = flops.SymmetryGroup.symmetric((0, 1))
    module, file = holding(x=flops.as_symmetric(fnp.eye(2), group)), io.BytesIO()
    module.save(file)
    file.seek(0)
    other = holding(x=flops.as_symmetric(3 * fnp.eye(2), group))
    with pytest.warns(flops.SymmetryLossWarning):
        other.load(file)
    assert other.x.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert not other.x.symmetry
