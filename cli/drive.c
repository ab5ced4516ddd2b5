/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/drive.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

void
answer_done(struct answer *a)
{
	message_done(&a->message); /* its body may be the gateway's: not looked at any more */
	gateway_end(a->gm);
	gateway_free(a->gateway);
	json_release(a->report);
	*a = (struct answer){ 0 };
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
	enum choice_role role = likely_role(s, q);

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

static int
begin(struct cli *c, const struct question *q, enum gateway_mode mode, struct answer *out, struct error *e)
{
	const struct gateway_parts parts = { c->audit, c->keystore, c->directory, clock_system(), listener_name(out->listener) };
	struct session_facts session = { .mode = mode, .client_address = q->client, .actor = c->actor };

	session.role = out->role = listener_role(out->listener, q->daemon, &out->role_origin);
	session.role_origin = out->role_origin;
	session.observe = listener_value(out->listener, SETTING_OBSERVE)->number != 0;
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
drive(struct cli *c, const struct question *q, enum gateway_mode mode, struct answer *out, struct error *e)
{
	int rc;

	if (choose_listener(c->settings, q, &out->listener, e) != 0)
		return -1;
	rc = q->file != NULL ? message_read(q->file, c->settings, &out->message, e) : compose(q, c->settings, &out->message, e);
	return rc == 0 ? drive_to_end(c, q, mode, out, e) : -1;
}
