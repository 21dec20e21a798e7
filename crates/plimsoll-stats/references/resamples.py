"""The weights of the bootstrap, computed a second time: SplitMix64, multinomial and Poisson(1)."""
import math

import numpy as np

M = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
    return z ^ (z >> 31)


def key(seed, purpose):
    data = seed.to_bytes(32, "little")
    key = 0
    for part in [data[i : i + 8] for i in range(0, 32, 8)] + [purpose[i : i + 8] for i in range(0, len(purpose), 8)]:
        key = mix(((key ^ int.from_bytes(part, "little")) + GAMMA) & M)
    return mix(((key ^ len(purpose)) + GAMMA) & M)


KEY = key(2026, b"bootstrap weights")
LIMITS = []
below, term = 0.0, math.exp(-1)
for k in range(8):
    below += term
    term /= k + 1
    LIMITS.append(round(65536 * below) - 32769)


def word(position):
    return mix((KEY + (position + 1) * GAMMA) & M)


def weights(resample, blocks):
    first = resample << 32
    out = np.zeros(blocks)
    if blocks < 100:
        for draw in range(blocks):
            w = word(first + draw // 2)
            half = w & 0xFFFFFFFF if draw % 2 == 0 else w >> 32
            out[(half * blocks) >> 32] += 1
    else:
        for block in range(blocks):
            bits = (word(first + block // 4) >> (16 * (block % 4))) & 0xFFFF
            bits = bits - 65536 if bits >= 32768 else bits
            out[block] = sum(bits > limit for limit in LIMITS)
    return out
