"""A Kalman filter that follows a moving object from noisy positions."""

import numpy as np
from numpy.linalg import inv

DT = 0.1
F = np.array([[1, DT], [0, 1]])
H = np.array([[1.0, 0.0]])
Q = 0.01 * np.array([[DT**3 / 3, DT**2 / 2], [DT**2 / 2, DT]])
R = np.array([[0.25]])


class Kalman:
    def __init__(self):
        self.x = np.zeros(2)
        self.p = np.eye(2)

    def step(self, z):
        self.x = F @ self.x
        self.p = F @ self.p @ F.T + Q
        gain = self.p @ H.T @ inv(H @ self.p @ H.T + R)
        self.x = self.x + gain @ (z - H @ self.x)
        self.p = (np.eye(2) - gain @ H) @ self.p
        return self.x


rng = np.random.RandomState(3)
truth = 2.0 * DT * np.arange(200)
measured = truth + rng.normal(0, 0.5, truth.size)
kalman = Kalman()
estimates = np.array([kalman.step(np.array([z])) for z in measured])
print("position error: measured %.5f" % np.std(measured - truth), end=", ")
print("estimated %.5f" % np.std(estimates[50:, 0] - truth[50:]))
print(f"velocity {estimates[-1, 1]:.5f} (true 2)")
print(kalman.p)
