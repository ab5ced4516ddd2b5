/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_SEVEN_BIT_PRIVATE_H
#define MIME_SEVEN_BIT_PRIVATE_H

#include "mime/seven_bit.h"

/* What is to be done about one entity, its parts not counted. */
enum treatment {
	TREAT_KEEP,    /* every octet as it is */
	TREAT_RELABEL, /* the body as it is; its encoding, called 8bit or binary, is 7bit (or a bare LF in the header) */
	TREAT_QUOTE,   /* the body as quoted-printable */
	TREAT_BASE64,  /* the body as base64 */
	TREAT_MEND,    /* quoted-printable that hops could change */
	TREAT_REWRAP,  /* base64 that hops could change */
};

enum treatment seven_bit_treatment(const struct entity *entity);

/* seven_bit_changes(entity): it or a part of it is not TREAT_KEEP. */
bool seven_bit_changes(const struct entity *entity);

#endif
