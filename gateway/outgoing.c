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
refuse_unreadable(const struct body *b, struct error *e)
{
	if (b->message->has_odd_fields)
		return error_set(e, ERROR_HEADER_SYNTAX, "a header field that is none, or a line end that is no fold");
	if (b->message->facts.root == NULL)
		return error_set(e, b->message->facts.structure.code, "%s", error_text(&b->message->facts.structure));
	return 0;
}

/*
 * What comes out of an envelope must be one thing to every reader, so the other side would leave it closed: better
 * that the sender hears of it than that the recipient gets what nobody opens.
 */
static int
refuse_ambiguous(const struct body *b, struct error *e)
{
	const char *why = smime_ambiguity(b->message->facts.root);

	return why != NULL ? error_set(e, ERROR_MIME_SYNTAX, "%s", why) : 0;
}

/* ---- header protection ---- */

_Static_assert((int)CHOICE_HEADERS_NONE == (int)HCP_NONE, "policy numbers differ");
_Static_assert((int)CHOICE_HEADERS_BASELINE == (int)HCP_BASELINE, "policy numbers differ");
_Static_assert((int)CHOICE_HEADERS_SHY == (int)HCP_SHY, "policy numbers differ");

/* A header that grows past our limits, or a payload that its author protected already, keeps its fields as they are. */
static int
make_protection(struct body *b, const struct header_list *headers, struct error *e)
{
	struct outgoing *o = &b->outgoing;
	struct error why = ERROR_INIT;

	o->unprotected = payload_obstacle(b->message->facts.root);
	if (o->unprotected != NULL)
		return 0;
	if (header_protection_make(headers, (enum hcp)b->plan->headers, o->encrypted, &o->protection, &why) == 0)
		return 0;
	if (why.code != ERROR_TOO_MANY_HEADERS && why.code != ERROR_TOO_LARGE)
		return error_set(e, why.code, "%s", error_text(&why));
	o->unprotected = "too-large";
	return 0;
}

/* Hidden fields stand in the body, too, where that has a form in which text can be added. */
static bool
has_legacy_display(const struct body *b)
{
	return b->plan->legacy_display && b->message->facts.message.cannot_clear_sign == NULL &&
	    header_list_count(b->outgoing.protection->hidden) > 0;
}

static int
hide_fields(struct body *b, const size_t *places, struct error *e)
{
	const struct header_protection *p = b->outgoing.protection;

	for (size_t i = 0; i < p->count; i++) {
		const size_t place = places[p->changes[i].at];
		const struct header_field *field = header_list_at(b->message->headers, place);

		if (place == PLACE_ADDED) /* those are written so that there is nothing to hide in them */
			return error_set(e, ERROR_INTERNAL, "a field of our own is to be hidden");
		if (edits_change(&b->edits, field->name, field->nth, p->changes[i].value, e) != 0)
			return -1;
	}
	return 0;
}

/* What goes inside is the header as it leaves: a tag that was taken out of the Subject is no part of it. */
static int
protect_headers(struct body *b, struct error *e)
{
	struct outgoing *o = &b->outgoing;
	struct header_list *headers = NULL;
	size_t *places = NULL;
	int rc;

	if (b->plan->headers == CHOICE_HEADERS_NONE)
		return 0;
	rc = edits_result(&b->edits, b->message->headers, &headers, &places, e);
	if (rc == 0)
		rc = make_protection(b, headers, e);
	if (rc == 0 && o->protection != NULL) {
		o->legacy_display = has_legacy_display(b);
		/* A clear signature over what some hop changes would break; there is an envelope around it anyway. */
		o->opaque = o->opaque || !o->protection->seven_bit;
		rc = hide_fields(b, places, e);
	}
	header_list_free(headers);
	free(places);
	return rc;
}

static int
make_payload(struct body *b, const struct spool_settings *workspace, struct error *e)
{
	struct outgoing *o = &b->outgoing;

	if (o->protection == NULL)
		return 0;
	if (payload_make(b->message->facts.root, o->encrypted ? "cipher" : "clear",
	        o->legacy_display ? o->protection->hidden : NULL, workspace, &o->payload, e) != 0)
		return -1;
	o->legacy_display = o->payload.has_legacy;
	return 0;
}

/* What is protected, and the fields that go into it. */
static const struct entity *
payload_of(const struct body *b, const struct header_list **out_fields)
{
	*out_fields = b->outgoing.protection != NULL ? b->outgoing.protection->fields : NULL;
	return b->outgoing.protection != NULL ? b->outgoing.payload.entity : b->message->facts.root;
}

/* ---- signing ---- */

static int
sign(struct body *b, const struct spool_settings *workspace, struct spool **out, struct error *e)
{
	const struct signer *signer = b->message->facts.signer;
	const struct cms_sign_request request = {
		.key = signer->key,
		.certificate = signer->certificate,
		.chain = &signer->chain,
		.encryption_certificate = signer->encryption,
		.type = signer->domain ? SIGNATURE_TYPE_DOMAIN : SIGNATURE_TYPE_NONE,
		.scheme = b->outgoing.scheme,
		.signing_time = clock_now(b->message->gateway->parts.clock),
	};
	struct spool *spool = spool_new(workspace, e);
	const struct header_list *fields;
	const struct entity *payload = payload_of(b, &fields);

	if (spool == NULL || smime_sign(payload, fields, &request, b->outgoing.opaque, workspace, spool, e) != 0) {
		spool_free(spool);
		return -1;
	}
	crashpoint(MESSAGE_SIGNED);
	*out = spool;
	return 0;
}

static void
plan_signature(struct body *b)
{
	const struct certificate *certificate = b->message->facts.signer->certificate;

	b->outgoing.sign = true;
	b->outgoing.opaque = b->plan->opaque || b->message->facts.message.cannot_clear_sign != NULL;
	b->outgoing.scheme = profile_signature(profile_get(b->plan->profile), certificate_key_type(certificate));
}

/* ---- encrypting ---- */

/* The best certificate of each recipient, each once: a domain's stands for several. */
static int
gather_certificates(struct body *b, struct error *e)
{
	struct certificates *list = &b->outgoing.certificates;

	for (size_t i = 0; i < b->recipient_count; i++) {
		const struct candidates *candidates = b->recipients[i]->candidates;
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
encrypt(struct body *b, const struct spool_settings *workspace, struct spool_span inner,
    struct spool **out, struct error *e)
{
	struct spool *spool = spool_new(workspace, e);

	if (spool == NULL ||
	    smime_encrypt(inner, &b->outgoing.certificates, profile_get(b->plan->profile), spool, e) != 0) {
		spool_free(spool);
		return -1;
	}
	crashpoint(MESSAGE_ENCRYPTED);
	*out = spool;
	return 0;
}

/* The entity that is encrypted when it is not signed by us. */
static int
write_unsigned(struct body *b, const struct spool_settings *workspace, struct spool **out,
    struct error *e)
{
	struct spool *spool = spool_new(workspace, e);
	const struct header_list *fields;
	const struct entity *payload = payload_of(b, &fields);

	if (spool == NULL || smime_write_plain(payload, fields, spool, e) != 0) {
		spool_free(spool);
		return -1;
	}
	*out = spool;
	return 0;
}

/* ---- both ---- */

static int
make(struct body *b, struct error *e)
{
	struct spool_settings workspace = message_workspace(b->message);
	struct spool *inner = NULL;
	int rc;

	if (make_payload(b, &workspace, e) != 0)
		return -1;
	if (b->outgoing.sign)
		rc = sign(b, &workspace, &inner, e);
	else
		rc = write_unsigned(b, &workspace, &inner, e);
	if (rc == 0 && b->outgoing.encrypted) {
		rc = encrypt(b, &workspace, spool_all(inner), &b->outgoing.made, e);
		spool_free(inner);
	} else {
		b->outgoing.made = inner;
	}
	return rc;
}

int
outgoing_prepare(struct body *b, struct error *e)
{
	if (refuse_unreadable(b, e) != 0 || drop_private_fields(b->message->headers, &b->edits, e) != 0)
		return -1;
	if (b->plan->sign)
		plan_signature(b);
	b->outgoing.encrypted = b->plan->encrypt;
	if (b->outgoing.encrypted && refuse_ambiguous(b, e) != 0)
		return -1;
	if (protect_headers(b, e) != 0)
		return -1;
	if (b->outgoing.encrypted && gather_certificates(b, e) != 0)
		return -1;
	if (!message_is_live(b->message))
		return 0;
	if (make(b, e) != 0)
		return -1;
	return edits_replace_entity(&b->edits, b->message->headers, spool_all(b->outgoing.made), e);
}
