// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a SIP request is to be checked and signed. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "sdp.h"
#include "signer_front.h"
#include "sip_date.h"
#include "token.h"

/* ---- fingerprints ----------------------------------------------------------------------- */

static int check_alg(const char *alg, struct err *e)
{
	for (const char *c = alg; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
			return err_set(e, -EINVAL, "a fingerprint's hash has an odd name");
	return *alg ? 0 : err_set(e, -EINVAL, "a fingerprint's hash has too long a name");
}

/*
 * Every a=fingerprint line counts (RFC 8224 section 4.1), also one whose hash we could not
 * compute: the verifier compares whole sets.
 */
static int add_mky(struct passport *p, const struct sdp_attr *attr, unsigned int n, struct err *e)
{
	for (unsigned int i = 0; i < n; i++) {
		struct sdp_fingerprint f = { 0 };
		const char *hex;
		int ret;

		if (strcmp(attr[i].name, "fingerprint") != 0)
			continue;
		ret = attr[i].value ? sdp_fingerprint_parse(&f, attr[i].value, e) : -EINVAL;
		if (ret && ret != -ENOTSUP)
			return ret;
		if (check_alg(f.alg, e))
			return -EINVAL;
		if (ret == -ENOTSUP) {
			hex = strchr(attr[i].value, ' ') + 1;
			if (strlen(hex) > 3 * sizeof(f.digest) - 1)
				return err_set(e, -EINVAL, "a fingerprint is too long");
			f.len = (uint8_t)((strlen(hex) + 1) / 3);
		}
		if (p->nmky == SDP_MAX_FINGERPRINTS)
			passport_mky_normalise(p);
		if (p->nmky == SDP_MAX_FINGERPRINTS)
			return err_set(e, -E2BIG, "more than %d fingerprints", SDP_MAX_FINGERPRINTS);
		p->mky[p->nmky++] = f;
	}
	return 0;
}

static unsigned int read_sdp(const struct sip_msg *m, struct signer_ask *out, struct err *e)
{
	struct passport p = { 0 };
	struct sdp *s;
	int err;

	if (!m->body_len || !sip_msg_content_is(m, "application/sdp"))
		return 0;
	s = sdp_parse((const char *)m->body, m->body_len, e);
	if (!s)
		return 488;
	err = add_mky(&p, s->attr, s->nattr, e);
	for (unsigned int i = 0; !err && i < s->nmedia; i++)
		err = add_mky(&p, s->media[i].attr, s->media[i].nattr, e);
	sdp_free(s);
	if (err) {
		err_set(e, err, "SDP: a fingerprint that cannot be signed");
		return 488;
	}
	passport_mky_normalise(&p);
	memcpy(out->mky, p.mky, sizeof(out->mky));
	out->nmky = p.nmky;
	out->sdp = true;
	return 0;
}

/* ---- credentials ------------------------------------------------------------------------ */

bool signer_request_ours(const struct signer_front_conf *conf, const char *value)
{
	struct digest_credentials c;
	size_t len;

	if (conf->bearer)
		return token_bearer(value, &len) || strncasecmp(value, "Bearer", 6) == 0;
	return digest_credentials_parse(&c, value, NULL) == 0 && strcmp(c.realm, conf->realm) == 0;
}

/* Of those that cannot be read none may be ours: no word about them, but a challenge. */
static unsigned int read_credentials(const struct sip_msg *m, const struct signer_front_conf *conf,
				     struct signer_ask *out, const char **credentials, struct err *e)
{
	for (const struct sip_hdr *h = NULL;
	     (h = sip_msg_find(m, SIP_HDR_PROXY_AUTHORIZATION, h));) {
		if (!signer_request_ours(conf, h->value))
			continue;
		if (strlen(h->value) >= sizeof(out->credentials)) {
			err_set(e, -E2BIG, "Proxy-Authorization is too long");
			return 400;
		}
		strcpy(out->credentials, h->value);
		if (credentials)
			*credentials = h->value;
		return 0;
	}
	return 0;
}

/* ---- the rest --------------------------------------------------------------------------- */

static bool copy(char *out, size_t cap, const char *text)
{
	if (!text)
		text = "";
	if (strlen(text) >= cap)
		return false;
	strcpy(out, text);
	return true;
}

static unsigned int read_date(const struct sip_msg *m, struct signer_ask *out, struct err *e)
{
	const struct sip_hdr *h = sip_msg_find(m, SIP_HDR_DATE, NULL);

	out->date = SIGNER_NO_DATE;
	if (!h)
		return 0;
	out->date = sip_date_parse(h->value);
	if (out->date >= 0 && !sip_msg_find(m, SIP_HDR_DATE, h))
		return 0;
	err_set(e, -EINVAL, "Date cannot be read, or is there twice");
	return 400;
}

unsigned int signer_request_read(const struct sip_msg *m, const char *ruri,
				 const struct signer_front_conf *conf, struct signer_ask *out,
				 const char **credentials, struct err *e)
{
	unsigned int code;

	memset(out, 0, sizeof(*out));
	if (credentials)
		*credentials = NULL;
	out->cseq = m->cseq;
	if (!copy(out->method, sizeof(out->method), m->method_name) ||
	    !copy(out->ruri, sizeof(out->ruri), ruri) ||
	    !copy(out->from, sizeof(out->from), m->from->uri_text) ||
	    !copy(out->to, sizeof(out->to), m->to->uri_text) ||
	    !copy(out->call_id, sizeof(out->call_id), m->call_id) ||
	    !copy(out->from_tag, sizeof(out->from_tag), m->from_tag) ||
	    !copy(out->to_tag, sizeof(out->to_tag), m->to_tag)) {
		err_set(e, -E2BIG, "a URI, tag, method or Call-ID is too long");
		return 400;
	}
	code = read_date(m, out, e);
	if (!code)
		code = read_credentials(m, conf, out, credentials, e);
	return code ? code : read_sdp(m, out, e);
}
