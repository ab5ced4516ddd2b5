/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "base/limits.h"
#include "base/memory.h"
#include "crypto/request.h"
#include "keystore/keystore_private.h"

/* Our keys: born or imported, certified, retired, destroyed. */

#define SEALED_MAX 65536 /* RSA-8192 in PKCS#8 is under 5 KiB */

/* ---- rows and events ------------------------------------------------------------- */

int
key_put(struct change *c, struct keystore *ks, struct key_row *row, const struct key *key, struct error *e)
{
	struct buffer sealed = BUFFER_INIT(SEALED_MAX);
	int rc = -1;

	row->created = clock_now(clock_system());
	row->algorithm = (char *)key_algorithm_name(key); /* borrowed for writing */
	memcpy(row->public_hash, key_public_hash(key), sizeof row->public_hash);
	if (random_id(row->id, e) != 0 || sealed_write(ks, row, key, &sealed, e) != 0)
		goto out;
	crashpoint(KEY_SEALED);
	row->sealed = (struct blob){ sealed.data, sealed.size };
	rc = key_add(c->store, row, e);
	row->sealed = (struct blob){ NULL, 0 };
out:
	buffer_done(&sealed);
	return rc;
}

int
certificate_put(struct change *c, const char *key_id, const struct certificate *leaf,
    const struct certificates *others, struct error *e)
{
	struct key_certificate_row row = { .created = clock_now(clock_system()) };
	struct buffer chain = BUFFER_INIT((size_t)LIMIT_CHAIN_DEPTH * LIMIT_CERTIFICATE_SIZE);
	struct certificates above = { NULL, 0 };
	size_t n;
	int rc = -1;

	memcpy(row.key_id, key_id, sizeof row.key_id);
	memcpy(row.fingerprint, certificate_fingerprint(leaf), sizeof row.fingerprint);
	memcpy(row.issuer_serial, certificate_issuer_serial(leaf), sizeof row.issuer_serial);
	if (strlen(certificate_ski(leaf)) < sizeof row.ski) /* longer ones name nobody */
		memcpy(row.ski, certificate_ski(leaf), strlen(certificate_ski(leaf)) + 1);
	row.not_before = certificate_not_before(leaf);
	row.not_after = certificate_not_after(leaf);
	row.der.data = (void *)certificate_der(leaf, &n);
	row.der.size = n;
	if (chain_pick(leaf, others, &above, e) != 0 || certificates_write_der(&above, &chain, e) != 0)
		goto out;
	row.chain = (struct blob){ chain.data, chain.size };
	rc = key_certificate_add(c->store, &row, e);
out:
	certificates_done(&above);
	buffer_done(&chain);
	return rc;
}

/* An event of a key; NULL for want of memory. */
static struct audit_event *
event_of(enum audit_event_type type, const struct key_row *row, struct error *e)
{
	struct audit_event *event = audit_event_new(type, e);

	if (event != NULL && (audit_put_text(event, "identity", row->identity_id, e) != 0 ||
	    audit_put_text(event, "key", row->id, e) != 0)) {
		audit_event_free(event);
		return NULL;
	}
	return event;
}

/* Record an event, or free it when one of its members found no memory. */
static int
record(struct change *c, struct audit_event *event, int filled, struct error *e)
{
	if (filled == 0)
		return change_record(c, event, e);
	audit_event_free(event);
	return -1;
}

int
key_record(struct change *c, const struct key_row *row, const char *origin, struct error *e)
{
	struct audit_event *event = event_of(AUDIT_KEY_ADD, row, e);

	if (event == NULL)
		return -1;
	return record(c, event,
	    audit_put_text(event, "purpose", row->purpose, e) != 0 ||
	        audit_put_text(event, "algorithm", row->algorithm, e) != 0 ||
	        audit_put_text(event, "public-hash", row->public_hash, e) != 0 ||
	        audit_put_text(event, "origin", origin, e) != 0,
	    e);
}

int
certificate_record(struct change *c, const struct key_row *row, const struct certificate *leaf, struct error *e)
{
	struct audit_event *event = event_of(AUDIT_KEY_CERTIFICATE, row, e);

	if (event == NULL)
		return -1;
	return record(c, event,
	    audit_put_text(event, "fingerprint", certificate_fingerprint(leaf), e) != 0 ||
	        audit_put_text(event, "issuer", certificate_issuer(leaf), e) != 0 ||
	        audit_put_text(event, "serial", certificate_serial(leaf), e) != 0 ||
	        audit_put_number(event, "not-after", certificate_not_after(leaf), e) != 0,
	    e);
}

int
state_record(struct change *c, const struct key_row *row, const char *to, struct error *e)
{
	struct audit_event *event = event_of(AUDIT_KEY_STATE, row, e);

	if (event == NULL)
		return -1;
	return record(c, event,
	    audit_put_text(event, "from", row->state, e) != 0 || audit_put_text(event, "to", to, e) != 0, e);
}

/* ---- birth ------------------------------------------------------------------------- */

static int
check_identity(struct keystore *ks, const char *identity, struct error *e)
{
	struct identity_row row;

	if (identity_get(ks->store, identity, &row, e) != 0)
		return error_context(e, "identity %s", identity);
	identity_row_done(&row);
	return 0;
}

/* A row to be written; its texts are borrowed. */
static struct key_row
row_for(const char *identity, enum key_purpose purpose, const char *state)
{
	struct key_row row = { .purpose = (char *)key_purpose_word(purpose), .state = (char *)state };

	memcpy(row.identity_id, identity, sizeof row.identity_id);
	return row;
}

int
keystore_key_generate(struct keystore *ks, const char *identity, enum key_purpose purpose, enum key_type type,
    unsigned bits, const struct witness *w, char out_key_id[33], struct error *e)
{
	struct change c = { 0 };
	struct key *key = NULL;
	struct key_row row;
	int rc = -1;

	if (!is_id(identity))
		return error_set(e, ERROR_USAGE, "\"%s\" is no id of an identity", identity);
	row = row_for(identity, purpose, "pending");
	if (purpose_check(purpose, type, e) != 0 || key_generate(type, bits, &key, e) != 0)
		goto out; /* before the store is held: an RSA key takes its time */
	crashpoint(KEY_GENERATED);
	if (change_begin(&c, ks->store, w, e) == 0 && check_identity(ks, identity, e) == 0 &&
	    key_put(&c, ks, &row, key, e) == 0 && key_record(&c, &row, "generated", e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	key_unref(key);
	if (rc == 0)
		memcpy(out_key_id, row.id, sizeof row.id);
	return rc;
}

/* ---- import ------------------------------------------------------------------------- */

/* The identity that owns addresses of the certificate; "" if none does. */
static int
owner_of(struct keystore *ks, const struct address_list *addresses, char out[RANDOM_ID_SIZE], struct error *e)
{
	char id[RANDOM_ID_SIZE];

	out[0] = '\0';
	for (size_t i = 0; i < addresses->count; i++) {
		struct error mine = ERROR_INIT;

		if (identity_address_get(ks->store, addresses->items[i]->key, id, &mine) != 0) {
			if (mine.code != ERROR_STORE_NOT_FOUND)
				return error_set(e, mine.code, "%s", error_text(&mine));
		} else if (out[0] == '\0')
			memcpy(out, id, sizeof id);
		else if (strcmp(out, id) != 0)
			return error_set(e, ERROR_STORE_CONFLICT,
			    "the certificate bears addresses of two identities, %s and %s: name one", out, id);
	}
	return 0;
}

/* What an import does: the identity may be made on the way. */
struct import {
	const struct key *key;
	const struct certificate *leaf;
	const struct certificates *others;
	bool dn_too;
	struct identity_row identity; /* id "" : not made */
	struct key_row row;
};

static int
identity_for(struct change *c, struct keystore *ks, struct import *in, const char *identity,
    char out[RANDOM_ID_SIZE], struct error *e)
{
	const struct address_list *addresses = certificate_addresses(in->leaf);
	const char *name = certificate_common_name(in->leaf);

	if (identity != NULL) {
		if (!is_id(identity))
			return error_set(e, ERROR_USAGE, "\"%s\" is no id of an identity", identity);
		memcpy(out, identity, RANDOM_ID_SIZE);
		return check_identity(ks, identity, e) == 0 ?
		    certificate_names_identity(ks, identity, in->leaf, in->dn_too, e) : -1;
	}
	if (addresses->count == 0)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE,
		    "the certificate of %s bears no address: name the identity", certificate_subject(in->leaf));
	if (owner_of(ks, addresses, out, e) != 0)
		return -1;
	if (out[0] != '\0')
		return 0;
	in->identity.name = (char *)(name[0] != '\0' ? name : addresses->items[0]->text);
	if (identity_put(c, &in->identity, addresses, NULL, e) != 0)
		return -1;
	memcpy(out, in->identity.id, RANDOM_ID_SIZE);
	return 0;
}

static int
refuse_known_key(struct keystore *ks, const struct key *key, struct error *e)
{
	struct error mine = ERROR_INIT;
	struct key_row row;

	if (key_get_by_public_hash(ks->store, key_public_hash(key), &row, &mine) != 0)
		return mine.code == ERROR_STORE_NOT_FOUND ? 0 : error_set(e, mine.code, "%s", error_text(&mine));
	error_set(e, ERROR_STORE_CONFLICT, "the key is stored already: key %s of identity %s, %s", row.id,
	    row.identity_id, row.state);
	key_row_done(&row);
	return -1;
}

static int
import_rows(struct change *c, struct keystore *ks, struct import *in, const char *identity,
    enum key_purpose purpose, struct error *e)
{
	char id[RANDOM_ID_SIZE];

	if (refuse_known_key(ks, in->key, e) != 0 || identity_for(c, ks, in, identity, id, e) != 0)
		return -1;
	in->row = row_for(id, purpose, "active");
	if (key_put(c, ks, &in->row, in->key, e) != 0)
		return -1;
	return certificate_put(c, in->row.id, in->leaf, in->others, e);
}

static int
import_record(struct change *c, const struct import *in, struct error *e)
{
	if (in->identity.id[0] != '\0' &&
	    identity_record(c, &in->identity, certificate_addresses(in->leaf), NULL, e) != 0)
		return -1;
	if (key_record(c, &in->row, "imported", e) != 0)
		return -1;
	return certificate_record(c, &in->row, in->leaf, e);
}

static int
check_belongs(const char *public_hash, const struct certificate *leaf, struct error *e)
{
	if (strcmp(public_hash, certificate_public_hash(leaf)) == 0)
		return 0;
	return error_set(e, ERROR_KEY_MISMATCH, "the certificate of %s is not that of the key",
	    certificate_subject(leaf));
}

int
keystore_key_import(struct keystore *ks, const char *identity, const struct key *key,
    const struct certificate *leaf, const struct certificates *others, bool dn_too, const struct witness *w,
    char out_key_id[33], struct error *e)
{
	char kind[] = "address";
	struct import in = { key, leaf, others, dn_too, { .kind = kind }, { .state = NULL } };
	struct change c = { 0 };
	enum key_purpose purpose;
	int rc = -1;

	if (check_belongs(key_public_hash(key), leaf, e) != 0 || purpose_of_certificate(leaf, &purpose, e) != 0)
		return -1;
	if (change_begin(&c, ks->store, w, e) == 0 && import_rows(&c, ks, &in, identity, purpose, e) == 0 &&
	    import_record(&c, &in, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	if (rc == 0)
		memcpy(out_key_id, in.row.id, sizeof in.row.id);
	return rc;
}

/* ---- certificates and states ------------------------------------------------------------ */

/* Checks of a certificate that came back for a stored key. */
static int
check_returned(struct keystore *ks, const struct key_row *row, const struct certificate *leaf, bool dn_too,
    struct error *e)
{
	enum key_purpose purpose;

	if (strcmp(row->state, "pending") != 0 && strcmp(row->state, "active") != 0)
		return error_set(e, ERROR_KEY_UNUSABLE, "the key is %s", row->state);
	if (check_belongs(row->public_hash, leaf, e) != 0 || key_purpose_parse(row->purpose, &purpose, e) != 0 ||
	    certificate_suits(leaf, purpose, e) != 0)
		return -1;
	return certificate_names_identity(ks, row->identity_id, leaf, dn_too, e);
}

int
bind_put(struct change *c, struct keystore *ks, const struct key_row *row, const struct certificate *leaf,
    const struct certificates *others, bool dn_too, struct error *e)
{
	if (check_returned(ks, row, leaf, dn_too, e) != 0 || certificate_put(c, row->id, leaf, others, e) != 0)
		return -1;
	return strcmp(row->state, "active") == 0 ? 0 : key_set_state(c->store, row->id, "active", e);
}

int
bind_record(struct change *c, const struct key_row *row, const struct certificate *leaf, struct error *e)
{
	if (certificate_record(c, row, leaf, e) != 0)
		return -1;
	return strcmp(row->state, "active") == 0 ? 0 : state_record(c, row, "active", e);
}

int
keystore_certificate_bind(struct keystore *ks, const char *key_id, const struct certificate *leaf,
    const struct certificates *others, bool dn_too, const struct witness *w, struct error *e)
{
	struct key_row row = { .state = NULL };
	struct change c = { 0 };
	int rc = -1;

	if (change_begin(&c, ks->store, w, e) == 0 && key_get(ks->store, key_id, &row, e) == 0 &&
	    bind_put(&c, ks, &row, leaf, others, dn_too, e) == 0 && bind_record(&c, &row, leaf, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	key_row_done(&row);
	return rc != 0 ? error_context(e, "key %s", key_id) : 0;
}

/* A destroyed key leaves no octets behind. */
static int
apply_state(struct keystore *ks, const struct key_row *row, const char *state, struct error *e)
{
	static const struct blob nothing = { "", 0 };

	if (state_check(row->state, state, e) != 0 || key_set_state(ks->store, row->id, state, e) != 0)
		return -1;
	return strcmp(state, "destroyed") == 0 ? key_set_sealed(ks->store, row->id, &nothing, e) : 0;
}

int
keystore_key_set_state(struct keystore *ks, const char *key_id, const char *state, const struct witness *w,
    struct error *e)
{
	struct key_row row = { .state = NULL };
	struct change c = { 0 };
	int rc = -1;

	if (change_begin(&c, ks->store, w, e) == 0 && key_get(ks->store, key_id, &row, e) == 0 &&
	    apply_state(ks, &row, state, e) == 0 && state_record(&c, &row, state, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	key_row_done(&row);
	return rc != 0 ? error_context(e, "key %s", key_id) : 0;
}
