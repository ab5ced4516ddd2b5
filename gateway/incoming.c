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
identifier_of(const struct gateway_message *m, const struct judged *judged)
{
	const struct certificate *signer = judged->layer->signature.signer;
	const struct address_list *addresses = certificate_addresses(signer);

	if (judged->result.result == RESULT_PASS && message_author(m) != NULL)
		return message_author(m)->text;
	return addresses->count > 0 ? addresses->items[0]->text : NULL;
}

static struct result_line
line_of(const struct gateway_message *m, const struct judged *judged)
{
	struct result_line line = { .result = smime_result_word(judged->result.result), .reason = judged->result.reason };
	const struct certificate *signer;

	if (judged->layer == NULL)
		return line;
	line.part = judged->layer->section;
	signer = judged->layer->signature.signer;
	if (signer == NULL || (judged->result.result != RESULT_PASS && judged->result.result != RESULT_POLICY))
		return line;
	line.identifier = identifier_of(m, judged);
	if (line.identifier == NULL) {
		line.serial = certificate_serial(signer);
		line.issuer = certificate_issuer(signer);
	}
	return line;
}

static int
insert_result_field(struct gateway_message *m, struct error *e)
{
	struct result_line lines[LIMIT_CMS_LAYERS];
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	size_t count = m->incoming.judged_count;
	int rc = -1;

	for (size_t i = 0; i < count; i++)
		lines[i] = line_of(m, &m->incoming.judged[i]);
	if (count == 0)
		lines[count++] = (struct result_line){ .result = smime_result_word(RESULT_NONE) };
	if (result_field_write(settings_authserv_id(m->settings), lines, count, &value, e) == 0)
		rc = edits_insert(&m->edits, RESULT_FIELD, buffer_text(&value), e);
	buffer_done(&value);
	return rc;
}

/* ---- as it came ---- */

static int
deliver_as_it_came(struct gateway_message *m, struct error *e)
{
	if (restore_read(m, false, e) != 0 || judge_signatures(m, false, e) != 0 || restore_judge(m, false, e) != 0 ||
	    restore_edits(m, e) != 0)
		return -1;
	return insert_result_field(m, e);
}

/* Past a limit of our parser nothing can be said: neutral, so that nobody takes silence for "unsigned". */
static int
deliver_unread(struct gateway_message *m, struct error *e)
{
	m->incoming.judged[0] = (struct judged){ .result = { RESULT_NEUTRAL, "malformed" } };
	m->incoming.judged_count = 1;
	m->incoming.closed = "structure";
	return insert_result_field(m, e);
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
ask_for_short_bounces(struct gateway_message *m, struct error *e)
{
	struct buffer esmtp = BUFFER_INIT(1024);
	int rc = buffer_append_text(&esmtp, "RET=HDRS", e);

	if (m->sender == NULL || address_is_null(m->sender)) {
		buffer_done(&esmtp);
		return 0;
	}
	if (rc == 0 && m->envelope_id != NULL)
		rc = buffer_append_format(&esmtp, e, " ENVID=%s", m->envelope_id);
	if (rc == 0)
		rc = edits_sender(&m->edits, m->mail_from, buffer_text(&esmtp), e);
	buffer_done(&esmtp);
	return rc;
}

static int
deliver_opened(struct gateway_message *m, struct error *e)
{
	if (restore_read(m, true, e) != 0 || judge_signatures(m, true, e) != 0 || restore_judge(m, true, e) != 0 ||
	    deliver_content(m, e) != 0)
		return -1;
	if (edits_replace_entity(&m->edits, m->headers, spool_all(m->incoming.content), e) != 0 ||
	    restore_edits(m, e) != 0 ||
	    ask_for_short_bounces(m, e) != 0)
		return -1;
	m->incoming.notice = !has_integrity(m->incoming.layers);
	if (m->incoming.notice && edits_insert(&m->edits, NOTICE_FIELD, " unauthenticated-encryption", e) != 0)
		return -1;
	if (insert_result_field(m, e) != 0)
		return -1;
	m->incoming.delivered_open = true;
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
distrusted(const struct gateway_message *m)
{
	struct error inside = ERROR_INIT;
	bool damaged = false;

	if (!m->incoming.layers->opened || has_integrity(m->incoming.layers))
		return NULL;
	if (m->plan->cbc == CHOICE_CBC_LEAVE_ENCRYPTED)
		return "unauthenticated-cbc";
	if (m->plan->cbc == CHOICE_CBC_DELIVER_DAMAGED)
		return NULL;
	if (layers_look_damaged(m->incoming.layers, &damaged, &inside) != 0)
		return "fault";
	return damaged ? "damaged" : NULL;
}

int
incoming_prepare(struct gateway_message *m, struct error *e)
{
	const struct layer_keys keys = { owners_keys, m };
	struct spool_settings workspace = message_workspace(m);
	struct error inside = ERROR_INIT;
	size_t edits = m->edits.count;
	const char *why;

	if (m->facts.root == NULL)
		return deliver_unread(m, e);
	if (layers_open(m->facts.root, &keys, &workspace, NULL, &m->incoming.layers, e) != 0)
		return -1;
	crashpoint(MESSAGE_OPENED);
	why = distrusted(m);
	if (why != NULL)
		layers_close(m->incoming.layers, why);
	if (m->incoming.layers->opened) {
		if (deliver_opened(m, &inside) == 0)
			return 0;
		edits_truncate(&m->edits, edits);
		layers_close(m->incoming.layers, inside.code == ERROR_MIME_SYNTAX ? "unsafe-octets" : "fault");
	}
	m->incoming.closed = closed_reason(m->incoming.layers);
	return deliver_as_it_came(m, e);
}
