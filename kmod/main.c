// SPDX-License-Identifier: GPL-2.0-only
/* srtp.ko: coming up in order, going down in reverse. */
#include <linux/module.h>

#include "hmac.h"
#include "ingress.h"
#include "net.h"
#include "netlink.h"
#include "pool.h"
#include "selftest.h"
#include "stream.h"
#include "table.h"
#include "used.h"
#include "xt.h"

static int __init srtp_init(void)
{
	int err;

	srtp_stream_seed();
	srtp_apply_seed();
	err = srtp_hmac_init();
	if (err)
		return err;
	err = srtp_pool_init();
	if (err)
		goto fail_hmac;
	err = srtp_selftest();
	if (err)
		goto fail_pool;
	err = srtp_used_init();
	if (err)
		goto fail_pool;
	err = srtp_net_init();
	if (err)
		goto fail_used;
	err = srtp_ingress_init();
	if (err)
		goto fail_net;
	err = srtp_netlink_init();
	if (err)
		goto fail_ingress;
	err = srtp_xt_init();
	if (err)
		goto fail_netlink;
	pr_info("version %s loaded\n", SRTP_MODULE_VERSION);
	return 0;

fail_netlink:
	srtp_netlink_exit();
fail_ingress:
	srtp_ingress_exit();
fail_net:
	srtp_net_exit();
fail_used:
	rcu_barrier();
	srtp_used_exit();
fail_pool:
	srtp_pool_exit();
fail_hmac:
	srtp_hmac_exit();
	return err;
}

/*
 * No rule is left, or x_tables would hold the module.  After
 * srtp_netlink_exit() no request runs, after synchronize_net() no packet is in
 * the datapath but those inside a cipher; srtp_net_exit() waits for them as it
 * waits for the sessions they hold.  Their completions run with bottom halves
 * off, so once synchronize_rcu() returns none is even on its last
 * instructions; rcu_barrier() is for the callbacks that free.
 */
static void __exit srtp_exit(void)
{
	srtp_xt_exit();
	srtp_netlink_exit();
	srtp_ingress_exit();
	synchronize_net();
	srtp_net_exit();
	synchronize_rcu();
	rcu_barrier();
	srtp_used_exit();
	srtp_pool_exit();
	srtp_hmac_exit();
	pr_info("unloaded\n");
}

module_init(srtp_init);
module_exit(srtp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SRTP in the datapath: protect, unprotect and relay of RTP");
MODULE_VERSION(SRTP_MODULE_VERSION);
MODULE_ALIAS_GENL_FAMILY(SRTP_GENL_NAME);
MODULE_SOFTDEP("pre: aesni-intel sha1-ssse3 ghash-clmulni-intel gcm ctr sha1");
