/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocations that fail, on a kernel that has fault injection. */
#ifndef KSRTP_TEST_FAULT_H
#define KSRTP_TEST_FAULT_H

#include <stdbool.h>

/** fault_begin() - bails out where the kernel cannot. */
void fault_begin(void);
/** fault_set() - write a file of the fault injection. */
void fault_set(const char *path, const char *value);
/** fault_nth() - which of this thread's allocations fails, counted from now; 0 for none. */
void fault_nth(int n);
/** fault_hit() - has it come to that?  What is left of the count is taken back. */
bool fault_hit(void);

#endif
