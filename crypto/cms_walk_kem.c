/* SPDX-License-Identifier: BSD-2-Clause */

#include "crypto/cms_walk_private.h"
#include "crypto/kem_private.h"
#include "crypto/library_private.h"
#include "crypto/oid_private.h"

/* What stands in a KEMRecipientInfo besides name and keys. */
struct parts {
	unsigned version;
	struct octets kem, kdf, length, wrap;
};

static int
judge(const struct parts *parts, struct recipient_info *ri, struct error *e)
{
	int offers;

	ri->unusable = algorithm_kem(parts->kem, parts->kdf, parts->wrap, parts->length, ri);
	if (ri->unusable == NULL && (parts->version != 0 || ri->kem_ciphertext.size != kem_ciphertext_size(ri->kem)))
		ri->unusable = "parameters";
	if (ri->unusable != NULL)
		return 0;
	if ((offers = library_offers(ri->kem, e)) < 0)
		return -1;
	if (!offers)
		ri->unusable = NOT_AVAILABLE;
	return 0;
}

/* KEMRecipientInfo (RFC 9629 3). */
static int
walk_kem(struct walk *w, struct error *e)
{
	struct recipient_info ri = { .kind = RECIPIENT_KEM };
	struct parts parts;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_version(w, &parts.version, e) != 0 ||
	    walk_name(w, &ri.name, e) != 0 || walk_element(w, DER_SEQUENCE, &parts.kem, e) != 0 ||
	    walk_string(w, DER_OCTET_STRING, &ri.kem_ciphertext, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &parts.kdf, e) != 0 ||
	    walk_element(w, DER_INTEGER, &parts.length, e) != 0 || walk_ukm(w, DER_CONSTRUCTED_0, &ri, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &parts.wrap, e) != 0 ||
	    walk_string(w, DER_OCTET_STRING, &ri.encrypted_key, e) != 0 || ber_leave(&w->ber, e) != 0)
		return -1;
	return judge(&parts, &ri, e) != 0 ? -1 : walk_add_recipient(w, &ri, e);
}

/* OtherRecipientInfo (RFC 5652 6.2.5): SEQUENCE { oriType OBJECT IDENTIFIER, oriValue ANY }, IMPLICIT [4]. */
int
walk_other_recipient(struct walk *w, struct error *e)
{
	struct recipient_info other = { .kind = RECIPIENT_OTHER, .transport = TRANSPORT_UNKNOWN, .unusable = "kind" };
	struct octets type;
	struct der_element oid;

	if (ber_enter(&w->ber, DER_CONSTRUCTED_0 + 4, e) != 0 || walk_element(w, DER_OID, &type, e) != 0)
		return -1;
	if (der_sole(type.data, type.size, DER_OID, &oid) && oid_is(&oid, &oid_ori_kem)) {
		if (walk_kem(w, e) != 0)
			return -1;
	} else if (ber_element(&w->ber, NULL, e) != 0 || walk_add_recipient(w, &other, e) != 0) {
		return -1;
	}
	return ber_leave(&w->ber, e);
}
