/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "gateway/keyed_private.h"

/*
 * The mark of mail that was delivered opened, by which it is known again when an
 * alias or a forward leads it out.  It guards against accidents and is no wall:
 * whoever may read the mail can take it off.  What it is bound to stands in the
 * header and stays as it is on the way; the body does not, since filters behind us
 * add to it and MTAs encode it anew, so the digest is that of the ciphertext.
 *
 *   v=1; o=SHA-256 of the body as it came; h=HMAC over version, o, Message-ID, Date and From
 */
#define PURPOSE "opened-mail-1"
#define HEX (2 * SHA256_SIZE)

/* ---- writing --------------------------------------------------------------------------- */

static int
bind_opened(const char *digest, struct buffer *out, struct error *e)
{
	return buffer_append_format(out, e, "v=1; o=%s\n", digest);
}

int
opened_write(struct body *b, struct error *e)
{
	struct gateway_message *m = b->message;
	struct buffer data = BUFFER_INIT(2 * LIMIT_HEADER_TOTAL);
	unsigned char code[KEYSTORE_MAC_SIZE];
	char digest[HEX + 1], text[HEX + 1], value[2 * HEX + 32];
	int rc = -1;

	if (m->opened_mark > 0 && edits_delete(&b->edits, OPENED_FIELD, m->opened_mark, e) != 0)
		return -1;
	if (keyed_digest(spool_all(m->text), true, digest, e) == 0 && bind_opened(digest, &data, e) == 0 &&
	    keyed_bind_edited(b, &data, e) == 0 &&
	    keystore_mac(m->gateway->parts.keystore, PURPOSE, data.data, data.size, code, e) == 0) {
		hex_encode(code, sizeof(code), text);
		(void)snprintf(value, sizeof(value), "v=1; o=%s; h=%s", digest, text);
		rc = keyed_insert(b, OPENED_FIELD, value, e);
	}
	buffer_done(&data);
	return rc;
}

/* ---- reading --------------------------------------------------------------------------- */

static bool
parse(const char *text, size_t n, char digest[HEX + 1], unsigned char code[KEYSTORE_MAC_SIZE])
{
	static const char head[] = "v=1; o=", middle[] = "; h=";
	const size_t at_digest = sizeof(head) - 1, at_middle = at_digest + HEX, at_code = at_middle + sizeof(middle) - 1;
	unsigned char ignored[SHA256_SIZE];

	if (n != at_code + HEX || memcmp(text, head, at_digest) != 0 || memcmp(text + at_middle, middle, sizeof(middle) - 1) != 0)
		return false;
	if (hex_decode(text + at_digest, HEX, ignored, sizeof(ignored)) != 0)
		return false;
	memcpy(digest, text + at_digest, HEX);
	digest[HEX] = '\0';
	return hex_decode(text + at_code, HEX, code, KEYSTORE_MAC_SIZE) == 0;
}

static int
is_genuine(const struct gateway_message *m, const struct header_field *field, bool *out, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD), data = BUFFER_INIT(2 * LIMIT_HEADER_TOTAL);
	unsigned char code[KEYSTORE_MAC_SIZE];
	char digest[HEX + 1];
	int rc = keyed_plain(field, &value, e);

	*out = false;
	if (rc == 0 && parse(buffer_text(&value), value.size, digest, code)) {
		rc = bind_opened(digest, &data, e) != 0 || keyed_bind(m->headers, &data, e) != 0
		    ? -1
		    : keystore_mac_fits(m->gateway->parts.keystore, PURPOSE, data.data, data.size, code, out, e);
	}
	buffer_done(&value);
	buffer_done(&data);
	return rc;
}

/*
 * On the second pass a mark that is not genuine counts, too: what was forged, the first pass has removed, so it is one
 * of ours on a header that was changed since.  Doubt is on the side of what was secret.
 */
int
opened_find(struct gateway_message *m, struct error *e)
{
	unsigned count = header_list_count_of(m->headers, OPENED_FIELD);

	m->opened_mark = 0;
	m->facts.message.opened = m->role == CHOICE_ROLE_EGRESS && count > 0;
	if (m->role == CHOICE_ROLE_EGRESS)
		return 0;
	for (unsigned nth = 1; nth <= count && m->opened_mark == 0; nth++) {
		bool genuine = false;

		if (is_genuine(m, header_list_find(m->headers, OPENED_FIELD, nth), &genuine, e) != 0)
			return -1;
		if (genuine)
			m->opened_mark = nth;
	}
	m->facts.message.opened = m->opened_mark > 0;
	return 0;
}
