// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls_bio.h"

#include <string.h>

static int bio_write(BIO *b, const char *data, size_t len, size_t *written)
{
	struct dtls_io *io = BIO_get_data(b);

	io->send((const uint8_t *)data, len, io->arg);
	*written = len;		/* lost or not: that is what timers are for */
	return 1;
}

/* As recv() does: what does not fit the buffer is gone. */
static int bio_read(BIO *b, char *out, size_t cap, size_t *got)
{
	struct dtls_io *io = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (!io->in) {
		BIO_set_retry_read(b);
		return 0;
	}
	*got = io->in_len < cap ? io->in_len : cap;
	memcpy(out, io->in, *got);
	io->in = NULL;
	return 1;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	const struct dtls_io *io = BIO_get_data(b);

	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_PENDING:
		return io->in ? (long)io->in_len : 0;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return DTLS_MTU;
	default:
		return 0;
	}
}

/* Made once per process; one thread a role. */
static const BIO_METHOD *method(void)
{
	static BIO_METHOD *m;

	if (m)
		return m;
	m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
	if (m && (!BIO_meth_set_write_ex(m, bio_write) || !BIO_meth_set_read_ex(m, bio_read) ||
		  !BIO_meth_set_ctrl(m, bio_ctrl))) {
		BIO_meth_free(m);
		m = NULL;
	}
	return m;
}

BIO *dtls_bio_new(struct dtls_io *io)
{
	const BIO_METHOD *m = method();
	BIO *b = m ? BIO_new(m) : NULL;

	if (!b)
		return NULL;
	BIO_set_data(b, io);
	BIO_set_init(b, 1);
	return b;
}
