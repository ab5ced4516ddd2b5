/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/drive.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/text.h"

void
answer_done(struct answer *a)
{
	free(a->sender);
	message_done(&a->message); /* its body may be the gateway's: not looked at any more */
	gateway_end(a->gm);
	gateway_free(a->gateway);
	json_release(a->report);
	*a = (struct answer){ 0 };
}

/* ---- the words ------------------------------------------------------------------------------- */

int
question_read(struct cli *c, int argc, char **argv, bool process, struct question *q, struct error *e)
{
	const struct arg_option options[] = { { "from", ARG_TEXT, &q->from }, { "to", ARG_LIST, &q->to },
		{ "login", ARG_TEXT, &q->login }, { "client", ARG_TEXT, &q->client }, { "listener", ARG_TEXT, &q->listener },
		{ "daemon", ARG_TEXT, &q->daemon }, { process ? "out" : NULL, ARG_TEXT, &q->out },
		{ "incoming", ARG_FLAG, &q->incoming }, { NULL, ARG_FLAG, NULL } };
	struct arg_list words;

	if (args_parse(c, argc, argv, options, &words, process ? 1 : 0, 1, e) != 0)
		return -1;
	if (q->to.count == 0 || (q->from == NULL && !q->incoming))
		return error_set(e, ERROR_USAGE, "%s needs --from and --to", argv[0]);
	q->file = words.items[0];
	return 0;
}

/* ---- which listener ------------------------------------------------------------------------ */

static const struct listener *
first_of_role(const struct settings *s, enum choice_role role)
{
	for (size_t i = 0; i < settings_listener_count(s); i++)
		if (listener_value(settings_listener_at(s, i), SETTING_ROLE)->number == (int64_t)role)
			return settings_listener_at(s, i);
	return NULL;
}

/* Whoever has a login, or a local address, submits; all others come from outside. */
static enum choice_role
likely_role(const struct settings *s, const struct question *q)
{
	struct address *a = NULL;
	struct error ignored = ERROR_INIT;
	bool local = q->login != NULL;

	if (!local && address_parse_path(q->from, settings_gateway_id(s), &a, &ignored) == 0)
		local = !address_is_null(a) && settings_is_local(s, a);
	address_free(a);
	return local ? CHOICE_ROLE_SUBMISSION : CHOICE_ROLE_INBOUND;
}

static int
choose_listener(const struct settings *s, const struct question *q, const struct listener **out, struct error *e)
{
	enum choice_role role = q->incoming ? CHOICE_ROLE_INBOUND : likely_role(s, q);

	*out = q->listener != NULL ? settings_listener(s, q->listener) : first_of_role(s, role);
	if (*out != NULL)
		return 0;
	if (q->listener != NULL)
		return error_set(e, ERROR_USAGE, "there is no listener \"%s\" in the configuration", q->listener);
	return error_set(e, ERROR_USAGE, "there is no listener with role \"%s\"; name one with --listener",
	    choice_word(SETTING_ROLE, role));
}

/* ---- the message ------------------------------------------------------------------------------ */

static int
compose(const struct question *q, const struct settings *s, struct message *out, struct error *e)
{
	struct address *a = NULL;
	char *bounce = NULL;
	int rc = address_parse_path(q->from, settings_gateway_id(s), &a, e);

	if (rc == 0 && address_is_null(a)) {
		bounce = memory_format(e, "MAILER-DAEMON@%s", settings_gateway_id(s));
		rc = bounce != NULL ? 0 : -1;
	}
	if (rc == 0)
		rc = message_compose(bounce != NULL ? bounce : a->text, &q->to, s, out, e);
	address_free(a);
	free(bounce);
	return rc;
}

/*
 * A message that was delivered tells of its sender (RFC 5321 4.4).  Nothing hangs on it but what the record says: whoever
 * wrote the field was an MTA of ours, or nobody knows.
 */
static int
find_sender(struct question *q, struct answer *a, struct error *e)
{
	const struct header_field *field = header_list_find(a->message.headers, "Return-Path", 1);
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	const char *text = "<>";
	size_t n = 2;

	if (field != NULL && header_field_unfolded(field, &value, e) != 0) {
		buffer_done(&value);
		return -1;
	}
	if (value.size > 0) {
		text = buffer_text(&value);
		n = value.size;
		text_trim(&text, &n);
	}
	a->sender = memory_copy(text, n, e);
	q->from = a->sender;
	buffer_done(&value);
	return a->sender != NULL ? 0 : -1;
}

/* Who opens a message that was delivered wants it opened, also where a listener only observes. */
static void
make_incoming(const struct cli *c, struct session_facts *session)
{
	session->role = CHOICE_ROLE_INBOUND;
	session->observe = false;
	session->behind_queue = false;
	session->reason = c->reason;
}

static int
begin(struct cli *c, const struct question *q, enum gateway_mode mode, struct answer *out, struct error *e)
{
	const struct gateway_parts parts = { .audit = c->audit,
		.keystore = c->keystore,
		.directory = c->directory,
		.clock = clock_system(),
		.instance = listener_name(out->listener) };
	struct session_facts session = { .mode = mode, .client_address = q->client, .actor = c->actor };

	session.role = out->role = listener_role(out->listener, q->daemon, &out->role_origin);
	session.role_origin = out->role_origin;
	/* A command sends nothing: `process` makes one body, for all recipients or none. */
	session.resubmit = mode == GATEWAY_EXPLAIN ? listener_value(out->listener, SETTING_RESUBMIT)->text : NULL;
	session.observe = listener_value(out->listener, SETTING_OBSERVE)->number != 0;
	session.behind_queue = listener_value(out->listener, SETTING_BEHIND_QUEUE)->number != 0;
	if (q->incoming)
		make_incoming(c, &session);
	if (gateway_new(&parts, &out->gateway, e) != 0)
		return -1;
	out->gm = gateway_begin(out->gateway, settings_ref(c->settings), &session, q->from, NULL, e);
	if (out->gm == NULL)
		return -1;
	return q->login != NULL && gateway_fact(out->gm, "{auth_authen}", q->login) != 0 ?
	    error_set(e, ERROR_NO_MEMORY, "login") : 0;
}

static int
drive_to_end(struct cli *c, const struct question *q, enum gateway_mode mode, struct answer *out, struct error *e)
{
	if (begin(c, q, mode, out, e) != 0)
		return -1;
	for (size_t i = 0; i < q->to.count; i++)
		if (gateway_recipient(out->gm, q->to.items[i], NULL, e) != VERDICT_CONTINUE)
			return error_context(e, "recipient %s", q->to.items[i]);
	/* What fails while collecting is answered at the end, as for an MTA. */
	(void)message_feed(&out->message, out->gm, NULL);
	out->verdict = gateway_finish(out->gm, &message_edit_ops, &out->message, e);
	return gateway_report(out->gm, &out->report, e);
}

int
drive(struct cli *c, struct question *q, enum gateway_mode mode, struct answer *out, struct error *e)
{
	int rc;

	if (choose_listener(c->settings, q, &out->listener, e) != 0)
		return -1;
	rc = q->file != NULL ? message_read(q->file, c->settings, &out->message, e) : compose(q, c->settings, &out->message, e);
	if (rc == 0 && q->from == NULL)
		rc = find_sender(q, out, e);
	return rc == 0 ? drive_to_end(c, q, mode, out, e) : -1;
}
