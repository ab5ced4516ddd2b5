/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMIME_HEADER_PROTECTION_H
#define SMIME_HEADER_PROTECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/spool.h"
#include "mime/entity.h"
#include "mime/header_list.h"

/*
 * Header protection (RFC 9788): fields of the message's header are repeated
 * inside the cryptographic layers, at the root of what these protect (the
 * payload), and are obscured outside where the message is encrypted.
 *
 * We are no user's program: the header that reaches us has trace fields and
 * marks of filters in it.  Only the fields of a table are protected and
 * restored; whatever else stands inside is never promoted.
 */

/* ---- which fields ------------------------------------------------------------ */

enum field_use {
	FIELD_SINGLE = 1,  /* may stand once (RFC 5322 3.6) */
	FIELD_FACING = 2,  /* user-facing (RFC 9787 1.1.2): shown in a legacy display when it is hidden */
	FIELD_COMPLETE = 4 /* a reader may act on it: one that stands outside alone was added on the way and goes (RFC 9788 6.2) */
};

struct protected_field {
	const char *name;
	unsigned uses; /* of enum field_use */
};

/* The table, ended by a NULL name; protected_field_find(name): its row, or NULL. */
extern const struct protected_field protected_fields[];
const struct protected_field *protected_field_find(const char *name);

/* ---- header confidentiality policies (RFC 9788 3) ------------------------------ */

enum hcp { HCP_NONE, HCP_BASELINE, HCP_SHY };

enum hcp_outcome { HCP_KEEP, HCP_REPLACE, HCP_REMOVE };

/*
 * hcp_apply(hcp, field, out, out_outcome, e): what stands outside instead of the field's value; for HCP_REPLACE a value
 * of printable ASCII without folds is appended to `out`.  Beyond RFC 9788 3.2.1, Thread-Topic is removed: Outlook
 * repeats the Subject there.
 */
int hcp_apply(enum hcp hcp, const struct header_field *field, struct buffer *out, enum hcp_outcome *out_outcome,
    struct error *e);
/* hcp_write(hcp, field, to, e): writes what stands outside, a whole field with its end of line; nothing if removed. */
int hcp_write(enum hcp hcp, const struct header_field *field, struct sink *to, struct error *e);

/* ---- writing (RFC 9788 5.2) ----------------------------------------------------- */

/* A change of the outer header: the field that stands at that place of the list gets another value. */
struct header_change {
	size_t at;
	const char *name; /* as the table has it */
	char *value; /* with its leading space; NULL: removed */
};

struct header_protection {
	struct header_list *fields; /* for the payload: the protected fields, then HP-Outer */
	struct header_list *hidden; /* user-facing fields that the outside does not show as they are */
	struct header_change *changes;
	size_t count;
	bool seven_bit;             /* `fields` survive every hop as they are */
};

/*
 * header_protection_make(outer, hcp, encrypted, out, e): of a message that is to be encrypted, or only signed: then
 * nothing is hidden, and fields with 8-bit octets or lines over 998 stay unprotected, since a clear signature over them
 * would not survive.  `hcp` is not HCP_NONE.
 */
int header_protection_make(const struct header_list *outer, enum hcp hcp, bool encrypted,
    struct header_protection **out, struct error *e);
void header_protection_free(struct header_protection *p); /* NULL is fine */

/* payload_obstacle(entity): why it cannot be a payload with protected fields, as a static word, or NULL. */
const char *payload_obstacle(const struct entity *entity);

/*
 * A payload in the making: `entity` as it was, with hp= at its Content-Type and, if `legacy` is not empty, the legacy
 * display of these fields in its main body parts (RFC 9788 5.2.2 to 5.2.4).
 */
struct payload {
	struct entity *entity; /* what is to be signed or encrypted; its own fields do not hold the protected ones */
	bool has_legacy;       /* some part has a legacy display */
	struct header_list *headers;
	struct spool *body;
};
int payload_make(const struct entity *entity, const char *hp, const struct header_list *legacy,
    const struct spool_settings *workspace, struct payload *out, struct error *e);
void payload_done(struct payload *p);

/* ---- reading (RFC 9788 4) -------------------------------------------------------- */

enum protection_form {
	PROTECTION_NONE,
	PROTECTION_CLEAR,   /* hp="clear" */
	PROTECTION_CIPHER,  /* hp="cipher" */
	PROTECTION_WRAPPED, /* a message/rfc822 as the payload (RFC 8551 3.1; RFC 9788 4.10) */
	PROTECTION_DRAFT,   /* protected-headers="v1" (draft-autocrypt-lamps-protected-headers) */
};
const char *protection_form_word(enum protection_form form);

enum field_protection { FIELD_UNPROTECTED, FIELD_SIGNED_ONLY, FIELD_ENCRYPTED_ONLY, FIELD_SIGNED_AND_ENCRYPTED };
const char *field_protection_word(enum field_protection state);

struct protected_header {
	enum protection_form form;
	bool encrypted;
	struct header_list *fields; /* those of the table, one line each, in their order */
	struct header_list *others; /* what else stood there, HP-Outer and structural fields excepted */
	struct header_list *outer;  /* what stood outside when the message was sent, as far as it was said */
	const struct entity *body;  /* what a reader is shown: the payload, or the message within it; borrowed */
	const char *fault;          /* why nothing of it may be restored, as a static word, or NULL */
	struct address *author;     /* the only mailbox of the only From; NULL: no From, or `fault` */
	bool display_name_address;  /* a name in From holds another address (mime/address_field.h) */
};

/*
 * protected_header_read(payload, encrypted, outside, out, e): the protected fields of a payload; `encrypted`: some layer
 * around it was.  `outside` is the header that came, which stands for HP-Outer in the wrapped form.  NULL in `*out` when
 * the payload has none of the forms.
 */
int protected_header_read(const struct entity *payload, bool encrypted, const struct header_list *outside,
    struct protected_header **out, struct error *e);
void protected_header_free(struct protected_header *h); /* NULL is fine */

/* protected_header_state(h, field, signed): HeaderFieldProtection of RFC 9788 4.3.1; `field` is one of `h->fields`. */
enum field_protection protected_header_state(const struct protected_header *h, const struct header_field *field,
    bool signature_is_valid);

/*
 * protected_body(h, workspace, out, e): the payload as it is delivered when no signature over it is kept: without the
 * parameters of header protection and, where it was encrypted, without legacy displays (RFC 9788 4.5.3).
 */
int protected_body(const struct protected_header *h, const struct spool_settings *workspace, struct payload *out,
    struct error *e);

#endif
