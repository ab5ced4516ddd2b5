/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "base/memory.h"
#include "base/text.h"
#include "tests/corpus/corpus.h"
#include "tests/unit/gateway/openssl_side.h"
#include "tests/unit/mime/mime_support.h"

/* A mail through the whole gateway, and whether any harm came to it. */

static struct delivery
pass(struct world *w, const struct buffer *mail, const struct mail *how, size_t step)
{
	struct mail m = *how;

	m.text = mail->size > 0 ? mail->data : ""; /* size 0 would be text to its NUL */
	m.size = mail->size;
	m.step = step;
	return mta_send(w, &m, MTA_POSTFIX);
}

static struct delivery
receive(const struct scene *s, const struct buffer *mail, bool observe, size_t step)
{
	const struct mail how = { .from = "<sender@elsewhere.example>", .to = { s->people->to }, .client = "192.0.2.1",
		.role = CHOICE_ROLE_INBOUND, .observe = observe };

	return pass(s->world, mail, &how, step);
}

static struct delivery
submit(const struct scene *s, const struct buffer *mail, bool observe, size_t step)
{
	const struct mail how = { .from = "<" CORPUS_AUTHOR ">", .to = { "<rcpt@dest.example.net>" }, .login = "alice",
		.client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION, .observe = observe };

	return pass(s->office, mail, &how, step);
}

/* Why it is not signed; else the error. */
static const char *
reason_of(const struct delivery *d)
{
	const struct json *signature = d->report != NULL ? json_look(d->report, "signature") : NULL;
	const char *reason = signature != NULL ? json_look_text(signature, "reason") : NULL;

	return reason != NULL ? reason : error_name(d->error.code);
}

/* NULL unless it was refused or deferred: then with which words. */
static char *
refused(const struct delivery *d)
{
	struct error e = ERROR_INIT;

	if (d->verdict == VERDICT_CONTINUE)
		return NULL;
	if (d->answer.text[0] == '\0')
		return memory_text("HARM: refused without a reason", &e);
	return memory_format(&e, "%s %s", d->verdict == VERDICT_RETRY_LATER ? "deferred" : "refused", reason_of(d));
}

/* ---- what comes in ---- */

static bool
is_opened(const struct delivery *d)
{
	return strncmp(buffer_text(&d->edits), "body ", 5) == 0 || strstr(buffer_text(&d->edits), "\nbody ") != NULL;
}

/* Protected header fields took the place of those outside, or were missing there (RFC 9788 4). */
static bool
is_restored(const struct delivery *d)
{
	const struct json *headers = d->report != NULL ? json_look(d->report, "headers") : NULL;
	bool restored = false;

	return headers != NULL && json_look_bool(headers, "restored", &restored) == 0 && restored &&
	    strncmp(buffer_text(&d->edits), "insert ", 7) != 0;
}

/* Nothing but the result field was added, and all the rest is there as it was held. */
static const char *
lost_on_arrival(const struct delivery *d, const struct buffer *mail)
{
	struct buffer held = mta_hold(buffer_text(mail), mail->size);
	const char *edits = buffer_text(&d->edits), *harm = NULL;

	if (strncmp(edits, "insert Authentication-Results ", 30) != 0)
		harm = "no result field";
	else if (strchr(edits, '\n')[1] != ' ' && strstr(edits, "\ninsert ") != NULL)
		harm = "more than one field";
	else if (d->text.size <= held.size || memcmp(d->text.data + d->text.size - held.size, held.data, held.size) != 0)
		harm = "octets changed";
	buffer_done(&held);
	return harm;
}

/* The result field without our name and without where the signature stands: "fail content-changed". */
static char *
results(const struct delivery *d)
{
	char *value = delivery_field(d, "Authentication-Results", 1), *out = NULL;
	struct buffer b = BUFFER_INIT(10000);
	struct error e = ERROR_INIT;

	for (const char *at = value; at != NULL && (at = strstr(at, "smime=")) != NULL;) {
		const char *reason;
		size_t n;

		at += 6;
		n = strcspn(at, " ;");
		expect_ok(buffer_append_format(&b, &e, "%s%.*s", b.size > 0 ? ", " : "", (int)n, at));
		reason = at + n;
		if (strncmp(reason, " reason=\"", 9) == 0)
			expect_ok(buffer_append_format(&b, &e, " %.*s", (int)strcspn(reason + 9, "\""), reason + 9));
	}
	out = memory_text(buffer_text(&b), &e);
	free(value);
	buffer_done(&b);
	return out;
}

char *
arrival(const struct scene *s, const struct buffer *mail, size_t step)
{
	struct delivery d = receive(s, mail, false, step);
	char *word = refused(&d), *result;
	const char *harm;
	struct error e = ERROR_INIT;

	if (word == NULL) {
		result = results(&d);
		harm = is_opened(&d) || is_restored(&d) ? NULL : lost_on_arrival(&d, mail);
		word = harm != NULL ? memory_format(&e, "HARM: %s", harm)
		                    : memory_format(&e, "%s%s", is_opened(&d) ? "opened, " : is_restored(&d) ? "restored, " : "", result);
		free(result);
	}
	delivery_done(&d);
	return word;
}

/* ---- what leaves signed ---- */

/*
 * Every field that does not speak of the content is still there, in its order; Bcc goes (RFC 5322 3.6.3), and HP-Outer,
 * which means something inside only (RFC 9788 2.2).
 */
static bool
may_go(const char *name)
{
	return header_is_structural(name) || text_equal_nocase(name, "Bcc") || text_equal_nocase(name, "HP-Outer");
}

static const char *
lost_field(const struct message *before, const struct message *after)
{
	size_t at = 0, n = header_list_count(after->headers);

	for (size_t i = 0; i < header_list_count(before->headers); i++) {
		const struct header_field *want = header_list_at(before->headers, i), *f = NULL;

		if (may_go(want->name))
			continue;
		while (at < n) {
			f = header_list_at(after->headers, at++);
			if (strcmp(f->name, want->name) == 0 && f->value_size == want->value_size &&
			    memcmp(f->value, want->value, f->value_size) == 0)
				break;
			f = NULL;
		}
		if (f == NULL)
			return "a field is gone";
	}
	return NULL;
}

static const char *
harm_within(const struct message *before, const struct message *signed_mail, const struct message *content)
{
	const char *harm = lost_field(before, signed_mail);

	return harm != NULL ? harm : leaves_differ(before->root, content->root);
}

/* What OpenSSL verified says the same as what was handed over, to our reader and to GMime's. */
static const char *
harm_in_signed(const struct scene *s, const struct buffer *text, const struct buffer *mail)
{
	struct buffer held = mta_hold(buffer_text(mail), mail->size), inner = openssl_verified(text, &s->author, "signed");
	struct message before, after, content;
	struct error e = ERROR_INIT;
	const char *harm;
	bool clear;

	expect_ok(message_open(&before, held.data, held.size, &e));
	expect_ok(message_open(&after, text->data, text->size, &e));
	expect_ok(message_open(&content, inner.data, inner.size, &e));
	harm = harm_within(&before, &after, &content);
	/* what can be read in two ways, or was cut off, a guessing reader may take otherwise with a line end behind it */
	clear = before.root->facts.ends_in_line_end || entity_structure_ambiguity(before.root) == NULL;
	if (harm == NULL && clear)
		harm = gmime_differs(&held, &inner);
	message_done(&before);
	message_done(&after);
	message_done(&content);
	buffer_done(&held);
	buffer_done(&inner);
	return harm;
}

static char *
word_of_sent(const struct scene *s, const struct delivery *d, const struct buffer *mail)
{
	const struct json *signature = json_look(d->report, "signature");
	struct error e = ERROR_INIT;
	bool made = false;
	const char *harm;

	if (signature == NULL || json_look_bool(signature, "made", &made) != 0 || !made)
		return memory_format(&e, "%s %s", d->edits.size == 0 ? "as it came:" : "HARM: edited, though", reason_of(d));
	harm = harm_in_signed(s, &d->text, mail);
	return harm != NULL ? memory_format(&e, "HARM: %s", harm) : memory_text("signed", &e);
}

char *
departure(const struct scene *s, const struct buffer *mail, size_t step)
{
	struct buffer ours = with_author(mail, CORPUS_AUTHOR, true);
	struct delivery d = submit(s, &ours, false, step);
	char *word = refused(&d);

	g_mime_init();
	if (word == NULL)
		word = word_of_sent(s, &d, &ours);
	delivery_done(&d);
	buffer_done(&ours);
	return word;
}

/* ---- observed ---- */

static const char *
difference(struct delivery *d, const struct buffer *held)
{
	const char *harm = NULL;

	if (d->verdict != VERDICT_CONTINUE)
		harm = "HARM: observed, and not let pass";
	else if (d->edits.size > 0)
		harm = "HARM: observed, and edited";
	else if (d->text.size != held->size || memcmp(d->text.data, held->data, held->size) != 0)
		harm = "HARM: observed, and changed";
	delivery_done(d);
	return harm;
}

const char *
observed(const struct scene *s, const struct buffer *mail, size_t step)
{
	struct buffer held = mta_hold(buffer_text(mail), mail->size);
	struct delivery in = receive(s, mail, true, step), out = submit(s, mail, true, step);
	const char *first = difference(&in, &held), *second = difference(&out, &held);

	buffer_done(&held);
	return first != NULL ? first : second;
}
