/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "gateway/gateway_private.h"

/* What the signatures of a received message are worth: facts from the rooms below, the word from policy. */

/* The mathematics hold and everything that a reader sees is covered. */
bool
layer_is_valid(const struct smime_layer *layer)
{
	return layer->is_signed && layer->signature.status == SIGNATURE_VALID && layer->structure == NULL &&
	    !layer->signature.weak;
}

static enum signature_fact
fact_of(const struct smime_layer *layer)
{
	static const enum signature_fact by_status[] = {
		[SIGNATURE_VALID] = FACT_VALID,
		[SIGNATURE_ABSENT] = FACT_UNSIGNED,
		[SIGNATURE_DIGEST_DIFFERS] = FACT_DIGEST_DIFFERS,
		[SIGNATURE_INVALID] = FACT_INVALID,
		[SIGNATURE_MALFORMED] = FACT_MALFORMED,
		[SIGNATURE_SEVERAL] = FACT_SEVERAL,
		[SIGNATURE_NO_CERTIFICATE] = FACT_NO_CERTIFICATE,
		[SIGNATURE_UNSUPPORTED] = FACT_UNSUPPORTED,
	};

	if (layer == NULL || layer->structure != NULL)
		return FACT_PARTIAL;
	return by_status[layer->signature.status];
}

/* Fields that may stand once (RFC 5322 3.6): twice, and two readers may show different mails. */
static bool
has_doubled_fields(const struct body *b)
{
	static const char *const singles[] = { "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID" };

	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		if (header_list_count_of(b->message->headers, singles[i]) > 1)
			return true;
	return false;
}

/* The same of what is protected inside: a reader that knows header protection shows that. */
static bool
contradicts_itself(const struct body *b)
{
	return b->incoming.headers != NULL && b->incoming.headers->fault != NULL;
}

/* An address in the subject DN counts where every recipient's settings say so. */
static bool
dn_addresses_count(const struct body *b)
{
	const struct settings *s = b->message->settings;

	for (size_t i = 0; i < b->recipient_count; i++) {
		const struct address *to = b->recipients[i]->address;

		if (settings_rule(s, SETTING_SUBJECT_DN_ADDRESS, body_author(b), to)->number == 0)
			return false;
	}
	return b->recipient_count > 0;
}

static void
compare_addresses(const struct body *b, const struct certificate *signer, struct verification_facts *to)
{
	bool dn_too = dn_addresses_count(b);
	const struct address *author = body_author(b);

	to->display_name_address = b->message->facts.display_name_address ||
	    (b->incoming.headers != NULL && b->incoming.headers->display_name_address);
	to->author_single = b->message->facts.author != NULL && !has_doubled_fields(b) && !contradicts_itself(b);
	to->certificate_has_address = certificate_addresses(signer)->count > 0 ||
	    (dn_too && certificate_dn_addresses(signer)->count > 0);
	to->address_matches = author != NULL && certificate_has_address(signer, author, dn_too);
}

/* RFC 3183 3.1.1: the name mapping rule. */
static enum domain_relation
domain_relation(const struct certificate *signer, const struct address *author)
{
	const char *domain = certificate_signing_domain(signer);
	size_t n, m;

	if (domain == NULL)
		return DOMAIN_NONE;
	if (author == NULL)
		return DOMAIN_OTHER;
	n = strlen(domain);
	m = strlen(author->domain);
	if (strcmp(domain, author->domain) == 0)
		return DOMAIN_SAME;
	return m > n && author->domain[m - n - 1] == '.' && strcmp(author->domain + m - n, domain) == 0 ? DOMAIN_ABOVE : DOMAIN_OTHER;
}

/* The chain is only worth asking about when there is a signature that it could vouch for. */
static int
judge_chain(struct body *b, struct judged *judged, struct verification_facts *to, struct error *e)
{
	const struct chain_question question = {
		.leaf = judged->layer->signature.signer,
		.intermediates = &judged->layer->certificates,
		.purpose = PURPOSE_SIGN,
		.when = clock_now(b->message->gateway->parts.clock),
		.author = body_author(b),
	};

	if (directory_judge(b->message->gateway->parts.directory, &question, &judged->judgement, e) != 0)
		return -1;
	to->chain_trusted = judged->judgement.trusted;
	to->chain_reason = judged->judgement.reason;
	to->revoked = judged->judgement.revocation == REVOCATION_REVOKED;
	to->revocation_unknown = judged->judgement.revocation == REVOCATION_UNKNOWN;
	return 0;
}

/* One field serves all recipients: `pass` only if it would be for each. */
static void
choose_result(const struct body *b, const struct verification_facts *facts, struct result *out)
{
	for (size_t i = 0; i < b->recipient_count; i++) {
		policy_result(b->message->settings, body_author(b), b->recipients[i]->address, facts, out);
		if (out->result != RESULT_PASS)
			return;
	}
}

/*
 * A signature outside of an envelope is by somebody who had the ciphertext, not by somebody who knew the text: anybody
 * can put his own in its place (RFC 8551 3.7).
 */
static bool
is_over_ciphertext(const struct smime_layers *layers, const struct smime_layer *layer, bool inside)
{
	for (size_t i = layers->count; inside && layer != NULL && i > 0 && &layers->items[i - 1] > layer; i--)
		if (layers->items[i - 1].opened)
			return true;
	return false;
}

static int
judge_layer(struct body *b, const struct smime_layer *layer, bool inside, struct error *e)
{
	struct judged *judged = &b->incoming.judged[b->incoming.judged_count];
	struct verification_facts facts = {
		.signature = fact_of(layer),
		.over_ciphertext = is_over_ciphertext(b->incoming.layers, layer, inside),
	};

	memset(judged, 0, sizeof(*judged));
	judged->layer = layer;
	b->incoming.judged_count++;
	if (facts.signature == FACT_VALID) {
		facts.weak = layer->signature.weak;
		facts.type = layer->signature.type;
		facts.domain = domain_relation(layer->signature.signer, body_author(b));
		compare_addresses(b, layer->signature.signer, &facts);
		if (judge_chain(b, judged, &facts, e) != 0)
			return -1;
	}
	choose_result(b, &facts, &judged->result);
	return 0;
}

/*
 * Layers that stand before the first encrypted one are there for everybody to see; the others only when it was opened.
 * What is delivered in compressed form is seen by few readers: a signature in it must not speak for the whole.
 */
static bool
is_visible(const struct body *b, size_t i, bool inside)
{
	const struct smime_layers *layers = b->incoming.layers;
	const struct entity *delivered = layers->entity != NULL ? layers->entity : b->message->facts.root;
	bool is_delivered = false;

	for (size_t j = 0; j < i; j++) {
		is_delivered = is_delivered || layers->items[j].entity == delivered;
		if ((layers->items[j].encrypted && !inside) || (layers->items[j].type == CMS_COMPRESSED && is_delivered))
			return false;
	}
	return true;
}

static void
forget_judged(struct incoming *in)
{
	for (size_t i = 0; i < in->judged_count; i++)
		judgement_done(&in->judged[i].judgement);
	in->judged_count = 0;
}

/* Is some part signed of what is delivered, while the whole is not? */
static bool
is_signed_within(const struct body *b)
{
	const struct entity *delivered = b->incoming.layers->entity;

	return smime_recognise(delivered != NULL ? delivered : b->message->facts.root) == SMIME_SIGNED_WITHIN;
}

int
judge_signatures(struct body *b, bool inside, struct error *e)
{
	const struct smime_layers *layers = b->incoming.layers;

	forget_judged(&b->incoming);
	for (size_t i = 0; i < layers->count; i++)
		if (layers->items[i].is_signed && is_visible(b, i, inside) &&
		    judge_layer(b, &layers->items[i], inside, e) != 0)
			return -1;
	if (b->incoming.judged_count == 0 && is_signed_within(b))
		return judge_layer(b, NULL, inside, e);
	return 0;
}

bool
some_signature_passes(const struct incoming *in)
{
	for (size_t i = 0; i < in->judged_count; i++)
		if (in->judged[i].result.result == RESULT_PASS)
			return true;
	return false;
}

void
incoming_done(struct incoming *in)
{
	forget_judged(in);
	protected_header_free(in->headers);
	layers_free(in->layers);
	spool_free(in->content);
	*in = (struct incoming){ 0 };
}
