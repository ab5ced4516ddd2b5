/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "gateway/gateway_private.h"

/*
 * By what a second try of a message is known: what its author wrote and who sends it.  A client that tries again sends
 * the same text; what servers and filters on the way put in front of it is new each time, and so is a Date or a queue
 * id that somebody added for it.  A server that adds a Date adds a Message-ID, too: without any the Date is the
 * author's, and tells a later mail of the same words from another try.
 */

/* A name, or the beginning of one that ends in "-". */
static const char *const not_the_authors[] = {
	/* trace (RFC 5321 4.4, RFC 5322 3.6.7) */
	"Received", "Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "X-Received",
	/* put there by whoever submits for the author, at each try anew, with a Message-ID */
	"Date",
	/* results and signatures of filters */
	"Authentication-Results", "Received-SPF", "ARC-", "DKIM-Signature", "DKIM-Filter", "X-Authentication-Results",
	"X-Postseal-", "X-Spam", "X-Spam-", "X-Spamd-", "X-Rspamd-", "X-Virus-", "X-Amavis-", "X-Quarantine-ID",
};

static bool
is_the_authors(const struct gateway_message *m, const char *name)
{
	if (text_equal_nocase(name, "Date") && header_list_count_of(m->headers, "Message-ID") == 0)
		return true;
	for (size_t i = 0; i < sizeof(not_the_authors) / sizeof(not_the_authors[0]); i++) {
		const char *row = not_the_authors[i];

		if (row[strlen(row) - 1] == '-' ? text_starts_nocase(name, row) : text_equal_nocase(name, row))
			return false;
	}
	return true;
}

/* An MTA that adds a Message-ID puts its queue id into it. */
static bool
is_made_here(const struct gateway_message *m, const char *name, const struct buffer *value)
{
	return text_equal_nocase(name, "Message-ID") && m->queue_id != NULL &&
	    memmem(buffer_text(value), value->size, m->queue_id, strlen(m->queue_id)) != NULL;
}

/* The length stands in front, so that no two lists of texts look alike. */
static int
add(struct digest *d, const void *data, size_t n, struct error *e)
{
	unsigned char length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
	return digest_update(d, length, sizeof(length), e) != 0 ? -1 : digest_update(d, data, n, e);
}

/* Folds and outer white space may be another server's; letters of the name have no case. */
static int
add_field(const struct gateway_message *m, const struct header_field *field, struct digest *d, struct error *e)
{
	struct buffer name = BUFFER_INIT(LIMIT_HEADER_FIELD), value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = header_field_unfolded(field, &value, e);

	for (const char *c = field->name; *c != '\0' && rc == 0; c++)
		rc = buffer_append_char(&name, text_lower(*c), e);
	if (rc == 0 && !is_made_here(m, field->name, &value))
		rc = add(d, buffer_text(&name), name.size, e) != 0 ? -1 : add(d, buffer_text(&value), value.size, e);
	buffer_done(&name);
	buffer_done(&value);
	return rc;
}

static int
add_body(const struct gateway_message *m, struct digest *d, struct error *e)
{
	unsigned char of_body[SHA256_SIZE];
	struct spool_reader reader;
	struct source text = spool_reader_source(&reader, spool_all(m->text));

	if (digest_source(DIGEST_SHA256, &text, of_body, e) != 0)
		return -1;
	return add(d, of_body, sizeof(of_body), e);
}

int
ledger_id(const struct gateway_message *m, char out[SHA256_TEXT], struct error *e)
{
	static const char version[] = "postseal-ledger-1";
	unsigned char whole[SHA256_SIZE];
	struct digest *d = digest_new(DIGEST_SHA256, e);
	int rc = -1;

	if (d == NULL || add(d, version, strlen(version), e) != 0 || add(d, m->mail_from, strlen(m->mail_from), e) != 0)
		goto out;
	for (size_t i = 0; i < header_list_count(m->headers); i++) {
		const struct header_field *field = header_list_at(m->headers, i);

		if (is_the_authors(m, field->name) && add_field(m, field, d, e) != 0)
			goto out;
	}
	if (add_body(m, d, e) != 0 || digest_final(d, whole, e) != 0)
		goto out;
	hex_encode(whole, sizeof(whole), out);
	rc = 0;
out:
	digest_free(d);
	return rc;
}
