/* SPDX-License-Identifier: BSD-2-Clause */

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "tests/attacks/attack.h"

#define ROOM ((size_t)64 * 1024 * 1024)

/* ---- who plays ---- */

struct cast cast;

void
attacks_set_up(void)
{
	cast.w = world_open("b.example", NULL);
	cast.alice = certified(ALICE, NULL);
	cast.eve = certified(EVE, NULL);
	cast.bob = certified(BOB, "rsa-2048");
	cast.carol = certified(CAROL, NULL);
	world_identity(cast.w, &cast.bob);
	world_identity(cast.w, &cast.carol);
	world_login(cast.w, "bob", BOB);
	world_login(cast.w, "carol", CAROL);
}

void
attacks_tear_down(void)
{
	world_close(cast.w);
	forged_done(&cast.alice);
	forged_done(&cast.eve);
	forged_done(&cast.bob);
	forged_done(&cast.carol);
}

/* ---- the canary ---- */

#define WINDOW 9 /* octets; three groups of base64 */

/* Without white space, and "=XY" decoded if wanted. */
static struct buffer
joined(const char *data, size_t n, bool quoted_printable)
{
	struct buffer b = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	char *to = buffer_reserve(&b, n + 1, &e);
	unsigned char octet;

	ck_assert_ptr_nonnull(to);
	for (size_t i = 0; i < n; i++) {
		if (text_is_space(data[i]))
			continue;
		if (quoted_printable && data[i] == '=' && i + 1 < n && (data[i + 1] == '\r' || data[i + 1] == '\n'))
			continue;
		if (quoted_printable && data[i] == '=' && i + 2 < n && hex_decode(data + i + 1, 2, &octet, 1) == 0) {
			to[b.size++] = (char)octet;
			i += 2;
			continue;
		}
		to[b.size++] = data[i];
	}
	return b;
}

static bool
holds(const struct buffer *b, const char *what, size_t n)
{
	return b->size >= n && memmem(b->data, b->size, what, n) != NULL;
}

static bool
holds_base64(const struct buffer *b, const char *window)
{
	struct buffer code = BUFFER_INIT(64);
	struct error e = ERROR_INIT;
	bool found;

	expect_ok(base64_encode_line(window, WINDOW, &code, &e));
	found = holds(b, code.data, code.size);
	buffer_done(&code);
	return found;
}

static bool
holds_hex(const struct buffer *b, const char *window)
{
	char lower[2 * WINDOW + 1], upper[2 * WINDOW + 1];

	hex_encode((const unsigned char *)window, WINDOW, lower);
	for (size_t i = 0; i < sizeof(lower); i++)
		upper[i] = (char)toupper((unsigned char)lower[i]);
	return holds(b, lower, 2 * WINDOW) || holds(b, upper, 2 * WINDOW);
}

const char *
canary_found(const void *data, size_t n)
{
	struct buffer flat = joined(data, n, false), decoded = joined(data, n, true);
	const char *how = NULL;

	for (const char *window = CANARY; strlen(window) >= WINDOW - 1 && how == NULL; window++) {
		bool whole = strlen(window) >= WINDOW;

		if (holds(&flat, window, WINDOW - 1))
			how = "plain";
		else if (holds(&decoded, window, WINDOW - 1))
			how = "quoted-printable";
		else if (whole && holds_base64(&flat, window))
			how = "base64";
		else if (whole && holds_hex(&flat, window))
			how = "hexadecimal";
	}
	buffer_done(&flat);
	buffer_done(&decoded);
	return how;
}

static void
expect_no_canary(const char *name, const char *where, const char *data, size_t n)
{
	const char *how = data == NULL ? NULL : canary_found(data, n);

	ck_assert_msg(how == NULL, "%s: the canary stands in the %s (%s)", name, where, how);
}

static struct buffer
record_text(void)
{
	struct buffer b = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	expect_ok(file_read(cast.w->record, ROOM, &b, &e));
	return b;
}

/* ---- claims ---- */

static const char *const fate_words[] = {
	[FATE_AS_IT_CAME] = "as it came",
	[FATE_STRIPPED] = "stripped of forged marks",
	[FATE_UNTOUCHED] = "untouched",
	[FATE_UNPACKED] = "unpacked",
	[FATE_OPENED] = "opened for its rightful reader",
	[FATE_REFUSED] = "refused",
	[FATE_LATER] = "put off",
};

/* Every edit is one of the two kinds that leave the mail what it was. */
static void
expect_only_marks(const char *name, const struct delivery *d, bool stripped)
{
	const char *line = buffer_text(&d->edits);

	while (*line != '\0') {
		bool result = strncmp(line, "insert Authentication-Results 0:", 32) == 0;
		bool deletion = stripped && strncmp(line, "delete ", 7) == 0;

		ck_assert_msg(result || deletion || *line == ' ', "%s: an edit: %s", name, line);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	ck_assert_msg(d->sender == NULL, "%s: the sender was changed", name);
}

/* Nothing passes but what Eve signed as Eve. */
static void
expect_no_pass(const char *name, const struct delivery *d)
{
	static const char hers[] = "smime=pass\n body.smime-identifier=" EVE "\n";

	for (const char *at = buffer_text(&d->edits); (at = strstr(at, "smime=pass")) != NULL; at++)
		ck_assert_msg(strncmp(at, hers, sizeof(hers) - 1) == 0, "%s passes: %s", name, buffer_text(&d->edits));
}

static enum verdict
verdict_of(enum fate fate)
{
	if (fate == FATE_REFUSED)
		return VERDICT_REFUSE;
	return fate == FATE_LATER ? VERDICT_RETRY_LATER : VERDICT_CONTINUE;
}

void
expect_harmless(const char *name, const struct delivery *d, enum fate fate)
{
	struct buffer record = record_text();

	ck_assert_msg((fate == FATE_OPENED || fate == FATE_UNPACKED) == (strstr(buffer_text(&d->edits), "\nbody ") != NULL),
	    "%s: opened or not: %s", name, buffer_text(&d->edits));
	ck_assert_msg(d->verdict == verdict_of(fate), "%s: verdict %d: %s", name, d->verdict, error_text(&d->error));
	if (fate == FATE_AS_IT_CAME || fate == FATE_STRIPPED)
		expect_only_marks(name, d, fate == FATE_STRIPPED);
	else if (fate == FATE_UNPACKED)
		ck_assert_msg(d->sender == NULL, "%s: the sender was changed", name);
	else if (fate != FATE_OPENED)
		ck_assert_msg(d->edits.size == 0, "%s: edits: %s", name, buffer_text(&d->edits));
	expect_no_pass(name, d);
	if (fate != FATE_OPENED)
		expect_no_canary(name, "message", d->text.data, d->text.size);
	expect_no_canary(name, "edits", d->edits.data, d->edits.size);
	expect_no_canary(name, "reply", d->answer.text, strlen(d->answer.text));
	expect_no_canary(name, "error", error_text(&d->error), strlen(error_text(&d->error)));
	expect_no_canary(name, "log", d->log_line, d->log_line == NULL ? 0 : strlen(d->log_line));
	expect_no_canary(name, "record", record.data, record.size);
	buffer_done(&record);
}

/* What our field says behind the id; "" without one. */
static char *
result_of(const struct delivery *d)
{
	static const char id[] = "smime.b.example; ";
	char *value = strstr(buffer_text(&d->edits), "insert Authentication-Results") == NULL ? NULL :
	    delivery_field(d, "Authentication-Results", 1), *result;

	if (value == NULL || strncmp(value, id, sizeof(id) - 1) != 0)
		result = memory_text(value == NULL ? "" : value, NULL);
	else
		result = memory_text(value + sizeof(id) - 1, NULL);
	free(value);
	return result;
}

/* The same text, where "#" is any hexadecimal number. */
static bool
is_result(const char *found, const char *want)
{
	for (; *want != '\0'; want++)
		if (*want == '#')
			found += strspn(found, "0123456789abcdef");
		else if (*found++ != *want)
			return false;
	return *found == '\0';
}

static void
expect_recorded(const struct attack *a)
{
	struct json *line = world_last(cast.w, "message");
	struct buffer b = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	ck_assert_msg(line != NULL, "%s: not on the record", a->name);
	expect_ok(json_render(line, &b, &e));
	ck_assert_msg(a->recorded == NULL || strstr(buffer_text(&b), a->recorded) != NULL, "%s: the record lacks %s: %s",
	    a->name, a->recorded, buffer_text(&b));
	json_release(line);
	buffer_done(&b);
}

/* ---- the run ---- */

struct delivery
attack_send(const struct attack *a, const struct buffer *message)
{
	static const enum choice_role roles[] = { CHOICE_ROLE_INBOUND, CHOICE_ROLE_SUBMISSION, CHOICE_ROLE_LOCAL };
	struct mail mail = { .from = "<" EVE ">", .to = { "<" BOB ">" }, .text = message->data, .size = message->size,
		.client = a->way == LOCALLY ? NULL : "192.0.2.1", .role = roles[a->way],
		.login = a->way == SUBMITTED ? "carol" : NULL, .observe = a->observe };

	for (size_t i = 0; i < 6 && a->to[0] != NULL; i++)
		mail.to[i] = a->to[i];
	return mta_send(cast.w, &mail, MTA_POSTFIX);
}

/* Sends it, holds what became of it against the row, and says what our field says. */
static char *
run_once(const struct attack *a)
{
	struct buffer message = a->make(a);
	struct delivery d = attack_send(a, &message);
	char *result;

	expect_harmless(a->name, &d, a->fate);
	result = result_of(&d);
	ck_assert_msg(is_result(result, a->result != NULL ? a->result : ""), "%s: %s", a->name, result);
	expect_recorded(a);
	if (a->look != NULL)
		a->look(a, &d);
	delivery_done(&d);
	buffer_done(&message);
	return result;
}

/* A signature was judged and is not good: then it goes the same way also where good ones are taken off. */
static bool
has_bad_signature(const struct attack *a, const char *result)
{
	return a->settings == NULL && *result != '\0' && strstr(result, "smime=none") == NULL && strstr(result, "smime=pass") == NULL;
}

void
attack_run(const struct attack *a)
{
	char *result;

	if (a->settings != NULL)
		world_configure(cast.w, "b.example", a->settings);
	result = run_once(a);
	printf("  %s: %s%s%s\n", a->name, fate_words[a->fate], *result != '\0' ? ", " : "", result);
	fflush(stdout);
	if (has_bad_signature(a, result)) {
		world_configure(cast.w, "b.example", "defaults { valid-signature = \"strip\" }");
		free(run_once(a));
	}
	free(result);
}

/* ---- for building ---- */

struct buffer
text(const char *format, ...)
{
	struct buffer b = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;
	va_list ap;
	char *made = NULL;
	int n;

	va_start(ap, format);
	n = vasprintf(&made, format, ap);
	va_end(ap);
	ck_assert_int_ge(n, 0);
	expect_ok(buffer_append(&b, made, (size_t)n, &e));
	free(made);
	return b;
}

struct buffer
edited(struct buffer take, const char *from, const char *to)
{
	const char *at = strstr(buffer_text(&take), from);
	struct buffer out;

	ck_assert_msg(at != NULL, "nothing like %s", from);
	out = text("%.*s%s%s", (int)(at - take.data), take.data, to, at + strlen(from));
	buffer_done(&take);
	return out;
}

struct buffer
entity_of(struct buffer take_der, const char *content_type)
{
	struct buffer out = text("Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", content_type);
	struct sink sink = buffer_sink(&out);
	struct base64_writer base64;
	struct error e = ERROR_INIT;

	base64_writer_init(&base64, &sink);
	expect_ok(base64_write(&base64, take_der.data, take_der.size, &e));
	expect_ok(base64_finish(&base64, &e));
	buffer_done(&take_der);
	return out;
}
