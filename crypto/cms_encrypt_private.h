/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CRYPTO_CMS_ENCRYPT_PRIVATE_H
#define CRYPTO_CMS_ENCRYPT_PRIVATE_H

#include "base/secret.h"
#include "crypto/cms_encrypt.h"
#include "crypto/der_private.h"

/* put_recipient_info(w, c, profile, cek): the RecipientInfo that gives `c` the content key. */
int put_recipient_info(struct der_writer *w, const struct certificate *c, const struct profile *profile,
    const struct secret *cek, struct error *e);

/* needs_key_agreement(c): a KeyAgreeRecipientInfo, which moves EnvelopedData to version 2 (RFC 5652 6.1). */
bool needs_key_agreement(const struct certificate *c);

#endif
