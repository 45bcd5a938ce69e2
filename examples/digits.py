"""Recognise handwritten digits, and know what every phase costs.

The data are scikit-learn's 1,797 images of 8x8 pixels; a third of them is kept for the exam. PCA turns the 64 pixels
of an image into 20 numbers, and a small network learns the digit from those. All arithmetic is ordinary NumPy code:
with ``import numpy as fnp`` it gives the same digits, only ``svd`` would have to do without its ``k=``.

    make demo
"""

from __future__ import annotations

from sklearn.datasets import load_digits

import flopscope as flops
import flopscope.numpy as fnp

IMAGES, PIXELS, DIGITS = 1797, 64, 10
EXAM = IMAGES // 3
COMPONENTS, HIDDEN = 20, 64
EPOCHS, BATCH, RATE = 60, 64, 0.5


def load(rng):
    """Images scaled to 0..1 and their digits, shuffled: those to learn from, then those of the exam."""
    data = load_digits()
    order = rng.permutation(IMAGES)
    images, digits = fnp.asarray(data.data)[order] / 16, fnp.asarray(data.target)[order]
    return images[EXAM:], digits[EXAM:], images[:EXAM], digits[:EXAM]


def pca(images, components):
    """The mean image, and the directions in which the images differ most from it."""
    mean = images.mean(axis=0)
    _, _, directions = fnp.linalg.svd(images - mean, full_matrices=False, k=components)
    return mean, directions


def project(images, mean, directions):
    """Each image as a few numbers: how far it goes in each direction."""
    return (images - mean) @ directions.T


def train(features, digits, epochs, rng):
    """Weights of a network with one hidden layer, by stochastic gradient descent on the cross-entropy."""
    components = features.shape[1]
    w1, b1 = rng.standard_normal((components, HIDDEN)) * (2 / components) ** 0.5, fnp.zeros(HIDDEN)
    w2, b2 = rng.standard_normal((HIDDEN, DIGITS)) * (2 / HIDDEN) ** 0.5, fnp.zeros(DIGITS)
    targets = fnp.eye(DIGITS)[digits]

    for _ in range(epochs):
        order = rng.permutation(len(features))
        for start in range(0, len(features), BATCH):
            batch = order[start : start + BATCH]
            x = features[batch]

            hidden = fnp.maximum(x @ w1 + b1, 0)
            scores = hidden @ w2 + b2
            odds = fnp.exp(scores - scores.max(axis=1, keepdims=True))
            chances = odds / odds.sum(axis=1, keepdims=True)

            slope2 = (chances - targets[batch]) * (RATE / len(x))
            slope1 = (slope2 @ w2.T) * (hidden > 0)
            w2 -= hidden.T @ slope2
            b2 -= slope2.sum(axis=0)
            w1 -= x.T @ slope1
            b1 -= slope1.sum(axis=0)
    return w1, b1, w2, b2


def predict(features, w1, b1, w2, b2):
    """The most likely digit of each image."""
    return (fnp.maximum(features @ w1 + b1, 0) @ w2 + b2).argmax(axis=1)


def run(components=COMPONENTS, epochs=EPOCHS):
    """The whole program: its accuracy in the exam, and the budget it was charged to."""
    rng = fnp.random.default_rng(0)
    with flops.BudgetContext(flop_budget=10**9) as budget:
        with flops.namespace("load"):
            images, digits, exam_images, exam_digits = load(rng)
        with flops.namespace("pca"):
            mean, directions = pca(images, components)
            features = project(images, mean, directions)
        with flops.namespace("train"):
            weights = train(features, digits, epochs, rng)
        with flops.namespace("evaluate"):
            answers = predict(project(exam_images, mean, directions), *weights)
            accuracy = float((answers == exam_digits).mean())
    return accuracy, budget


def plan(components, epochs=EPOCHS):
    """What `run` will be charged in each namespace: priced from shapes alone, op by op, nothing is computed."""
    learn = IMAGES - EXAM
    w1, b1, w2, b2 = (components, HIDDEN), (HIDDEN,), (HIDDEN, DIGITS), (DIGITS,)

    def projection(n):
        return [("subtract", (n, PIXELS), (PIXELS,)), ("matmul", (n, PIXELS), (PIXELS, components))]

    def forward(n):
        hidden, scores = (n, HIDDEN), (n, DIGITS)
        first = [("matmul", (n, components), w1), ("add", hidden, b1), ("maximum", hidden, ())]
        return [*first, ("matmul", hidden, w2), ("add", scores, b2)]

    def step(n):
        hidden, scores, column = (n, HIDDEN), (n, DIGITS), (n, 1)
        softmax = [("max", scores), ("subtract", scores, column), ("exp", scores)]
        softmax += [("sum", scores), ("divide", scores, column)]
        slope2 = [("subtract", scores, scores), ("multiply", scores, ())]
        slope1 = [("matmul", scores, (DIGITS, HIDDEN)), ("greater", hidden, ()), ("multiply", hidden, hidden)]
        update2 = [("matmul", (HIDDEN, n), scores), ("subtract", w2, w2), ("sum", scores), ("subtract", b2, b2)]
        update1 = [("matmul", (components, n), hidden), ("subtract", w1, w1), ("sum", hidden), ("subtract", b1, b1)]
        return forward(n) + softmax + slope2 + slope1 + update2 + update1

    def cost(ops):
        return sum(flops.cost(name, *shapes) for name, *shapes in ops)

    draw = "random.Generator.standard_normal"
    shuffle = "random.Generator.permutation"
    batches = [BATCH] * (learn // BATCH) + [learn % BATCH]
    return {
        "load": cost([(shuffle, IMAGES), ("divide", (IMAGES, PIXELS), ())]),
        "pca": cost([("mean", (learn, PIXELS)), ("subtract", (learn, PIXELS), (PIXELS,)), *projection(learn)])
        + flops.svd_cost(m=learn, n=PIXELS, k=components),
        "train": sum(flops.cost(draw, size=w) + flops.cost("multiply", w, ()) for w in (w1, w2))
        + epochs * cost([(shuffle, learn), *(op for n in batches for op in step(n))]),
        "evaluate": cost([*projection(EXAM), *forward(EXAM)])
        + cost([("argmax", (EXAM, DIGITS)), ("equal", (EXAM,), (EXAM,)), ("mean", (EXAM,))]),
    }


def main():
    with flops.budget_live():
        accuracy, budget = run()
    print(f"{EXAM} digits never seen before, {accuracy:.1%} of them recognised.\n")
    print(budget.summary(by_namespace=True))

    charged = {
        name: part["flops_used"] for name, part in budget.summary_dict(by_namespace=True)["by_namespace"].items()
    }
    planned, half = plan(COMPONENTS), plan(COMPONENTS // 2)
    print(f"\nThe same run with {COMPONENTS // 2} components instead of {COMPONENTS}, planned without running it:\n")
    print(f"{'':<10}{'charged':>14}{'planned':>14}{'with half':>14}")
    for name in planned:
        print(f"{name:<10}{charged[name]:>14,}{planned[name]:>14,}{half[name]:>14,}")
    print(f"{'total':<10}{budget.flops_used:>14,}{sum(planned.values()):>14,}{sum(half.values()):>14,}")


if __name__ == "__main__":
    main()
