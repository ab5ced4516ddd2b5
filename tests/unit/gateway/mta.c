/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/gateway_private.h"
#include "tests/unit/gateway/mta.h"

#define TEXT_MAX ((size_t)256 * 1024 * 1024)

struct field {
	char *name, *value; /* LF folds */
	bool deleted;
};

struct mta {
	enum mta_rules rules;
	struct field *fields;
	size_t count;
	struct buffer body, edits;
	char *sender, *sender_esmtp;
	unsigned calls, fail_at;
	bool fail_mute;
	bool body_replaced;
	const char *const *to;
	bool deleted[6];
};

/* ---- the message ---- */

static void
put_field(struct mta *m, size_t at, const char *name, size_t name_size, const char *value, size_t value_size)
{
	struct field *grown = realloc(m->fields, (m->count + 1) * sizeof(*grown)), *f;
	char *to;

	ck_assert_ptr_nonnull(grown);
	m->fields = grown;
	f = &grown[at];
	memmove(f + 1, f, (m->count - at) * sizeof(*f));
	m->count++;
	f->deleted = false;
	f->name = memory_copy(name, name_size, NULL);
	f->value = to = memory_copy(value, value_size, NULL);
	for (const char *from = f->value; *from != '\0'; from++)
		if (from[0] != '\r' || from[1] != '\n')
			*to++ = *from;
	*to = '\0';
}

/* Header lines up to the blank one; a line that is no field ends the header, as MTAs have it. */
static const char *
read_header(struct mta *m, const char *text, const char *end)
{
	while (text < end && *text != '\r') {
		const char *line_end = memmem(text, (size_t)(end - text), "\r\n", 2), *colon;

		while (line_end != NULL && end - line_end > 2 && (line_end[2] == ' ' || line_end[2] == '\t'))
			line_end = memmem(line_end + 2, (size_t)(end - line_end - 2), "\r\n", 2);
		if (line_end == NULL)
			line_end = end;
		colon = memchr(text, ':', (size_t)(line_end - text));
		if (colon == NULL)
			return text;
		put_field(m, m->count, text, (size_t)(colon - text), colon + 1, (size_t)(line_end - colon - 1));
		text = line_end < end ? line_end + 2 : end;
	}
	return end - text > 2 ? text + 2 : end;
}

static void
read_message(struct mta *m, const char *text, size_t size)
{
	const char *body = read_header(m, text, text + size);
	struct error e = ERROR_INIT;

	buffer_init(&m->body, TEXT_MAX);
	buffer_init(&m->edits, TEXT_MAX);
	expect_ok(buffer_append(&m->body, body, (size_t)(text + size - body), &e));
}

static struct buffer
write_message(const struct mta *m)
{
	struct buffer out = BUFFER_INIT(TEXT_MAX);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < m->count; i++) {
		if (m->fields[i].deleted)
			continue;
		expect_ok(buffer_append_format(&out, &e, "%s:", m->fields[i].name));
		for (const char *c = m->fields[i].value; *c != '\0'; c++) {
			if (*c == '\n')
				expect_ok(buffer_append_char(&out, '\r', &e));
			expect_ok(buffer_append_char(&out, *c, &e));
		}
		expect_ok(buffer_append_text(&out, "\r\n", &e));
	}
	expect_ok(buffer_append_text(&out, "\r\n", &e));
	expect_ok(buffer_append(&out, m->body.data, m->body.size, &e));
	return out;
}

static void
mta_done(struct mta *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->fields[i].name);
		free(m->fields[i].value);
	}
	free(m->fields);
	buffer_done(&m->body);
}

struct buffer
mta_hold(const char *text, size_t size)
{
	struct mta mta = { .rules = MTA_POSTFIX };
	struct buffer out;

	read_message(&mta, text, size);
	out = write_message(&mta);
	buffer_done(&mta.edits);
	mta_done(&mta);
	return out;
}

/* ---- edits ---- */

/* With a code that would refuse: whatever it is, an edit that fails is tried again. */
static int
planted(const struct mta *m, struct error *e)
{
	return m->fail_mute ? -1 : error_set(e, ERROR_TOO_LARGE, "planted");
}

static int
note(struct mta *m, struct error *e, const char *what, const char *name, unsigned nth, const char *value)
{
	if (++m->calls == m->fail_at)
		return planted(m, e);
	/* libmilter: an index, two texts with their NULs */
	if (4 + strlen(name) + 1 + (value != NULL ? strlen(value) : 0) + 1 > 65535)
		return error_set(e, ERROR_IO, "more than a packet holds");
	if (value != NULL)
		ck_assert_msg(strchr(value, '\r') == NULL, "a CR in the value of %s", name);
	for (const char *c = value; c != NULL && *c != '\0'; c++)
		ck_assert_msg(c[0] != '\n' || c[1] == ' ' || c[1] == '\t', "a line end in %s that is no fold", name);
	return buffer_append_format(&m->edits, e, "%s %s %u%s%s\n", what, name, nth, value != NULL ? ":" : "",
	    value != NULL ? value : "");
}

/* Postfix unlinks what is deleted; Sendmail goes on counting it. */
static struct field *
find_field(struct mta *m, const char *name, unsigned nth)
{
	for (size_t i = 0; i < m->count; i++) {
		struct field *f = &m->fields[i];

		if (f->deleted && m->rules == MTA_POSTFIX)
			continue;
		if (text_equal_nocase(f->name, name) && --nth == 0)
			return f;
	}
	return NULL;
}

static void
header_edit_comes_before_the_body(const struct mta *m)
{
	ck_assert_msg(!m->body_replaced, "a header edit behind the body");
}

static int
change_header(void *ctx, const char *name, unsigned nth, const char *value, struct error *e)
{
	struct mta *m = ctx;
	struct field *f = find_field(m, name, nth == 0 ? 1 : nth);

	header_edit_comes_before_the_body(m);
	if (note(m, e, value == NULL ? "delete" : "change", name, nth, value) != 0)
		return -1;
	if (f == NULL) {
		if (value != NULL)
			put_field(m, m->count, name, strlen(name), value, strlen(value));
	} else if (value == NULL) {
		f->deleted = true;
	} else {
		free(f->value);
		f->value = memory_text(value, NULL);
		f->deleted = false;
	}
	return 0;
}

static int
insert_header(void *ctx, unsigned at, const char *name, const char *value, struct error *e)
{
	struct mta *m = ctx;

	header_edit_comes_before_the_body(m);
	ck_assert_uint_le(at, 1);
	if (note(m, e, "insert", name, at, value) != 0)
		return -1;
	put_field(m, 0, name, strlen(name), value, strlen(value));
	return 0;
}

static int
add_header(void *ctx, const char *name, const char *value, struct error *e)
{
	struct mta *m = ctx;
	size_t at = m->count;

	header_edit_comes_before_the_body(m);
	if (note(m, e, "add", name, 0, value) != 0)
		return -1;
	/* Sendmail puts it before the first of its name, even before a deleted one. */
	for (size_t i = m->count; i > 0 && m->rules == MTA_SENDMAIL; i--)
		if (text_equal_nocase(m->fields[i - 1].name, name))
			at = i - 1;
	put_field(m, at, name, strlen(name), value, strlen(value));
	return 0;
}

static int
change_sender(void *ctx, const char *path, const char *esmtp, struct error *e)
{
	struct mta *m = ctx;

	if (note(m, e, "sender", path, 0, NULL) != 0)
		return -1;
	m->sender = memory_text(path, e);
	m->sender_esmtp = memory_text(esmtp, e);
	return 0;
}

static int
delete_recipient(void *ctx, const char *verbatim, struct error *e)
{
	struct mta *m = ctx;
	bool found = false;

	for (size_t i = 0; i < 6 && m->to[i] != NULL; i++)
		if (strcmp(m->to[i], verbatim) == 0)
			found = m->deleted[i] = true;
	ck_assert_msg(found, "no recipient %s", verbatim);
	return note(m, e, "delete-recipient", verbatim, 0, NULL);
}

/* No edit, but a word that finds nobody like any other. */
static int
progress(void *ctx, struct error *e)
{
	struct mta *m = ctx;

	if (++m->calls != m->fail_at)
		return 0;
	return planted(m, e);
}

static int
replace_body(void *ctx, struct spool_span body, struct error *e)
{
	struct mta *m = ctx;
	struct sink to = buffer_sink(&m->body);

	ck_assert_msg(!m->body_replaced, "the body twice");
	if (note(m, e, "body", "", 0, NULL) != 0)
		return -1;
	m->body_replaced = true;
	buffer_clear(&m->body);
	return spool_span_write(body, &to, e);
}

static const struct edit_ops ops = {
	.change_header = change_header,
	.insert_header = insert_header,
	.add_header = add_header,
	.change_sender = change_sender,
	.delete_recipient = delete_recipient,
	.progress = progress,
	.replace_body = replace_body,
};

/* ---- the dialogue ---- */

static struct gateway_message *
begin(struct world *w, const struct mail *mail, struct error *e)
{
	const struct session_facts session = {
		.mode = mail->mode,
		.role = mail->role,
		.observe = mail->observe,
		.behind_queue = mail->behind_queue,
		.client_address = mail->client,
		.client_name = mail->client,
		.resubmit = mail->resubmit,
		.actor = mail->mode == GATEWAY_PROCESS ? "tester" : NULL,
	};
	struct gateway_message *m =
	    gateway_begin(w->gateway, settings_ref(w->settings), &session, mail->from, mail->parameters, e);

	ck_assert_msg(m != NULL, "%s", error_text(e));
	if (mail->login != NULL)
		ck_assert_int_eq(gateway_fact(m, "{auth_authen}", mail->login), 0);
	return m;
}

/* MAIL was said; RCPT, DATA.  A recipient that is refused ends the dialogue with that reply. */
static enum verdict
hand_over(const struct mail *mail, const struct mta *mta, struct gateway_message *m, struct error *e)
{
	size_t step = mail->step > 0 ? mail->step : 1000;

	for (size_t i = 0; i < 6 && mail->to[i] != NULL; i++) {
		enum verdict verdict = gateway_recipient(m, mail->to[i], mail->rcpt_parameters, e);

		if (verdict != VERDICT_CONTINUE)
			return verdict;
	}
	ck_assert_int_eq(gateway_fact(m, "i", "4QUEUEID"), 0);
	ck_assert_int_eq(gateway_fact(m, "v", mta->rules == MTA_POSTFIX ? "Postfix 3.7.11" : "8.17.1.9/8.17.1.9"), 0);
	for (size_t i = 0; i < mta->count; i++)
		(void)gateway_header(m, mta->fields[i].name, mta->fields[i].value, NULL);
	for (size_t at = 0; at < mta->body.size; at += step) {
		size_t n = mta->body.size - at < step ? mta->body.size - at : step;

		(void)gateway_body(m, mta->body.data + at, n, NULL);
	}
	return VERDICT_CONTINUE;
}

/*
 * A copy of ours is what the MTA would have sent after the same edits, octet by octet.  (Sendmail puts an added field
 * elsewhere; what it cannot call a field is in no copy.)
 */
static void
expect_same_written(const struct gateway_message *m, const struct mta *mta)
{
	struct buffer want = write_message(mta), have = BUFFER_INIT(TEXT_MAX);
	struct sink to = buffer_sink(&have);
	struct error e = ERROR_INIT;

	expect_ok(edits_write(&body_in_place(m)->edits, m->headers, spool_all(m->text), &to, &e));
	ck_assert_msg(want.size == have.size && memcmp(buffer_text(&want), buffer_text(&have), want.size) == 0,
	    "written:\n%s\nfor:\n%s", buffer_text(&have), buffer_text(&want));
	buffer_done(&want);
	buffer_done(&have);
}

struct delivery
mta_send(struct world *w, const struct mail *mail, enum mta_rules rules)
{
	struct mta mta = { .rules = rules, .fail_at = mail->fail_at, .fail_mute = mail->fail_mute,
		.to = mail->to };
	struct delivery d = { .error = ERROR_INIT };
	struct gateway_message *m;
	struct error e = ERROR_INIT;

	read_message(&mta, mail->text, mail->size > 0 ? mail->size : strlen(mail->text));
	m = begin(w, mail, &d.error);
	d.verdict = hand_over(mail, &mta, m, &d.error);
	if (d.verdict == VERDICT_CONTINUE) {
		d.verdict = gateway_finish(m, &ops, &mta, &d.error);
		expect_ok(gateway_report(m, &d.report, &e));
		d.log_line = memory_text(gateway_log_line(m), NULL);
		if (d.verdict == VERDICT_CONTINUE && rules == MTA_POSTFIX && message_is_live(m) && !m->has_odd_fields &&
		    body_in_place(m) != NULL)
			expect_same_written(m, &mta);
	}
	gateway_reply(d.verdict, &d.error, &d.answer);
	gateway_end(m);
	d.text = write_message(&mta);
	d.edits = mta.edits;
	d.sender = mta.sender;
	memcpy(d.deleted, mta.deleted, sizeof(d.deleted));
	d.sender_esmtp = mta.sender_esmtp;
	mta_done(&mta);
	return d;
}

void
delivery_done(struct delivery *d)
{
	buffer_done(&d->text);
	buffer_done(&d->edits);
	json_release(d->report);
	free(d->sender);
	free(d->sender_esmtp);
	free(d->log_line);
}

struct delivery
mta_receive(struct world *w, const char *to, const char *text)
{
	const struct mail mail = { .from = "<sender@elsewhere.example>", .to = { to }, .text = text,
		.client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };

	return mta_send(w, &mail, MTA_POSTFIX);
}

struct delivery
mta_submit(struct world *w, const char *from, const char *to, const char *text)
{
	const struct mail mail = { .from = from, .to = { to }, .text = text, .login = from, .client = "192.0.2.7",
		.role = CHOICE_ROLE_SUBMISSION };

	return mta_send(w, &mail, MTA_POSTFIX);
}

/* ---- looking at it ---- */

char *
delivery_field(const struct delivery *d, const char *name, unsigned nth)
{
	struct mta m = { .rules = MTA_POSTFIX };
	struct field *f;
	char *value = NULL, *to;

	read_message(&m, d->text.data, d->text.size);
	f = find_field(&m, name, nth);
	if (f != NULL) {
		value = to = memory_text(f->value[0] == ' ' ? f->value + 1 : f->value, NULL);
		for (const char *from = value; *from != '\0'; from++)
			if (*from != '\n')
				*to++ = *from;
		*to = '\0';
	}
	buffer_done(&m.edits);
	mta_done(&m);
	return value;
}

unsigned
delivery_count(const struct delivery *d, const char *name)
{
	unsigned n = 0;
	char *value;

	while ((value = delivery_field(d, name, n + 1)) != NULL) {
		free(value);
		n++;
	}
	return n;
}

const char *
delivery_body(const struct delivery *d)
{
	return strstr(d->text.data, "\r\n\r\n") + 4;
}

const char *
delivery_report(const struct delivery *d, const char *name)
{
	const char *text = json_look_text(d->report, name);

	return text != NULL ? text : "";
}
