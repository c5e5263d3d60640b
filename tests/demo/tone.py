# SPDX-License-Identifier: GPL-2.0-or-later
"""Tones: made for a phone to play, found again in what another one recorded."""
import math
import struct
import wave

import numpy

RATE = 8000     # G.711


def write(path, hertz, seconds):
    """A WAV file with a sine at half of full scale."""
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", None))
        file.writeframes(b"".join(struct.pack("<h", round(16000 * math.sin(2 * math.pi * hertz
                                                                           * n / RATE)))
                                  for n in range(RATE * seconds)))


def read(path):
    """The samples of a recording, as floats from -1 to 1."""
    try:
        with wave.open(path, "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
                raise ValueError(f"{path}: not 16 bits, one channel, {RATE} Hz")
            return numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path}: {error or 'cut short'}") from error


def spectrum(samples):
    """Power spectrum under a Hann window, whose main lobe is four bins wide."""
    return numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples)))) ** 2


def pitch(samples):
    """The strongest frequency in hertz, by a parabola through the peak's logarithms."""
    power = spectrum(samples)
    k = int(numpy.argmax(power[1:-1])) + 1
    a, b, c = numpy.log(power[k - 1:k + 2] + 1e-30)
    shift = 0 if a - 2 * b + c == 0 else (a - c) / (a - 2 * b + c) / 2
    return (k + shift) * RATE / len(samples)


def snr(samples):
    """Power of the strongest tone over everything else, in dB."""
    power = spectrum(samples)
    k = int(numpy.argmax(power))
    tone = power[max(k - 3, 0):k + 4].sum()
    return float(10 * numpy.log10(tone / max(power.sum() - tone, 1e-30)))


def analyse(path):
    """Pitch, SNR and length of a recording, without the ramps at start and end.

    The SNR is that of the worst second: a gap or a lost packet anywhere shows.
    G.711's own noise gives 35 to 38 dB.
    """
    nothing = {"tone_hz": 0.0, "snr_db": 0.0, "seconds": 0.0}
    samples = read(path)
    block = RATE // 50
    if len(samples) < block:
        return nothing
    level = numpy.sqrt((samples[:len(samples) // block * block].reshape(-1, block) ** 2)
                       .mean(axis=1))
    loud = numpy.flatnonzero(level > 0.1)
    if not len(loud):
        return nothing
    part = samples[(loud[0] + 10) * block:max(loud[-1] - 9, 0) * block]
    seconds = len(part) // RATE
    if not seconds:
        return nothing
    worst = min(snr(part[i * RATE:(i + 1) * RATE]) for i in range(seconds))
    return {"tone_hz": round(pitch(part), 2), "snr_db": round(worst, 1),
            "seconds": round(len(part) / RATE, 2)}
