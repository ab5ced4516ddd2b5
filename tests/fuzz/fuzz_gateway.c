/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The first octet says which way, the others are a message.
 *
 * Outgoing, where signing and encryption are required: what goes on is ciphertext as a whole, or nothing goes on.  If
 * it is ours, it opens at the other end, where the signature holds (and passes, but for doubled fields) and the octets that were signed are the 7-bit form
 * of what was written.
 *
 * Incoming, from somebody without a certificate of anybody's: no signature passes, one result field is ours and no
 * other is left.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mime/seven_bit.h"
#include "smime/result_field.h"
#include "smime/smime.h"
#include "tests/unit/gateway/mta.h"

#define SIZE_LIMIT (16 * 1024 * 1024)
#define WORLD_LIFETIME 1000 /* messages: its record grows */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world *here, *there;
static unsigned age;

static void
renew_worlds(void)
{
	static struct forged alice, bob;

	if (alice.c == NULL) {
		alice = certified("alice@a.example", NULL);
		bob = certified("bob@b.example", NULL);
	}
	if (here != NULL && age++ % WORLD_LIFETIME != 0)
		return;
	if (here != NULL) {
		world_close(here);
		world_close(there);
		(void)remove(scratch("a.example.record"));
		(void)remove(scratch("b.example.record"));
		(void)remove(scratch("a.example.db"));
		(void)remove(scratch("b.example.db"));
	}
	/* No header protection: what is compared is the author's own entity. */
	here = world_open("a.example",
	    "defaults { sign = \"required\" encrypt = \"required\" profile = \"modern\" header-protection = \"none\" }\n");
	there = world_open("b.example", NULL);
	world_identity(here, &alice);
	world_login(here, "alice", "alice@a.example");
	world_partner(here, NULL, &bob);
	world_identity(there, &bob);
}

/* ---- entities ---- */

struct text {
	struct spool *spool;
	struct entity *entity; /* NULL: it has none within the limits */
};

static struct text
text_of(const void *data, size_t n)
{
	static const struct spool_settings settings = { .memory = SIZE_LIMIT, .max = SIZE_LIMIT };
	struct text t = { spool_new(&settings, NULL), NULL };

	if (t.spool == NULL || spool_write(t.spool, data, n, NULL) != 0)
		abort();
	(void)entity_parse_whole(spool_all(t.spool), &t.entity, NULL);
	return t;
}

static void
text_done(struct text *t)
{
	entity_free(t->entity);
	spool_free(t->spool);
}

static struct smime_look
look_at(const struct buffer *message)
{
	struct text t = text_of(buffer_text(message), message->size);
	struct smime_look look = { SMIME_NONE, false, false };
	struct error e = ERROR_INIT;

	if (t.entity != NULL && smime_look(t.entity, &look, &e) != 0)
		abort();
	text_done(&t);
	return look;
}

/*
 * Is it ciphertext as a whole?  Fields that are none of ours go on as they came, and a bare CR in one makes the
 * message ambiguous; the body is encrypted all the same.
 */
static bool
is_ciphertext(const struct buffer *message)
{
	struct buffer plain = BUFFER_INIT(SIZE_LIMIT);
	bool encrypted;

	for (size_t i = 0; i < message->size; i++)
		if ((message->data[i] != '\r' || message->data[i + 1] == '\n') &&
		    buffer_append_char(&plain, message->data[i], NULL) != 0)
			abort();
	encrypted = look_at(&plain).is_encrypted;
	buffer_done(&plain);
	return encrypted;
}

/* ---- outgoing ---- */

static struct delivery
submit(const char *text, size_t size, enum mta_rules rules)
{
	return mta_send(here, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = text,
		.size = size, .login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION }, rules);
}

static struct delivery
receive(const char *text, size_t size, enum mta_rules rules)
{
	return mta_send(there, &(struct mail){ .from = "<alice@a.example>", .to = { "<bob@b.example>" }, .text = text,
		.size = size, .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND }, rules);
}

/*
 * What arrived is a multipart/signed around the 7-bit form of what was written, or the two are one opaque entity.
 * Where nobody can say what the parts of the message are, it may also stay encrypted, or count as signed in part.
 */
static void
check_arrived(const char *text, size_t size, const struct delivery *arrived)
{
	struct text before = text_of(text, size), after = text_of(buffer_text(&arrived->text), arrived->text.size);
	struct buffer form = BUFFER_INIT(SIZE_LIMIT), part = BUFFER_INIT(SIZE_LIMIT);
	struct sink form_sink = buffer_sink(&form), part_sink = buffer_sink(&part);
	char *result = delivery_field(arrived, "Authentication-Results", 1);
	bool clear; /* all readers see one structure, and it has a 7-bit form */

	if (result == NULL || before.entity == NULL || after.entity == NULL)
		abort();
	clear = entity_structure_ambiguity(before.entity) == NULL && seven_bit_blocked(before.entity) == NULL;
	if (clear && strstr(result, "smime=pass") == NULL && strstr(result, "smime=policy") == NULL)
		abort();
	if (clear && entity_is(after.entity, "multipart", "signed")) {
		if (after.entity->count != 2 || seven_bit_write(before.entity, NULL, &form_sink, NULL) != 0 ||
		    spool_span_write(entity_whole(after.entity->parts[0]), &part_sink, NULL) != 0)
			abort();
		/* the last line end is the delimiter's or the part's */
		if (part.size > form.size || form.size - part.size > 2 || memcmp(buffer_text(&part), buffer_text(&form), part.size) != 0)
			abort();
	}
	free(result);
	buffer_done(&form);
	buffer_done(&part);
	text_done(&before);
	text_done(&after);
}

static bool
is_left_as_it_is(struct smime_look look)
{
	return look.is_encrypted || look.is_signed;
}

static void
go_out(const char *text, size_t size, enum mta_rules rules)
{
	const struct buffer original = { .data = (char *)(uintptr_t)text, .size = size };
	struct delivery sent = submit(text, size, rules), arrived;

	if (sent.verdict == VERDICT_CONTINUE) {
		if (!is_ciphertext(&sent.text))
			abort();
		if (!is_left_as_it_is(look_at(&original))) {
			arrived = receive(buffer_text(&sent.text), sent.text.size, rules);
			if (arrived.verdict != VERDICT_CONTINUE)
				abort();
			check_arrived(text, size, &arrived);
			delivery_done(&arrived);
		}
	}
	delivery_done(&sent);
}

/* ---- incoming ---- */

static void
come_in(const char *text, size_t size, enum mta_rules rules)
{
	struct delivery d = receive(text, size, rules);
	unsigned ours = 0;
	char *value;

	for (unsigned nth = 1; d.verdict == VERDICT_CONTINUE && (value = delivery_field(&d, "Authentication-Results", nth)) != NULL; nth++) {
		if (result_field_judge(value, strlen(value), "smime.b.example", false) != RESULT_FIELD_FOREIGN) {
			ours++;
			if (strstr(value, "smime=pass") != NULL)
				abort();
		}
		free(value);
	}
	if (d.verdict == VERDICT_CONTINUE && ours != 1)
		abort();
	delivery_done(&d);
}

/* An MTA hands over fields as texts and lines as lines: no NUL and no bare LF in the header. */
static bool
has_header_of_mta(const uint8_t *data, size_t n)
{
	const uint8_t *blank = memmem(data, n, "\r\n\r\n", 4);
	size_t head = blank != NULL ? (size_t)(blank - data) : n;

	for (size_t i = 0; i < head; i++)
		if (data[i] == '\0' || (data[i] == '\n' && (i == 0 || data[i - 1] != '\r')))
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size < 2 || !has_header_of_mta(data + 1, size - 1))
		return 0;
	renew_worlds();
	text = memory_new(size + 8, 1, NULL); /* the MTA of the tests looks a little behind its text */
	memcpy(text, data + 1, size - 1);
	if ((data[0] & 1) != 0)
		go_out(text, size - 1, (data[0] & 2) != 0 ? MTA_SENDMAIL : MTA_POSTFIX);
	else
		come_in(text, size - 1, (data[0] & 2) != 0 ? MTA_SENDMAIL : MTA_POSTFIX);
	free(text);
	return 0;
}
