"""A noisy signal cleaned by dropping weak frequencies."""

import numpy as np
import numpy.fft as fft

SAMPLES = 1024

t = np.linspace(0, 1, SAMPLES, endpoint=False)
clean = np.sin(2 * np.pi * 50 * t) + 0.5 * np.sin(2 * np.pi * 120 * t)
np.random.seed(0)
noisy = clean + np.random.normal(0, 0.6, SAMPLES)

spectrum = fft.rfft(noisy)
power = np.abs(spectrum) ** 2 / SAMPLES
spectrum[power < 20] = 0
filtered = fft.irfft(spectrum, SAMPLES)

print("kept frequencies:", np.flatnonzero(spectrum))
print("error before: %.6f" % np.sqrt(np.mean((noisy - clean) ** 2)))
print("error after:  %.6f" % np.sqrt(np.mean((filtered - clean) ** 2)))
