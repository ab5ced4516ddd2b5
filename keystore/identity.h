/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KEYSTORE_IDENTITY_H
#define KEYSTORE_IDENTITY_H

#include "keystore/keystore.h"

/*
 * Changes by administrators.  Each takes a witness and is on the record before
 * it is in the store's committed state (audit/change.h); each is whole or not
 * at all.
 */

/* identity_create(ks, addresses, name, w, out_id, e): of addresses, one at least.  identity_create_domain(): of a domain. */
int identity_create(struct keystore *ks, const struct address_list *addresses, const char *name,
    const struct witness *w, char out_id[33], struct error *e);
int identity_create_domain(struct keystore *ks, const char *domain, const char *name, const struct witness *w,
    char out_id[33], struct error *e);
/* identity_find(ks, address text, "@domain" or id, out_id, e): ERROR_STORE_NOT_FOUND names what was looked for. */
int identity_find(struct keystore *ks, const char *what, char out_id[33], struct error *e);
int identity_address_change(struct keystore *ks, const char *id, const struct address *a, bool add,
    const struct witness *w, struct error *e);
int identity_delete(struct keystore *ks, const char *id, const struct witness *w, struct error *e);

/* What a key may do. */
enum key_purpose { KEY_PURPOSE_BOTH, KEY_PURPOSE_SIGN, KEY_PURPOSE_DECRYPT };
const char *key_purpose_word(enum key_purpose p);
int key_purpose_parse(const char *word, enum key_purpose *out, struct error *e);

/* keystore_key_generate(): a new key, state "pending" until a certificate is bound. */
int keystore_key_generate(struct keystore *ks, const char *identity, enum key_purpose purpose, enum key_type type,
    unsigned bits, const struct witness *w, char out_key_id[33], struct error *e);
/*
 * keystore_key_import(ks, identity, key, leaf, others, dn_too, w, …): a key with its certificate (checked: belongs to
 * the key, bears one of the identity's addresses, its usage gives the purpose), state "active"; a key that is stored
 * already is ERROR_STORE_CONFLICT.  `identity` NULL: one is made, or found, from the certificate's addresses.  With
 * `dn_too` an address of the subject DN names the identity where the certificate has no other: such a key opens mail;
 * signatures are not made with it.
 */
int keystore_key_import(struct keystore *ks, const char *identity, const struct key *key,
    const struct certificate *leaf, const struct certificates *others, bool dn_too, const struct witness *w,
    char out_key_id[33], struct error *e);
/* keystore_certificate_bind(): a certificate came back for a pending or active key: checked alike, then "active". */
int keystore_certificate_bind(struct keystore *ks, const char *key_id, const struct certificate *leaf,
    const struct certificates *others, bool dn_too, const struct witness *w, struct error *e);
/*
 * keystore_key_set_state(): active → retired → active, either → revoked, any → destroyed (the sealed octets are
 * gone then); ERROR_USAGE for what does not follow.  A pending key becomes active by its certificate alone.
 */
int keystore_key_set_state(struct keystore *ks, const char *key_id, const char *state, const struct witness *w,
    struct error *e);
/*
 * keystore_key_request(ks, key_id, out_pem, e): a PKCS#10 for a key, appended.  A domain's keys are named as RFC 3183 2
 * wants, differently for signing and decrypting: a key for both is ERROR_KEY_UNUSABLE.
 */
int keystore_key_request(struct keystore *ks, const char *key_id, struct buffer *out_pem, struct error *e);
/* keystore_key_open(ks, key_id, out, e): the private key itself; for the CA and for commands. */
int keystore_key_open(struct keystore *ks, const char *key_id, struct key **out, struct error *e);

/* Logins: `login` may be "host:NETWORK"; `author` an address or pattern of base/address.h. */
int keystore_login_change(struct keystore *ks, const char *login, const char *author, bool add,
    const struct witness *w, struct error *e);

#endif
