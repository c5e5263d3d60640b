// SPDX-License-Identifier: GPL-2.0-or-later
/* Session descriptions (RFC 8866): the printer, names and fingerprints. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "sdp.h"

static const char *const directions[] = {
	[SDP_SENDRECV] = "sendrecv",
	[SDP_SENDONLY] = "sendonly",
	[SDP_RECVONLY] = "recvonly",
	[SDP_INACTIVE] = "inactive",
};

static const char *const setups[] = {
	[SDP_SETUP_ACTIVE] = "active",
	[SDP_SETUP_PASSIVE] = "passive",
	[SDP_SETUP_ACTPASS] = "actpass",
	[SDP_SETUP_HOLDCONN] = "holdconn",
};

static const char *const protos[] = {
	[SDP_PROTO_AVP] = "RTP/AVP",
	[SDP_PROTO_AVPF] = "RTP/AVPF",
	[SDP_PROTO_SAVP] = "RTP/SAVP",
	[SDP_PROTO_SAVPF] = "RTP/SAVPF",
	[SDP_PROTO_DTLS_SAVP] = "UDP/TLS/RTP/SAVP",
	[SDP_PROTO_DTLS_SAVPF] = "UDP/TLS/RTP/SAVPF",
};

const char *sdp_proto_name(enum sdp_proto p)
{
	return protos[p];
}

enum sdp_proto sdp_proto_of(const char *s)
{
	for (int i = SDP_PROTO_AVP; i <= SDP_PROTO_DTLS_SAVPF; i++)
		if (!strcmp(s, protos[i]))
			return (enum sdp_proto)i;
	return SDP_PROTO_OTHER;
}

const char *sdp_direction_name(enum sdp_direction d)
{
	return directions[d];
}

const char *sdp_setup_name(enum sdp_setup s)
{
	return setups[s];
}

const char *sdp_attr_find(const struct sdp_attr *attr, unsigned int nattr, const char *name)
{
	for (unsigned int i = 0; i < nattr; i++)
		if (!strcmp(attr[i].name, name))
			return attr[i].value ? attr[i].value : "";
	return NULL;
}

bool sdp_has_format(const char *formats, unsigned int low, unsigned int high)
{
	while (*formats) {
		char *end;
		unsigned long pt = strtoul(formats, &end, 10);

		if (end == formats)
			return false;
		if (pt >= low && pt <= high)
			return true;
		formats = end + strspn(end, " ");
	}
	return false;
}

/* ---- fingerprints, RFC 8122 ------------------------------------------------ */

/* Of what length; 0: RFC 8122 section 5 forbids it. */
static const struct {
	const char *name;
	uint8_t len;
} hashes[] = {
	{ "sha-1", 20 }, { "sha-224", 28 }, { "sha-256", 32 }, { "sha-384", 48 },
	{ "sha-512", 64 }, { "md5", 0 }, { "md2", 0 },
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "AB:CD:..." into at most @cap octets. Return: how many there are, or -1 when it is not that. */
static int parse_colon_hex(uint8_t *out, size_t cap, const char *s)
{
	size_t n = 0;

	for (;;) {
		int high = hex_digit(s[0]), low = high < 0 ? -1 : hex_digit(s[1]);

		if (low < 0)
			return -1;
		if (n < cap)
			out[n] = (uint8_t)(high << 4 | low);
		n++;
		s += 2;
		if (!*s)
			return (int)n;
		if (*s++ != ':')
			return -1;
	}
}

bool sdp_is_token_char(unsigned char c)
{
	return c > 0x20 && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]", c);
}

int sdp_fingerprint_parse(struct sdp_fingerprint *f, const char *value, struct err *e)
{
	const char *space = strchr(value, ' ');
	size_t alg = space ? (size_t)(space - value) : 0;
	int n;

	memset(f, 0, sizeof(*f));
	if (!alg)
		return err_set(e, -EINVAL, "a fingerprint must be a hash name, a space and hex octets");
	for (size_t i = 0; i < alg; i++)	/* a token, RFC 8122 section 5 */
		if (!sdp_is_token_char((unsigned char)value[i]))
			return err_set(e, -EINVAL, "a fingerprint's hash has a name that is no token");
	n = parse_colon_hex(f->digest, sizeof(f->digest), space + 1);
	if (n < 0)
		return err_set(e, -EINVAL, "a fingerprint must be pairs of hex digits parted by colons");
	if (alg >= sizeof(f->alg))
		return -ENOTSUP;
	for (size_t i = 0; i < alg; i++)
		f->alg[i] = value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] | 0x20) : value[i];
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		if (strcmp(f->alg, hashes[i].name))
			continue;
		if (!hashes[i].len)
			return -ENOTSUP;
		if (n != hashes[i].len)
			return err_set(e, -EINVAL, "a %s fingerprint has %d octets, not %d",
				       f->alg, hashes[i].len, n);
		f->len = hashes[i].len;
		return 0;
	}
	return -ENOTSUP;
}

void sdp_fingerprint_print(struct wbuf *w, const struct sdp_fingerprint *f)
{
	wbuf_str(w, f->alg);
	for (unsigned int i = 0; i < f->len; i++)
		wbuf_printf(w, "%c%02X", i ? ':' : ' ', f->digest[i]);
}

bool sdp_fingerprint_equal(const struct sdp_fingerprint *a, const struct sdp_fingerprint *b)
{
	return a->len == b->len && !strcmp(a->alg, b->alg) && !memcmp(a->digest, b->digest, a->len);
}

/* ---- printing -------------------------------------------------------------- */

static void print_address(struct wbuf *w, const struct addr *a)
{
	char ip[ADDR_STRLEN];

	wbuf_printf(w, "IN IP%c %s", a->family == AF_INET6 ? '6' : '4',
		    addr_is_set(a) ? addr_ip_str(a, ip) : "host.invalid");
}

/* Attributes whose meaning is in fields of struct sdp_media are printed from those. */
static bool from_field(const char *name)
{
	static const char *const fields[] = {
		"sendrecv", "sendonly", "recvonly", "inactive", "rtcp-mux", "rtcp",
		"setup", "tls-id", "fingerprint",
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(name, fields[i]))
			return true;
	return false;
}

static void print_attrs(struct wbuf *w, const struct sdp_attr *attr, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (from_field(attr[i].name))
			continue;
		wbuf_printf(w, "a=%s", attr[i].name);
		if (attr[i].value) {
			wbuf_str(w, ":");
			wbuf_str(w, attr[i].value);
		}
		wbuf_str(w, "\r\n");
	}
}

static void print_media(struct wbuf *w, const struct sdp_media *m)
{
	wbuf_printf(w, "m=%s %u", m->type, m->port);
	if (m->nports > 1)
		wbuf_printf(w, "/%u", m->nports);
	wbuf_printf(w, " %s %s\r\n", m->proto_str, m->formats);
	if (addr_is_set(&m->conn)) {
		wbuf_str(w, "c=");
		print_address(w, &m->conn);
		wbuf_str(w, "\r\n");
	}
	print_attrs(w, m->attr, m->nattr);
	if (m->port)
		wbuf_printf(w, "a=%s\r\n", sdp_direction_name(m->direction));
	if (m->rtcp.port) {
		wbuf_printf(w, "a=rtcp:%u", m->rtcp.port);
		if (addr_is_set(&m->rtcp)) {
			wbuf_str(w, " ");
			print_address(w, &m->rtcp);
		}
		wbuf_str(w, "\r\n");
	}
	if (m->rtcp_mux)
		wbuf_str(w, "a=rtcp-mux\r\n");
	if (m->setup != SDP_SETUP_NONE)
		wbuf_printf(w, "a=setup:%s\r\n", sdp_setup_name(m->setup));
	if (m->tls_id)
		wbuf_printf(w, "a=tls-id:%s\r\n", m->tls_id);
	for (unsigned int i = 0; i < m->nfp; i++) {
		wbuf_str(w, "a=fingerprint:");
		sdp_fingerprint_print(w, &m->fp[i]);
		wbuf_str(w, "\r\n");
	}
}

void sdp_print(struct wbuf *w, const struct sdp *s)
{
	wbuf_printf(w, "v=0\r\no=%s %llu %llu ", s->user, (unsigned long long)s->id,
		    (unsigned long long)s->version);
	print_address(w, &s->origin);
	wbuf_printf(w, "\r\ns=%s\r\nt=0 0\r\n", s->name);
	print_attrs(w, s->attr, s->nattr);
	for (unsigned int i = 0; i < s->nmedia; i++)
		print_media(w, &s->media[i]);
}
