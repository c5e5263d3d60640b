// SPDX-License-Identifier: GPL-2.0-or-later
/* The iptables extension for "-j SRTP", IPv4 and IPv6. */
#include <stdio.h>
#include <xtables.h>

#include <linux/xt_SRTP.h>

static void srtp_help(void)
{
	puts("SRTP target: give RTP and RTCP to the sessions of the kernel module srtp\n"
	     "  no options; valid in the mangle table: PREROUTING for what comes in,\n"
	     "  OUTPUT or POSTROUTING for what local programs send.  Packets of no\n"
	     "  session, DTLS and STUN go on as if the rule were not there.");
}

/* There are no options to write; without this function iptables-legacy complains. */
static void srtp_save(const void *entry, const struct xt_entry_target *target)
{
	(void)entry;
	(void)target;
}

static struct xtables_target srtp_target[] = {
	{
		.family = NFPROTO_IPV4,
		.name = "SRTP",
		.version = XTABLES_VERSION,
		.revision = 0,
		.size = XT_ALIGN(sizeof(struct xt_SRTP_info)),
		.userspacesize = XT_ALIGN(sizeof(struct xt_SRTP_info)),
		.help = srtp_help,
		.save = srtp_save,
	},
	{
		.family = NFPROTO_IPV6,
		.name = "SRTP",
		.version = XTABLES_VERSION,
		.revision = 0,
		.size = XT_ALIGN(sizeof(struct xt_SRTP_info)),
		.userspacesize = XT_ALIGN(sizeof(struct xt_SRTP_info)),
		.help = srtp_help,
		.save = srtp_save,
	},
};

static void __attribute__((constructor)) srtp_register(void)
{
	xtables_register_targets(srtp_target, 2);
}
