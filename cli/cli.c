/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/cli.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "keystore/ca.h"

/*
 * Who may act on the store anyway, as root or as the daemon's user, is believed in whose name; sudo(8) sets the
 * variable itself.
 */
static bool
may_be_sudo(const struct settings *s)
{
	const struct passwd *pw = getpwnam(settings_global(s, SETTING_USER)->text);

	return geteuid() == 0 || (pw != NULL && pw->pw_uid == geteuid());
}

/* The person behind sudo, not root: that is who the record names. */
static char *
real_actor(const struct settings *s, struct error *e)
{
	const char *sudo = getenv("SUDO_UID");
	uid_t uid = sudo != NULL && may_be_sudo(s) ? (uid_t)strtoul(sudo, NULL, 10) : getuid();
	const struct passwd *pw = getpwuid(uid);

	return pw != NULL ? memory_text(pw->pw_name, e) : memory_format(e, "uid %u", (unsigned)uid);
}

static int
open_keys(struct cli *c, struct error *e)
{
	struct secret master = SECRET_INIT;
	int rc = master_key_read(settings_global(c->settings, SETTING_MASTER_KEY)->text, &master, e);

	if (rc == 0)
		rc = keystore_open(c->store, &master, &c->keystore, e);
	secret_done(&master);
	return rc;
}

static int
open_trust(struct cli *c, struct error *e)
{
	const struct value *anchors = settings_global(c->settings, SETTING_TRUST_ANCHORS);
	const struct value *crls = settings_global(c->settings, SETTING_CRLS);
	struct certificates own = { NULL, 0 };
	struct trust *trust = NULL;
	int rc = -1;

	if (directory_new(c->store, clock_system(), &c->directory, e) != 0 ||
	    trust_load((const char *const *)anchors->items, (const char *const *)crls->items, &trust, e) != 0 ||
	    ca_anchors(c->keystore, &own, e) != 0 || trust_add_anchors(trust, &own, e) != 0)
		goto out;
	directory_set_trust(c->directory, trust);
	rc = 0;
out:
	trust_unref(trust);
	certificates_done(&own);
	return rc;
}

int
cli_open_record(struct cli *c, struct error *e)
{
	if ((c->actor = real_actor(c->settings, e)) == NULL || audit_open(settings_global(c->settings, SETTING_RECORD)->text,
	    settings_gateway_id(c->settings), clock_system(), &c->audit, e) != 0)
		return -1;
	c->witness = (struct witness){ c->audit, c->actor, c->reason };
	return 0;
}

int
cli_open(struct cli *c, enum cli_need need, struct error *e)
{
	if (c->settings == NULL && settings_load(c->configuration, &c->settings, e) != 0)
		return -1;
	if (need >= NEED_STORE && c->store == NULL &&
	    store_open(settings_global(c->settings, SETTING_STORE)->text, &c->store, e) != 0)
		return -1;
	if (need >= NEED_KEYS && c->keystore == NULL && open_keys(c, e) != 0)
		return -1;
	if (need >= NEED_TRUST && c->directory == NULL && open_trust(c, e) != 0)
		return -1;
	if (need >= NEED_RECORD && c->audit == NULL && cli_open_record(c, e) != 0)
		return -1;
	return 0;
}

void
cli_close(struct cli *c)
{
	directory_free(c->directory);
	keystore_close(c->keystore);
	audit_close(c->audit);
	store_close(c->store);
	settings_unref(c->settings);
	free(c->actor);
	c->directory = NULL;
	c->keystore = NULL;
	c->audit = NULL;
	c->store = NULL;
	c->settings = NULL;
	c->actor = NULL;
	c->witness = (struct witness){ NULL, NULL, c->reason };
}

bool
cli_subject_counts(const struct cli *c, const struct certificate *leaf)
{
	const struct address_list *list = certificate_dn_addresses(leaf);

	for (size_t i = 0; i < list->count; i++)
		if (settings_rule(c->settings, SETTING_SUBJECT_DN_ADDRESS, NULL, list->items[i])->number != 0)
			return true;
	return false;
}
