// SPDX-License-Identifier: GPL-2.0-or-later
#include "credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "conf_gateway.h"
#include "err.h"
#include "secret.h"
#include "sip_digest.h"

#define PASSWORD_MAX	256	/* octets, with the end of its line */
#define CHALLENGES_MAX	8	/* of one response that are looked at */

struct credentials {
	const struct conf_gateway *conf;
	char *password[CONF_MAX_SIGNERS];	/* in the locked arena */
};

/* The first line of the file. */
static int read_password(char *out, const char *path, struct err *e)
{
	int fd = conf_private_open(path, e);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, out, PASSWORD_MAX);
	close(fd);
	if (n < 0)
		return err_set(e, -EIO, "%s: cannot be read", path);
	if (n == PASSWORD_MAX)
		return err_set(e, -E2BIG, "%s: more than %d octets", path, PASSWORD_MAX - 1);
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	return out[0] ? 0 : err_set(e, -EINVAL, "%s: there is no password in its first line", path);
}

int credentials_new(struct credentials **out, const struct conf_gateway *conf, struct err *e)
{
	struct credentials *c = calloc(1, sizeof(*c));
	int err = c ? 0 : err_set(e, -ENOMEM, "out of memory");

	for (unsigned int i = 0; !err && i < conf->nsigners; i++) {
		c->password[i] = secret_alloc(PASSWORD_MAX + 1);
		err = c->password[i] ? read_password(c->password[i], conf->signer[i].password_file, e)
				     : err_set(e, -ENOMEM, "no locked memory for passwords");
	}
	if (err) {
		credentials_free(c);
		return err;
	}
	c->conf = conf;
	*out = c;
	return 0;
}

void credentials_free(struct credentials *c)
{
	for (unsigned int i = 0; c && i < CONF_MAX_SIGNERS; i++)
		secret_free(c->password[i]);
	free(c);
}

static unsigned int split(const struct trust_challenge *q, const char **value)
{
	unsigned int n = 0;

	for (size_t at = 0; at < q->len && n < CHALLENGES_MAX; at += strlen(q->values + at) + 1)
		value[n++] = q->values + at;
	return n;
}

static int answer(const struct conf_signer *s, const char *password,
		  const struct trust_challenge *q, char *out, size_t cap, struct err *e)
{
	const char *value[CHALLENGES_MAX];
	struct digest_challenge c;
	struct digest_credentials a;
	char ha1[DIGEST_HEX];
	int ret = digest_choose(value, split(q, value), DIGEST_STRONG, s->realm[0] ? s->realm : NULL,
				&c, e);

	if (ret < 0)
		return ret;
	ret = digest_ha1(c.alg, s->user, c.realm, password, ha1);
	if (ret)
		err_set(e, ret, "the digest cannot be computed");
	else
		ret = digest_answer(&c, s->user, ha1, q->method, q->uri, 1, NULL, &a, e);
	secret_wipe(ha1, sizeof(ha1));
	if (!ret && digest_credentials_print(&a, out, cap))
		ret = err_set(e, -EMSGSIZE, "the answer to the challenge is too long");
	return ret;
}

void credentials_answer(const struct credentials *c, const struct trust_challenge *q,
			struct trust_credentials *out)
{
	struct err e = { 0 };

	memset(out, 0, sizeof(*out));
	out->ask = q->ask;
	err_set(&e, -ENOENT, "there is no signer of this name");
	for (unsigned int i = 0; i < c->conf->nsigners; i++) {
		const struct conf_signer *s = &c->conf->signer[i];

		if (strcmp(s->name, q->signer))
			continue;
		if (!answer(s, c->password[i], q, out->value, sizeof(out->value), &e))
			return;
		out->value[0] = '\0';
	}
	snprintf(out->text, sizeof(out->text), "%.*s", (int)sizeof(out->text) - 1, err_text(&e));
}
