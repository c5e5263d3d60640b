// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The iptables extensions for "-j SRTP" and "-m srtp", IPv4 and IPv6.  libxt_srtp.so is a
 * link to this library: iptables looks for either name.
 */
#include <stdio.h>
#include <string.h>
#include <xtables.h>

#include <linux/xt_SRTP.h>

#include "nl_srtp.h"

/* ---- the target ---- */

static void srtp_tg_help(void)
{
	puts("SRTP target: give RTP and RTCP to the sessions of the kernel module srtp\n"
	     "  no options; valid in the mangle table: PREROUTING for what comes in,\n"
	     "  OUTPUT or POSTROUTING for what local programs send.  Packets of no\n"
	     "  session, DTLS and STUN go on as if the rule were not there.");
}

/* There are no options to write; without this function iptables-legacy complains. */
static void srtp_tg_save(const void *entry, const struct xt_entry_target *target)
{
	(void)entry;
	(void)target;
}

static struct xtables_target srtp_target = {
	.family = NFPROTO_UNSPEC,
	.name = "SRTP",
	.version = XTABLES_VERSION,
	.revision = 0,
	.size = XT_ALIGN(sizeof(struct xt_SRTP_info)),
	.userspacesize = XT_ALIGN(sizeof(struct xt_SRTP_info)),
	.help = srtp_tg_help,
	.save = srtp_tg_save,
};

/* ---- the match ---- */

enum { O_VERIFIED, O_PROFILE, O_STATE, O_DIRECTION };	/* as bits: enum xt_srtp_option */

static const char *const directions[] = { [XT_SRTP_IN] = "in", [XT_SRTP_OUT] = "out" };

static const struct xt_option_entry srtp_mt_options[] = {
	{ .name = "verified", .id = O_VERIFIED, .type = XTTYPE_NONE, .flags = XTOPT_INVERT },
	{ .name = "profile", .id = O_PROFILE, .type = XTTYPE_STRING, .flags = XTOPT_INVERT },
	{ .name = "state", .id = O_STATE, .type = XTTYPE_STRING, .flags = XTOPT_INVERT },
	{ .name = "direction", .id = O_DIRECTION, .type = XTTYPE_STRING, .flags = XTOPT_INVERT },
	XTOPT_TABLEEND,
};

static void srtp_mt_help(void)
{
	const char *name;
	uint16_t profile;

	puts("srtp match: RTP and RTCP of the sessions of the kernel module srtp\n"
	     "[!] --verified            the far end of the session was verified\n"
	     "[!] --profile NAME        the packet is (or was) protected by this suite\n"
	     "[!] --state held|open     of the session\n"
	     "[!] --direction in|out    received by a session, or sent from one; else by chain:\n"
	     "                          out in OUTPUT and POSTROUTING, in everywhere else,\n"
	     "                          in FORWARD either\n"
	     "Without options: any session's.  DTLS, STUN and packets of no session never match.\n"
	     "Profiles:");
	for (size_t i = 0; (name = nl_srtp_profile_list(i, &profile)); i++)
		printf("  %s\n", name);
}

static uint16_t profile_of(const char *text)
{
	uint16_t profile;

	if (nl_srtp_profile_find(text, &profile))
		return profile;
	xtables_error(PARAMETER_PROBLEM, "srtp: no profile \"%s\"; \"-m srtp --help\" lists them",
		      text);
}

static uint8_t word_of(const char *option, const char *text, const char *zero, const char *one)
{
	if (!strcmp(text, zero))
		return 0;
	if (!strcmp(text, one))
		return 1;
	xtables_error(PARAMETER_PROBLEM, "srtp: --%s is %s or %s, not \"%s\"", option, zero, one,
		      text);
}

static void srtp_mt_parse(struct xt_option_call *cb)
{
	struct xt_srtp_mtinfo *info = cb->data;

	xtables_option_parse(cb);
	info->given |= (uint8_t)(1 << cb->entry->id);
	if (cb->invert)
		info->invert |= (uint8_t)(1 << cb->entry->id);
	switch (cb->entry->id) {
	case O_PROFILE:
		info->profile = profile_of(cb->arg);
		break;
	case O_STATE:
		info->state = word_of("state", cb->arg, nl_srtp_state_name(SRTP_STATE_HELD),
				      nl_srtp_state_name(SRTP_STATE_OPEN));
		break;
	case O_DIRECTION:
		info->direction = word_of("direction", cb->arg, directions[XT_SRTP_IN],
					  directions[XT_SRTP_OUT]);
		break;
	}
}

static void print(const struct xt_srtp_mtinfo *info, enum xt_srtp_option option, const char *name,
		  const char *value)
{
	if (info->given & option)
		printf("%s --%s%s%s", info->invert & option ? " !" : "", name, *value ? " " : "",
		       value);
}

static void srtp_mt_save(const void *entry, const struct xt_entry_match *match)
{
	const struct xt_srtp_mtinfo *info = (const void *)match->data;

	(void)entry;
	print(info, XT_SRTP_VERIFIED, "verified", "");
	print(info, XT_SRTP_PROFILE, "profile", nl_srtp_profile_name(info->profile));
	print(info, XT_SRTP_STATE, "state", nl_srtp_state_name(info->state));
	print(info, XT_SRTP_DIRECTION, "direction", directions[info->direction & 1]);
}

static void srtp_mt_print(const void *entry, const struct xt_entry_match *match, int numeric)
{
	(void)numeric;
	printf(" srtp");
	srtp_mt_save(entry, match);
}

static struct xtables_match srtp_match = {
	.family = NFPROTO_UNSPEC,
	.name = "srtp",
	.version = XTABLES_VERSION,
	.revision = 0,
	.size = XT_ALIGN(sizeof(struct xt_srtp_mtinfo)),
	.userspacesize = XT_ALIGN(sizeof(struct xt_srtp_mtinfo)),
	.help = srtp_mt_help,
	.x6_options = srtp_mt_options,
	.x6_parse = srtp_mt_parse,
	.print = srtp_mt_print,
	.save = srtp_mt_save,
};

static void __attribute__((constructor)) srtp_register(void)
{
	xtables_register_target(&srtp_target);
	xtables_register_match(&srtp_match);
}
