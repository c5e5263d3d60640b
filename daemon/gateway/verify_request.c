// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "sdp.h"
#include "sdp_oa.h"
#include "sip_date.h"
#include "sip_msg.h"

static unsigned int fail(struct verify_result *res, unsigned int code, const char *check,
			 const char *text)
{
	res->check = check;
	if (text)
		err_set(&res->why, -EBADMSG, "%s", text);
	return code;
}

static unsigned int fail_type(struct verify_result *res, const char *type)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+.-";

	err_set(&res->why, -EBADMSG, "the body is %.*s, not application/sdp",
		(int)strspn(type, plain), type);
	return fail(res, 488, "sdp", NULL);
}

/* ---- fingerprints ---------------------------------------------------------- */

/*
 * Every a=fingerprint line counts for mky, also one whose hash is of no use to us:
 * otherwise somebody could add one on the way.
 */
static int add_mky(struct passport *p, const struct sdp_attr *attr, unsigned int n, struct err *e)
{
	for (unsigned int i = 0; i < n; i++) {
		struct sdp_fingerprint f;
		const char *hex;
		int ret;

		if (strcmp(attr[i].name, "fingerprint"))
			continue;
		if (!attr[i].value)
			return err_set(e, -EINVAL, "a=fingerprint without a value");
		ret = sdp_fingerprint_parse(&f, attr[i].value, e);
		if (ret == -ENOTSUP) {
			hex = strchr(attr[i].value, ' ') + 1;
			if (!f.alg[0] || strlen(hex) > 3 * sizeof(f.digest) - 1)
				return err_set(e, -EINVAL, "a fingerprint's hash has too long a name or value");
			f.len = (uint8_t)((strlen(hex) + 1) / 3);
		} else if (ret) {
			return ret;
		}
		/* Repetitions fall together; so few are left that this bound is generous. */
		if (p->nmky == SDP_MAX_FINGERPRINTS)
			passport_mky_normalise(p);
		if (p->nmky == SDP_MAX_FINGERPRINTS)
			return err_set(e, -E2BIG, "more than %d fingerprints", SDP_MAX_FINGERPRINTS);
		p->mky[p->nmky++] = f;
	}
	return 0;
}

static void take_stream(struct verify_result *res, const struct sdp_media *m)
{
	for (unsigned int i = 0; i < m->nfp; i++) {
		memcpy(res->fp[i].alg, m->fp[i].alg, sizeof(res->fp[i].alg));
		memcpy(res->fp[i].digest, m->fp[i].digest, sizeof(res->fp[i].digest));
		res->fp[i].len = m->fp[i].len;
	}
	res->nfp = m->nfp;
}

static unsigned int read_sdp(struct verify_facts *f, const struct sip_msg *m,
			     struct verify_result *res)
{
	const char *encoding = sip_msg_value(m, SIP_HDR_CONTENT_ENCODING);
	unsigned int code = 0;
	struct sdp *s;
	int i;

	/* Others may see something else in it than we do. */
	if (encoding && strcasecmp(encoding, "identity") != 0)
		return fail(res, 488, "sdp", "the description has a Content-Encoding");
	if (!m->body_len)
		return fail(res, 488, "sdp", "there is no description whose fingerprints could be signed");
	if (!sip_msg_content_is(m, "application/sdp"))
		return fail_type(res, sip_msg_value(m, SIP_HDR_CONTENT_TYPE));
	s = sdp_parse((const char *)m->body, m->body_len, &res->why);
	if (!s)
		return fail(res, 488, "sdp", NULL);
	i = oa_stream(s, MEDIA_DTLS);
	if (i < 0 || !s->media[i].nfp) {
		code = fail(res, 488, "sdp", i < 0 ? "no audio over DTLS-SRTP is offered"
						   : "no fingerprint of a usable hash");
	} else {
		take_stream(res, &s->media[i]);
		if (add_mky(&f->want, s->attr, s->nattr, &res->why))
			code = fail(res, 488, "sdp", NULL);
		for (unsigned int k = 0; !code && k < s->nmedia; k++)
			if (add_mky(&f->want, s->media[k].attr, s->media[k].nattr, &res->why))
				code = fail(res, 488, "sdp", NULL);
	}
	sdp_free(s);
	passport_mky_normalise(&f->want);
	return code;
}

/* ---- names and time -------------------------------------------------------- */

static unsigned int read_names(struct verify_facts *f, const struct verify_request *rq,
			       const struct sip_msg *m, struct verify_result *res)
{
	if (passport_id_from_uri(&f->want.orig, m->from->uri_text, &res->why))
		return fail(res, 403, "from", NULL);
	if (passport_id_from_uri(&f->want.dest[0], m->to->uri_text, &res->why))
		return fail(res, 403, "to", NULL);
	f->want.ndest = 1;
	if (rq->far && !passport_id_equal(rq->far, &f->want.orig)) {
		err_set(&res->why, -EACCES, "From is %s; this dialog is with %s",
			f->want.orig.value, rq->far->value);
		return fail(res, 403, "from", NULL);
	}
	if (rq->near && !passport_id_equal(rq->near, &f->want.dest[0])) {
		err_set(&res->why, -EACCES, "To is %s; this end of the dialog is %s",
			f->want.dest[0].value, rq->near->value);
		return fail(res, 403, "to", NULL);
	}
	return 0;
}

static unsigned int read_date(struct verify_facts *f, const struct sip_msg *m,
			      struct verify_result *res)
{
	const struct sip_hdr *h = sip_msg_find(m, SIP_HDR_DATE, NULL);
	int64_t age;

	if (!h)
		return 0;
	f->want.iat = sip_date_parse(h->value);
	if (f->want.iat < 0) {
		err_set(&res->why, -EINVAL, "Date \"%.40s\" cannot be read", h->value);
		return fail(res, 403, "date", NULL);
	}
	f->dated = true;
	/* Here already, so that old requests fetch nothing. */
	age = clock_wall() - f->want.iat;
	if (age > PASSPORT_FRESH || age < -PASSPORT_FRESH) {
		err_set(&res->why, -ETIME, "Date is %lld seconds %s; at most %d are taken",
			(long long)(age < 0 ? -age : age), age < 0 ? "ahead" : "old", PASSPORT_FRESH);
		return fail(res, 403, "date", NULL);
	}
	return 0;
}

/* ---- Identity -------------------------------------------------------------- */

/* Those that are for one request alone go first: with one of them the others say nothing new. */
static void put_in_order(struct verify_facts *f)
{
	const struct identity_header last = f->header[f->nheaders];
	unsigned int i = f->nheaders++;

	for (; last.ppt == PASSPORT_CTX && i && f->header[i - 1].ppt != PASSPORT_CTX; i--)
		f->header[i] = f->header[i - 1];
	f->header[i] = last;
}

static unsigned int read_identity(struct verify_facts *f, const struct verify_request *rq,
				  const struct sip_msg *m, struct verify_result *res)
{
	const struct sip_hdr *h = NULL;
	unsigned int unknown = 0, bad = 0, n = 0;

	while ((h = sip_msg_find(m, SIP_HDR_IDENTITY, h)) && n < VERIFY_MAX_IDENTITY) {
		struct identity_header *i = &f->header[f->nheaders];

		n++;
		if (identity_header_parse(i, h->value, &res->why)) {
			bad++;
		} else if (!i->known || (i->ppt == PASSPORT_CTX && rq->binding == CONF_BINDING_OFF)) {
			identity_header_free(i);	/* section 6.2 step 1: as if it were not there */
			unknown++;
		} else {
			put_in_order(f);
		}
	}
	if (f->nheaders)
		return 0;
	if (h)
		err_set(&res->why, -E2BIG, "none of the first %d Identity headers can be used, and no more "
			"are looked at", VERIFY_MAX_IDENTITY);
	if (bad)
		return fail(res, 438, "identity", NULL);
	return fail(res, 428, "identity", unknown ? "no Identity header of a type that is understood"
						  : "there is no Identity header");
}

unsigned int verify_facts_read(struct verify_facts *f, const struct verify_request *rq,
			       struct verify_result *res)
{
	struct sip_msg *m = NULL;
	unsigned int code, refusal;

	memset(f, 0, sizeof(*f));
	if (sip_msg_parse(&m, rq->data, rq->len, &refusal, &res->why) || !sip_msg_is_request(m)) {
		sip_msg_free(m);
		return fail(res, 400, "request", res->why.code ? NULL : "it is a response");
	}
	f->call_id = strdup(m->call_id);
	f->from_tag = strdup(m->from_tag ? m->from_tag : "");
	f->method = strdup(m->method_name);
	f->cseq = m->cseq;
	/* What cannot be signed stays empty, and then no token is for it. */
	passport_ctx_set(&f->want.ctx, m->method_name, m->call_id, m->cseq, m->from_tag, m->to_tag);
	code = !f->call_id || !f->from_tag || !f->method ?
		       fail(res, 500, "request", "out of memory") : 0;
	/* Fingerprints first: where "prefer" lets a call pass, they are what it gets. */
	if (!code)
		code = read_sdp(f, m, res);
	if (!code)
		code = read_names(f, rq, m, res);
	if (!code)
		code = read_identity(f, rq, m, res);
	if (!code)
		code = read_date(f, m, res);
	sip_msg_free(m);
	return code;
}

void verify_facts_release(struct verify_facts *f)
{
	free(f->call_id);
	free(f->from_tag);
	free(f->method);
	for (unsigned int i = 0; i < f->nheaders; i++)
		identity_header_free(&f->header[i]);
	memset(f, 0, sizeof(*f));
}
