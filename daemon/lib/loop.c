// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <sys/time.h>

#include "err.h"
#include "log.h"
#include "timer.h"

#define MAX_SIGNALS 8
#define LONGEST_WAIT_MS 3600000

struct deferred {
	void (*fn)(void *arg);
	void *arg;
};

static struct event_base *base;
static struct event *wake;	/* ends a wait; timers themselves are timer.c's */
static bool stopping;
static int stop_status;

static struct {
	struct event *event;
	int signo;
	void (*fn)(int signo, void *arg);
	void *arg;
} signals[MAX_SIGNALS];

static struct deferred *deferred;
static size_t ndeferred, deferred_space;

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void library_log(int severity, const char *msg)
{
	if (severity >= EVENT_LOG_WARN)
		log_warn("event library", F_STR("says", msg));
}

int loop_init(struct err *e)
{
	struct event_config *cfg;

	if (base)
		return 0;
	event_set_log_callback(library_log);
	cfg = event_config_new();
	if (!cfg)
		return err_set(e, -ENOMEM, "no memory for the event loop");
	/* One thread a role; and no EVENT_* environment variable changes the backend. */
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (!base)
		return err_set(e, -ENOMEM, "cannot set up the event loop");
	wake = event_new(base, -1, 0, on_wake, NULL);
	if (!wake) {
		event_base_free(base);
		base = NULL;
		return err_set(e, -ENOMEM, "no memory for the event loop");
	}
	stopping = false;
	return 0;
}

static void run_deferred(void)
{
	size_t n = ndeferred;
	struct deferred *now = deferred;

	if (!n)
		return;
	/* What these defer in their turn belongs to the next turn. */
	deferred = NULL;
	ndeferred = deferred_space = 0;
	for (size_t i = 0; i < n; i++)
		now[i].fn(now[i].arg);
	if (!deferred) {
		deferred = now;
		deferred_space = n;
	} else {
		free(now);
	}
}

void loop_fini(void)
{
	while (ndeferred)
		run_deferred();
	free(deferred);
	deferred = NULL;
	deferred_space = 0;
	for (unsigned int i = 0; i < MAX_SIGNALS; i++) {
		if (signals[i].event)
			event_free(signals[i].event);
		signals[i].event = NULL;
	}
	if (!base)
		return;
	event_free(wake);
	event_base_free(base);
	base = NULL;
	libevent_global_shutdown();
}

static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct loop_watch *w = arg;
	unsigned int events = 0;

	if (what & EV_READ)
		events |= LOOP_READ;
	if (what & EV_WRITE)
		events |= LOOP_WRITE;
	w->fn(w, (int)fd, events, w->arg);
}

int loop_watch(struct loop_watch *w, int fd, unsigned int events, loop_fd_fn fn, void *arg)
{
	short what = EV_PERSIST;

	if (fd < 0 || !events || !base)
		return -EINVAL;
	if (events & LOOP_READ)
		what |= EV_READ;
	if (events & LOOP_WRITE)
		what |= EV_WRITE;
	if (w->event && w->fd == fd && w->events == events) {
		w->fn = fn;
		w->arg = arg;
		return 0;
	}
	loop_unwatch(w);
	w->event = event_new(base, fd, what, on_fd, w);
	if (!w->event)
		return -ENOMEM;
	w->fd = fd;
	w->events = events;
	w->fn = fn;
	w->arg = arg;
	if (event_add(w->event, NULL) < 0) {
		loop_unwatch(w);
		return -EBADF;
	}
	return 0;
}

void loop_unwatch(struct loop_watch *w)
{
	if (!w->event)
		return;
	event_free(w->event);
	w->event = NULL;
	w->events = 0;
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	(void)what;
	(void)arg;
	for (unsigned int i = 0; i < MAX_SIGNALS; i++) {
		if (signals[i].event && signals[i].signo == (int)signo)
			signals[i].fn((int)signo, signals[i].arg);
	}
}

int loop_on_signal(int signo, void (*fn)(int signo, void *arg), void *arg)
{
	unsigned int i = 0, slot = MAX_SIGNALS;

	for (i = 0; i < MAX_SIGNALS; i++) {
		if (signals[i].event && signals[i].signo == signo)
			break;
		if (!signals[i].event && slot == MAX_SIGNALS)
			slot = i;
	}
	if (i < MAX_SIGNALS) {		/* a new handler for the same signal */
		signals[i].fn = fn;
		signals[i].arg = arg;
		return 0;
	}
	if (slot == MAX_SIGNALS)
		return -ENOSPC;
	signals[slot].event = evsignal_new(base, signo, on_signal, NULL);
	if (!signals[slot].event)
		return -ENOMEM;
	signals[slot].signo = signo;
	signals[slot].fn = fn;
	signals[slot].arg = arg;
	if (event_add(signals[slot].event, NULL) < 0) {
		event_free(signals[slot].event);
		signals[slot].event = NULL;
		return -EINVAL;
	}
	return 0;
}

void loop_defer(void (*fn)(void *arg), void *arg)
{
	if (ndeferred == deferred_space) {
		size_t more = deferred_space ? deferred_space * 2 : 64;
		struct deferred *bigger = reallocarray(deferred, more, sizeof(*deferred));

		if (!bigger) {
			/* To forget @fn would break what its caller promised. */
			log_error("out of memory in the event loop");
			abort();
		}
		deferred = bigger;
		deferred_space = more;
	}
	deferred[ndeferred++] = (struct deferred){ .fn = fn, .arg = arg };
}

void loop_defer_free(void *p)
{
	if (p)
		loop_defer(free, p);
}

void loop_turn(int max_ms)
{
	int64_t wait = max_ms < 0 ? LONGEST_WAIT_MS : max_ms;
	int64_t next = timer_next();

	if (next >= 0 && next < wait)
		wait = next;
	if (ndeferred || stopping)
		wait = 0;
	if (wait > 0) {
		struct timeval tv = { .tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000 };

		event_add(wake, &tv);
		event_base_loop(base, EVLOOP_ONCE);
		event_del(wake);
	} else {
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	timer_run();
	run_deferred();
}

int loop_run(void)
{
	while (!stopping)
		loop_turn(-1);
	stopping = false;
	return stop_status;
}

void loop_stop(int status)
{
	stopping = true;
	stop_status = status;
}
