/* SPDX-License-Identifier: BSD-2-Clause */

#include "gateway/describe_private.h"

/* The protection of a message in words: layers that came, signatures judged, what we made. */

static const char *
layer_word(const struct smime_layer *layer)
{
	if (layer->kind == SMIME_CLEAR_SIGNED)
		return "clear-signed";
	if (layer->kind == SMIME_CERTS_ONLY)
		return "certs-only";
	switch (layer->type) {
	case CMS_SIGNED:
		return "signed-data";
	case CMS_ENVELOPED:
		return "enveloped-data";
	case CMS_AUTH_ENVELOPED:
		return "auth-enveloped-data";
	case CMS_COMPRESSED:
		return "compressed-data";
	case CMS_OTHER:
		break;
	}
	return "unknown";
}

static void
put_encrypted(const struct smime_layer *layer, struct members *to)
{
	if (!layer->encrypted)
		return;
	put_text(to, "cipher", cipher_name(layer->cipher));
	put_bool(to, "opened", layer->opened);
	if (layer->opened) {
		put_text(to, "transport", transport_name(layer->transport));
		put_text(to, "key", layer->key_id);
		put_text(to, "identity", layer->identity);
	}
}

static void
put_compressed(const struct smime_layer *layer, struct members *to)
{
	if (layer->type == CMS_COMPRESSED && layer->inner != NULL)
		put_number(to, "octets", (int64_t)layer->inflated);
}

static void
put_signed(const struct smime_layer *layer, struct members *to)
{
	const struct signature_facts *s = &layer->signature;

	if (!layer->is_signed)
		return;
	put_text(to, "status", signature_status_word(s->status));
	put_text(to, "detail", s->detail);
	put_text(to, "structure", layer->structure);
	put_text(to, "section", layer->section);
	if (s->scheme != SIGNATURE_NONE)
		put_text(to, "scheme", signature_name(s->scheme));
	if (s->weak)
		put_bool(to, "weak", true);
	if (s->type != SIGNATURE_TYPE_NONE)
		put_text(to, "signature-type", signature_type_word(s->type));
	if (s->signing_time != 0)
		put_number(to, "signing-time", s->signing_time);
	if (s->signer != NULL) {
		put_text(to, "signer", certificate_fingerprint(s->signer));
		put_text(to, "subject", certificate_subject(s->signer));
	}
}

void
describe_layers(const struct body *b, struct members *to)
{
	const struct smime_layers *layers = b->incoming.layers;
	struct json *list;

	if (layers == NULL)
		return;
	list = json_new_array(to->e);
	for (size_t i = 0; i < layers->count && list != NULL && to->rc == 0; i++) {
		struct members one = begin_object(to);

		put_text(&one, "type", layer_word(&layers->items[i]));
		put_encrypted(&layers->items[i], &one);
		put_compressed(&layers->items[i], &one);
		put_text(&one, "closed", layers->items[i].closed_reason);
		put_signed(&layers->items[i], &one);
		end_object(&one, list, to);
	}
	put_take(to, "layers", list);
}

/* ---- results ---- */

static void
put_judged(const struct judged *judged, struct members *to)
{
	put_text(to, "result", smime_result_word(judged->result.result));
	put_text(to, "reason", judged->result.reason);
	if (judged->layer != NULL)
		put_text(to, "section", judged->layer->section);
	put_text(to, "anchor", judged->judgement.anchor);
	put_text(to, "chain", judged->judgement.reason);
}

static void
put_results(const struct body *b, struct members *to)
{
	struct json *list = json_new_array(to->e);

	for (size_t i = 0; i < b->incoming.judged_count && list != NULL && to->rc == 0; i++) {
		struct members one = begin_object(to);

		put_judged(&b->incoming.judged[i], &one);
		end_object(&one, list, to);
	}
	put_take(to, "signature", list);
}

/* ---- what we made ---- */

static void
put_made(const struct body *b, struct members *to)
{
	const struct plan_group *plan = b->plan;
	struct members one = begin_object(to);

	put_bool(&one, "made", b->outgoing.sign);
	put_text(&one, "reason", reason_word(plan->sign_reason));
	put_text(&one, "why", reason_sentence(plan->sign_reason));
	if (plan->sign_reason == REASON_NO_SIGNER)
		put_text(&one, "detail", b->message->facts.message.no_signer);
	describe_setting(plan->sign_setting, &one);
	if (b->outgoing.sign) {
		put_text(&one, "form", b->outgoing.opaque ? "opaque" : "clear");
		put_text(&one, "scheme", signature_name(b->outgoing.scheme));
		put_text(&one, "identity", b->message->facts.signer->identity);
		put_text(&one, "certificate", certificate_fingerprint(b->message->facts.signer->certificate));
	}
	if (one.rc != 0) {
		json_release(one.object);
		one.object = NULL;
	}
	put_take(to, "signature", one.object);
}

void
describe_signature(const struct body *b, struct members *to)
{
	if (b->plan->incoming_work)
		put_results(b, to);
	else
		put_made(b, to);
}
