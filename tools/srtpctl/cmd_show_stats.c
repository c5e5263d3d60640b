// SPDX-License-Identifier: GPL-2.0-or-later
/* show stats and show version: of the kernel module, and of the daemon when it runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

struct pick {
	const char *name;
	json_t *found;
};

static void pick(const json_t *o, void *arg)
{
	struct pick *p = arg;

	if (!p->found)
		p->found = json_incref(json_object_get(o, p->name));
}

/* What the daemon answers to @op, NULL when it does not run; status 0 then too. */
static int ask_daemon(const char *path, const char *op, json_t **out, struct err *e)
{
	struct pick p = { op, NULL };
	struct client *c;
	int status = client_try(&c, path, e);

	*out = NULL;
	if (status)
		return status == ST_NO_DAEMON ? ST_OK : status;
	status = client_request(c, json_pack("{s:s}", "op", op), pick, &p, e);
	client_close(c);
	if (status) {
		json_decref(p.found);
		return status;
	}
	*out = p.found;
	return ST_OK;
}

int cmd_show_stats(int argc, char **argv, const struct common *common)
{
	struct nl_srtp_stats st;
	struct err e = { 0 };
	struct nl_srtp *c;
	json_t *daemon, *v;
	const char *name;
	int status, rc;

	if (argc > 1)
		return complain(ST_USAGE, "show stats: what is '%s'?", argv[1]);
	if (nl_srtp_open(&c, &e))
		return failed(&e);
	rc = nl_srtp_stats(c, &st, &e);
	nl_srtp_close(c);
	if (rc)
		return failed(&e);
	status = ask_daemon(common->socket, "stats", &daemon, &e);
	if (status)
		complain(status, "%s", err_text(&e));
	if (common->json) {
		rc = print_json(json_pack("{s:o, s:o}", "kernel", stats_json(&st, true),
					  "srtpd", daemon ? daemon : json_null()));
		return status ? status : rc;
	}
	printf("kernel, this network namespace\n  sessions  %" PRIu64 "\n", st.sessions);
	stats_print(&st, "  ");
	puts(daemon ? "srtpd" : "srtpd is not running");
	json_object_foreach(daemon, name, v)
		printf("  %-16s %lld\n", name, (long long)json_integer_value(v));
	json_decref(daemon);
	return status;
}

/* 0, or the status to end with; a module that is not there is told, not an error to stop at. */
static int ask_module(struct nl_srtp_version *v, struct err *e)
{
	struct nl_srtp *c;
	int rc = nl_srtp_open_any(&c, e);

	if (rc)
		return rc;
	rc = nl_srtp_version(c, v, e);
	nl_srtp_close(c);
	if (!rc && v->abi != SRTP_GENL_VERSION)
		rc = err_set(e, -EPROTONOSUPPORT, "kernel module %s speaks version %u, srtpctl "
			     KSRTP_VERSION " version %d: install module and tools of one version",
			     v->module, v->abi, SRTP_GENL_VERSION);
	return rc;
}

static int version_json(const struct nl_srtp_version *v, json_t *daemon)
{
	json_t *module = !v->abi ? json_null() :
		json_pack("{s:s, s:I, s:{s:s, s:s, s:s}}", "version", v->module,
			  "abi", (json_int_t)v->abi, "drivers", "aes_cm", v->driver_cm,
			  "hmac_sha1", v->driver_hmac, "aes_gcm", v->driver_gcm);

	return print_json(json_pack("{s:{s:s, s:i}, s:o, s:o}", "srtpctl",
				    "version", KSRTP_VERSION, "abi", SRTP_GENL_VERSION,
				    "kernel", module, "srtpd", daemon ? daemon : json_null()));
}

int cmd_show_version(int argc, char **argv, const struct common *common)
{
	struct nl_srtp_version v = { 0 };
	struct err module = { 0 }, e = { 0 };
	json_t *daemon;
	int status, rc;

	if (argc > 1)
		return complain(ST_USAGE, "show version: what is '%s'?", argv[1]);
	rc = ask_module(&v, &module);
	status = ask_daemon(common->socket, "version", &daemon, &e);
	if (common->json) {
		int printed = version_json(&v, daemon);

		if (printed)
			return printed;
		goto out;
	}
	printf("srtpctl        %s\n", KSRTP_VERSION);
	if (v.abi)
		printf("kernel module  %s\n"
		       "  AES counter mode  %s\n"
		       "  HMAC-SHA1         %s\n"
		       "  AES-GCM           %s\n", v.module, v.driver_cm, v.driver_hmac,
		       v.driver_gcm);
	else
		printf("kernel module  %s\n", rc == -ENODEV ? "not loaded" : "cannot be asked");
	if (daemon) {
		const char *s = json_string_value(json_object_get(daemon, "srtpd"));

		printf("srtpd          %.64s\n", s ? s : "?");
	} else {
		printf("srtpd          %s\n", status ? "cannot be asked" : "not running");
	}
	json_decref(daemon);
out:
	if (status)
		complain(status, "%s", err_text(&e));
	return rc ? failed(&module) : status;
}
