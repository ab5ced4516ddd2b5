/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "gateway/keyed_private.h"
#include "gateway/ticket_private.h"

/*
 * Who handed a message in, where we work behind the queue: there the client is
 * the MTA itself.  A pass before the queue, role `witness`, writes what it saw
 * into a ticket; the pass behind it takes the ticket off, and believes it if it
 * belongs to this very message.
 *
 * What is bound is what a reader is told and what an honest MTA leaves as it is.
 * Postfix and Sendmail put trace fields on top, fold anew, put quotes around
 * words that need them, and add Message-ID and Date where there are none.
 */
#define PURPOSE "ticket-1"

/* No ticket is good for longer (`ticket-lifetime` ends there): one that is was issued by a clock that went wrong. */
#define LIFETIME_MAX ((int64_t)30 * 24 * 3600)

const char *
ticket_word(enum ticket_state state)
{
	static const char *const words[] = {
		[TICKET_UNASKED] = NULL,
		[TICKET_ISSUED] = "issued",
		[TICKET_NOT_ISSUED] = "not-issued",
		[TICKET_VALID] = "valid",
		[TICKET_MISSING] = "missing",
		[TICKET_SEVERAL] = "several",
		[TICKET_MALFORMED] = "malformed",
		[TICKET_UNFIT] = "unfit",
		[TICKET_EXPIRED] = "expired",
		[TICKET_AHEAD] = "ahead",
	};

	return (size_t)state < sizeof(words) / sizeof(words[0]) ? words[state] : NULL;
}

/* ---- what the code is over --------------------------------------------------------------- */

/* The length stands in front, so that no two lists of texts look alike. */
static int
bind(const char *label, const void *data, size_t n, struct buffer *out, struct error *e)
{
	return buffer_append_format(out, e, "%s %zu:", label, n) != 0 ? -1 : buffer_append(out, data, n, e);
}

/* What is left when white space and quoting, which MTAs change, are taken out. */
static int
bind_value(const char *name, const struct header_field *field, struct buffer *out, struct error *e)
{
	struct buffer plain = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = 0;

	for (size_t i = 0; i < field->value_size && rc == 0; i++)
		if (!text_is_space(field->value[i]) && field->value[i] != '"' && field->value[i] != '\\')
			rc = buffer_append_char(&plain, field->value[i], e);
	if (rc == 0)
		rc = bind(name, buffer_text(&plain), plain.size, out, e);
	buffer_done(&plain);
	return rc;
}

static int
bind_field(const struct header_list *headers, const char *name, struct buffer *out, struct error *e)
{
	unsigned count = header_list_count_of(headers, name);
	const unsigned char counted = count < 255 ? (unsigned char)count : 255;
	int rc = bind(name, &counted, sizeof(counted), out, e);

	for (unsigned nth = 1; nth <= count && rc == 0; nth++)
		rc = bind_value(name, header_list_find(headers, name, nth), out, e);
	return rc;
}

static int
bind_header(const struct gateway_message *m, const struct ticket *t, struct buffer *out, struct error *e)
{
	static const char *const names[] = { "From", "Reply-To", "Subject", "Content-Type", "Content-Transfer-Encoding" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bind_field(m->headers, names[i], out, e) != 0)
			return -1;
	if (!t->no_date && bind_field(m->headers, "Date", out, e) != 0)
		return -1;
	return t->no_message_id ? 0 : bind_field(m->headers, "Message-ID", out, e);
}

static int
bind_sender(const struct gateway_message *m, struct buffer *out, struct error *e)
{
	const char *sender = m->sender != NULL ? m->sender->key : m->mail_from;

	return bind("MAIL FROM", sender, strlen(sender), out, e);
}

static int
bind_all(const struct gateway_message *m, const struct ticket *t, struct buffer *out, struct error *e)
{
	struct buffer claim = BUFFER_INIT(LIMIT_HEADER_FIELD);
	char digest[KEYED_DIGEST_TEXT];
	int rc = ticket_print_claim(t, &claim, e);

	if (rc == 0)
		rc = bind(PURPOSE, buffer_text(&claim), claim.size, out, e);
	buffer_done(&claim);
	if (rc != 0 || bind_sender(m, out, e) != 0 || bind_header(m, t, out, e) != 0 ||
	    keyed_digest(spool_all(m->text), false, digest, e) != 0)
		return -1;
	return bind("body", digest, strlen(digest), out, e);
}

/* ---- before the queue ---------------------------------------------------------------------- */

/* A login as it is; a host where a row lets it speak for the author. */
static const char *
holder_of(const struct gateway_message *m)
{
	const char *holder = m->login;

	if (holder == NULL && m->facts.message.authority == AUTHORITY_HOST)
		holder = m->client_address;
	return holder != NULL && strlen(holder) <= TICKET_HOLDER_MAX ? holder : NULL;
}

static int
issue(struct body *b, const char *holder, struct error *e)
{
	struct gateway_message *m = b->message;
	struct ticket t = {
		.expiry = clock_now(m->gateway->parts.clock) + settings_global(m->settings, SETTING_TICKET_LIFETIME)->number,
		.no_date = header_list_count_of(m->headers, "Date") == 0,
		.no_message_id = header_list_count_of(m->headers, "Message-ID") == 0,
		.outside = m->facts.message.came_from_outside,
		.is_host = m->login == NULL,
	};
	struct buffer data = BUFFER_INIT(2 * LIMIT_HEADER_TOTAL), value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = -1;

	memcpy(t.holder, holder, strlen(holder) + 1);
	if (bind_all(m, &t, &data, e) == 0 &&
	    keystore_mac(m->gateway->parts.keystore, PURPOSE, data.data, data.size, t.code, e) == 0 &&
	    ticket_print(&t, &value, e) == 0)
		rc = keyed_insert(b, TICKET_FIELD, buffer_text(&value), e);
	buffer_done(&data);
	buffer_done(&value);
	return rc;
}

int
witnessed_write(struct body *b, struct error *e)
{
	const char *holder = holder_of(b->message);

	if (holder != NULL && issue(b, holder, e) != 0)
		return -1;
	b->message->ticket = holder != NULL ? TICKET_ISSUED : TICKET_NOT_ISSUED;
	return 0;
}

/* ---- behind the queue ------------------------------------------------------------------------ */

/* The code first: what nobody vouches for is not looked at. */
static int
judge(const struct gateway_message *m, const struct ticket *t, enum ticket_state *out, struct error *e)
{
	struct buffer data = BUFFER_INIT(2 * LIMIT_HEADER_TOTAL);
	int64_t now = clock_now(m->gateway->parts.clock);
	bool fits = false;
	int rc = bind_all(m, t, &data, e);

	if (rc == 0)
		rc = keystore_mac_fits(m->gateway->parts.keystore, PURPOSE, data.data, data.size, t->code, &fits, e);
	buffer_done(&data);
	if (rc != 0)
		return -1;
	if (!fits)
		*out = TICKET_UNFIT;
	else if (now >= t->expiry)
		*out = TICKET_EXPIRED;
	else
		*out = t->expiry - now > LIFETIME_MAX ? TICKET_AHEAD : TICKET_VALID;
	return 0;
}

static int
read_ticket(const struct gateway_message *m, struct ticket *t, enum ticket_state *out, struct error *e)
{
	unsigned count = header_list_count_of(m->headers, TICKET_FIELD);
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = 0;

	*out = count == 0 ? TICKET_MISSING : TICKET_SEVERAL;
	if (count != 1)
		return 0;
	rc = keyed_plain(header_list_find(m->headers, TICKET_FIELD, 1), &value, e);
	*out = TICKET_MALFORMED;
	if (rc == 0 && ticket_parse(buffer_text(&value), value.size, t))
		rc = judge(m, t, out, e);
	buffer_done(&value);
	return rc;
}

/* The ticket's word takes the place of whatever the MTA says of its own connection to itself. */
static int
take_over(struct gateway_message *m, const struct ticket *t, struct error *e)
{
	char **to = t->is_host ? &m->witnessed_host : &m->login;

	*to = memory_text(t->holder, e);
	m->witnessed_outside = t->outside;
	return *to != NULL ? 0 : -1;
}

/* Who asks by command what would be done says who handed the message in, as a ticket would. */
static int
take_word(struct gateway_message *m, struct error *e)
{
	if (m->client_address != NULL && (m->witnessed_host = memory_text(m->client_address, e)) == NULL)
		return -1;
	return 0;
}

int
witnessed_find(struct gateway_message *m, struct error *e)
{
	struct ticket t = { 0 };

	if (!m->behind_queue)
		return 0;
	if (m->mode != GATEWAY_SERVE)
		return take_word(m, e);
	free(m->login);
	m->login = NULL;
	if (read_ticket(m, &t, &m->ticket, e) != 0)
		return -1;
	return m->ticket == TICKET_VALID ? take_over(m, &t, e) : 0;
}
