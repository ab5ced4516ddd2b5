/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/file.h"
#include "tests/unit/directory/scene.h"

#define PATIENCE 60000 /* milliseconds; nothing here waits */

void
scene_set_up(struct scene *s)
{
	struct error e = ERROR_INIT;

	s->w = world_new();
	s->pki = pki_new("Partner CA");
	s->now_ms = NOW * 1000;
	s->clock = clock_fixed(&s->now_ms);
	expect_ok(directory_new(s->w.store, &s->clock, &s->d, &e));
	scene_trust(s, s->pki.root, NULL);
}

void
scene_tear_down(struct scene *s)
{
	directory_free(s->d);
	pki_done(&s->pki);
	world_done(&s->w);
}

void
scene_trust(struct scene *s, struct certificate *anchor, const struct buffer *crl)
{
	struct error e = ERROR_INIT;
	struct certificates anchors = { &anchor, 1 };
	struct trust *t = NULL;
	const char *paths[] = { scratch("crl.pem"), NULL };

	if (crl != NULL)
		expect_ok(file_replace(paths[0], crl->data, crl->size, 0644, &e));
	expect_ok(trust_load(NULL, crl != NULL ? paths : NULL, &t, &e));
	if (anchor != NULL)
		expect_ok(trust_add_anchors(t, &anchors, &e));
	directory_set_trust(s->d, t);
	trust_unref(t);
}

int
import_one(struct scene *s, const char *owner, struct certificate *leaf, const struct certificates *chain,
    enum trust_level level, struct error *e)
{
	struct certificates list = { NULL, 0 };
	size_t count = 0;
	int rc = certificates_add(&list, leaf, e);

	for (size_t i = 0; rc == 0 && chain != NULL && i < chain->count; i++)
		rc = certificates_add(&list, chain->items[i], e);
	if (rc == 0)
		rc = partner_import(s->d, owner, &list, level, &s->w.w, &count, e);
	ck_assert((rc == 0) == (count > 0));
	certificates_done(&list);
	return rc;
}

struct certificate *
scene_import(struct scene *s, const char *owner, struct leaf leaf, enum trust_level level)
{
	struct error e = ERROR_INIT;
	struct certificate *certificate = NULL;

	pki_issue(&s->pki, leaf, NULL, &certificate);
	expect_ok(import_one(s, owner, certificate, &s->pki.chain, level, &e));
	return certificate;
}

struct candidates *
scene_look(struct scene *s, const char *address)
{
	struct error e = ERROR_INIT;
	struct address *a = address_new(address);
	struct candidates *found = NULL;
	struct lookup *lookup = directory_want(s->d, a, clock_monotonic_ms() + PATIENCE);

	address_free(a); /* the look-up has its own */
	ck_assert_ptr_nonnull(lookup);
	expect_ok(directory_collect(lookup, &found, &e));
	return found;
}

static void
check_order(const struct candidates *found)
{
	ck_assert_uint_le(found->usable, found->count);
	for (size_t i = 0; i < found->count; i++)
		ck_assert((found->items[i].rejected == NULL) == (i < found->usable));
	for (size_t i = 1; i < found->usable; i++) { /* never a union */
		ck_assert_int_eq(found->items[i].level, found->items[0].level);
		ck_assert_int_eq(found->items[i].domain, found->items[0].domain);
	}
}

void
expect_usable(struct scene *s, const char *address, const struct certificate *c)
{
	struct candidates *found = scene_look(s, address);

	check_order(found);
	ck_assert_msg(found->usable > 0, "%s: none of %zu usable (%s)", address, found->count,
	    found->count > 0 ? found->items[0].rejected : "none at all");
	ck_assert_str_eq(certificate_fingerprint(found->items[0].certificate), certificate_fingerprint(c));
	ck_assert_str_eq(found->items[0].source, "store");
	ck_assert(!found->temporary);
	candidates_free(found);
}

void
expect_missing(struct scene *s, const char *address, const char *reason)
{
	struct candidates *found = scene_look(s, address);

	check_order(found);
	ck_assert_uint_eq(found->usable, 0);
	ck_assert_uint_gt(found->count, 0);
	ck_assert_str_eq(found->items[0].rejected, reason);
	candidates_free(found);
}

void
expect_rejected(struct scene *s, const char *address, const struct certificate *c, const char *reason)
{
	struct candidates *found = scene_look(s, address);
	size_t i;

	check_order(found);
	for (i = 0; i < found->count; i++)
		if (strcmp(certificate_fingerprint(found->items[i].certificate), certificate_fingerprint(c)) == 0)
			break;
	ck_assert_uint_lt(i, found->count);
	ck_assert_pstr_eq(found->items[i].rejected, reason);
	candidates_free(found);
}
