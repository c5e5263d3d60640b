// SPDX-License-Identifier: GPL-2.0-or-later
/* OpenSSL 3.0's way to a token is an engine, here libp11's; 3.0 calls engines deprecated. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "signer_key.h"

#include <errno.h>
#include <openssl/engine.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "err.h"
#include "secret.h"
#include "tls_io.h"

#define PIN_MAX 128

static ENGINE *engine;

bool signer_key_in_token(const char *name)
{
	return strncmp(name, "pkcs11:", 7) == 0;
}

/* ---- a token ------------------------------------------------------------------------------ */

/* The first line of @path. */
static int read_pin(const char *path, char pin[PIN_MAX], struct err *e)
{
	const int fd = conf_private_open(path, e);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, pin, PIN_MAX - 1);
	close(fd);
	pin[n > 0 ? n : 0] = '\0';
	pin[strcspn(pin, "\r\n")] = '\0';
	if (n == PIN_MAX - 1 || !pin[0]) {
		secret_wipe(pin, PIN_MAX);
		return err_set(e, -EINVAL, "%s: its first line has to be the PIN of the token", path);
	}
	return 0;
}

static int open_engine(const char *module, struct err *e)
{
	ENGINE_load_dynamic();
	engine = ENGINE_by_id("pkcs11");
	if (!engine)
		return err_set(e, -ENOENT, "OpenSSL has no pkcs11 engine; install libengine-pkcs11-openssl");
	if (ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", module, 0) == 1 && ENGINE_init(engine) == 1)
		return 0;
	ENGINE_free(engine);
	engine = NULL;
	return err_set(e, -EINVAL, "%s: cannot be used as a PKCS#11 module", module);
}

static int load_token(EVP_PKEY **out, const char *uri, const char *module, const char *pin_file,
		      struct err *e)
{
	char pin[PIN_MAX];
	int err = read_pin(pin_file, pin, e);

	if (err)
		return err;
	err = open_engine(module, e);
	if (!err && ENGINE_ctrl_cmd_string(engine, "PIN", pin, 0) == 1)
		*out = ENGINE_load_private_key(engine, uri, NULL, NULL);
	secret_wipe(pin, sizeof(pin));
	if (!err && !*out)
		err = err_set(e, -ENOKEY, "%.120s: no such private key in the token, or another PIN, or %.100s is no PKCS#11 module (see the lines above)",
			      uri, module);
	return err;
}

int signer_key_load(EVP_PKEY **out, const char *name, const char *module, const char *pin_file,
		    struct err *e)
{
	*out = NULL;
	return signer_key_in_token(name) ? load_token(out, name, module, pin_file, e)
					 : tls_key_file(out, name, e);
}

void signer_key_unload(EVP_PKEY *key)
{
	EVP_PKEY_free(key);
	if (!engine)
		return;
	ENGINE_finish(engine);
	ENGINE_free(engine);
	engine = NULL;
}
