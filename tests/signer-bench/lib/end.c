// SPDX-License-Identifier: GPL-2.0-or-later
#include "end.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#define RURI "sip:bob@biloxi.example.org"

void bench_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("signer-bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_FAILURE);
}

/* What srtpd offers: one audio stream, one fingerprint. */
static const char sdp[] =
	"v=0\r\n"
	"o=- 3911842217 1 IN IP4 192.0.2.1\r\n"
	"s=-\r\n"
	"c=IN IP4 192.0.2.1\r\n"
	"t=0 0\r\n"
	"m=audio 16384 UDP/TLS/RTP/SAVP 0 8 96 101\r\n"
	"a=rtpmap:0 PCMU/8000\r\n"
	"a=rtpmap:8 PCMA/8000\r\n"
	"a=rtpmap:96 opus/48000/2\r\n"
	"a=rtpmap:101 telephone-event/8000\r\n"
	"a=fmtp:101 0-16\r\n"
	"a=ptime:20\r\n"
	"a=rtcp-mux\r\n"
	"a=setup:actpass\r\n"
	"a=tls-id:abc3de65cddef001be82abc3de65cddef001be82\r\n"
	"a=fingerprint:sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:"
	"3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2\r\n"
	"a=sendrecv\r\n";

static void put_credentials(struct bench_end *end, char *out, size_t cap)
{
	char user[16], value[DIGEST_HEADER_MAX];
	struct digest_credentials c;
	struct err e = { 0 };

	snprintf(user, sizeof(user), "u%u", end->index);
	if (digest_answer(&end->challenge, user, end->ha1, "INVITE", RURI, ++end->nc, NULL, &c, &e) ||
	    digest_credentials_print(&c, value, sizeof(value)))
		bench_fail("no credentials: %s", err_text(&e));
	snprintf(out, cap, "Proxy-Authorization: %s\r\n", value);
}

size_t bench_invite(struct bench_end *end, char out[BENCH_MESSAGE])
{
	const unsigned long call = ++end->calls;
	char credentials[DIGEST_HEADER_MAX + 32] = "";
	int n;

	if (end->challenged)
		put_credentials(end, credentials, sizeof(credentials));
	n = snprintf(out, BENCH_MESSAGE,
		     "INVITE " RURI " SIP/2.0\r\n"
		     "Via: SIP/2.0/UDP %s;branch=z9hG4bK%u.%lu;rport\r\n"
		     "Max-Forwards: 70\r\n"
		     "From: <sip:u%u@atlanta.example.com>;tag=%lx\r\n"
		     "To: <" RURI ">\r\n"
		     "Call-ID: %u.%lu@192.0.2.1\r\n"
		     "CSeq: %lu INVITE\r\n"
		     "Contact: <sip:u%u@%s>\r\n"
		     "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, OPTIONS\r\n"
		     "Supported: 100rel, from-change\r\n"
		     "User-Agent: bench\r\n"
		     "%s"
		     "Content-Type: application/sdp\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
		     end->address, end->index, call, end->index, call, end->index, call, call & 0x7fffffff,
		     end->index, end->address, credentials, sizeof(sdp) - 1, sdp);
	if (n >= BENCH_MESSAGE)
		bench_fail("an INVITE of %d octets", n);
	return (size_t)n;
}

char *bench_header(const char *message, const char *name)
{
	char wanted[64];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
	at = strcasestr(message, wanted);
	if (!at)
		return NULL;
	at += strlen(wanted);
	return strndup(at, strcspn(at, "\r"));
}

void bench_challenged(struct bench_end *end, const char *response)
{
	char *value = bench_header(response, "Proxy-Authenticate"), user[16];
	struct err e = { 0 };

	snprintf(user, sizeof(user), "u%u", end->index);
	if (!value || digest_challenge_parse(&end->challenge, value, &e) ||
	    digest_ha1(end->challenge.alg, user, end->challenge.realm, BENCH_PASSWORD, end->ha1))
		bench_fail("not a challenge that can be answered: %s", response);
	free(value);
	end->challenged = true;
	end->nc = 0;
}

size_t bench_answer(const char *request, const char *status, char out[BENCH_MESSAGE])
{
	static const char *const keep[] = { "Via:", "From:", "To:", "Call-ID:", "CSeq:" };
	size_t n;

	if (strncmp(request, "ACK ", 4) == 0)
		return 0;
	n = (size_t)snprintf(out, BENCH_MESSAGE, "SIP/2.0 %s\r\n", status);
	for (const char *at = strstr(request, "\r\n") + 2; *at != '\r'; ) {
		const size_t len = strcspn(at, "\r");

		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			if (strncasecmp(at, keep[i], strlen(keep[i])) == 0)
				n += (size_t)snprintf(out + n, BENCH_MESSAGE - n, "%.*s%s\r\n", (int)len, at,
						      i == 2 ? ";tag=b" : "");
		at += len + 2;
	}
	n += (size_t)snprintf(out + n, BENCH_MESSAGE - n,
			      "Contact: <sip:bob@192.0.2.9>\r\nContent-Length: 0\r\n\r\n");
	if (n >= BENCH_MESSAGE)
		bench_fail("an answer of %zu octets", n);
	return n;
}

unsigned int bench_end_of(const char *message)
{
	const char *from = strcasestr(message, "\r\nFrom: <sip:u");

	if (!from)
		bench_fail("whose is this? %s", message);
	return (unsigned int)strtoul(from + strlen("\r\nFrom: <sip:u"), NULL, 10);
}

unsigned int bench_code(const char *message)
{
	return strncmp(message, "SIP/2.0 ", 8) ? 0 : (unsigned int)atoi(message + 8);
}
