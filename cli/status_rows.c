/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/status_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/expiry.h"
#include "store/rows.h"

#define SHOWN 5 /* names in a row; `postseal key list` has them all */

/* ---- identities ----------------------------------------------------------------------- */

static int
count_identity(void *ctx, const struct identity_row *row, struct error *e)
{
	size_t *counts = ctx;

	(void)e;
	counts[strcmp(row->kind, "domain") == 0 ? 1 : 0]++;
	return 0;
}

/* Each CA has an identity of its own, which is nobody's. */
static int
count_ca(void *ctx, const struct ca_row *row, struct error *e)
{
	(void)row;
	(void)e;
	--*(size_t *)ctx;
	return 0;
}

static int
count_login(void *ctx, const char *login, const char *author, struct error *e)
{
	(void)login;
	(void)author;
	(void)e;
	++*(size_t *)ctx;
	return 0;
}

int
status_identities(const struct cli *c, struct checklist *f, struct error *e)
{
	size_t counts[2] = { 0, 0 }, logins = 0;

	if (identity_each(c->store, count_identity, counts, e) != 0 || ca_each(c->store, count_ca, &counts[0], e) != 0 ||
	    login_each(c->store, NULL, count_login, &logins, e) != 0)
		return -1;
	if (logins == 0 && counts[0] + counts[1] > 0)
		return finding_add(f, FINDING_WARNING, "identities", "postseal login add LOGIN AUTHOR", e,
		    "%zu of addresses, %zu of domains; no login may act for any: nothing is signed", counts[0], counts[1]);
	return finding_add(f, FINDING_OK, "identities", NULL, e, "%zu of addresses, %zu of domains; %zu login rows", counts[0],
	    counts[1], logins);
}

/* ---- keys -------------------------------------------------------------------------------- */

static const char *const states[] = { "active", "pending", "retired", "revoked", "destroyed" };
#define STATES (sizeof(states) / sizeof(states[0]))

static void
print_states(const struct key_list *keys, char *to, size_t room)
{
	size_t used = 0;

	to[0] = '\0';
	for (size_t s = 0; s < STATES; s++) {
		size_t n = 0;

		for (size_t i = 0; i < keys->count; i++)
			n += strcmp(keys->items[i].state, states[s]) == 0;
		if ((n > 0 || s == 0) && used < room)
			used += (size_t)snprintf(to + used, room - used, "%s%zu %s", used > 0 ? ", " : "", n, states[s]);
	}
}

/* The same for our certificates and our partners': how many end within 30, 14, 7, 1 days, and whose are first. */
static int
add_expiries(struct checklist *f, const char *subject, const char *remedy, const struct expiries *x, struct error *e)
{
	char text[1024], day[TIME_TEXT_MAX];
	size_t used;
	enum finding_level level = FINDING_OK;

	if (x->within[EXPIRY_30] > 0)
		level = FINDING_WARNING;
	if (x->error_level > level)
		level = x->error_level;
	used = (size_t)snprintf(text, sizeof(text), "%zu; within 30 days %zu, 14 days %zu, 7 days %zu, 1 day %zu, expired %zu",
	    x->count, x->within[EXPIRY_30], x->within[EXPIRY_14], x->within[EXPIRY_7], x->within[EXPIRY_1],
	    x->within[EXPIRY_PAST]);
	for (size_t i = 0; i < x->count && i < SHOWN && x->items[i].until <= x->now + EXPIRY_30_SECONDS; i++) {
		time_text(x->items[i].until, day);
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s", i == 0 ? ": " : ", ", x->items[i].name,
			    day);
	}
	return finding_add(f, level, subject, level == FINDING_OK ? NULL : remedy, e, "%s", text);
}

int
status_keys(const struct cli *c, struct checklist *f, struct error *e)
{
	struct key_list keys = { NULL, 0 };
	struct expiries x = { .now = clock_now(clock_system()) };
	char text[256];
	int rc = -1;

	if (key_list_read(c->store, &keys, e) != 0 || expiries_own(c->store, &keys, &x, e) != 0)
		goto out;
	print_states(&keys, text, sizeof(text));
	rc = finding_add(f, FINDING_OK, "keys", NULL, e, "%s", text);
	/* An identity of ours that cannot sign or decrypt any more is worse than one that soon cannot. */
	x.error_level = x.within[EXPIRY_1] + x.within[EXPIRY_PAST] > 0 ? FINDING_ERROR : FINDING_OK;
	if (rc == 0)
		rc = add_expiries(f, "certificates", "postseal ca issue KEY, or a new key; see postseal key list", &x, e);
out:
	key_list_done(&keys);
	expiries_done(&x);
	return rc;
}

int
status_partners(const struct cli *c, struct checklist *f, struct error *e)
{
	struct expiries x = { .now = clock_now(clock_system()) };
	int rc = expiries_partners(c->store, &x, e);

	if (rc == 0 && x.within[EXPIRY_PAST] > 0)
		x.error_level = FINDING_WARNING;
	if (rc == 0)
		rc = add_expiries(f, "partners", "ask them for new certificates; see postseal cert list", &x, e);
	expiries_done(&x);
	return rc;
}

/* ---- the CA ------------------------------------------------------------------------------- */

struct newest_ca {
	char id[RANDOM_ID_SIZE];
	char name[256];
	struct certificates certificates;
};

static int
take_newest(void *ctx, const struct ca_row *row, struct error *e)
{
	struct newest_ca *ca = ctx;

	if (ca->certificates.count > 0)
		return 0;
	memcpy(ca->id, row->id, sizeof(ca->id));
	(void)snprintf(ca->name, sizeof(ca->name), "%s", row->name);
	return certificates_read(row->certificate.data, row->certificate.size, &ca->certificates, e);
}

static int
count_issued(void *ctx, const struct issued_row *row, struct error *e)
{
	size_t *counts = ctx;

	(void)e;
	counts[row->revoked != 0 ? 1 : 0]++;
	return 0;
}

int
status_ca(const struct cli *c, struct checklist *f, struct error *e)
{
	struct newest_ca ca = { .certificates = { NULL, 0 } };
	size_t counts[2] = { 0, 0 };
	char until[TIME_TEXT_MAX];
	int64_t end;
	int rc;

	if (ca_each(c->store, take_newest, &ca, e) != 0)
		rc = -1;
	else if (ca.certificates.count == 0)
		rc = finding_add(f, FINDING_OK, "ca", NULL, e, "none");
	else if (issued_each(c->store, ca.id, count_issued, counts, e) != 0)
		rc = -1;
	else {
		end = certificate_not_after(ca.certificates.items[0]);
		time_text(end, until);
		rc = finding_add(f, end <= clock_now(clock_system()) + EXPIRY_30_SECONDS ? FINDING_ERROR : FINDING_OK, "ca", NULL, e,
		    "%s until %s; %zu certificates issued, %zu of them revoked", ca.name, until, counts[0] + counts[1], counts[1]);
	}
	certificates_done(&ca.certificates);
	return rc;
}
