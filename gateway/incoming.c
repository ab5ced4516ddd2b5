/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/buffer.h"
#include "base/crashpoint.h"
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

/* The address that a `pass` or `policy` speaks of (RFC 7281 3.1): the author's if the certificate bears it. */
static const char *
identifier_of(const struct body *b, const struct judged *judged)
{
	const struct certificate *signer = judged->layer->signature.signer;
	const struct address_list *addresses = certificate_addresses(signer);

	if (judged->result.result == RESULT_PASS && body_author(b) != NULL)
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

/* ---- as it came ---- */

static int
deliver_as_it_came(struct body *b, struct error *e)
{
	if (restore_read(b, false, e) != 0 || judge_signatures(b, false, e) != 0 || restore_judge(b, false, e) != 0 ||
	    restore_edits(b, e) != 0)
		return -1;
	return insert_result_field(b, e);
}

/* Past a limit of our parser nothing can be said: neutral, so that nobody takes silence for "unsigned". */
static int
deliver_unread(struct body *b, struct error *e)
{
	b->incoming.judged[0] = (struct judged){ .result = { RESULT_NEUTRAL, "malformed" } };
	b->incoming.judged_count = 1;
	b->incoming.closed = "structure";
	return insert_result_field(b, e);
}

/* ---- opened ---- */

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

/* RFC 3461 4.3: bounces of a message that was opened must not carry its text; the null sender gets none. */
static int
ask_for_short_bounces(struct body *b, struct error *e)
{
	struct buffer esmtp = BUFFER_INIT(1024);
	int rc = buffer_append_text(&esmtp, "RET=HDRS", e);

	if (b->message->sender == NULL || address_is_null(b->message->sender)) {
		buffer_done(&esmtp);
		return 0;
	}
	if (rc == 0 && b->message->envelope_id != NULL)
		rc = buffer_append_format(&esmtp, e, " ENVID=%s", b->message->envelope_id);
	if (rc == 0)
		rc = edits_sender(&b->edits, b->message->mail_from, buffer_text(&esmtp), e);
	buffer_done(&esmtp);
	return rc;
}

static int
deliver_opened(struct body *b, struct error *e)
{
	if (restore_read(b, true, e) != 0 || judge_signatures(b, true, e) != 0 || restore_judge(b, true, e) != 0 ||
	    deliver_content(b, e) != 0)
		return -1;
	if (edits_replace_entity(&b->edits, b->message->headers, spool_all(b->incoming.content), e) != 0 ||
	    restore_edits(b, e) != 0 ||
	    ask_for_short_bounces(b, e) != 0)
		return -1;
	b->incoming.notice = !has_integrity(b->incoming.layers);
	if (b->incoming.notice && edits_insert(&b->edits, NOTICE_FIELD, " unauthenticated-encryption", e) != 0)
		return -1;
	if (insert_result_field(b, e) != 0)
		return -1;
	b->incoming.delivered_open = true;
	return 0;
}

/* ---- the whole ---- */

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

int
incoming_prepare(struct body *b, struct error *e)
{
	const struct layer_keys keys = { owners_keys, b };
	struct spool_settings workspace = message_workspace(b->message);
	struct error inside = ERROR_INIT;
	size_t edits = b->edits.count;
	const char *why;

	if (b->message->facts.root == NULL)
		return deliver_unread(b, e);
	if (layers_open(b->message->facts.root, &keys, &workspace, NULL, &b->incoming.layers, e) != 0)
		return -1;
	crashpoint(MESSAGE_OPENED);
	why = distrusted(b);
	if (why != NULL)
		layers_close(b->incoming.layers, why);
	if (b->incoming.layers->opened) {
		if (deliver_opened(b, &inside) == 0)
			return 0;
		edits_truncate(&b->edits, edits);
		layers_close(b->incoming.layers, inside.code == ERROR_MIME_SYNTAX ? "unsafe-octets" : "fault");
	}
	b->incoming.closed = closed_reason(b->incoming.layers);
	return deliver_as_it_came(b, e);
}
