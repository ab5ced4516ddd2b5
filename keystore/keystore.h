/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KEYSTORE_KEYSTORE_H
#define KEYSTORE_KEYSTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/audit.h"
#include "base/address.h"
#include "base/error.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "store/store.h"

/*
 * Our own identities: one or more addresses, or a whole domain, with key pairs
 * over time.  Private keys rest sealed (crypto/seal.h) and are opened into a
 * bounded cache of parsed keys when used.  May be used by several threads; the
 * cache's lock is never held across a signature or a look into the store.
 */
struct keystore;

/*
 * master_key_create(path, e): a new master key file, mode 0400; ERROR_STORE_CONFLICT if it exists.  master_key_read():
 * a file that nobody but its owner may read (ERROR_PERMISSIONS), or "credential:NAME" in $CREDENTIALS_DIRECTORY
 * (systemd.exec(5)); what is no key is ERROR_CONFIGURATION.
 */
int master_key_create(const char *path, struct error *e);
int master_key_read(const char *where, struct secret *out, struct error *e);

/*
 * keystore_create(store, master, e): the first store key and the store's id, in an empty store; keystore_fill() does
 * that within a transaction of the caller's.  keystore_exists(store, out, e): it has been done.
 * keystore_open(store, master, out, e): a wrong master key is ERROR_SEAL, and nothing is written.
 * The store must outlive the keystore; `master` is used during the call only.
 */
int keystore_create(struct store *store, const struct secret *master, struct error *e);
int keystore_fill(struct store *store, const struct secret *master, struct error *e);
int keystore_exists(struct store *store, bool *out, struct error *e);
int keystore_open(struct store *store, const struct secret *master, struct keystore **out, struct error *e);
void keystore_close(struct keystore *ks); /* NULL is fine */
struct store *keystore_store(struct keystore *ks);

/* ---- used by mail ------------------------------------------------------ */

/* Whose signature an author gets: the newest active key that may sign and whose certificate fits at `now`. */
struct signer {
	char *identity;                   /* id */
	struct key *key;
	struct certificate *certificate;
	struct certificates chain;        /* above it */
	struct certificate *encryption;   /* where answers go: the newest decrypting certificate; NULL: the same */
	bool domain;                      /* the domain's agent, not the author (RFC 3183 3.2) */
};
/*
 * keystore_find_signer(ks, author, now, open_key, out, out_reason, e): 0 with `*out` NULL and a static reason when
 * there is none: "no-identity", "no-key" (none active that signs), "no-certificate", "address" (no certificate bears
 * the author), "revoked" (by our CA), or a word of certificate_fits(); -1 only for faults.  open_key false: `key`
 * stays NULL and no key is opened (explain).  Answered from memory while the store's revision stands.
 */
int keystore_find_signer(struct keystore *ks, const struct address *author, int64_t now, bool open_key,
    struct signer **out, const char **out_reason, struct error *e);
/*
 * keystore_find_domain_signer(): the same for an author who has no key of his own that signs: the agent of the domain
 * itself.  "own-key": he has one; "domain-name": no certificate is named as RFC 3183 3.1.1 wants it.
 */
int keystore_find_domain_signer(struct keystore *ks, const struct address *author, int64_t now, bool open_key,
    struct signer **out, const char **out_reason, struct error *e);
void signer_free(struct signer *s); /* NULL is fine */

/* A key of ours that a RecipientInfo names, retired and expired ones included. */
struct decryptor {
	char *identity;
	char key_id[33];
	struct key *key;
	struct certificate *certificate;
};
struct decryptors {
	struct decryptor *items;
	size_t count;
};
/*
 * keystore_find_decryptors(ks, issuer_serial or "", ski or "", open_key, out, e): all that fit, each key once; none is
 * no error.  Keys for signing alone, pending and destroyed ones never fit.  A key that does not open is a fault.
 */
int keystore_find_decryptors(struct keystore *ks, const char *issuer_serial, const char *ski, bool open_key,
    struct decryptors *out, struct error *e);
void decryptors_done(struct decryptors *d);

/* keystore_owner(ks, address, out_identity, e): who owns the exact address (no domain identity); "" if nobody does. */
int keystore_owner(struct keystore *ks, const struct address *a, char out_identity[33], struct error *e);

/* keystore_login_allows(ks, login, author, out, e): a row (login → author or pattern) fits; logins are exact octets. */
int keystore_login_allows(struct keystore *ks, const char *login, const struct address *author, bool *out,
    struct error *e);
/* keystore_host_allows(ks, ip, author, out, e): a row (host:network → pattern) fits. */
int keystore_host_allows(struct keystore *ks, const char *ip, const struct address *author, bool *out,
    struct error *e);

/*
 * keystore_own_encryption(ks, address, now, list, e): certificates of ours that mail to this local address may be
 * encrypted to, the newest first; appended.
 */
int keystore_own_encryption(struct keystore *ks, const struct address *a, int64_t now, struct certificates *list,
    struct error *e);

/*
 * keystore_mac(ks, purpose, data, n, out, e): HMAC-SHA256 (RFC 2104) of the octets under a key that is derived from the
 * newest store key for that purpose, a static word.  keystore_mac_fits(): whether `mac` is the code of these octets under
 * a store key of any age; compared in constant time.
 */
#define KEYSTORE_MAC_SIZE 32
int keystore_mac(struct keystore *ks, const char *purpose, const void *data, size_t n,
    unsigned char out[KEYSTORE_MAC_SIZE], struct error *e);
int keystore_mac_fits(struct keystore *ks, const char *purpose, const void *data, size_t n,
    const unsigned char mac[KEYSTORE_MAC_SIZE], bool *out, struct error *e);

#endif
