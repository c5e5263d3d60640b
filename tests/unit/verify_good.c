// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The good INVITE, and what may happen to it: all of these must still verify.
 * A proxy may add, reorder and rewrite what no signature covers; signers and callers may
 * use everything that the standards allow.
 */
#include "verify_lists.h"

/* Two certificate fingerprints; in the SDP in the order in which mky does not have them. */
#define LINE1 "a=fingerprint:sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:" \
	      "19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1\r\n"
#define LINE2 "a=fingerprint:sha-256 02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:" \
	      "3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2\r\n"

const char vl_headers[] =
	"INVITE sip:bob@192.0.2.9 SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK74bf9\r\n"
	"Max-Forwards: 70\r\n"
	"From: \"Alice\" <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n"
	"To: <sip:bob@biloxi.example.org>\r\n"
	"Call-ID: 3848@192.0.2.1\r\n"
	"CSeq: 1 INVITE\r\n"
	"Date: Fri, 25 Sep 2015 19:12:25 GMT\r\n"
	"Identity: @TOKEN@;info=<@X5U@>;alg=ES256\r\n"
	"Contact: <sip:alice@192.0.2.1>\r\n"
	"Content-Type: application/sdp\r\n"
	"Content-Length: @LENGTH@\r\n"
	"\r\n";

const char vl_sdp[] =
	"v=0\r\n"
	"o=- 2890844526 2890844526 IN IP4 192.0.2.1\r\n"
	"s=-\r\n"
	"c=IN IP4 192.0.2.1\r\n"
	"t=0 0\r\n"
	"m=audio 49172 UDP/TLS/RTP/SAVP 0\r\n"
	"a=setup:actpass\r\n"
	LINE1
	LINE2
	"a=rtcp-mux\r\n";

const char vl_header[] = "{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"@X5U@\"}";

const char vl_payload[] =
	"{\"dest\":{\"uri\":[\"sip:bob@biloxi.example.org\"]},"
	"\"iat\":1443208345,"
	"\"mky\":["
	"{\"alg\":\"sha-256\",\"dig\":\"021ACC5427ABEB9C533F3E4B652E7D463F5442CD54F17A03A27DF9B07F4619B2\"},"
	"{\"alg\":\"sha-256\",\"dig\":\"4AADB9B13F82183B540212DF3E5D496B19E57CAB3E4B652E7D463F5442CD54F1\"}],"
	"\"orig\":{\"uri\":\"sip:alice@atlanta.example.com\"}}";

#define FROM	"\"Alice\" <sip:alice@atlanta.example.com>"
#define TO	"<sip:bob@biloxi.example.org>"
#define IDENTITY "Identity: @TOKEN@;info=<@X5U@>;alg=ES256\r\n"
#define ORIG	"\"uri\":\"sip:alice@atlanta.example.com\""
#define DEST	"\"uri\":[\"sip:bob@biloxi.example.org\"]"

#define CONTEXT	"\"ksrtp-ctx\":{\"call_id\":\"3848@192.0.2.1\",\"cseq\":1," \
		"\"from_tag\":\"9fxced76sl\",\"method\":\"INVITE\",\"to_tag\":\"\"}"

const struct vl_entry vl_good[] = {
	{ .name = "as it is" },

	/* Header fields */
	{ "header fields in another order", .wire = { { "Max-Forwards: 70\r\n", "" },
	  { "Date: Fri, 25 Sep 2015 19:12:25 GMT\r\n", "" }, { IDENTITY, "" },
	  { "From: ", IDENTITY "Date: Fri, 25 Sep 2015 19:12:25 GMT\r\nFrom: " },
	  { "Content-Type: ", "Max-Forwards: 70\r\nContent-Type: " } } },
	{ "Identity as the last header field", .wire = { { IDENTITY, "" },
	  { "Content-Length: @LENGTH@\r\n", "Content-Length: @LENGTH@\r\n" IDENTITY } } },
	{ "header names in another case", .wire = { { "From:", "FROM:" }, { "To:", "tO:" },
	  { "Date:", "dATE:" }, { "Identity:", "identity:" }, { "Content-Type:", "CONTENT-type:" } } },
	{ "folded lines", .wire = { { "From: ", "From:\r\n  " }, { "To: ", "To:\r\n\t" },
	  { ";info=<", "\r\n ;info=<" }, { ">;alg", ">\r\n\t;alg" }, { "Date: ", "Date: \r\n " } } },
	{ "white space around colons", .wire = { { "From: ", "From \t:" }, { "Identity: ", "Identity :   " },
	  { "Date: ", "Date:\t" } } },
	{ "compact names f, t, i, v, m, c", .wire = { { "From:", "f:" }, { "To:", "t:" }, { "Call-ID:", "i:" },
	  { "Via:", "v:" }, { "Contact:", "m:" }, { "Content-Type:", "c:" } } },
	{ "compact names y and l", .wire = { { "Identity:", "y:" }, { "Content-Length:", "l:" } } },
	{ "unknown header fields", .wire = { { "Max-Forwards:", "X-Colour: \"a, b\"\r\nP-Unknown: <x>\r\nMax-Forwards:" },
	  { "Contact:", "Identity-Info: <https://old.example/>\r\nContact:" } } },
	{ "Via, Record-Route and Max-Forwards of a proxy", .wire = { { "Via: ",
	  "Via: SIP/2.0/TCP 192.0.2.7;branch=z9hG4bKp\r\nRecord-Route: <sip:192.0.2.7;lr>\r\nVia: " },
	  { "Max-Forwards: 70", "Max-Forwards: 69" } } },
	{ "another Request-URI, a contact's", .wire = { { "sip:bob@192.0.2.9", "sips:b@198.51.100.7:5071;transport=tcp" } } },
	{ "another Contact", .wire = { { "<sip:alice@192.0.2.1>", "<sip:gw@198.51.100.7>;expires=60" } } },
	{ "P-Asserted-Identity of somebody else", .wire = { { "Contact:",
	  "P-Asserted-Identity: <sip:mallory@evil.example>\r\nContact:" } } },
	{ "an empty line in front", .wire = { { "INVITE", "\r\nINVITE" } } },
	{ "octets behind the body", .wire = { { "@END@", "@END@a=fingerprint:sha-1 00\r\n" } } },
	{ "no Content-Length", .wire = { { "Content-Length: @LENGTH@\r\n", "" } } },

	/* From and To */
	{ "changed display name", .wire = { { "\"Alice\"", "\"Mallory, \\\"really\\\"\"" } } },
	{ "display name that looks like an address", .wire = { { "\"Alice\"", "\"<sip:mallory@evil.example>\"" } } },
	{ "display name in UTF-8", .wire = { { "\"Alice\"", "\"\xc3\x84lice\"" } } },
	{ "no display name, no brackets", .wire = { { FROM, "sip:alice@atlanta.example.com" } } },
	{ "header parameters of From and To", .wire = { { FROM ";", FROM ";x=y;user=phone;" },
	  { TO, TO ";tag=b7;z=\"q\"" } } },
	{ "URI parameters, port and password", .wire = {
	  { "alice@atlanta.example.com", "alice:pw@atlanta.example.com:5070;transport=tcp;lr" },
	  { "bob@biloxi.example.org", "bob@biloxi.example.org:5060;maddr=192.0.2.66" } } },
	{ "upper and lower case in URIs", .wire = { { "sip:alice@atlanta.example.com", "SIP:ALICE@Atlanta.EXAMPLE.com" },
	  { "bob@biloxi", "Bob@BILOXI" } } },
	{ "escapes of letters in URIs", .wire = { { "alice@", "%61lic%65@" }, { "bob@", "b%6Fb@" } } },
	{ "a number as tel URI", .sign = { { ORIG, "\"tn\":\"12155551212\"" } }, .wire = {
	  { FROM, "<tel:+1-(215)-555.1212;isub=9>" } } },
	{ "numbers as user=phone", .sign = { { ORIG, "\"tn\":\"12155551212\"" }, { DEST, "\"tn\":[\"911\"]" } },
	  .wire = { { FROM, "<sip:+12155551212@atlanta.example.com;user=phone>" },
	  { TO, "<sip:911@biloxi.example.org;transport=udp;USER=Phone>" } } },

	/* Identity */
	{ "compact form", .form = COMPACT },
	{ "quoted parameters, without alg", .sign = { { "\"typ\"", "\"ppt\":\"msec\",\"typ\"" } }, .wire = {
	  { ";alg=ES256", ";ppt=\"msec\"" } } },
	{ "bare parameters", .sign = { { "\"typ\"", "\"ppt\":\"msec\",\"typ\"" } }, .wire = {
	  { "info=<@X5U@>;alg", "info=@X5U@;ppt=msec;alg" } } },
	{ "alg in quotes", .wire = { { "alg=ES256", "alg=\"ES256\"" } } },
	{ "unknown parameters of all kinds", .wire = { { ";alg=ES256", ";flag;a=b;c=\"d \\\" ; e\";alg=ES256;f" } } },
	{ "parameters in another order, case and spacing", .wire = { { ";info=<@X5U@>;alg=ES256",
	  " ; ALG = ES256 ;\tInfo = <@X5U@>" } } },
	{ "compact form of msec", .form = COMPACT, .sign = { { "\"typ\"", "\"ppt\":\"msec\",\"typ\"" } },
	  .wire = { { ";alg", ";ppt=msec;alg" } } },
	{ "other claims and header parameters that are signed", .sign = { { "{\"dest\"", "{\"attest\":\"A\",\"dest\"" },
	  { "\"passport\",", "\"passport\",\"x5t\":\"A\"," }, { ":\"A\",\"x5u\"", ":\"B\",\"x5u\"" } } },
	{ "a good Identity behind bad ones", .wire = { { "Identity:",
	  "Identity: ..AAAA;info=<@X5U@>\r\nIdentity: nonsense\r\nIdentity: a.b.c;info=<@X5U@>;ppt=shaken\r\nIdentity:" } } },
	{ "a good Identity before bad ones", .wire = { { IDENTITY, IDENTITY "Identity: @TOKEN@A;info=<@X5U@>\r\n"
	  "y: a.b.c;info=<https://x.example>\r\nIdentity: \r\n" } } },
	{ "the other of two equal signatures", .form = TWIN },

	{ "a token for this request alone", .binding = CONF_BINDING_REQUIRE, .sign = {
	  { "\"typ\"", "\"ppt\":\"ksrtp-ctx\",\"typ\"" }, { ",\"mky\"", "," CONTEXT ",\"mky\"" } },
	  .wire = { { ";alg", ";ppt=\"ksrtp-ctx\";alg" } } },
	{ "no token for this request alone, and none announced", .binding = CONF_BINDING_PREFER },
	{ "one announced, to somebody who does not care", .sign = { { ",\"mky\"", ",\"ksrtp-ctx\":true,\"mky\"" } } },

	/* Time */
	{ "60 seconds late", .late = 60 },
	{ "60 seconds early, by our clock", .late = -60 },
	{ "no Date, full form", .wire = { { "Date: Fri, 25 Sep 2015 19:12:25 GMT\r\n", "" } } },
	{ "iat a little later than Date", .sign = { { "1443208345", "1443208355" } } },

	/* The description */
	{ "SDP lines other than fingerprints", .wire = { { "o=- 2890844526", "o=alice 1" }, { "s=-", "s=A call" },
	  { "192.0.2.1\r\nt=0 0", "192.0.2.77\r\nb=AS:64\r\nt=0 0" }, { "49172", "3456" },
	  { "actpass", "active\r\na=ptime:20\r\na=ice-lite" }, { "a=rtcp-mux\r\n", "" } } },
	{ "fingerprints in the other order", .wire = { { LINE1 LINE2, LINE2 LINE1 } } },
	{ "a fingerprint twice", .wire = { { LINE1, LINE1 LINE1 } } },
	{ "fingerprints at session level", .wire = { { LINE1 LINE2, "" }, { "t=0 0\r\n", "t=0 0\r\n" LINE1 LINE2 } } },
	{ "one fingerprint at session level, one below", .wire = { { LINE2, "" }, { "t=0 0\r\n", "t=0 0\r\n" LINE2 } } },
	{ "fingerprints of two streams", .wire = { { LINE2, "" },
	  { "a=rtcp-mux\r\n", "a=rtcp-mux\r\nm=video 49174 UDP/TLS/RTP/SAVP 96\r\n" LINE2 } } },
	{ "hash name and digits in another case", .wire = { { "sha-256 4A:AD", "SHA-256 4a:ad" } } },
	{ "lines that end with LF alone", .wire = { { "s=-\r\nc", "s=-\nc" }, { "t=0 0\r\n", "t=0 0\n" } } },
	{ "media type with parameters", .wire = { { "application/sdp", "Application/SDP; charset=utf-8" } } },

	/* Certificates */
	{ "a domain for its own user", .answer = OWN_DOMAIN },
	{ "a certificate with a dNSName only", .answer = PROVIDER_DNS },
	{ "a certificate with a common name only", .answer = PROVIDER_CN },
	{ "intermediate certificates, also useless ones", .answer = PROVIDER_BETWEEN },
	{ "a certificate in DER", .answer = PROVIDER_DER },
	{ "a certificate with text in front", .answer = PROVIDER_TEXT },
	{ "a certificate for web and SIP", .answer = PROVIDER_EKU },
	{ "issued by a CA for SIP and this domain only", .answer = PROVIDER_LIMITED },
	{ "a real download", .net = LOCAL, .x5u = "https://web.example:@PORT@/file" },
};

const size_t vl_ngood = sizeof(vl_good) / sizeof(vl_good[0]);
