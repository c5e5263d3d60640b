// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel (or who passes for it) answers.  The first octet chooses the reader,
 * the rest is one netlink message whose length is made to fit, as nl.c has checked it.
 */
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "nl_srtp.h"
#include "nl_srtp_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nl_srtp_report r;
	struct nl_refusal refusal;
	enum srtp_event what;
	struct nlmsghdr *h;
	char path[24];
	size_t len;

	if (size < 1 + sizeof(*h))
		return 0;
	len = size - 1 < 4096 ? size - 1 : 4096;
	/* A block of exactly this size, so that a sanitiser sees one octet too far. */
	h = malloc(len);
	if (!h)
		return 0;
	memcpy(h, data + 1, len);
	h->nlmsg_len = (uint32_t)len;
	switch (data[0] % 4) {
	case 0:
		nl_srtp_report_parse(h, &r);
		break;
	case 1:
		nl_srtp_event_parse(h, &what, &r);
		break;
	case 2:
		/* The request at fault is the same octets: it is as untrusted here. */
		nl_refusal_parse(h, h, len, nl_srtp_attr_names, &refusal);
		break;
	case 3:
		for (size_t offset = 0; offset < len; offset += 4)
			nl_attr_path(h, len, offset, data[0] >> 2, nl_srtp_attr_names, path,
				     sizeof(path));
		break;
	}
	free(h);
	return 0;
}
