# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of the verifier, each with the place where tests/suites/12-verify-mutants puts
a switch into it."""

# File, then checks: a name, a text that is in the file once, and what is put in its place,
# with @ for "is switched off", asked only when the check would refuse. Without the third
# the text is the condition of an if that refuses.
MUTANTS = {
    "daemon/lib/sip_msg.c": [
        ("one of each header field", "is_single(id) && sip_msg_find(m, id, NULL)"),
    ],
    "daemon/lib/sip_parse.c": [
        ("one Content-Length", "if (p->has_length)\n\t\treturn refuse",
         "if (p->has_length && !@)\n\t\treturn refuse"),
        ("Content-Length is a number", "sip_number(value, UINT32_MAX, &p->length)"),
        ("Content-Length within what came", "if (p->has_length && p->length > len)\n",
         "if (p->has_length && p->length > len && @)\n\t\tp->length = (uint32_t)len;\n"
         "\tif (p->has_length && p->length > len)\n"),
        ("no NUL", "return bad ?", "return bad && !@ ?"),
        ("no control octets", "!sip_is_clean(value)"),
        ("length of a header field", "strlen(value) > SIP_MAX_LINE"),
        ("tag of From", "m->from && !m->from_tag"),
    ],
    "daemon/lib/sip_value.c": [
        ("characters of a user", "u->user && (!*u->user || !all_of(u->user, USER, true))"),
        ("characters of a host", "!u->host || !sip_is_host(u->host)"),
        ("one address", "*c && *c != ';'"),
    ],
    "daemon/lib/sdp.c": [
        ("no control octets in SDP", "((unsigned char)*c < 0x20 && *c != '\\t') || *c == 0x7f"),
        ("v=0", 'return strcmp(value, "0") ? bad', 'return strcmp(value, "0") && !@ ? bad'),
        ("fingerprints in SDP can be read", "if (ret == -EINVAL) {", "if (ret == -EINVAL && !@) {"),
    ],
    "daemon/lib/sdp_print.c": [
        ("hash name of a fingerprint", "!sdp_is_token_char((unsigned char)value[i])"),
        ("length of a fingerprint", "n != hashes[i].len"),
    ],
    "daemon/lib/identity_header.c": [
        ("a token", "!len || len > JWS_MAX"),
        ("a parameter ends", "return *p ? p + 1 : NULL;", "return *p ? p + 1 : @ ? p : NULL;"),
        ("values without white space", "if (p->value[i] <= ' '", "if (p->value[i] == ' ' && @) continue;\n"
         "\t\telse if (p->value[i] <= ' '"),
        ("each parameter once", "*seen & bit"),
        ("alg of Identity", 'bit == SEEN_ALG && strcmp(value, "ES256") != 0'),
        ("only parameters", "if (!err && *p)", "if (!err && *p && !@)"),
        ("info", "if (!err && !(seen & SEEN_INFO))", "if (!err && !(seen & SEEN_INFO) && !@)"),
    ],
    "daemon/lib/jws.c": [
        ("length of a token", "len > JWS_MAX"),
        ("three parts", "if (!dot2 || memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)))",
         "if (!dot2 || (memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)) && !@))"),
        ("both parts or none", "!p->header_len != !p->payload_len"),
        ("a signature", "if (!len)\n", "if (!len && @)\n\t\treturn 0;\n\tif (!len)\n"),
        ("alphabet of the signature", "b64url_value(p->signature[i]) < 0"),
        ("64 octets of signature", "if (len != JWS_SIG_B64_LEN)\n",
         "if (len != JWS_SIG_B64_LEN && @)\n\t\tlen = len > JWS_SIG_B64_LEN ? JWS_SIG_B64_LEN : 0;\n"
         "\telse if (len != JWS_SIG_B64_LEN)\n"),
        ("no bits behind the signature", "b64url_decode(p->sig, p->signature, len) != JWS_SIG_LEN"),
    ],
    "daemon/lib/passport.c": [
        ("base64url of a part", "if (n < 0) {", "if (n < 0 && @)\n\t\tn = b64url_decode(text, b64, strcspn(b64, \"=.\"));\n"
         "\tif (n < 0) {"),
        ("JSON objects", "!json_is_object(o)"),
        ("deterministic form", "\tif (same)", "\tif (same || @)"),
        ("no name twice, no NUL", "JSON_REJECT_DUPLICATES, &je)", "@ ? JSON_ALLOW_NUL : JSON_REJECT_DUPLICATES, &je)"),
        ("alg", '!str_is(h, "alg", "ES256")'),
        ("typ", '!str_is(h, "typ", "passport")'),
        ("crit", 'json_object_get(h, "crit")'),
        ("ppt of both headers", 'ppt ? !str_is(h, "ppt", ppt) : json_object_get(h, "ppt") != NULL'),
        ("x5u and info", "if (!str_is(h, \"x5u\", want->x5u)) {", "if (!str_is(h, \"x5u\", want->x5u) && !@) {"),
        ("iat is a number", "!json_is_integer(iat)"),
        ("a time that can be", "__builtin_sub_overflow(now, t, &d) || d <= -INT64_MAX"),
        ("freshness of iat, and of Date at the end", "if (d <= PASSPORT_FRESH && d >= -PASSPORT_FRESH)",
         "if ((d <= PASSPORT_FRESH && d >= -PASSPORT_FRESH) || @)"),
        ("orig", '!json_equal(json_object_get(ours, "orig"), orig)'),
        ("dest", '!json_equal(json_object_get(ours, "dest"), json_object_get(c, "dest"))'),
        ("mky", '''} else if (want->nmky ? !json_equal(json_object_get(ours, "mky"), json_object_get(c, "mky"))
			      : json_object_get(c, "mky") != NULL) {''',
         '''} else if ((want->nmky ? !json_equal(json_object_get(ours, "mky"), json_object_get(c, "mky"))
			      : json_object_get(c, "mky") != NULL) && !@) {'''),
        ("this request", "!is_context(&want->ctx, json_object_get(c, PASSPORT_CTX_CLAIM), e))",
         "!is_context(&want->ctx, json_object_get(c, PASSPORT_CTX_CLAIM), e) && !@)"),
        ("a request that can be bound", "if (want->ppt == PASSPORT_CTX && !want->ctx.method[0]) {",
         "if (want->ppt == PASSPORT_CTX && !want->ctx.method[0] && !@) {"),
        ("no compact form of the bound token", "if (want->ppt == PASSPORT_CTX && !parts.header_len) {",
         "if (want->ppt == PASSPORT_CTX && !parts.header_len && !@) {"),
        ("signature", "return err ? PASSPORT_SIGNATURE", "return err && !@ ? PASSPORT_SIGNATURE"),
    ],
    "daemon/lib/passport_id.c": [
        ("no broken escape", "hi < 0 || lo < 0"),
        ("hosts to compare with", "!isalnum((unsigned char)host[i]) && !strchr(\"-._[]:\", host[i])"),
        ("sip, sips, tel", "if (!((scheme == 3", "if (!@ && !((scheme == 3"),
    ],
    "daemon/lib/seen.c": [
        ("first use", "\tif (n)\n\t\treturn n->request", "\tif (n && !@)\n\t\treturn n->request"),
        ("signed since we run", "expires <= s->horizon"),
        ("room to remember", "s->stats.used >= s->max || (owner != NO_OWNER && s->owned[owner] >= (s->max + 1) / 2)"),
    ],
    "daemon/lib/truststore.c": [
        ("size of a chain", "!len || len > TRUST_CHAIN_OCTETS"),
        ("number of certificates", "sk_X509_num(chain) > 0 && sk_X509_num(chain) <= TRUST_CHAIN_MAX)",
         "sk_X509_num(chain) > 0 && (sk_X509_num(chain) <= TRUST_CHAIN_MAX || @))"),
        ("chain to a root, by OpenSSL", "if (X509_verify_cert(ctx) != 1)", "if (X509_verify_cert(ctx) != 1 && !@)"),
        ("a root of ours", "return s->key && s->root[0];",
         "if (!s->root[0] && @)\n\t\tmemcpy(s->root, \"main\", 5);\n\treturn s->key && s->root[0];"),
        ("validity", "date < k->signer.not_before || date > k->signer.not_after"),
    ],
    "daemon/lib/cert_policy.c": [
        ("no CA", "X509_check_ca(cert) != 0"),
        ("P-256", 'strcmp(group, "prime256v1") != 0)', '(strcmp(group, "prime256v1") != 0 && !@))'),
        ("keyUsage", "!(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE)", "!(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) && !@"),
        ("extendedKeyUsage of a signer", "if (!eku_allows(cert))", "if (!eku_allows(cert) && !@)"),
        ("extendedKeyUsage of an issuer", "if (i < sk_X509_num(chain) - 1 && !eku_allows(ca))",
         "if (i < sk_X509_num(chain) - 1 && !eku_allows(ca) && !@)"),
        ("nameConstraints", "else if (!may_name(ca, hosts))", "else if (!may_name(ca, hosts) && !@)"),
        ("a name in the subjectAltName", "err = san ? names_from_san(san, out, e) : names_from_cn(cert, out, e);",
         "err = san ? names_from_san(san, out, e) : names_from_cn(cert, out, e);\n"
         "\tif (err && @)\n\t\terr = names_from_cn(cert, out, e);"),
        ("no NUL in a name", "(!(*host)[*hlen] || !strchr(\":;?\", (*host)[*hlen])))",
         "((!(*host)[*hlen] && !@) || !strchr(\":;?\", (*host)[*hlen])))"),
        ("authority", "\treturn err_set(e, -EACCES, \"%s (root %s) is not trusted",
         "\tif (@)\n\t\treturn 0;\n\treturn err_set(e, -EACCES, \"%s (root %s) is not trusted"),
    ],
    "daemon/lib/fetch_url.c": [
        ("https", "else if (strcmp(scheme, \"https\") != 0 && !(j->f->conf.allow_http && strcmp(scheme, \"http\") == 0))",
         "else if (strcmp(scheme, \"https\") != 0 && !(j->f->conf.allow_http && strcmp(scheme, \"http\") == 0) && !@)"),
        ("no user info", "else if (url_has(u, CURLUPART_USER) || url_has(u, CURLUPART_PASSWORD))",
         "else if ((url_has(u, CURLUPART_USER) || url_has(u, CURLUPART_PASSWORD)) && !@)"),
        ("no fragment", "else if (url_has(u, CURLUPART_FRAGMENT))", "else if (url_has(u, CURLUPART_FRAGMENT) && !@)"),
        ("plain host names", "else if (!is_plain(j->host))", "else if (!is_plain(j->host) && !@)"),
        ("a port of the web", "if (j->port < 1024 && j->port != 443 && !(j->port == 80 && j->f->conf.allow_http))",
         "if (j->port < 1024 && j->port != 443 && !(j->port == 80 && j->f->conf.allow_http) && !@)"),
    ],
    "daemon/lib/fetch.c": [
        ("public addresses", "if (is_allowed(j->f, a))", "if (is_allowed(j->f, a) || @)"),
        ("no redirects", "redirect && j->redirects)", "redirect && (j->redirects || @))"),
        ("status 200", "} else if (status == 200) {", "} else if (status == 200 || @) {"),
    ],
    "daemon/lib/fetch_http.c": [
        ("https for libcurl", "c->allow_http ? \"https,http\"", "c->allow_http || @ ? \"https,http\""),
        ("size, as announced", "(curl_off_t)c->octets", "(curl_off_t)(@ ? 1 << 20 : c->octets)"),
        ("size, as it comes", "len > j->f->conf.octets - j->len"),
    ],
    "daemon/gateway/verify_request.c": [
        ("a value of each fingerprint", "\t\tif (!attr[i].value)\n",
         "\t\tif (!attr[i].value && @)\n\t\t\tcontinue;\n\t\tif (!attr[i].value)\n"),
        ("eight fingerprints", "\t\tif (p->nmky == SDP_MAX_FINGERPRINTS)\n\t\t\treturn",
         "\t\tif (p->nmky == SDP_MAX_FINGERPRINTS && @)\n\t\t\tcontinue;\n"
         "\t\tif (p->nmky == SDP_MAX_FINGERPRINTS)\n\t\t\treturn"),
        ("Content-Encoding", 'encoding && strcasecmp(encoding, "identity") != 0'),
        ("a description", "!m->body_len"),
        ("media type", '!sip_msg_content_is(m, "application/sdp")'),
        ("a stream of DTLS-SRTP", "if (i < 0 || !s->media[i].nfp) {", "if (i < 0 && @)\n\t\ti = 0;\n"
         "\tif (i < 0 || (!s->media[i].nfp && !@)) {"),
        ("Date can be read", "if (f->want.iat < 0) {", "if (f->want.iat < 0 && @)\n\t\tf->want.iat = clock_wall();\n"
         "\tif (f->want.iat < 0) {"),
        ("freshness of Date, before anything is fetched", "age > PASSPORT_FRESH || age < -PASSPORT_FRESH"),
        ("Identity of a type that is understood", "} else if (!i->known ||", "} else if ((!i->known && !@) ||"),
        ("four Identity headers", "&& n < VERIFY_MAX_IDENTITY)", "&& (n < VERIFY_MAX_IDENTITY || @))"),
        ("an Identity header", "\tif (bad)\n", "\tif (!bad && @) {\n\t\tf->nheaders = 1;\n"
         "\t\tf->header[0].token = strdup(\"..\");\n\t\treturn 0;\n\t}\n\tif (bad)\n"),
        ("a request", "|| !sip_msg_is_request(m)) {", "|| (!sip_msg_is_request(m) && !@)) {"),
    ],
    "daemon/gateway/verify.c": [
        ("the bound token where it is announced", "\tif (announced) {", "\tif (announced && !@) {"),
        ("the bound token where it is required", "if (x->binding != CONF_BINDING_REQUIRE)",
         "if (x->binding != CONF_BINDING_REQUIRE || @)"),
        ("Date for the compact form", "!x->facts.dated && compact(h)"),
    ],
}
