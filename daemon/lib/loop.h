/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop of a role: one thread, file descriptors, timers, signals.
 * loop.c is the only file that knows the event library.
 *
 * Ownership: every watch is embedded in its owner, whose free function calls
 * loop_unwatch().  Memory that a callback further up the stack may still look
 * at is given to loop_defer_free(), which frees at the end of the loop turn.
 */
#ifndef KSRTP_LOOP_H
#define KSRTP_LOOP_H

#include <stdbool.h>

struct err;

enum {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
};

struct loop_watch;
typedef void (*loop_fd_fn)(struct loop_watch *w, int fd, unsigned int events, void *arg);

/** struct loop_watch - one watched descriptor; all fields private, start zeroed */
struct loop_watch {
	void *event;		/* the event library's; NULL when not watching */
	int fd;
	unsigned int events;
	loop_fd_fn fn;
	void *arg;
};

/** loop_init() - once per process, before anything else here. Return: 0 or -errno. */
int loop_init(struct err *e);

/** loop_fini() - run what is deferred and let go of the event library. */
void loop_fini(void);

/**
 * loop_watch() - call fn(w, fd, events, arg) whenever @fd is ready (level-triggered)
 * @w: embedded watch; watching already means changing @events
 * @fd: descriptor; stays the caller's, and must be unwatched before it is closed
 * @events: LOOP_READ, LOOP_WRITE or both
 *
 * Return: 0 or -errno.
 */
int loop_watch(struct loop_watch *w, int fd, unsigned int events, loop_fd_fn fn, void *arg);

/** loop_unwatch() - no more callbacks from now on, not even one already pending. */
void loop_unwatch(struct loop_watch *w);

/**
 * loop_on_signal() - call fn(signo, arg) from the loop when the signal arrives
 *
 * At most eight signals. Return: 0 or -errno.
 */
int loop_on_signal(int signo, void (*fn)(int signo, void *arg), void *arg);

/** loop_defer() - call fn(arg) at the end of this loop turn. */
void loop_defer(void (*fn)(void *arg), void *arg);

/** loop_defer_free() - free(@p) at the end of this loop turn; NULL is fine. */
void loop_defer_free(void *p);

/** loop_run() - turn until loop_stop(). Return: the value given to loop_stop(). */
int loop_run(void);

/**
 * loop_turn() - one turn: wait at most @max_ms (-1: until something happens), handle
 * it, run due timers, then what was deferred. Tests drive the loop with this.
 */
void loop_turn(int max_ms);

/** loop_stop() - make loop_run() return @status after this turn. */
void loop_stop(int status);

#endif /* KSRTP_LOOP_H */
