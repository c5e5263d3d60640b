# SPDX-License-Identifier: GPL-2.0-or-later
"""A-law (ITU-T G.711), by table."""
import numpy


def _expand(octet):
    """One octet to a linear value of 13 bits, scaled to 16."""
    octet ^= 0x55
    exponent, mantissa = (octet >> 4) & 7, octet & 15
    value = (mantissa << 4) + 8
    if exponent:
        value = (value + 0x100) << (exponent - 1)
    return value if octet & 0x80 else -value


TABLE = numpy.array([_expand(i) for i in range(256)], dtype=float) / 32768


def decode(octets):
    """Octets to samples from -1 to 1."""
    return TABLE[numpy.frombuffer(octets, numpy.uint8)]


def encode(samples):
    """Samples from -1 to 1 to the octets that come nearest."""
    return numpy.abs(TABLE[None, :] - numpy.asarray(samples)[:, None]).argmin(axis=1) \
        .astype(numpy.uint8).tobytes()
