/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/crashpoint.h"
#include "base/limits.h"
#include "base/memory.h"
#include "crypto/issue.h"
#include "keystore/ca_private.h"

/* The built-in CA: its birth, and its certificates. */

#define LIFETIME ((int64_t)10 * 31556952) /* ten years of the Gregorian calendar's mean */
#define BACKDATE 3600                     /* other people's clocks are slow */
#define RSA_BITS 3072
#define PEM_MAX  65536

/* ---- reading -------------------------------------------------------------------- */

static void
authority_done(struct authority *a)
{
	free(a->name);
	certificate_unref(a->certificate);
	certificates_done(&a->chain);
}

void
authorities_done(struct authorities *list)
{
	for (size_t i = 0; i < list->count; i++)
		authority_done(&list->items[i]);
	free(list->items);
	*list = (struct authorities){ NULL, 0 };
}

static int
fill_authority(struct authority *a, const struct ca_row *row, struct error *e)
{
	memcpy(a->id, row->id, sizeof a->id);
	memcpy(a->key_id, row->key_id, sizeof a->key_id);
	a->name = memory_text(row->name, e);
	if (a->name == NULL || certificate_read(row->certificate.data, row->certificate.size, &a->certificate, e) != 0)
		return -1;
	return certificates_read(row->chain.data, row->chain.size, &a->chain, e);
}

static int
take_authority(void *ctx, const struct ca_row *row, struct error *e)
{
	struct authorities *list = ctx;
	struct authority one = { .name = NULL }, *items;

	items = memory_resize(list->items, list->count + 1, sizeof items[0], e);
	if (items == NULL)
		return -1;
	list->items = items;
	if (fill_authority(&one, row, e) != 0) {
		authority_done(&one);
		return error_context(e, "CA %s", row->id);
	}
	items[list->count++] = one;
	return 0;
}

int
authorities_read(struct keystore *ks, struct authorities *out, struct error *e)
{
	struct authorities list = { NULL, 0 };

	if (ca_each(ks->store, take_authority, &list, e) != 0) {
		authorities_done(&list);
		return -1;
	}
	*out = list;
	return 0;
}

const struct authority *
authority_newest(const struct authorities *list, struct error *e)
{
	if (list->count > 0)
		return &list->items[0];
	error_set(e, ERROR_STORE_NOT_FOUND, "there is no CA: create one first");
	return NULL;
}

static int
add_once(struct certificates *list, struct certificate *c, struct error *e)
{
	if (certificates_find(list, certificate_fingerprint(c)) != NULL)
		return 0;
	return certificates_add(list, c, e);
}

int
ca_anchors(struct keystore *ks, struct certificates *list, struct error *e)
{
	struct authorities all;
	int rc = authorities_read(ks, &all, e);

	if (rc != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < all.count; i++)
		if (all.items[i].chain.count > 0)
			rc = add_once(list, all.items[i].chain.items[all.items[i].chain.count - 1], e);
	authorities_done(&all);
	return rc;
}

int
ca_intermediates(struct keystore *ks, struct certificates *list, struct error *e)
{
	struct authorities all;
	int rc = authorities_read(ks, &all, e);

	if (rc != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < all.count; i++) {
		rc = add_once(list, all.items[i].certificate, e);
		for (size_t j = 0; rc == 0 && j + 1 < all.items[i].chain.count; j++)
			rc = add_once(list, all.items[i].chain.items[j], e);
	}
	authorities_done(&all);
	return rc;
}

/* ---- creation ---------------------------------------------------------------------- */

/* What is born together. */
struct birth {
	struct key *root_key, *issuing_key;
	struct certificate *root, *issuing;
	char **domains; /* NULL-terminated, in normal form */
	struct buffer root_pem;
	struct secret root_key_pem;
};

static void
birth_done(struct birth *b)
{
	key_unref(b->root_key);
	key_unref(b->issuing_key);
	certificate_unref(b->root);
	certificate_unref(b->issuing);
	for (char **d = b->domains; d != NULL && *d != NULL; d++)
		free(*d);
	free(b->domains);
	buffer_done(&b->root_pem);
	secret_done(&b->root_key_pem);
}

/*
 * "example.org", ".example.org" and "*.example.org" as name constraints for rfc822Name write them (RFC 5280
 * 4.2.1.10): the host itself, or with a leading period every host below.
 */
static char *
constraint_of(const char *domain, struct error *e)
{
	const char *name = domain[0] == '*' && domain[1] == '.' ? domain + 1 : domain;
	const bool below = name[0] == '.';
	char *normal = NULL, *constraint;

	if (address_domain_normal(name + below, strlen(name + below), &normal, e) != 0) {
		error_context(e, "domain \"%s\"", domain);
		return NULL;
	}
	constraint = memory_format(e, "%s%s", below ? "." : "", normal);
	free(normal);
	return constraint;
}

static int
take_domains(struct birth *b, const char *const *domains, struct error *e)
{
	size_t n = 0;

	while (domains != NULL && domains[n] != NULL)
		n++;
	if (n == 0)
		return error_set(e, ERROR_USAGE, "a CA needs the domains that it may certify addresses of");
	b->domains = memory_new(n + 1, sizeof b->domains[0], e);
	if (b->domains == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		b->domains[i] = constraint_of(domains[i], e);
		if (b->domains[i] == NULL)
			return -1;
	}
	return 0;
}

static int
certify_root(struct birth *b, const char *name, int64_t from, int64_t to, struct error *e)
{
	char *common_name = memory_format(e, "%s Root", name);
	struct issue_request r = {
		.issuer_key = b->root_key,
		.subject_key = b->root_key,
		.common_name = common_name,
		.ca = 1,
		.path_length = 1,
		.not_before = from,
		.not_after = to,
	};
	int rc = common_name != NULL ? issue_certificate(&r, &b->root, e) : -1;

	free(common_name);
	return rc;
}

static int
certify_issuing(struct birth *b, const char *name, int64_t from, int64_t to, struct error *e)
{
	struct issue_request r = {
		.issuer_key = b->root_key,
		.issuer = b->root,
		.subject_key = b->issuing_key,
		.common_name = name,
		.permitted_domains = (const char *const *)b->domains,
		.ca = 1,
		.path_length = 0,
		.not_before = from,
		.not_after = to,
	};

	return issue_certificate(&r, &b->issuing, e);
}

/* Keys, certificates and what is handed out: all that can fail before the store is touched. */
static int
prepare(struct birth *b, const char *name, const char *const *domains, enum key_type type, int64_t from, int64_t to,
    const struct secret *passphrase, struct error *e)
{
	const unsigned bits = type == KEY_RSA ? RSA_BITS : 0;

	if (take_domains(b, domains, e) != 0 || key_generate(type, bits, &b->root_key, e) != 0 ||
	    key_generate(type, bits, &b->issuing_key, e) != 0 || certify_root(b, name, from, to, e) != 0 ||
	    certify_issuing(b, name, from, to, e) != 0)
		return -1;
	if (certificate_write_pem(b->root, &b->root_pem, e) != 0)
		return -1;
	return key_write_pem(b->root_key, passphrase, &b->root_key_pem, e);
}

static int
put_authority(struct change *c, const struct birth *b, struct ca_row *row, const char *key_id, int64_t now,
    struct error *e)
{
	size_t n, root_n;

	if (random_id(row->id, e) != 0)
		return -1;
	memcpy(row->key_id, key_id, sizeof row->key_id);
	row->certificate.data = (void *)certificate_der(b->issuing, &n);
	row->certificate.size = n;
	row->chain.data = (void *)certificate_der(b->root, &root_n);
	row->chain.size = root_n;
	row->created = now;
	return ca_add(c->store, row, e);
}

static int
record_authority(struct change *c, const struct birth *b, const struct ca_row *row, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_CA_INIT, e);

	if (event != NULL && audit_put_text(event, "ca", row->id, e) == 0 &&
	    audit_put_text(event, "name", row->name, e) == 0 &&
	    audit_put_text(event, "fingerprint", certificate_fingerprint(b->root), e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

/*
 * The CA's key is a row like others, of an identity without addresses: no author is found by it.  The root's key goes
 * out before anything is certain: one without a CA is worth nothing, a CA without it could never be renewed.
 */
static int
store_birth(struct keystore *ks, const struct birth *b, const char *name, int64_t now,
    const struct root_keeper *keeper, const struct witness *w, struct error *e)
{
	char kind[] = "address", state[] = "active", *full_name = memory_format(e, "CA %s", name);
	struct identity_row identity = { .kind = kind, .name = full_name };
	struct key_row key = { .purpose = (char *)key_purpose_word(KEY_PURPOSE_SIGN), .state = state };
	struct ca_row ca = { .name = (char *)name };
	struct change c = { 0 };
	int rc = -1;

	if (full_name == NULL || change_begin(&c, ks->store, w, e) != 0 || identity_put(&c, &identity, NULL, NULL, e) != 0)
		goto out;
	memcpy(key.identity_id, identity.id, sizeof key.identity_id);
	if (key_put(&c, ks, &key, b->issuing_key, e) != 0 || put_authority(&c, b, &ca, key.id, now, e) != 0)
		goto out;
	if (keeper->keep(keeper->ctx, &b->root_key_pem, e) != 0)
		goto out;
	crashpoint(CA_ROOT_KEPT);
	if (identity_record(&c, &identity, NULL, NULL, e) == 0 && key_record(&c, &key, "generated", e) == 0 &&
	    record_authority(&c, b, &ca, e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	free(full_name);
	return rc;
}

int
ca_create(struct keystore *ks, const char *name, const char *const *domains, enum key_type type,
    const struct secret *passphrase, int64_t now, const struct root_keeper *keeper, const struct witness *w,
    struct buffer *out_root_pem, struct error *e)
{
	struct birth b = { .root_pem = BUFFER_INIT(PEM_MAX), .root_key_pem = SECRET_INIT };
	const size_t before = out_root_pem->size;
	int rc = -1;

	if (name[0] == '\0')
		return error_set(e, ERROR_USAGE, "a CA needs a name");
	if (prepare(&b, name, domains, type, now - BACKDATE, now + LIFETIME, passphrase, e) == 0 &&
	    buffer_append(out_root_pem, b.root_pem.data, b.root_pem.size, e) == 0) {
		crashpoint(CA_BORN);
		rc = store_birth(ks, &b, name, now, keeper, w, e);
	}
	if (rc != 0)
		buffer_cut(out_root_pem, before);
	birth_done(&b);
	return rc;
}
