/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/memory.h"
#include "crypto/cms_walk_private.h"
#include "crypto/oid_private.h"

static int
too_many(const struct walk *w, struct error *e)
{
	return error_set(e, ERROR_TOO_LARGE, "CMS: more than %zu recipients", w->limits.recipient_infos);
}

int
walk_add_recipient(struct walk *w, const struct recipient_info *ri, struct error *e)
{
	struct cms_shape *shape = w->shape;
	struct recipient_info *longer;
	size_t count = shape->recipient_count;

	if (count >= w->limits.recipient_infos)
		return too_many(w, e);
	if ((count & (count + 1)) == 0) { /* room for one less than each power of two */
		if ((longer = memory_resize(shape->recipients, count * 2 + 1, sizeof *longer, e)) == NULL)
			return -1;
		shape->recipients = longer;
	}
	shape->recipients[shape->recipient_count++] = *ri;
	return 0;
}

/* KeyTransRecipientInfo (RFC 5652 6.2.1). */
static int
walk_key_transport(struct walk *w, struct error *e)
{
	struct recipient_info ri = { .kind = RECIPIENT_KEY_TRANSPORT };
	struct octets algorithm;
	unsigned version;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_version(w, &version, e) != 0 ||
	    walk_name(w, &ri.name, e) != 0 || walk_element(w, DER_SEQUENCE, &algorithm, e) != 0 ||
	    walk_string(w, DER_OCTET_STRING, &ri.encrypted_key, e) != 0 || ber_leave(&w->ber, e) != 0)
		return -1;
	ri.unusable = algorithm_key_transport(algorithm, &ri);
	return walk_add_recipient(w, &ri, e);
}

/* ---- key agreement ---- */

/* The parameters of the originator's key: absent, NULL or a named curve (RFC 5753 3.1.1). */
static const char *
judge_originator_algorithm(const struct der_element *algorithm, struct recipient_info *ri)
{
	struct der_reader r = der_enter(algorithm);
	struct der_element oid, parameters;

	if (!der_expect(&r, DER_OID, &oid) || !oid_is(&oid, &oid_ec_public_key))
		return "algorithm";
	if (r.size == 0)
		return NULL;
	if (!der_next(&r, &parameters) || r.size != 0 ||
	    (parameters.tag != DER_OID && (parameters.tag != DER_NULL || parameters.size != 0)))
		return "parameters";
	ri->originator_parameters = (struct octets){ parameters.whole, parameters.whole_size };
	return NULL;
}

/* X.690 8.6.2: how many bits of the last octet are unused comes first. */
static bool
is_bit_string(const struct der_element *bits)
{
	return bits->size > 0 && bits->data[0] <= 7 && (bits->size > 1 || bits->data[0] == 0);
}

/* OriginatorPublicKey [1] IMPLICIT SEQUENCE { algorithm, publicKey BIT STRING } (RFC 5652 6.2.2). */
static int
walk_originator_key(struct walk *w, struct recipient_info *ri, struct error *e)
{
	struct octets algorithm, key;
	struct der_element sequence, bits;

	if (ber_enter(&w->ber, DER_CONSTRUCTED_0 + 1, e) != 0 || walk_element(w, DER_SEQUENCE, &algorithm, e) != 0 ||
	    walk_element(w, DER_BIT_STRING, &key, e) != 0 || ber_leave(&w->ber, e) != 0)
		return -1;
	if (!der_sole(algorithm.data, algorithm.size, DER_SEQUENCE, &sequence) ||
	    !der_sole(key.data, key.size, DER_BIT_STRING, &bits) || !is_bit_string(&bits))
		return ber_wrong(&w->ber, "a malformed originator key", e);
	ri->unusable = judge_originator_algorithm(&sequence, ri);
	if (bits.data[0] != 0 && ri->unusable == NULL)
		ri->unusable = "parameters";
	ri->originator_key = (struct octets){ bits.data + 1, bits.size - 1 };
	return 0;
}

/* originator [0] EXPLICIT: a key of its own is what S/MIME uses; a certificate's key (static-static) is not tried. */
static int
walk_originator(struct walk *w, struct recipient_info *ri, struct error *e)
{
	struct certificate_name name = { "", "" };
	unsigned tag;

	if (ber_enter(&w->ber, DER_CONSTRUCTED_0, e) != 0 || ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag == DER_CONSTRUCTED_0 + 1) {
		if (walk_originator_key(w, ri, e) != 0)
			return -1;
	} else {
		ri->unusable = "originator";
		if (walk_name(w, &name, e) != 0)
			return -1;
	}
	return ber_leave(&w->ber, e);
}

int
walk_ukm(struct walk *w, unsigned wanted, struct recipient_info *ri, struct error *e)
{
	unsigned tag;

	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag != wanted)
		return 0;
	ri->has_ukm = true;
	if (ber_enter(&w->ber, tag, e) != 0 || walk_string(w, DER_OCTET_STRING, &ri->ukm, e) != 0)
		return -1;
	return ber_leave(&w->ber, e);
}

/* RecipientKeyIdentifier [0] IMPLICIT SEQUENCE { subjectKeyIdentifier, date OPTIONAL, other OPTIONAL } */
static int
walk_recipient_key_identifier(struct walk *w, struct certificate_name *name, struct error *e)
{
	if (ber_enter(&w->ber, DER_CONSTRUCTED_0, e) != 0 ||
	    walk_key_identifier(w, DER_OCTET_STRING, name, e) != 0 ||
	    walk_skip_optional(w, DER_GENERALIZED_TIME, e) != 0 || walk_skip_optional(w, DER_SEQUENCE, e) != 0)
		return -1;
	return ber_leave(&w->ber, e);
}

/* RecipientEncryptedKey: one more recipient with what all of this KeyAgreeRecipientInfo share. */
static int
walk_encrypted_key(struct walk *w, const struct recipient_info *shared, struct error *e)
{
	struct recipient_info ri = *shared;
	unsigned tag;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag == DER_SEQUENCE) {
		if (walk_issuer_serial(w, &ri.name, e) != 0)
			return -1;
	} else if (walk_recipient_key_identifier(w, &ri.name, e) != 0) {
		return -1;
	}
	if (walk_string(w, DER_OCTET_STRING, &ri.encrypted_key, e) != 0 || ber_leave(&w->ber, e) != 0)
		return -1;
	return walk_add_recipient(w, &ri, e);
}

/* KeyAgreeRecipientInfo [1] (RFC 5652 6.2.2). */
static int
walk_key_agreement(struct walk *w, struct error *e)
{
	struct recipient_info shared = { .kind = RECIPIENT_KEY_AGREEMENT };
	struct octets algorithm;
	const char *why;
	unsigned version, tag;

	if (ber_enter(&w->ber, DER_CONSTRUCTED_0 + 1, e) != 0 || walk_version(w, &version, e) != 0 ||
	    walk_originator(w, &shared, e) != 0 || walk_ukm(w, DER_CONSTRUCTED_0 + 1, &shared, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &algorithm, e) != 0 || ber_enter(&w->ber, DER_SEQUENCE, e) != 0)
		return -1;
	why = algorithm_key_agreement(algorithm, &shared);
	if (shared.unusable == NULL)
		shared.unusable = why;
	for (;;) {
		if (ber_peek(&w->ber, &tag, e) != 0)
			return -1;
		if (tag == BER_END)
			break;
		if (walk_encrypted_key(w, &shared, e) != 0)
			return -1;
	}
	return ber_leave(&w->ber, e) != 0 ? -1 : ber_leave(&w->ber, e);
}

/* KEKRecipientInfo [2], PasswordRecipientInfo [3]: nobody here holds such a key. */
static int
walk_other(struct walk *w, struct error *e)
{
	struct recipient_info ri = { .kind = RECIPIENT_OTHER, .transport = TRANSPORT_UNKNOWN, .unusable = "kind" };

	if (ber_element(&w->ber, NULL, e) != 0)
		return -1;
	return walk_add_recipient(w, &ri, e);
}

/* RecipientInfo (RFC 5652 6.2), a CHOICE by tag. */
int
walk_recipient_info(struct walk *w, struct error *e)
{
	unsigned tag;

	if (w->recipient_infos++ == w->limits.recipient_infos)
		return too_many(w, e);
	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	switch (tag) {
	case DER_SEQUENCE:
		return walk_key_transport(w, e);
	case DER_CONSTRUCTED_0 + 1:
		return walk_key_agreement(w, e);
	case DER_CONSTRUCTED_0 + 2:
	case DER_CONSTRUCTED_0 + 3:
		return walk_other(w, e);
	case DER_CONSTRUCTED_0 + 4:
		return walk_other_recipient(w, e);
	default:
		return ber_wrong(&w->ber, "no recipient info", e);
	}
}
