/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/buffer.h"
#include "base/crashpoint.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "smime/result_field.h"

/*
 * A message that comes in: opened where that is allowed, verified, marked.
 *
 * Nothing that is odd about it is a reason to refuse it: what cannot be read is
 * delivered as it came, with a result that promises nothing.  And from the first
 * use of a key on, whatever goes wrong inside changes neither the answer nor the
 * message: it goes on as ciphertext with the result of its outer layers, and only
 * the record knows why (RFC 8551 6, RFC 3218).
 */

/* ---- the result field ---- */

static bool
is_of_domain(const struct judged *judged)
{
	return judged->layer->signature.type == SIGNATURE_TYPE_DOMAIN;
}

/* The address that a `pass` or `policy` speaks of (RFC 7281 3.1): the author's if the certificate bears it. */
static const char *
identifier_of(const struct body *b, const struct judged *judged)
{
	const struct certificate *signer = judged->layer->signature.signer;
	const struct address_list *addresses = certificate_addresses(signer);

	if (judged->result.result == RESULT_PASS && body_author(b) != NULL && !is_of_domain(judged))
		return body_author(b)->text;
	return addresses->count > 0 ? addresses->items[0]->text : NULL;
}

static struct result_line
line_of(const struct body *b, const struct judged *judged)
{
	struct result_line line = { .result = smime_result_word(judged->result.result), .reason = judged->result.reason };
	const struct certificate *signer;

	if (judged->layer == NULL)
		return line;
	line.part = judged->layer->section;
	signer = judged->layer->signature.signer;
	if (signer == NULL || (judged->result.result != RESULT_PASS && judged->result.result != RESULT_POLICY))
		return line;
	line.identifier = identifier_of(b, judged);
	if (judged->result.result == RESULT_PASS && is_of_domain(judged))
		line.domain = certificate_signing_domain(signer);
	if (line.identifier == NULL) {
		line.serial = certificate_serial(signer);
		line.issuer = certificate_issuer(signer);
	}
	return line;
}

static int
insert_result_field(struct body *b, struct error *e)
{
	struct result_line lines[LIMIT_CMS_LAYERS];
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	size_t count = b->incoming.judged_count;
	int rc = -1;

	for (size_t i = 0; i < count; i++)
		lines[i] = line_of(b, &b->incoming.judged[i]);
	if (count == 0)
		lines[count++] = (struct result_line){ .result = smime_result_word(RESULT_NONE) };
	if (result_field_write(settings_authserv_id(b->message->settings), lines, count, &value, e) == 0)
		rc = edits_insert(&b->edits, RESULT_FIELD, buffer_text(&value), e);
	buffer_done(&value);
	return rc;
}

/* ---- not read ---- */

/* Past a limit of our parser nothing can be said: neutral, so that nobody takes silence for "unsigned". */
static int
deliver_unread(struct body *b, struct error *e)
{
	b->incoming.judged[0] = (struct judged){ .result = { RESULT_NEUTRAL, "malformed" } };
	b->incoming.judged_count = 1;
	b->incoming.closed = "structure";
	return insert_result_field(b, e);
}

/* ---- delivered: opened, unpacked, or as it came ---- */

/* CBC can be cut up and put together anew without the key (EFAIL); only a signature inside would show it. */
static bool
has_integrity(const struct smime_layers *layers)
{
	bool intact = layers->authenticated;

	for (size_t i = 0; i < layers->count; i++) {
		if (layers->items[i].opened && !cipher_is_authenticated(layers->items[i].cipher))
			intact = false;
		else if (layer_is_valid(&layers->items[i]))
			intact = true;
	}
	return intact;
}

/*
 * Sendmail forgets all parameters of the sender that is changed; Postfix takes RET and ENVID, keeps the others and warns
 * of each.  The size is another now.
 */
static bool
is_repeated(const struct gateway_message *m, const char *word)
{
	if (text_starts_nocase(word, "ENVID="))
		return true;
	return !m->mta_is_postfix && !text_starts_nocase(word, "RET=") && !text_starts_nocase(word, "SIZE=");
}

static int
repeat_parameters(const struct gateway_message *m, struct buffer *out, struct error *e)
{
	for (const char *word = m->mail_parameters; *word != '\0'; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");

		if (is_repeated(m, word) && buffer_append_format(out, e, " %.*s", (int)n, word) != 0)
			return -1;
		word += n;
	}
	return 0;
}

/* RFC 3461 4.3: bounces of a message that was opened must not carry its text; the null sender gets none. */
static int
ask_for_short_bounces(struct body *b, struct error *e)
{
	struct buffer esmtp = BUFFER_INIT(64 * 1024);
	int rc;

	if (b->message->sender == NULL || address_is_null(b->message->sender))
		return 0;
	rc = buffer_append_text(&esmtp, "RET=HDRS", e);
	if (rc == 0)
		rc = repeat_parameters(b->message, &esmtp, e);
	if (rc == 0)
		rc = edits_sender(&b->edits, b->message->mail_from, buffer_text(&esmtp), e);
	buffer_done(&esmtp);
	return rc;
}

/* What decryption alone brings with it. */
static int
mark_opened(struct body *b, struct error *e)
{
	b->incoming.notice = !has_integrity(b->incoming.layers);
	if (b->incoming.notice && edits_insert(&b->edits, NOTICE_FIELD, " unauthenticated-encryption", e) != 0)
		return -1;
	return opened_write(b, e) != 0 ? -1 : ask_for_short_bounces(b, e);
}

static bool
was_decompressed(const struct smime_layers *layers)
{
	for (size_t i = 0; i < layers->count && layers->items[i].entity != layers->entity; i++)
		if (layers->items[i].type == CMS_COMPRESSED)
			return true;
	return false;
}

/* The entity inside, if there is one to deliver, takes the place of what came. */
static int
replace_content(struct body *b, struct error *e)
{
	if (b->incoming.layers->entity == NULL)
		return 0;
	b->incoming.decompressed = was_decompressed(b->incoming.layers);
	if (deliver_content(b, e) != 0)
		return -1;
	return edits_replace_entity(&b->edits, b->message->headers, spool_all(b->incoming.content), e);
}

/* ---- signatures that are not kept ---- */

static bool
passes(void *ctx, const struct smime_layer *layer)
{
	const struct incoming *in = ctx;

	for (size_t i = 0; i < in->judged_count; i++)
		if (in->judged[i].layer == layer)
			return in->judged[i].result.result == RESULT_PASS;
	return false;
}

/* Whose signature goes, if the settings say so: the result field speaks for it.  Around what stayed closed it is left. */
static void
take_off_signatures(struct body *b)
{
	struct incoming *in = &b->incoming;

	if (b->plan->valid_signature != CHOICE_VALID_SIGNATURE_STRIP || in->layers->payload == NULL)
		return;
	layers_take_off(in->layers, b->message->facts.root, passes, in);
	for (size_t i = 0; i < in->layers->count; i++)
		in->signature_removed = in->signature_removed || in->layers->items[i].taken_off;
}

/* Under a signature that went another can come to light, where compression hid it. */
static int
judge(struct body *b, struct error *e)
{
	struct smime_layers *layers = b->incoming.layers;
	const struct entity *delivered;

	do {
		delivered = layers->entity;
		if (restore_read(b, layers->opened, e) != 0 || judge_signatures(b, layers->opened, e) != 0 ||
		    restore_judge(b, layers->opened, e) != 0)
			return -1;
		take_off_signatures(b);
	} while (layers->entity != delivered);
	return 0;
}

/* ---- the whole ---- */

static int
deliver(struct body *b, struct error *e)
{
	bool opened = b->incoming.layers->opened;

	if (judge(b, e) != 0 || replace_content(b, e) != 0 || restore_edits(b, e) != 0 ||
	    (opened && mark_opened(b, e) != 0) || insert_result_field(b, e) != 0)
		return -1;
	b->incoming.delivered_open = opened;
	return 0;
}

static const char *
closed_reason(const struct smime_layers *layers)
{
	if (layers->failure != NULL)
		return layers->failure;
	for (size_t i = 0; i < layers->count; i++)
		if (layers->items[i].encrypted && layers->items[i].closed_reason != NULL)
			return layers->items[i].closed_reason;
	return NULL;
}

/* Why what could be opened is not to be trusted so far, or NULL. */
static const char *
distrusted(const struct body *b)
{
	struct error inside = ERROR_INIT;
	bool damaged = false;

	if (!b->incoming.layers->opened || has_integrity(b->incoming.layers))
		return NULL;
	if (b->plan->cbc == CHOICE_CBC_LEAVE_ENCRYPTED)
		return "unauthenticated-cbc";
	if (b->plan->cbc == CHOICE_CBC_DELIVER_DAMAGED)
		return NULL;
	if (layers_look_damaged(b->incoming.layers, &damaged, &inside) != 0)
		return "fault";
	return damaged ? "damaged" : NULL;
}

static void
withdraw(struct incoming *in, const char *why)
{
	layers_close(in->layers, why);
	in->closed = closed_reason(in->layers);
	in->notice = in->decompressed = in->signature_removed = false;
}

/*
 * What is inside, if that works out; else what came, whose edits are made anew.  A fault of this machine changes the
 * answer only where no key was used.
 */
static int
deliver_best(struct body *b, struct error *e)
{
	struct smime_layers *layers = b->incoming.layers;
	struct error inside = ERROR_INIT;
	size_t edits = b->edits.count;

	b->incoming.closed = layers->opened ? NULL : closed_reason(layers);
	if (deliver(b, &inside) == 0)
		return 0;
	if (layers->entity == NULL || (!layers->opened && error_disposition(inside.code) == DISPOSITION_RETRY))
		return error_set(e, inside.code, "%s", error_text(&inside));
	edits_truncate(&b->edits, edits);
	withdraw(&b->incoming, inside.code == ERROR_MIME_SYNTAX ? "unsafe-octets" : "fault");
	return deliver(b, e);
}

int
incoming_prepare(struct body *b, struct error *e)
{
	const struct layer_keys keys = { owners_keys, b };
	struct spool_settings workspace = message_workspace(b->message);
	const char *why;

	if (b->message->facts.root == NULL)
		return deliver_unread(b, e);
	if (layers_open(b->message->facts.root, &keys, &workspace, NULL, &b->incoming.layers, e) != 0)
		return -1;
	crashpoint(MESSAGE_OPENED);
	why = distrusted(b);
	if (why != NULL)
		layers_close(b->incoming.layers, why);
	return deliver_best(b, e);
}
