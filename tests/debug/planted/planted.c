// SPDX-License-Identifier: GPL-2.0-or-later
/* One fault of each kind that the debugging kernel is there to find (tests/debug/15-planted). */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static int __rcu *shared;
static int numbers[4] = { 1, 2, 3, 4 };
/* So that the compiler neither sees nor leaves out what is wrong. */
static volatile int zero, seen;

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void read_without_lock(void)
{
	seen = !!rcu_dereference(shared);
}

static void lock_both_ways(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void index_too_large(void)
{
	seen = numbers[zero + 4];
}

static void shift_too_far(void)
{
	seen = 1 << (zero + 40);
}

static void read_behind(void)
{
	char *p = kzalloc(24, GFP_KERNEL);

	seen = p[zero + 24];
	kfree(p);
}

static void use_after_free(void)
{
	char *p = kzalloc(96, GFP_KERNEL);

	kfree(p);
	seen = p[zero + 8];
}

/* Some, as a pointer to the last may be left in a register or on the stack. */
static void lose(void)
{
	int i;

	for (i = 0; i < 16; i++)
		seen = !!kzalloc(200, GFP_KERNEL);
}

static int __init planted_init(void)
{
	/* Lockdep's before KASAN's, whose first report ends it. */
	sleep_in_atomic();
	read_without_lock();
	lock_both_ways();
	index_too_large();
	shift_too_far();
	read_behind();
	use_after_free();
	lose();
	return 0;
}
module_init(planted_init);

static void __exit planted_exit(void)
{
}
module_exit(planted_exit);

MODULE_DESCRIPTION("faults for the debugging kernel to find");
MODULE_LICENSE("GPL");
