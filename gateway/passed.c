/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "gateway/keyed_private.h"

/*
 * The proof of the first pass, for the second: for whom the rules were applied
 * to this very text.  The second pass knows neither login nor trigger, and would
 * otherwise refuse what the first let go.  It is removed there, and written only
 * where some listener has that role.
 *
 *   v=1; CODE CODE …     a code a recipient: the first half of an HMAC (RFC 2104 5) over message, text and recipient
 *
 * Codes tell nobody who the recipients are.
 */
#define PURPOSE "passed-rules-1"
#define CODE_SIZE ((size_t)KEYSTORE_MAC_SIZE / 2)
#define CODE_TEXT (2 * CODE_SIZE)
#define HEAD "v=1;"

_Static_assert((CODE_TEXT + 1) * LIMIT_RECIPIENTS < LIMIT_HEADER_FIELD, "the codes of all recipients fit a field");

/* What all codes of a message have in common is in `common`. */
static int
code_of(struct keystore *ks, const struct buffer *common, const struct address *recipient, char out[CODE_TEXT + 1],
    struct error *e)
{
	struct buffer data = BUFFER_INIT(4 * LIMIT_HEADER_TOTAL);
	unsigned char mac[KEYSTORE_MAC_SIZE];
	int rc = -1;

	if (buffer_append(&data, common->data, common->size, e) == 0 &&
	    buffer_append_format(&data, e, "for:%s\n", recipient->key) == 0 &&
	    keystore_mac(ks, PURPOSE, data.data, data.size, mac, e) == 0) {
		hex_encode(mac, CODE_SIZE, out);
		rc = 0;
	}
	buffer_done(&data);
	return rc;
}

static int
bind_text(struct spool_span text, struct buffer *out, struct error *e)
{
	char digest[KEYED_DIGEST_TEXT];

	return keyed_digest(text, false, digest, e) != 0 ? -1 : buffer_append_format(out, e, "text:%s\n", digest);
}

/* ---- the first pass ------------------------------------------------------------------------ */

static bool
is_wanted(const struct gateway_message *m)
{
	return m->role != CHOICE_ROLE_EGRESS && message_is_live(m) && settings_have_role(m->settings, CHOICE_ROLE_EGRESS);
}

static enum direction
direction_of(const struct gateway_message *m, const struct recipient *r)
{
	return m->plan->recipients[r - m->recipients].direction;
}

static int
append_codes(const struct body *b, const struct buffer *common, struct buffer *value, struct error *e)
{
	struct keystore *ks = b->message->gateway->parts.keystore;
	char code[CODE_TEXT + 1];

	for (size_t i = 0; i < b->recipient_count; i++) {
		if (direction_of(b->message, b->recipients[i]) != DIRECTION_OUTGOING)
			continue;
		if (code_of(ks, common, b->recipients[i]->address, code, e) != 0 ||
		    buffer_append_format(value, e, "%s %s", value->size == 0 ? HEAD : "", code) != 0)
			return -1;
	}
	return 0;
}

int
passed_write(struct body *b, struct error *e)
{
	struct gateway_message *m = b->message;
	struct buffer common = BUFFER_INIT(2 * LIMIT_HEADER_TOTAL), value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = -1;

	if (!is_wanted(m))
		return 0;
	if (bind_text(b->edits.has_body ? b->edits.body : spool_all(m->text), &common, e) == 0 &&
	    keyed_bind_edited(b, &common, e) == 0 && append_codes(b, &common, &value, e) == 0)
		rc = value.size > 0 ? keyed_insert(b, PASSED_FIELD, buffer_text(&value), e) : 0;
	buffer_done(&common);
	buffer_done(&value);
	return rc;
}

/* ---- the second pass ------------------------------------------------------------------------- */

static bool
has_code(const char *value, size_t n, const char *code, size_t code_size)
{
	text_trim(&value, &n);
	if (n < sizeof(HEAD) - 1 || memcmp(value, HEAD, sizeof(HEAD) - 1) != 0)
		return false;
	for (size_t at = sizeof(HEAD) - 1; at < n;) {
		size_t end = at;

		while (end < n && !text_is_space(value[end]))
			end++;
		if (end - at == code_size && memcmp(value + at, code, code_size) == 0)
			return true;
		at = end + 1;
	}
	return false;
}

static int
find_recipients(struct gateway_message *m, const struct buffer *common, struct error *e)
{
	unsigned count = header_list_count_of(m->headers, PASSED_FIELD);
	char code[CODE_TEXT + 1];

	for (size_t i = 0; i < m->recipient_count; i++) {
		if (code_of(m->gateway->parts.keystore, common, m->recipients[i].address, code, e) != 0)
			return -1;
		for (unsigned nth = 1; nth <= count; nth++) {
			const struct header_field *field = header_list_find(m->headers, PASSED_FIELD, nth);

			if (has_code(field->value, field->value_size, code, CODE_TEXT))
				m->facts.recipients[i].passed = true;
		}
	}
	return 0;
}

int
passed_find(struct gateway_message *m, struct error *e)
{
	struct buffer common = BUFFER_INIT(2 * LIMIT_HEADER_TOTAL);
	int rc = -1;

	if (m->role != CHOICE_ROLE_EGRESS || header_list_count_of(m->headers, PASSED_FIELD) == 0)
		return 0;
	if (bind_text(spool_all(m->text), &common, e) == 0 && keyed_bind(m->headers, &common, e) == 0)
		rc = find_recipients(m, &common, e);
	buffer_done(&common);
	return rc;
}
