/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/crashpoint.h"
#include "base/memory.h"
#include "gateway/esmtp_private.h"
#include "gateway/post_private.h"

int
post_init(struct post *post, struct gateway_message *m, const struct body *body, struct error *e)
{
	*post = (struct post){ .message = m, .body = body };
	post->recipients = memory_new(m->recipient_count + 1, sizeof(struct recipient *), e);
	post->places = memory_new(m->recipient_count + 1, sizeof(*post->places), e);
	if (post->recipients != NULL && post->places != NULL)
		return 0;
	post_done(post);
	return -1;
}

void
post_done(struct post *post)
{
	free(post->recipients);
	free(post->places);
	spool_free(post->text);
	*post = (struct post){ 0 };
}

void
post_add(struct post *post, struct recipient *r)
{
	post->recipients[post->count++] = r;
}

void
post_drop_served(struct post *post)
{
	size_t kept = 0;

	for (size_t i = 0; i < post->count; i++)
		if (!is_served(post->recipients[i]))
			post->recipients[kept++] = post->recipients[i];
	post->count = kept;
}

int
post_write(struct post *post, struct error *e)
{
	struct spool_settings workspace = message_workspace(post->message);

	post->text = spool_new(&workspace, e);
	if (post->text == NULL)
		return -1;
	if (post->body != NULL)
		return copy_write(post->body, post->text, &post->eight_bit, e);
	return notice_write(post->message, post->recipients, post->count, post->text,
	    &post->eight_bit, e);
}

/* A report is an intent of its own: whoever was left out once may get a copy another time. */
char *
post_ledger_name(const struct recipient *r, bool reported, struct error *e)
{
	return memory_format(e, "%s%s", reported ? "report:" : "", r->verbatim);
}

/* ---- what came of it ---- */

static const struct outcome {
	enum fate fate;
	enum ledger_state state;
} outcomes[] = {
	/* clang-format off */
	[SMTP_UNTRIED] = { FATE_UNTRIED, LEDGER_UNSENT },
	[SMTP_SENT]    = { FATE_SENT,    LEDGER_SENT },
	[SMTP_RETRY]   = { FATE_RETRY,   LEDGER_UNSENT },
	[SMTP_REFUSED] = { FATE_REFUSED, LEDGER_UNSENT },
	[SMTP_UNKNOWN] = { FATE_UNKNOWN, LEDGER_UNKNOWN },
	/* clang-format on */
};

static void
note_fate(const struct post *post, struct recipient *r, const struct smtp_recipient *outcome)
{
	r->fate = outcomes[outcome->fate].fate;
	if (post->body == NULL && r->fate == FATE_SENT)
		r->fate = FATE_REPORTED;
	free(r->reply);
	r->reply = outcome->reply[0] != '\0' ? memory_text(outcome->reply, NULL) : NULL;
}

static int
note_in_ledger(const struct post *post, const struct recipient *r, const struct smtp_recipient *outcome,
    struct error *e)
{
	struct ledger_try try = copies_try(post->message);
	char *name = post_ledger_name(r, post->body == NULL, e);
	int rc = -1;

	if (name != NULL)
		rc = ledger_set(post->message->gateway->parts.store, &try, name, outcomes[outcome->fate].state,
		    outcome->reply, e);
	free(name);
	return rc;
}

/* All of one post in one transaction: nobody is told of any before it is durable. */
static int
note_all(const struct post *post, const struct smtp_recipient *outcomes_of, struct error *e)
{
	struct store *store = post->message->gateway->parts.store;
	int rc = store_begin(store, e);

	for (size_t i = 0; i < post->count && rc == 0; i++)
		rc = note_in_ledger(post, post->recipients[i], &outcomes_of[post->places[i]], e);
	if (rc == 0)
		rc = store_commit(store, e);
	if (rc != 0)
		store_rollback(store);
	return rc;
}

static void
note(struct post *post, const struct smtp_recipient *outcomes_of)
{
	for (size_t i = 0; i < post->count; i++)
		note_fate(post, post->recipients[i], &outcomes_of[post->places[i]]);
	if (note_all(post, outcomes_of, &post->error) != 0 && post->error.code == ERROR_NONE)
		error_set(&post->error, ERROR_STORE, "the ledger was not written");
}

/* ---- sending ---- */

static int
write_text(void *ctx, struct sink *to, struct error *e)
{
	return spool_span_write(spool_all(ctx), to, e);
}

/* Where the path of the i-th recipient has been named already, or else the next place. */
static size_t
find_place(const struct post *post, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(post->recipients[j]->verbatim, post->recipients[i]->verbatim) == 0)
			return post->places[j];
	return post->paths;
}

/* Each path once: two answers for one could not both be kept, and an MTA would take both off the message. */
static void
address_each(struct post *post, struct smtp_recipient *to)
{
	for (size_t i = 0; i < post->count; i++) {
		const struct recipient *r = post->recipients[i];

		post->places[i] = find_place(post, i);
		if (post->places[i] == post->paths)
			to[post->paths++] = (struct smtp_recipient){ .path = r->verbatim, .parameters = r->parameters };
	}
}

/* RFC 3461 6.1: of a report nobody is to get another. */
static void
address(struct post *post, struct smtp_recipient *to)
{
	post->paths = 0;
	if (post->body != NULL)
		address_each(post, to);
	else
		to[post->paths++] = (struct smtp_recipient){ .path = post->message->mail_from, .parameters = "NOTIFY=NEVER" };
}

static int
send_by_smtp(struct post *post, struct smtp_recipient *to, const char *parameters, struct error *e)
{
	const struct gateway_message *m = post->message;
	size_t ignored;
	const struct smtp_mail mail = {
		.helo = settings_gateway_id(m->settings),
		.sender = post->body != NULL ? m->mail_from : "<>",
		.parameters = parameters,
		.recipients = to,
		.count = post->paths,
		.eight_bit = post->eight_bit,
		.utf8 = esmtp_find(parameters, "SMTPUTF8", &ignored) != NULL,
		.needs_dsn = post->body != NULL && copy_is_opened(post->body),
		.size = spool_size(post->text),
		.write = write_text,
		.ctx = post->text,
	};

	return smtp_send(m->gateway->parts.transport, &m->resubmit, &mail, m->handover.deadline_ms, e);
}

/* What fails before a dialogue leaves everybody untried; that stands in the ledger like any other outcome. */
void
post_send(struct post *post)
{
	struct smtp_recipient *to = memory_new(post->count + 1, sizeof(*to), &post->error);
	struct buffer parameters = BUFFER_INIT(2 * LIMIT_HEADER_FIELD);

	if (to == NULL)
		return;
	address(post, to);
	if (post->body == NULL || copy_parameters(post->body, &parameters, &post->error) == 0)
		(void)send_by_smtp(post, to, buffer_text(&parameters), &post->error);
	crashpoint(COPY_SENT);
	note(post, to);
	buffer_done(&parameters);
	free(to);
}
