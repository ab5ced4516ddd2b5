/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>

#include "base/crashpoint.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "mime/seven_bit.h"

/* A message that leaves: signed, then encrypted (RFC 8551 3.7), as the plan says. */

void
outgoing_done(struct outgoing *o)
{
	certificates_done(&o->certificates);
	header_protection_free(o->protection);
	payload_done(&o->payload);
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

/*
 * RFC 5322 3.6.3: who is blind is told to nobody.  HP-Outer means something inside an encrypted message only (RFC 9788
 * 2.2): outside it could only mislead.
 */
static int
drop_private_fields(struct gateway_message *m, struct error *e)
{
	static const char *const names[] = { "Bcc", "Resent-Bcc", "HP-Outer" };

	for (size_t i = 0; i < header_list_count(m->headers); i++) {
		const struct header_field *field = header_list_at(m->headers, i);

		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			if (text_equal_nocase(field->name, names[j]) &&
			    edits_delete(&m->edits, field->name, field->nth, e) != 0)
				return -1;
	}
	return 0;
}

/* ---- header protection ---- */

_Static_assert((int)CHOICE_HEADERS_NONE == (int)HCP_NONE, "policy numbers differ");
_Static_assert((int)CHOICE_HEADERS_BASELINE == (int)HCP_BASELINE, "policy numbers differ");
_Static_assert((int)CHOICE_HEADERS_SHY == (int)HCP_SHY, "policy numbers differ");

/* A header that grows past our limits, or a payload that its author protected already, keeps its fields as they are. */
static int
make_protection(struct gateway_message *m, const struct header_list *headers, struct error *e)
{
	struct outgoing *o = &m->outgoing;
	struct error why = ERROR_INIT;

	o->unprotected = payload_obstacle(m->facts.root);
	if (o->unprotected != NULL)
		return 0;
	if (header_protection_make(headers, (enum hcp)m->plan->headers, o->encrypted, &o->protection, &why) == 0)
		return 0;
	if (why.code != ERROR_TOO_MANY_HEADERS && why.code != ERROR_TOO_LARGE)
		return error_set(e, why.code, "%s", error_text(&why));
	o->unprotected = "too-large";
	return 0;
}

/* Hidden fields stand in the body, too, where that has a form in which text can be added. */
static bool
has_legacy_display(const struct gateway_message *m)
{
	return m->plan->legacy_display && m->facts.message.cannot_clear_sign == NULL &&
	    header_list_count(m->outgoing.protection->hidden) > 0;
}

static int
hide_fields(struct gateway_message *m, const size_t *places, struct error *e)
{
	const struct header_protection *p = m->outgoing.protection;

	for (size_t i = 0; i < p->count; i++) {
		const struct header_field *field = header_list_at(m->headers, places[p->changes[i].at]);

		if (edits_change(&m->edits, field->name, field->nth, p->changes[i].value, e) != 0)
			return -1;
	}
	return 0;
}

/* What goes inside is the header as it leaves: a tag that was taken out of the Subject is no part of it. */
static int
protect_headers(struct gateway_message *m, struct error *e)
{
	struct outgoing *o = &m->outgoing;
	struct header_list *headers = NULL;
	size_t *places = NULL;
	int rc;

	if (m->plan->headers == CHOICE_HEADERS_NONE)
		return 0;
	rc = edits_result(&m->edits, m->headers, &headers, &places, e) != 0 ? -1 : make_protection(m, headers, e);
	if (rc == 0 && o->protection != NULL) {
		o->legacy_display = has_legacy_display(m);
		/* A clear signature over what some hop changes would break; there is an envelope around it anyway. */
		o->opaque = o->opaque || !o->protection->seven_bit;
		rc = hide_fields(m, places, e);
	}
	header_list_free(headers);
	free(places);
	return rc;
}

static int
make_payload(struct gateway_message *m, const struct spool_settings *workspace, struct error *e)
{
	struct outgoing *o = &m->outgoing;

	if (o->protection == NULL)
		return 0;
	if (payload_make(m->facts.root, o->encrypted ? "cipher" : "clear",
	        o->legacy_display ? o->protection->hidden : NULL, workspace, &o->payload, e) != 0)
		return -1;
	o->legacy_display = o->payload.has_legacy;
	return 0;
}

/* What is protected, and the fields that go into it. */
static const struct entity *
payload_of(const struct gateway_message *m, const struct header_list **out_fields)
{
	*out_fields = m->outgoing.protection != NULL ? m->outgoing.protection->fields : NULL;
	return m->outgoing.protection != NULL ? m->outgoing.payload.entity : m->facts.root;
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
	const struct header_list *fields;
	const struct entity *payload = payload_of(m, &fields);

	if (spool == NULL || smime_sign(payload, fields, &request, m->outgoing.opaque, workspace, spool, e) != 0) {
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
	const struct header_list *fields;
	const struct entity *payload = payload_of(m, &fields);

	if (spool == NULL || smime_write_plain(payload, fields, spool, e) != 0) {
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

	if (make_payload(m, &workspace, e) != 0)
		return -1;
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
	if (refuse_unreadable(m, e) != 0 || drop_private_fields(m, e) != 0)
		return -1;
	if (m->plan->sign)
		plan_signature(m);
	m->outgoing.encrypted = m->plan->encrypt;
	if (protect_headers(m, e) != 0)
		return -1;
	if (m->outgoing.encrypted && gather_certificates(m, e) != 0)
		return -1;
	if (!message_is_live(m))
		return 0;
	if (make(m, e) != 0)
		return -1;
	return edits_replace_entity(&m->edits, m->headers, spool_all(m->outgoing.made), e);
}
