/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_OPEN_H
#define CRYPTO_CMS_OPEN_H

#include "base/error.h"
#include "base/io.h"
#include "base/spool.h"
#include "crypto/cms_walk.h"
#include "crypto/key.h"

/*
 * cms_open(shape, ri, key, source, unverified, e): decrypt the content of an EnvelopedData or AuthEnvelopedData
 * through one RecipientInfo.  `source` gives the object's octets again from the start.  The plaintext goes to
 * `unverified`, which must be empty and is to be looked at only after 0.  On any failure that depends on keys or
 * ciphertext the spool is emptied and the error is ERROR_CMS_UNREADABLE, the same for every cause; faults of this
 * machine (memory, spool) keep their own codes.
 */
int cms_open(const struct cms_shape *shape, const struct recipient_info *ri, const struct key *key,
    struct source *source, struct spool *unverified, struct error *e);

#endif
