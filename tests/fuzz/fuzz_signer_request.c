// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A request from anybody: what front tells auth about it always fits a message that auth
 * takes, or a stranger could end the daemon.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc.h"
#include "signer_front.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct signer_front_conf conf = { .realm = "provider.example" };
	static struct signer_ask ask, again;
	uint8_t space[IPC_MAX];
	struct sip_msg *m = NULL;
	unsigned int refusal;
	struct err e = { 0 };
	struct wbuf w;
	struct rbuf r;

	if (sip_msg_parse(&m, data, size, &refusal, &e) || !sip_msg_is_request(m)) {
		sip_msg_free(m);
		return 0;
	}
	for (int bearer = 0; bearer < 2; bearer++) {
		conf.bearer = bearer;
		if (signer_request_read(m, m->ruri_text, &conf, &ask, NULL, &e))
			continue;
		ask.ask = 1;
		w = ipc_begin(space, SIGNER_ASK);
		signer_ask_put(&w, &ask);
		r = rbuf_on(space + 2, w.len - 2);
		signer_ask_get(&r, &again);
		if (w.bad || !rbuf_done(&r))
			abort();
	}
	sip_msg_free(m);
	return 0;
}
