/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/memory.h"
#include "crypto/cms_walk_private.h"

/* A certificate that cannot be read is counted only: it may be an innocent bystander (RFC 5652 10.2.3). */
static int
keep_certificate(struct walk *w, struct error *e)
{
	struct buffer der = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE);
	struct sink sink = buffer_sink(&der);
	struct certificate *c = NULL;
	struct error bad = ERROR_INIT;
	int rc = -1;

	if (ber_element(&w->ber, &sink, e) != 0)
		goto out;
	if (certificate_read(der.data, der.size, &c, &bad) == 0) {
		rc = certificates_add(&w->shape->certificates, c, e);
	} else if (bad.code == ERROR_CERTIFICATE_SYNTAX) {
		w->shape->bad_certificates++;
		rc = 0;
	} else {
		rc = error_set(e, bad.code, "%s", bad.detail);
	}
out:
	certificate_unref(c);
	buffer_done(&der);
	return rc;
}

/* CertificateSet (RFC 5652 10.2.3): the other kinds are tagged [0] to [3] and of no use to us. */
static int
walk_certificates(struct walk *w, struct error *e)
{
	size_t count = 0;
	unsigned tag;

	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag != DER_CONSTRUCTED_0)
		return 0;
	if (ber_enter(&w->ber, tag, e) != 0)
		return -1;
	for (;;) {
		if (ber_peek(&w->ber, &tag, e) != 0)
			return -1;
		if (tag == BER_END)
			return ber_leave(&w->ber, e);
		if (++count > w->limits.certificates)
			return error_set(e, ERROR_TOO_LARGE, "CMS: more than %zu certificates", w->limits.certificates);
		if (tag == DER_SEQUENCE) {
			if (keep_certificate(w, e) != 0)
				return -1;
		} else if (tag >= DER_CONSTRUCTED_0 && tag <= DER_CONSTRUCTED_0 + 3) {
			w->shape->bad_certificates++;
			if (ber_element(&w->ber, NULL, e) != 0)
				return -1;
		} else {
			return ber_wrong(&w->ber, "no certificate", e);
		}
	}
}

/*
 * signedAttrs [0] and unsignedAttrs [1], IMPLICIT: kept as sent; whether the
 * first are the DER that was signed is for cms_verify() to say.
 */
static int
walk_attributes(struct walk *w, unsigned wanted, struct octets *out, bool *out_present, struct error *e)
{
	struct buffer raw = BUFFER_INIT(LIMIT_CMS_ELEMENT);
	struct sink sink = buffer_sink(&raw);
	unsigned tag;
	int rc = -1;

	if (ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	*out_present = tag == wanted;
	if (tag != wanted)
		return 0;
	if (ber_enter(&w->ber, tag, e) == 0 && ber_inside(&w->ber, &sink, e) == 0 && ber_leave(&w->ber, e) == 0)
		rc = walk_keep(w, &raw, out, e);
	buffer_done(&raw);
	return rc;
}

/* SignerInfo (RFC 5652 5.3). */
static int
walk_signer_parts(struct walk *w, struct signer_info *signer, struct error *e)
{
	bool has_unsigned;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_version(w, &signer->version, e) != 0 ||
	    walk_name(w, &signer->name, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &signer->digest_algorithm, e) != 0 ||
	    walk_attributes(w, DER_CONSTRUCTED_0, &signer->signed_attributes, &signer->has_signed_attributes, e) != 0 ||
	    walk_element(w, DER_SEQUENCE, &signer->signature_algorithm, e) != 0 ||
	    walk_string(w, DER_OCTET_STRING, &signer->signature, e) != 0 ||
	    walk_attributes(w, DER_CONSTRUCTED_0 + 1, &signer->unsigned_attributes, &has_unsigned, e) != 0 ||
	    ber_leave(&w->ber, e) != 0)
		return -1;
	signer->digest = algorithm_digest(signer->digest_algorithm);
	algorithm_signature(signer);
	return 0;
}

static int
walk_signer_infos(struct walk *w, struct error *e)
{
	struct cms_shape *shape = w->shape;
	struct signer_info *longer;
	unsigned tag;

	if (ber_enter(&w->ber, DER_SET, e) != 0)
		return -1;
	for (;;) {
		if (ber_peek(&w->ber, &tag, e) != 0)
			return -1;
		if (tag == BER_END)
			return ber_leave(&w->ber, e);
		if (shape->signer_count == w->limits.signer_infos)
			return error_set(e, ERROR_TOO_LARGE, "CMS: more than %zu signers", w->limits.signer_infos);
		longer = memory_resize(shape->signers, shape->signer_count + 1, sizeof *longer, e);
		if (longer == NULL)
			return -1;
		shape->signers = longer;
		longer[shape->signer_count] = (struct signer_info){ .version = 0 };
		if (walk_signer_parts(w, &longer[shape->signer_count], e) != 0)
			return -1;
		shape->signer_count++;
	}
}

/* SignedData (RFC 5652 5.1).  The set of digests is a hint for readers of one pass; each signer repeats its own. */
int
walk_signed(struct walk *w, struct error *e)
{
	unsigned tag;

	if (ber_enter(&w->ber, DER_SEQUENCE, e) != 0 || walk_version(w, &w->shape->version, e) != 0 ||
	    ber_peek(&w->ber, &tag, e) != 0)
		return -1;
	if (tag != DER_SET)
		return ber_wrong(&w->ber, "no set of digest algorithms", e);
	if (ber_element(&w->ber, NULL, e) != 0 || walk_encapsulated(w, e) != 0 || walk_certificates(w, e) != 0 ||
	    walk_skip_optional(w, DER_CONSTRUCTED_0 + 1, e) != 0 || walk_signer_infos(w, e) != 0)
		return -1;
	return ber_leave(&w->ber, e);
}
