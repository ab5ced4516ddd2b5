/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_OID_PRIVATE_H
#define CRYPTO_OID_PRIVATE_H

#include <stddef.h>

#include "crypto/algorithm.h"
#include "crypto/cms_walk.h"
#include "crypto/der_private.h"

/* OBJECT IDENTIFIERs of CMS, as content octets, and the tables between them and our enumerations. */
struct oid {
	unsigned char size;
	unsigned char octets[11];
};

extern const struct oid oid_data;             /* RFC 5652 4 */
extern const struct oid oid_rsa_encryption;   /* RFC 3370 4.2.1 */
extern const struct oid oid_rsaes_oaep;       /* RFC 3560 */
extern const struct oid oid_rsassa_pss;       /* RFC 4056 */
extern const struct oid oid_mgf1;             /* RFC 4055 2.1 */
extern const struct oid oid_triple_des_wrap;  /* RFC 3370 4.3.1 */
extern const struct oid oid_p_specified;      /* RFC 4055 4.1 */
extern const struct oid oid_ec_public_key;    /* RFC 5480 2.1.1 */
extern const struct oid oid_zlib;             /* RFC 3274 2 */
extern const struct oid oid_ori_kem;          /* RFC 9629 3 */

bool oid_is(const struct der_element *element, const struct oid *oid);
/* der_put_oid(w, oid): with its tag. */
void der_put_oid(struct der_writer *w, const struct oid *oid);

/* From the octets to the enumeration; what the table does not have is NONE, UNKNOWN, OTHER or 0. */
enum digest_algorithm digest_from_oid(const struct der_element *oid);
enum content_cipher cipher_from_oid(const struct der_element *oid);
enum signature_scheme signature_from_oid(const struct der_element *oid); /* those that say their digest, and DSA */
enum cms_type cms_type_from_oid(const struct der_element *oid);
enum digest_algorithm ecdh_kdf_from_oid(const struct der_element *oid);  /* dhSinglePass-(std|cofactor)DH schemes */
enum digest_algorithm hkdf_from_oid(const struct der_element *oid);      /* HKDF of RFC 8619 */
enum key_type key_type_from_oid(const struct der_element *oid);          /* ML-DSA and ML-KEM; others are KEY_OTHER */
size_t wrap_key_size_from_oid(const struct der_element *oid);            /* AES key wrap, RFC 3394, unpadded */
enum key_type curve_from_oid(const struct der_element *oid);

/* And back; NULL for what is not written. */
const struct oid *digest_oid(enum digest_algorithm a);
const struct oid *cipher_oid(enum content_cipher c);
const struct oid *signature_oid(enum signature_scheme s);
const struct oid *cms_type_oid(enum cms_type t);
const struct oid *ecdh_kdf_oid(enum digest_algorithm a);
const struct oid *wrap_oid(size_t key_size);

#endif
