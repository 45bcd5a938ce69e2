"""Layer 3: the array and the dispatcher, the only ones that call NumPy on the user's data."""
