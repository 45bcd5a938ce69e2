"""
The path of a tensor network
============================

The norm of a matrix product state of 10 sites is a network of twenty tensors. Contracted all at once it costs
350,488,137,400,481,480,704 FLOPs; the path that the search finds costs 13,376, for the same number.
"""

import matplotlib.pyplot as plt

import flopscope as flops
import flopscope.numpy as fnp

SITES, PHYSICAL = 10, 2
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def network(bond):
    """Subscripts and shapes of <psi|psi>: tensors (left, physical, right), the conjugates with bonds of their own."""
    up, down, physical = LETTERS[: SITES - 1], LETTERS[SITES : 2 * SITES - 1], LETTERS[30 : 30 + SITES]
    terms, shapes = [], []
    for bonds in (up, down):
        for i in range(SITES):
            terms.append(bonds[i - 1 : i] + physical[i] + bonds[i : i + 1])
            shapes.append((bond,) * (i > 0) + (PHYSICAL,) + (bond,) * (i < SITES - 1))
    return ",".join(terms) + "->", shapes


subscripts, shapes = network(bond=8)
print(subscripts)
rng = fnp.random.default_rng(0)
psi = [rng.standard_normal(shape) / 3 for shape in shapes[:SITES]]
tensors = psi + [fnp.conj(tensor) for tensor in psi]

# %%
# What flopscope finds, step by step. Planning allocates nothing, so this works for networks that no machine could
# contract.

path, info = fnp.einsum_path(subscripts, *tensors)
print(info)

# %%
# The call is charged what was planned. A norm is positive, and the vector of all 1,024 amplitudes has the same:

with flops.BudgetContext(flop_budget=10**7) as budget:
    norm = fnp.einsum(subscripts, *tensors)
print(f"<psi|psi> = {float(norm):.6g} for {budget.flops_used:,} FLOPs; planned {info.optimized_cost:,}")
state = subscripts.removesuffix("->").split(",")[:SITES]
vector = fnp.einsum(",".join(state) + "->" + LETTERS[30 : 30 + SITES], *psi)
print(f"of the vector of {vector.size:,} amplitudes: {float(fnp.vdot(vector, vector)):.6g}")

# %%
# Three orders, by the size of the bonds: all at once; psi first, as a vector, then its norm; and zipped along the
# chain, as the search finds it.

bonds = [2, 4, 8, 16, 32]
costs = {"all at once": [], "psi first": [], "cheapest": []}
for bond in bonds:
    subscripts, shapes = network(bond)
    costs["all at once"].append(flops.einsum_cost(subscripts, shapes=shapes, optimize=False))
    costs["cheapest"].append(flops.einsum_cost(subscripts, shapes=shapes))
    state, state_shapes = subscripts.split(",")[:SITES], shapes[:SITES]
    open_labels = "".join(sorted(LETTERS[30 : 30 + SITES]))
    vector = flops.einsum_cost(",".join(state) + "->" + open_labels, shapes=state_shapes)
    costs["psi first"].append(2 * vector + PHYSICAL**SITES)

fig, ax = plt.subplots()
for name, values in costs.items():
    ax.loglog(bonds, [float(value) for value in values], marker="o", label=name)
ax.set(xlabel="size of a bond", ylabel="FLOPs", title=f"The norm of a matrix product state of {SITES} sites")
ax.set_xticks(bonds, bonds)
ax.minorticks_off()
ax.legend(frameon=False)
for name, values in costs.items():
    print(f"{name:<12}{values[2]:>24,} FLOPs at bonds of 8")
plt.show()
