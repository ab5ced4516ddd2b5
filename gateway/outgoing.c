/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/crashpoint.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "mime/seven_bit.h"

/* A message that leaves: signed, then encrypted (RFC 8551 3.7), as the plan says. */

void
outgoing_done(struct outgoing *o)
{
	certificates_done(&o->certificates);
	spool_free(o->made);
	*o = (struct outgoing){ 0 };
}

/*
 * What cannot be read in one way only cannot be protected without changing or
 * hiding something: refused in clear words.
 */
static int
refuse_unreadable(const struct gateway_message *m, struct error *e)
{
	if (m->has_odd_fields)
		return error_set(e, ERROR_HEADER_SYNTAX, "a header field that is none, or a line end that is no fold");
	if (m->facts.root == NULL)
		return error_set(e, m->facts.structure.code, "%s", error_text(&m->facts.structure));
	return 0;
}

/* RFC 5322 3.6.3: who is blind is told to nobody. */
static int
drop_bcc(struct gateway_message *m, struct error *e)
{
	for (size_t i = 0; i < header_list_count(m->headers); i++) {
		const struct header_field *field = header_list_at(m->headers, i);

		if (!text_equal_nocase(field->name, "Bcc") && !text_equal_nocase(field->name, "Resent-Bcc"))
			continue;
		if (edits_delete(&m->edits, field->name, field->nth, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- signing ---- */

static int
sign(struct gateway_message *m, const struct spool_settings *workspace, struct spool **out, struct error *e)
{
	const struct signer *signer = m->facts.signer;
	const struct cms_sign_request request = {
		.key = signer->key,
		.certificate = signer->certificate,
		.chain = &signer->chain,
		.encryption_certificate = signer->encryption,
		.scheme = m->outgoing.scheme,
		.signing_time = clock_now(m->gateway->parts.clock),
	};
	struct spool *spool = spool_new(workspace, e);

	if (spool == NULL || smime_sign(m->facts.root, NULL, &request, m->outgoing.opaque, workspace, spool, e) != 0) {
		spool_free(spool);
		return -1;
	}
	crashpoint(MESSAGE_SIGNED);
	*out = spool;
	return 0;
}

static void
plan_signature(struct gateway_message *m)
{
	const struct certificate *certificate = m->facts.signer->certificate;

	m->outgoing.sign = true;
	m->outgoing.opaque = m->plan->opaque || m->facts.message.cannot_clear_sign != NULL;
	m->outgoing.scheme = profile_signature(profile_get(m->plan->profile), certificate_key_type(certificate));
}

/* ---- encrypting ---- */

/* The best certificate of each recipient, each once: a domain's stands for several. */
static int
gather_certificates(struct gateway_message *m, struct error *e)
{
	struct certificates *list = &m->outgoing.certificates;

	for (size_t i = 0; i < m->recipient_count; i++) {
		const struct candidates *candidates = m->recipients[i].candidates;
		struct certificate *best;

		if (candidates == NULL || candidates->usable == 0)
			return error_set(e, ERROR_INTERNAL, "a recipient without certificate is to be encrypted to");
		best = candidates->items[0].certificate;
		if (certificates_find(list, certificate_fingerprint(best)) == NULL && certificates_add(list, best, e) != 0)
			return -1;
	}
	return 0;
}

static int
encrypt(struct gateway_message *m, const struct spool_settings *workspace, struct spool_span inner,
    struct spool **out, struct error *e)
{
	struct spool *spool = spool_new(workspace, e);

	if (spool == NULL ||
	    smime_encrypt(inner, &m->outgoing.certificates, profile_get(m->plan->profile), spool, e) != 0) {
		spool_free(spool);
		return -1;
	}
	crashpoint(MESSAGE_ENCRYPTED);
	*out = spool;
	return 0;
}

/* The entity that is encrypted when it is not signed by us. */
static int
write_unsigned(struct gateway_message *m, const struct spool_settings *workspace, struct spool **out,
    struct error *e)
{
	struct spool *spool = spool_new(workspace, e);

	if (spool == NULL || smime_write_plain(m->facts.root, NULL, spool, e) != 0) {
		spool_free(spool);
		return -1;
	}
	*out = spool;
	return 0;
}

/* ---- both ---- */

static int
make(struct gateway_message *m, struct error *e)
{
	struct spool_settings workspace = message_workspace(m);
	struct spool *inner = NULL;
	int rc;

	if (m->outgoing.sign)
		rc = sign(m, &workspace, &inner, e);
	else
		rc = write_unsigned(m, &workspace, &inner, e);
	if (rc == 0 && m->outgoing.encrypted) {
		rc = encrypt(m, &workspace, spool_all(inner), &m->outgoing.made, e);
		spool_free(inner);
	} else {
		m->outgoing.made = inner;
	}
	return rc;
}

int
outgoing_prepare(struct gateway_message *m, struct error *e)
{
	if (refuse_unreadable(m, e) != 0 || drop_bcc(m, e) != 0)
		return -1;
	if (m->plan->sign)
		plan_signature(m);
	m->outgoing.encrypted = m->plan->encrypt;
	if (m->outgoing.encrypted && gather_certificates(m, e) != 0)
		return -1;
	if (!message_is_live(m))
		return 0;
	if (make(m, e) != 0)
		return -1;
	return edits_replace_entity(&m->edits, m->headers, spool_all(m->outgoing.made), e);
}
