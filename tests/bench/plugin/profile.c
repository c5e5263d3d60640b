// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU plugin: how often was each piece of code run between two readings of the
 * TSC by a program?  tests/bench/bench reads it around each round of packets, so
 * every file written holds a round.  No sampling and no overhead in the guest.
 *
 *	-plugin profile.so,dir=DIR,least=N	writes DIR/interval.NNN, those of at
 *						least N instructions
 *
 * A line is a piece's address, its length in instructions, and how often it ran.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of QEMU's plugin interface (version 1) that is used; Debian has no header. */
#define EXPORT __attribute__((visibility("default")))
#define INLINE_ADD_U64	0
#define CB_NO_REGS	0
#define USER_END	0x800000000000ull

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
typedef uint64_t plugin_id;

EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter,
					      uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int, void *), int flags, void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

int qemu_plugin_version = 1;

/* A piece may be translated more than once: address and length are its name. */
struct piece {
	struct piece *next;
	uint64_t at, insns;
	uint64_t runs, runs_before;
};

#define BUCKETS (1u << 17)
static struct piece *table[BUCKETS];
static const char *dir = ".";
static uint64_t least;

static struct piece *find(uint64_t at, uint64_t insns)
{
	struct piece **head = &table[(at * 0x9e3779b97f4a7c15ull >> 40 ^ insns) % BUCKETS], *p;

	for (p = *head; p; p = p->next)
		if (p->at == at && p->insns == insns)
			return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		abort();
	p->at = at;
	p->insns = insns;
	p->next = *head;
	*head = p;
	return p;
}

static void write_interval(void)
{
	static unsigned int number;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/interval.%03u", dir, number++);
	f = fopen(path, "w");
	if (!f)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct piece *p = table[i]; p; p = p->next)
			if (p->runs != p->runs_before)
				fprintf(f, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", p->at, p->insns,
					p->runs - p->runs_before);
	fclose(f);
}

static void tsc_read(unsigned int cpu, void *arg)
{
	uint64_t sum = 0;

	(void)cpu, (void)arg;
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct piece *p = table[i]; p; p = p->next)
			sum += (p->runs - p->runs_before) * p->insns;
	if (sum >= least)
		write_interval();
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct piece *p = table[i]; p; p = p->next)
			p->runs_before = p->runs;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t at = qemu_plugin_tb_vaddr(tb);
	size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &find(at, n)->runs, 1);
	for (size_t i = 0; i < n && at < USER_END; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (qemu_plugin_insn_size(insn) == 2 &&
		    !memcmp(qemu_plugin_insn_data(insn), "\x0f\x31", 2))	/* rdtsc */
			qemu_plugin_register_vcpu_insn_exec_cb(insn, tsc_read, CB_NO_REGS, NULL);
	}
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "dir=", 4))
			dir = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "least=", 6))
			least = strtoull(argv[i] + 6, NULL, 10);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
