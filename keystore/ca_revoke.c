/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "crypto/issue.h"
#include "keystore/ca_private.h"

/* What the built-in CA takes back, and the list that says so. */

#define DAY        86400
#define CRL_MAX    ((size_t)64 * 1024 * 1024) /* PEM of the most that crypto/issue.h writes */
#define SERIAL_MAX 80                         /* RFC 5280 4.1.2.2: 20 octets; colons between them */

/* ---- revoking ---------------------------------------------------------------------- */

/* A serial as certificate_serial() writes it: "00:AB:12" is "ab12". */
static int
normal_serial(const char *text, char out[SERIAL_MAX], struct error *e)
{
	size_t n = 0;

	for (const char *c = text; *c != '\0'; c++) {
		const char digit = text_lower(*c);

		if (*c == ':' || *c == ' ' || (digit == '0' && n == 0))
			continue;
		if (n + 1 >= SERIAL_MAX || strchr("0123456789abcdef", digit) == NULL)
			return error_set(e, ERROR_USAGE, "\"%s\" is no serial number", text);
		out[n++] = digit;
	}
	out[n] = '\0';
	return n > 0 ? 0 : error_set(e, ERROR_USAGE, "\"%s\" is no serial number", text);
}

/* CRLReason (RFC 5280 5.3.1); a hold would have to be lifted again, which this CA does not do. */
static bool
is_reason(int64_t reason)
{
	return reason >= 0 && reason <= 10 && reason != 6 && reason != 7 && reason != 8;
}

struct wanted {
	const char *serial;
	char found[SERIAL_MAX]; /* as the row has it; "" : not found */
	bool revoked;
};

/* Rows may write a leading zero that people leave out. */
static int
match_serial(void *ctx, const struct issued_row *row, struct error *e)
{
	struct wanted *w = ctx;
	const char *significant = row->serial + strspn(row->serial, "0");

	(void)e;
	if (strcmp(significant, w->serial) == 0 && strlen(row->serial) < sizeof w->found) {
		memcpy(w->found, row->serial, strlen(row->serial) + 1);
		w->revoked = row->revoked != 0;
	}
	return 0;
}

static const struct authority *
find_issued(struct keystore *ks, const struct authorities *all, struct wanted *w, struct error *e)
{
	for (size_t i = 0; i < all->count; i++) {
		if (issued_each(ks->store, all->items[i].id, match_serial, w, e) != 0)
			return NULL;
		if (w->found[0] != '\0' && w->revoked) {
			error_set(e, ERROR_STORE_CONFLICT, "the certificate is revoked already");
			return NULL;
		}
		if (w->found[0] != '\0')
			return &all->items[i];
	}
	error_set(e, ERROR_STORE_NOT_FOUND, "no CA of this store issued a certificate with this serial number");
	return NULL;
}

static int
record_revoked(struct change *c, const char *ca_id, const char *serial, int64_t reason, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_CA_REVOKE, e);

	if (event != NULL && audit_put_text(event, "ca", ca_id, e) == 0 &&
	    audit_put_text(event, "serial", serial, e) == 0 &&
	    audit_put_number(event, "crl-reason", reason, e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

int
ca_revoke(struct keystore *ks, const char *serial, int64_t reason, int64_t now, const struct witness *w,
    struct error *e)
{
	struct authorities all = { NULL, 0 };
	const struct authority *ca;
	char normal[SERIAL_MAX];
	struct wanted wanted = { .serial = normal };
	struct change c = { 0 };
	int rc = -1;

	if (!is_reason(reason))
		return error_set(e, ERROR_USAGE, "%" PRId64 " is no reason to revoke (RFC 5280 5.3.1)", reason);
	if (normal_serial(serial, normal, e) != 0 || authorities_read(ks, &all, e) != 0)
		goto out;
	if (change_begin(&c, ks->store, w, e) != 0)
		goto out;
	ca = find_issued(ks, &all, &wanted, e);
	if (ca != NULL && issued_revoke(ks->store, ca->id, wanted.found, now, reason, e) == 0 &&
	    record_revoked(&c, ca->id, wanted.found, reason, e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	authorities_done(&all);
	return rc != 0 ? error_context(e, "serial number %s", serial) : 0;
}

/* ---- what is revoked, for our own signatures ----------------------------------------- */

static int
take_revoked(void *ctx, const struct issued_row *row, struct error *e)
{
	return row->revoked != 0 ? words_add(ctx, row->fingerprint, e) : 0;
}

static int
take_id(void *ctx, const struct ca_row *row, struct error *e)
{
	return words_add(ctx, row->id, e);
}

static int
load_revoked(struct keystore *ks, struct words *revoked, struct error *e)
{
	struct words *ids = words_new(e);
	int rc = ids != NULL ? ca_each(ks->store, take_id, ids, e) : -1;

	for (size_t i = 0; rc == 0 && i < ids->count; i++)
		rc = issued_each(ks->store, ids->items[i], take_revoked, revoked, e);
	words_unref(ids);
	words_sort(revoked);
	return rc;
}

int
revoked_get(struct keystore *ks, int64_t revision, struct words **out, struct error *e)
{
	struct words *revoked = cache_get(ks->revoked, revision, "");

	if (revoked == NULL) {
		revoked = words_new(e);
		if (revoked == NULL)
			return -1;
		if (load_revoked(ks, revoked, e) != 0) {
			words_unref(revoked);
			return -1;
		}
		cache_put(ks->revoked, revision, "", revoked);
	}
	*out = revoked;
	return 0;
}

/* ---- the list ----------------------------------------------------------------------------- */

struct entries {
	struct issue_revoked *items;
	size_t count;
};

static void
entries_done(struct entries *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((char *)list->items[i].serial);
	free(list->items);
}

static int
take_entry(void *ctx, const struct issued_row *row, struct error *e)
{
	struct entries *list = ctx;
	struct issue_revoked *items;

	if (row->revoked == 0)
		return 0;
	items = memory_resize(list->items, list->count + 1, sizeof items[0], e);
	if (items == NULL)
		return -1;
	list->items = items;
	items[list->count] = (struct issue_revoked){ memory_text(row->serial, e), row->revoked, row->reason };
	if (items[list->count].serial == NULL)
		return -1;
	list->count++;
	return 0;
}

/* The CRL number only grows (RFC 5280 5.2.3): it is kept in the store, and taken within the change. */
static int
next_number(struct store *store, const char *ca_id, int64_t *out, struct error *e)
{
	struct error mine = ERROR_INIT;
	struct buffer last = BUFFER_INIT(32);
	char *name = memory_format(e, "crl-number-%s", ca_id), text[32];
	int rc = -1;

	if (name == NULL)
		return -1;
	if (meta_get(store, name, &last, &mine) != 0 && mine.code != ERROR_STORE_NOT_FOUND) {
		error_set(e, mine.code, "%s", error_text(&mine));
		goto out;
	}
	*out = strtoll(buffer_text(&last), NULL, 10) + 1;
	snprintf(text, sizeof text, "%" PRId64, *out);
	rc = meta_put(store, name, text, e);
out:
	buffer_done(&last);
	free(name);
	return rc;
}

static int
record_crl(struct change *c, const char *ca_id, int64_t number, size_t entries, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_CRL, e);

	if (event != NULL && audit_put_text(event, "ca", ca_id, e) == 0 &&
	    audit_put_number(event, "number", number, e) == 0 &&
	    audit_put_number(event, "entries", (int64_t)entries, e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

/* Inside the change: list and sign. */
static int
make_crl(struct change *c, const struct authority *ca, const struct key *key, int64_t now, unsigned days,
    struct buffer *pem, struct error *e)
{
	struct entries list = { NULL, 0 };
	int64_t number;
	int rc = -1;

	if (issued_each(c->store, ca->id, take_entry, &list, e) == 0 &&
	    next_number(c->store, ca->id, &number, e) == 0 &&
	    issue_crl(key, ca->certificate, list.items, list.count, number, now, now + (int64_t)days * DAY, pem,
	        e) == 0)
		rc = record_crl(c, ca->id, number, list.count, e);
	entries_done(&list);
	return rc;
}

int
ca_crl(struct keystore *ks, int64_t now, unsigned days, const struct witness *w, struct buffer *out_pem,
    struct error *e)
{
	struct buffer pem = BUFFER_INIT(CRL_MAX);
	struct authorities all = { NULL, 0 };
	const struct authority *ca;
	struct key *key = NULL;
	struct change c = { 0 };
	const size_t before = out_pem->size;
	int rc = -1;

	if (days < 1)
		return error_set(e, ERROR_USAGE, "a revocation list lives a day or more");
	if (authorities_read(ks, &all, e) != 0 || (ca = authority_newest(&all, e)) == NULL ||
	    keystore_key_open(ks, ca->key_id, &key, e) != 0)
		goto out;
	if (change_begin(&c, ks->store, w, e) == 0 && make_crl(&c, ca, key, now, days, &pem, e) == 0 &&
	    buffer_append(out_pem, pem.data, pem.size, e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	if (rc != 0)
		buffer_cut(out_pem, before);
	authorities_done(&all);
	key_unref(key);
	buffer_done(&pem);
	return rc;
}
