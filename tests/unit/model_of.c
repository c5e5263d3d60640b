// SPDX-License-Identifier: GPL-2.0-or-later
#include "test_kmod.h"

#include "../module/lib/model.h"
#include "nl_srtp.h"

struct model *model_of(const json_t *v)
{
	struct bytes key = hex_of(v, "master_key"), salt = hex_of(v, "master_salt");
	u16 profile;

	if (!nl_srtp_profile_find(str_of(v, "suite"), &profile))
		fail_msg("suite %s", str_of(v, "suite"));
	memcpy(key.p + key.len, salt.p, salt.len);
	return model_new(profile, key.p);
}
