/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/crashpoint.h"
#include "base/limits.h"
#include "crypto/chain.h"
#include "crypto/issue.h"
#include "keystore/ca_private.h"

/* The built-in CA certifies keys of ours. */

#define DAY      86400
#define DAYS_MAX 824 /* CA/B Forum S/MIME BR 6.3.2, Strict: 825 days, and the second that counts twice */
#define BACKDATE 300 /* other people's clocks are slow */

/* All that one issue needs; what is owned is freed by issue_done(). */
struct issue {
	struct authorities all;
	const struct authority *ca; /* borrowed from `all` */
	struct key_row row;
	struct subject_names names;
	struct key *ca_key, *key;
	struct certificate *leaf;
};

static void
issue_done(struct issue *i)
{
	authorities_done(&i->all);
	key_row_done(&i->row);
	subject_names_done(&i->names);
	key_unref(i->ca_key);
	key_unref(i->key);
	certificate_unref(i->leaf);
}

static int
make_leaf(struct issue *i, unsigned days, int64_t now, struct error *e)
{
	const int64_t ca_end = certificate_not_after(i->ca->certificate), wanted = now + (int64_t)days * DAY;
	struct issue_request r = {
		.issuer_key = i->ca_key,
		.issuer = i->ca->certificate,
		.subject_key = i->key,
		.common_name = i->names.common_name,
		.addresses = &i->names.addresses,
		.path_length = -1,
		.sign = i->names.sign,
		.encrypt = i->names.encrypt,
		.not_before = now - BACKDATE,
		.not_after = wanted < ca_end ? wanted : ca_end,
	};

	return issue_certificate(&r, &i->leaf, e);
}

/* Nobody would trust a certificate outside the CA's own constraints; so it is not issued. */
static int
check_leaf(const struct issue *i, int64_t now, struct error *e)
{
	struct certificate *issuer = i->ca->certificate;
	struct certificates above = { &issuer, 1 };
	struct chain_request request = {
		.leaf = i->leaf,
		.intermediates = &above,
		.anchors = &i->ca->chain,
		.purpose = i->names.sign ? PURPOSE_SIGN : PURPOSE_ENCRYPT,
		.when = now,
	};
	struct chain_result result;
	int rc = 0;

	if (chain_verify(&request, &result, e) != 0)
		return -1;
	if (!result.trusted)
		rc = error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the CA \"%s\" cannot certify %s (%s)", i->ca->name,
		    i->names.addresses.items[0]->text, result.reason);
	chain_result_done(&result);
	return rc;
}

static int
prepare(struct keystore *ks, struct issue *i, const char *key_id, unsigned days, int64_t now, struct error *e)
{
	if (authorities_read(ks, &i->all, e) != 0)
		return -1;
	i->ca = authority_newest(&i->all, e);
	if (i->ca == NULL || key_get(ks->store, key_id, &i->row, e) != 0 ||
	    subject_names_of(ks, &i->row, &i->names, e) != 0 ||
	    keystore_key_open(ks, i->ca->key_id, &i->ca_key, e) != 0 || sealed_read(ks, &i->row, &i->key, e) != 0 ||
	    make_leaf(i, days, now, e) != 0)
		return -1;
	return check_leaf(i, now, e);
}

static int
put_issued(struct change *c, const struct issue *i, int64_t now, struct error *e)
{
	struct issued_row row = {
		.serial = (char *)certificate_serial(i->leaf), /* borrowed for writing */
		.subject = (char *)certificate_subject(i->leaf),
		.not_after = certificate_not_after(i->leaf),
		.issued = now,
	};

	memcpy(row.ca_id, i->ca->id, sizeof row.ca_id);
	memcpy(row.fingerprint, certificate_fingerprint(i->leaf), sizeof row.fingerprint);
	return issued_add(c->store, &row, e);
}

static int
record_issued(struct change *c, const struct issue *i, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_CA_ISSUE, e);

	if (event != NULL && audit_put_text(event, "ca", i->ca->id, e) == 0 &&
	    audit_put_text(event, "serial", certificate_serial(i->leaf), e) == 0 &&
	    audit_put_text(event, "subject", certificate_subject(i->leaf), e) == 0 &&
	    audit_put_text(event, "fingerprint", certificate_fingerprint(i->leaf), e) == 0 &&
	    event_put_addresses(event, &i->names.addresses, NULL, e) == 0 &&
	    audit_put_number(event, "not-after", certificate_not_after(i->leaf), e) == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

/* The log of the CA and the binding to the key are one change. */
static int
store_leaf(struct keystore *ks, const struct issue *i, int64_t now, const struct witness *w, struct error *e)
{
	struct certificate *issuer = i->ca->certificate;
	struct certificates above = { &issuer, 1 };
	struct change c = { 0 };
	int rc = -1;

	if (change_begin(&c, ks->store, w, e) == 0 && put_issued(&c, i, now, e) == 0 &&
	    bind_put(&c, ks, &i->row, i->leaf, &above, false, e) == 0 && record_issued(&c, i, e) == 0 &&
	    bind_record(&c, &i->row, i->leaf, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	return rc;
}

int
ca_issue(struct keystore *ks, const char *key_id, unsigned days, int64_t now, const struct witness *w,
    struct certificate **out, struct error *e)
{
	struct issue i = { .ca = NULL };
	int rc = -1;

	if (days < 1 || days > DAYS_MAX)
		return error_set(e, ERROR_USAGE, "a certificate lives 1 to %d days", DAYS_MAX);
	if (prepare(ks, &i, key_id, days, now, e) == 0) {
		crashpoint(CA_SIGNED);
		rc = store_leaf(ks, &i, now, w, e);
	}
	if (rc == 0) {
		*out = i.leaf;
		i.leaf = NULL;
	} else
		error_context(e, "key %s", key_id);
	issue_done(&i);
	return rc;
}
