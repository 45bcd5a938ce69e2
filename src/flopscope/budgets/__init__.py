"""Layer 2: budgets: who pays for an op, where it is written down, and when it is refused."""
