"""Running a program that only knows NumPy, metered: its imports of NumPy are given counted arrays."""
