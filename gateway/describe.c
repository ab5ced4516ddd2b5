/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "gateway/describe_private.h"

/* ---- the session and the envelope ---- */

static const char *
role_word(enum choice_role role)
{
	static const char *const words[] = {
		[CHOICE_ROLE_SUBMISSION] = "submission",
		[CHOICE_ROLE_INBOUND] = "inbound",
		[CHOICE_ROLE_LOCAL] = "local",
		[CHOICE_ROLE_EGRESS] = "egress",
		[CHOICE_ROLE_WITNESS] = "witness",
	};

	return (size_t)role < sizeof(words) / sizeof(words[0]) ? words[role] : "?";
}

/* An address that could be read in its one form, anything else as it came. */
static void
put_sender(const struct gateway_message *m, struct members *to)
{
	if (m->sender == NULL)
		put_text(to, "mail-from", m->mail_from);
	else if (address_is_null(m->sender))
		put_text(to, "mail-from", "");
	else
		put_address(to, "mail-from", m->sender);
}

void
describe_session(const struct gateway_message *m, struct members *to)
{
	put_text(to, "instance", m->gateway->parts.instance);
	put_text(to, "role", role_word(m->role));
	put_text(to, "queue-id", m->queue_id);
	put_text(to, "client", m->client_address);
	put_text(to, "login", m->login);
	put_sender(m, to);
}

/* The addresses that a reply may name stand where addresses stand, not here. */
void
describe_reply(enum verdict verdict, const struct error *why, struct members *to)
{
	const struct error nameless = { why->code, "" };
	struct gateway_answer answer;
	char text[sizeof(answer.text) + 32];

	gateway_reply(verdict, &nameless, &answer);
	(void)snprintf(text, sizeof(text), "%s %s %s", answer.code, answer.status, answer.text);
	put_text(to, "reply", text);
}

static void
put_message_id(const struct gateway_message *m, struct members *to)
{
	const struct header_field *field = header_list_find(m->headers, "Message-ID", 1);
	struct buffer text = BUFFER_INIT(LIMIT_HEADER_FIELD), safe = BUFFER_INIT(1024);

	if (field == NULL)
		return;
	if (header_field_unfolded(field, &text, to->e) != 0 ||
	    text_printable(buffer_text(&text), text.size, 990, &safe, to->e) != 0)
		to->rc = -1;
	put_text(to, "message-id", buffer_text(&safe));
	buffer_done(&text);
	buffer_done(&safe);
}

/* ---- what was decided, and why ---- */

const char *
describe_direction(const struct gateway_message *m)
{
	static const char *const words[] = {
		[DIRECTION_OUTGOING] = "outgoing",
		[DIRECTION_INCOMING] = "incoming",
		[DIRECTION_INTERNAL] = "internal",
	};

	if (m->plan == NULL || m->plan->count == 0)
		return NULL;
	for (size_t i = 1; i < m->plan->count; i++)
		if (m->plan->recipients[i].direction != m->plan->recipients[0].direction)
			return "mixed";
	return words[m->plan->recipients[0].direction];
}

/* One word: the plan's objection, else the error, else what became of the message. */
const char *
describe_reason(const struct gateway_message *m)
{
	const struct body *b;

	if (m->plan != NULL && m->plan->verdict != VERDICT_CONTINUE)
		return reason_word(m->plan->reason);
	if (m->error.code != ERROR_NONE)
		return error_name(m->error.code);
	if (body_in_place(m) == NULL)
		return reason_word(REASON_NONE);
	b = body_in_place(m);
	if (b->plan->incoming_work)
		return b->incoming.closed != NULL ? b->incoming.closed : reason_word(REASON_INCOMING);
	return reason_word(b->plan->sign_reason);
}

void
describe_setting(const struct value *setting, struct members *to)
{
	struct buffer origin = BUFFER_INIT(4096);

	if (setting == NULL)
		return;
	if (origin_print(&setting->origin, &origin, to->e) != 0)
		to->rc = -1;
	put_text(to, "setting", value_print(setting));
	put_text(to, "origin", buffer_text(&origin));
	buffer_done(&origin);
}

static const char *
action_word(enum recipient_action action)
{
	static const char *const words[] = {
		[ACTION_CLEAR] = "clear",
		[ACTION_ENCRYPT] = "encrypt",
		[ACTION_REFUSE] = "refuse",
		[ACTION_DEFER] = "defer",
	};

	return (size_t)action < sizeof(words) / sizeof(words[0]) ? words[action] : "?";
}

/* Which certificate a recipient is encrypted to, or why there is none. */
static void
put_certificate(const struct recipient *r, struct members *to)
{
	const struct candidates *c = r->candidates;

	if (c == NULL || c->count == 0)
		return;
	if (c->usable > 0) {
		put_text(to, "certificate", certificate_fingerprint(c->items[0].certificate));
		put_text(to, "level", trust_level_word(c->items[0].level));
		put_text(to, "source", c->items[0].source);
	} else {
		put_text(to, "certificate", certificate_fingerprint(c->items[0].certificate));
		put_text(to, "rejected", c->items[0].rejected);
	}
}

static void
put_recipient_plan(const struct gateway_message *m, size_t i, struct members *to)
{
	const struct recipient_plan *plan;

	if (m->plan == NULL)
		return;
	plan = &m->plan->recipients[i];
	put_text(to, "action", action_word(plan->action));
	put_text(to, "reason", reason_word(plan->reason));
	put_text(to, "why", reason_sentence(plan->reason));
	describe_setting(plan->setting, to);
	if (plan->direction == DIRECTION_OUTGOING)
		put_certificate(&m->recipients[i], to);
}

static void
put_recipients(const struct gateway_message *m, struct members *to)
{
	struct json *list = json_new_array(to->e);

	for (size_t i = 0; i < m->recipient_count && list != NULL && to->rc == 0; i++) {
		struct members one = begin_object(to);

		put_address(&one, "address", m->recipients[i].address);
		put_recipient_plan(m, i, &one);
		describe_handover(m, i, &one);
		end_object(&one, list, to);
	}
	put_take(to, "recipients", list);
}

static void
put_authors(const struct gateway_message *m, struct members *to)
{
	struct json *list;

	if (m->facts.author != NULL) {
		put_address(to, "from", m->facts.author);
		return;
	}
	list = json_new_array(to->e);
	for (size_t i = 0; i < m->facts.authors.count && list != NULL && to->rc == 0; i++) {
		struct members one = begin_object(to);

		put_address(&one, "address", m->facts.authors.items[i]);
		end_object(&one, list, to);
	}
	put_take(to, "from", list);
}

/* By their names in the settings; left out where none fired. */
static void
put_triggers(const struct gateway_message *m, struct members *to)
{
	struct json *list;

	if (m->facts.message.trigger_count == 0)
		return;
	list = json_new_array(to->e);
	for (size_t i = 0; i < m->facts.message.trigger_count && list != NULL && to->rc == 0; i++)
		to->rc = json_push_text(list, trigger_name(m->facts.triggers[i]), to->e);
	put_take(to, "triggers", list);
}

/* ---- what was done ---- */

static void
push(struct json *list, const char *word, bool done, struct members *to)
{
	if (done && list != NULL && to->rc == 0)
		to->rc = json_push_text(list, word, to->e);
}

/* Of an observed or explained message these are the ones that it would have seen. */
void
describe_body(const struct gateway_message *m, const struct body *b, bool done, struct members *to)
{
	struct json *list = json_new_array(to->e);

	push(list, "marks-removed", done && m->marks > 0, to);
	if (done && b != NULL) {
		push(list, "dkim-signatures-removed", b->outgoing.dkim_removed, to);
		push(list, "signed", b->outgoing.sign, to);
		push(list, "encrypted", b->outgoing.encrypted, to);
		push(list, "opened", b->incoming.delivered_open, to);
		push(list, "signature-removed", b->incoming.signature_removed, to);
		push(list, "decompressed", b->incoming.decompressed, to);
		push(list, "bounce-concealed", b->concealed > 0, to);
		push(list, "noticed", b->incoming.notice, to);
		push(list, "result-written", b->plan->incoming_work, to);
	}
	put_take(to, "actions", list);
	if (b == NULL)
		return;
	describe_layers(b, to);
	describe_signature(b, to);
	describe_headers(b, to);
}

void
describe_message(const struct gateway_message *m, struct members *to)
{
	describe_session(m, to);
	put_text(to, "ticket", ticket_word(m->ticket));
	put_bool(to, "observe", m->observe);
	put_message_id(m, to);
	put_text(to, "direction", describe_direction(m));
	put_authors(m, to);
	put_triggers(m, to);
	put_recipients(m, to);
	put_text(to, "verdict", verdict_word(m->verdict));
	describe_reply(m->verdict, &m->error, to);
	if (to->only == NULL)
		put_text(to, "reason", describe_reason(m));
	describe_body(m, body_in_place(m), m->verdict == VERDICT_CONTINUE, to);
	describe_copies(m, to);
	put_number(to, "size", (int64_t)spool_size(m->text));
}
