/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_LIBRARY_PRIVATE_H
#define CRYPTO_LIBRARY_PRIVATE_H

#include "crypto/private.h"

/*
 * What only some versions of the library offer: ML-DSA and ML-KEM came with OpenSSL 3.5.  It is asked by name while
 * the program runs, so that one program makes use of whatever library it finds.
 */

/* Why something is not tried that this library lacks: a word of records. */
#define NOT_AVAILABLE "algorithm-not-available"

/* library_key_type(pkey): which of these a key is; KEY_OTHER if it is none. */
enum key_type library_key_type(const EVP_PKEY *pkey);

/* library_named_type(kind): the same by the identifier of a key's algorithm, whether the library can read it or not. */
enum key_type library_named_type(const ASN1_OBJECT *kind);

/* library_offers(type, e): 1 if the library knows keys of this type, 0 if not, -1 when memory runs out. */
int library_offers(enum key_type type, struct error *e);

#endif
