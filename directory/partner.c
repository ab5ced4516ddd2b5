/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "audit/change.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"
#include "directory/directory_private.h"
#include "store/rows.h"

/* Certificates of correspondents that an administrator brings or takes away. */

/* ---- owners ------------------------------------------------------------------------ */

char *
owner_key(const char *text, struct error *e)
{
	struct address *a = NULL;
	char *domain = NULL, *key;

	if (text[0] == '@') {
		if (address_domain_normal(text + 1, strlen(text + 1), &domain, e) != 0)
			return NULL;
		key = memory_format(e, "@%s", domain);
		free(domain);
		return key;
	}
	if (address_parse(text, strlen(text), &a, e) != 0)
		return NULL;
	key = memory_text(a->key, e);
	address_free(a);
	return key;
}

/* The member "owner" of an event: an address is written as addresses are. */
static int
put_owner(struct audit_event *event, const char *owner, struct error *e)
{
	struct address *a = NULL;
	int rc;

	if (owner[0] == '@')
		return audit_put_text(event, "owner", owner, e);
	if (address_parse(owner, strlen(owner), &a, e) != 0)
		return -1;
	rc = audit_put_address(event, "owner", a, e);
	address_free(a);
	return rc;
}

/* ---- what is imported ----------------------------------------------------------------- */

struct import {
	const struct certificate *leaf;
	struct buffer chain;
	enum trust_level level;
	int64_t now;
	size_t count; /* rows written */
};

static int
find_leaf(const struct certificates *list, const struct certificate **out, struct error *e)
{
	const struct certificate *leaf = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (certificate_is_ca(list->items[i]))
			continue;
		if (leaf != NULL)
			return error_set(e, ERROR_CERTIFICATE_UNUSABLE,
			    "there are several certificates that are no CA's, of %s and of %s: import one at a time",
			    certificate_subject(leaf), certificate_subject(list->items[i]));
		leaf = list->items[i];
	}
	if (leaf == NULL)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "there is no certificate but of CAs");
	*out = leaf;
	return 0;
}

static int
write_chain(struct import *in, const struct certificates *list, struct error *e)
{
	if (list->count > LIMIT_CHAIN_DEPTH + 1)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "a chain of more than %d certificates",
		    LIMIT_CHAIN_DEPTH);
	for (size_t i = 0; i < list->count; i++) {
		struct certificates one = { &list->items[i], 1 };

		if (list->items[i] != in->leaf && certificates_write_der(&one, &in->chain, e) != 0)
			return -1;
	}
	return 0;
}

/* What could never be used is refused here, where somebody reads why. */
static int
check_leaf(const struct certificate *leaf, int64_t now, struct error *e)
{
	const int64_t valid = certificate_not_before(leaf);
	const char *not_encrypt = certificate_fits(leaf, PURPOSE_ENCRYPT, valid);

	if (now > certificate_not_after(leaf))
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the certificate of %s has expired",
		    certificate_subject(leaf));
	if (not_encrypt != NULL && certificate_fits(leaf, PURPOSE_SIGN, valid) != NULL)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the certificate of %s cannot be used (%s)",
		    certificate_subject(leaf), not_encrypt);
	return 0;
}

static int
check_owner(const char *owner, const struct certificate *leaf, struct error *e)
{
	struct address *a = NULL;
	bool bears;

	if (owner[0] == '@')
		return 0;
	if (address_parse(owner, strlen(owner), &a, e) != 0)
		return -1;
	bears = certificate_has_address(leaf, a, false);
	address_free(a);
	return bears ? 0 : error_set(e, ERROR_CERTIFICATE_UNUSABLE,
	    "the certificate of %s does not bear the address %s", certificate_subject(leaf), owner);
}

static int
put_row(struct store *store, const struct import *in, const char *owner, struct error *e)
{
	struct partner_certificate_row row = {
		.owner = (char *)owner, /* borrowed for writing */
		.level = (char *)trust_level_word(in->level),
		.chain = { in->chain.data, in->chain.size },
		.not_before = certificate_not_before(in->leaf),
		.not_after = certificate_not_after(in->leaf),
		.created = in->now,
	};
	size_t n;

	memcpy(row.fingerprint, certificate_fingerprint(in->leaf), sizeof row.fingerprint);
	row.der.data = (void *)certificate_der(in->leaf, &n);
	row.der.size = n;
	if (random_id(row.id, e) != 0 || partner_certificate_add(store, &row, e) != 0)
		return error_context(e, "%s", owner);
	return 0;
}

static int
record_row(struct change *c, const struct import *in, const char *owner, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_CERT_ADD, e);

	if (event != NULL && put_owner(event, owner, e) == 0 &&
	    audit_put_text(event, "fingerprint", certificate_fingerprint(in->leaf), e) == 0 &&
	    audit_put_text(event, "subject", certificate_subject(in->leaf), e) == 0 &&
	    audit_put_text(event, "issuer", certificate_issuer(in->leaf), e) == 0 &&
	    audit_put_text(event, "serial", certificate_serial(in->leaf), e) == 0 &&
	    audit_put_text(event, "level", trust_level_word(in->level), e) == 0 &&
	    audit_put_number(event, "not-after", certificate_not_after(in->leaf), e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

/* The owner, or each address of the certificate in turn: `each` is called with its key. */
static int
each_owner(struct change *c, struct import *in, const char *owner,
    int (*each)(struct change *c, struct import *in, const char *owner, struct error *e), struct error *e)
{
	const struct address_list *addresses = certificate_addresses(in->leaf);

	if (owner != NULL)
		return each(c, in, owner, e);
	for (size_t i = 0; i < addresses->count; i++)
		if (each(c, in, addresses->items[i]->key, e) != 0)
			return -1;
	return 0;
}

/* What the owner has of the same certificate. */
struct known {
	const struct import *in;
	bool found;   /* on the same level, with another chain */
};

static int
look_for_known(void *ctx, const struct partner_certificate_row *row, struct error *e)
{
	struct known *k = ctx;
	const struct import *in = k->in;

	(void)e;
	if (strcmp(row->fingerprint, certificate_fingerprint(in->leaf)) != 0 ||
	    strcmp(row->level, trust_level_word(in->level)) != 0)
		return 0;
	k->found = in->chain.size > 0 &&
	    (row->chain.size != in->chain.size || memcmp(row->chain.data, in->chain.data, in->chain.size) != 0);
	return 0;
}

/* A bundle brings a known certificate the chain that it came without: the row is made anew. */
static int
put_one(struct change *c, struct import *in, const char *owner, struct error *e)
{
	struct known known = { in, false };

	if (partner_certificate_each(c->store, owner, look_for_known, &known, e) != 0)
		return -1;
	if (known.found && partner_certificate_remove(c->store, owner, certificate_fingerprint(in->leaf), e) != 0)
		return -1;
	in->count++;
	return put_row(c->store, in, owner, e);
}

static int
record_one(struct change *c, struct import *in, const char *owner, struct error *e)
{
	return record_row(c, in, owner, e);
}

static int
check_import(struct import *in, const char *owner, const struct certificates *list, struct error *e)
{
	if (in->level == LEVEL_NONE)
		return error_set(e, ERROR_USAGE, "a certificate is imported on a level of trust");
	if (find_leaf(list, &in->leaf, e) != 0 || check_leaf(in->leaf, in->now, e) != 0)
		return -1;
	if (owner == NULL && certificate_addresses(in->leaf)->count == 0)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE,
		    "the certificate of %s bears no address: name the domain that it stands for",
		    certificate_subject(in->leaf));
	if (owner != NULL && check_owner(owner, in->leaf, e) != 0)
		return -1;
	return write_chain(in, list, e);
}

int
partner_import(struct directory *d, const char *owner, const struct certificates *list, enum trust_level level,
    const struct witness *w, size_t *out_count, struct error *e)
{
	struct import in = { .level = level, .now = clock_now(d->clock) };
	struct change c = { 0 };
	char *key = NULL;
	int rc = -1;

	buffer_init(&in.chain, (size_t)(LIMIT_CHAIN_DEPTH + 1) * LIMIT_CERTIFICATE_SIZE);
	if (owner != NULL && (key = owner_key(owner, e)) == NULL) {
		error_context(e, "owner \"%s\"", owner);
		goto out;
	}
	if (check_import(&in, key, list, e) == 0 && change_begin(&c, d->store, w, e) == 0 &&
	    each_owner(&c, &in, key, put_one, e) == 0 && each_owner(&c, &in, key, record_one, e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	buffer_done(&in.chain);
	free(key);
	if (rc == 0)
		*out_count = in.count;
	return rc;
}

/* ---- removal ------------------------------------------------------------------------------ */

static int
record_removal(struct change *c, const char *owner, const char *fingerprint, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_CERT_REMOVE, e);

	if (event != NULL && put_owner(event, owner, e) == 0 &&
	    audit_put_text(event, "fingerprint", fingerprint, e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

int
partner_remove(struct directory *d, const char *owner, const char *fingerprint, const struct witness *w,
    struct error *e)
{
	char *key = owner_key(owner, e), *lower = memory_text(fingerprint, e);
	struct change c = { 0 };
	int rc = -1;

	for (char *at = lower; at != NULL && *at != '\0'; at++)
		*at = text_lower(*at);
	if (key != NULL && lower != NULL && change_begin(&c, d->store, w, e) == 0 &&
	    partner_certificate_remove(d->store, key, lower, e) == 0 && record_removal(&c, key, lower, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	free(key);
	free(lower);
	return rc != 0 ? error_context(e, "certificate of %s", owner) : 0;
}
