// SPDX-License-Identifier: GPL-2.0-or-later
#include "any.h"

#include <stdint.h>

unsigned int any(unsigned int n)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned int)((state * 0x2545f4914f6cdd1d) >> 33) % n;
}
