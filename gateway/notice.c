/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "gateway/esmtp_private.h"
#include "gateway/gateway_private.h"
#include "gateway/guard_private.h"
#include "mime/date_field.h"

/*
 * A report of non-delivery (RFC 3461 6, RFC 3464, RFC 6522) about recipients who are left out because nothing may go to
 * them unencrypted.  It goes to the sender in clear, so it tells of the message only what the shyest encrypted one
 * shows outside: no Subject, no display names, no text.
 */

#define NOTICE_MAX ((size_t)4 * 1024 * 1024) /* LIMIT_RECIPIENTS, each with an address of ADDRESS_MAX thrice */

struct notice {
	const struct gateway_message *message;
	struct recipient *const *recipients;
	size_t count;
	char boundary[RANDOM_ID_SIZE];
	struct buffer text;
};

static bool
is_ascii(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] > 126)
			return false;
	return true;
}

static const struct recipient_plan *
plan_of(const struct notice *n, size_t i)
{
	return &n->message->plan->recipients[n->recipients[i] - n->message->recipients];
}

static int
put_date(struct notice *n, const char *name, struct error *e)
{
	if (buffer_append_format(&n->text, e, "%s: ", name) != 0 ||
	    date_field_write(clock_now(n->message->gateway->parts.clock), &n->text, e) != 0)
		return -1;
	return buffer_append_text(&n->text, "\r\n", e);
}

/* ---- the header ---- */

/* So that a reader's software shows it with the message; only what is an id, since it comes from outside. */
static int
put_thread(struct notice *n, struct error *e)
{
	const struct header_field *field = header_list_find(n->message->headers, "Message-ID", 1);
	struct buffer id = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = field != NULL ? header_field_unfolded(field, &id, e) : 0;
	bool plain = id.size > 2 && id.size < 900 && is_ascii(buffer_text(&id), id.size) && id.data[0] == '<' &&
	    strcspn(id.data, " \t>") == id.size - 1;

	if (rc == 0 && plain)
		rc = buffer_append_format(&n->text, e, "In-Reply-To: %s\r\nReferences: %s\r\n", id.data, id.data);
	buffer_done(&id);
	return rc;
}

static int
put_header(struct notice *n, struct error *e)
{
	const struct gateway_message *m = n->message;

	if (buffer_append_format(&n->text, e,
	        "From: Mail gateway <postmaster@%s>\r\n"
	        "To: <%s>\r\n"
	        "Subject: Your message was not sent to %zu recipient%s\r\n"
	        "Message-ID: <%s@%s>\r\n"
	        "Auto-Submitted: auto-replied\r\n",
	        m->default_domain, m->sender->text, n->count, n->count == 1 ? "" : "s", n->boundary,
	        settings_gateway_id(m->settings)) != 0)
		return -1;
	if (put_date(n, "Date", e) != 0 || put_thread(n, e) != 0)
		return -1;
	return buffer_append_format(&n->text, e,
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"%s\"\r\n\r\n",
	    n->boundary);
}

/* ---- for people ---- */

static int
begin_part(struct notice *n, const char *type, struct error *e)
{
	return buffer_append_format(&n->text, e, "--%s\r\nContent-Type: %s\r\n", n->boundary, type);
}

static bool
names_ascii_only(const struct notice *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (!is_ascii(n->recipients[i]->address->text, strlen(n->recipients[i]->address->text)))
			return false;
	return true;
}

static int
put_explanation(struct notice *n, struct error *e)
{
	bool ascii = names_ascii_only(n);

	if (begin_part(n, ascii ? "text/plain; charset=us-ascii" : "text/plain; charset=utf-8", e) != 0 ||
	    buffer_append_format(&n->text, e,
	        "%s\r\n"
	        "This is the mail gateway of %s.\r\n\r\n"
	        "Your message was NOT sent to:\r\n\r\n",
	        ascii ? "" : "Content-Transfer-Encoding: 8bit\r\n", n->message->default_domain) != 0)
		return -1;
	for (size_t i = 0; i < n->count; i++)
		if (buffer_append_format(&n->text, e, "  %s\r\n      %s\r\n", n->recipients[i]->address->text,
		        reason_sentence(plan_of(n, i)->reason)) != 0)
			return -1;
	return buffer_append_text(&n->text,
	    "\r\nMail to these recipients must be encrypted, and that was not possible. Ask them,\r\n"
	    "or your postmaster, for a certificate, and then send the message to them alone.\r\n\r\n"
	    "This report is about these recipients only. All others are served separately; you\r\n"
	    "will hear separately if the message cannot go to them.\r\n\r\n",
	    e);
}

/* ---- for programs (RFC 3464) ---- */

/* RFC 6533 3: a type of its own for addresses beyond ASCII, in a form that is ASCII. */
static int
put_address(struct notice *n, const char *name, const struct address *a, struct error *e)
{
	const char *at = a->text, *end = at + strlen(at);
	int rc = buffer_append_format(&n->text, e, "%s: %s;", name, is_ascii(at, strlen(at)) ? "rfc822" : "utf-8");

	while (at < end && rc == 0) {
		size_t octets = text_utf8_octets(at, (size_t)(end - at));
		unsigned long point = 0;

		if (octets <= 1) {
			rc = buffer_append_char(&n->text, *at++, e);
			continue;
		}
		point = (unsigned char)at[0] & (0x7fu >> octets);
		for (size_t i = 1; i < octets; i++)
			point = point << 6 | ((unsigned char)at[i] & 0x3fu);
		rc = buffer_append_format(&n->text, e, "\\x{%lX}", point);
		at += octets;
	}
	return rc == 0 ? buffer_append_text(&n->text, "\r\n", e) : -1;
}

/* xtext (RFC 3461 4) is decoded for the report (RFC 3464 2.2.1), as far as that is plain text. */
static int
put_envelope_id(struct notice *n, struct error *e)
{
	struct buffer plain = BUFFER_INIT(LIMIT_HEADER_FIELD), clean = BUFFER_INIT(1024);
	size_t size = 0;
	const char *id = esmtp_find(n->message->mail_parameters, "ENVID", &size);
	int rc = id != NULL ? esmtp_decode(id, size, &plain, e) : 0;

	if (rc == 0 && plain.size > 0 && is_ascii(plain.data, plain.size))
		rc = text_printable(plain.data, plain.size, 200, &clean, e);
	if (rc == 0 && clean.size > 0)
		rc = buffer_append_format(&n->text, e, "Original-Envelope-Id: %s\r\n", clean.data);
	buffer_done(&plain);
	buffer_done(&clean);
	return rc;
}

static int
put_recipient(struct notice *n, size_t i, struct error *e)
{
	const struct recipient *r = n->recipients[i];

	if (buffer_append_text(&n->text, "\r\n", e) != 0 ||
	    (r->original != NULL && put_address(n, "Original-Recipient", r->original, e) != 0) ||
	    put_address(n, "Final-Recipient", r->address, e) != 0)
		return -1;
	return buffer_append_format(&n->text, e, "Action: failed\r\nStatus: %s\r\nDiagnostic-Code: X-Postseal; %s\r\n",
	    error_status(ERROR_CERTIFICATE_MISSING), reason_sentence(plan_of(n, i)->reason));
}

static int
put_status(struct notice *n, struct error *e)
{
	if (begin_part(n, "message/delivery-status", e) != 0 ||
	    buffer_append_format(&n->text, e, "\r\nReporting-MTA: dns; %s\r\n",
	        settings_gateway_id(n->message->settings)) != 0 ||
	    put_envelope_id(n, e) != 0 || put_date(n, "Arrival-Date", e) != 0)
		return -1;
	for (size_t i = 0; i < n->count; i++)
		if (put_recipient(n, i, e) != 0)
			return -1;
	return buffer_append_text(&n->text, "\r\n", e);
}

/* ---- which message it was ---- */

/* However little the rules hide: some of them may hide more, and what is left names the message well enough. */
static int
put_fields(struct notice *n, struct error *e)
{
	static const char *const names[] = { "From", "To", "Cc", "Date", "Message-ID" };
	struct sink to = buffer_sink(&n->text);

	if (begin_part(n, "text/rfc822-headers", e) != 0 || buffer_append_text(&n->text, "\r\n", e) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct header_field *field = header_list_find(n->message->headers, names[i], 1);

		if (field != NULL && is_ascii(field->value, field->value_size) &&
		    hcp_write(HCP_SHY, field, &to, e) != 0)
			return -1;
	}
	return buffer_append_format(&n->text, e, "\r\n--%s--\r\n", n->boundary);
}

int
notice_write(const struct gateway_message *m, struct recipient *const *recipients, size_t count, struct spool *to,
    bool *out_eight_bit, struct error *e)
{
	struct notice n = { m, recipients, count, "", BUFFER_INIT(NOTICE_MAX) };
	struct sink spool = spool_sink(to), guarded;
	struct guard guard;
	int rc = -1;

	guarded = guard_sink(&guard, &spool);
	if (random_id(n.boundary, e) == 0 && put_header(&n, e) == 0 && put_explanation(&n, e) == 0 &&
	    put_status(&n, e) == 0 && put_fields(&n, e) == 0 &&
	    sink_write(&guarded, n.text.data, n.text.size, e) == 0)
		rc = guard_end(&guard, e);
	*out_eight_bit = guard.eight_bit;
	buffer_done(&n.text);
	return rc;
}
