/* SPDX-License-Identifier: BSD-2-Clause */

#include "mime/begin.h"

#include "base/buffer.h"
#include "mime/address_field.h"

int
mime_begin(struct error *e)
{
	static const char field[] = " group: =?utf-8?q?a?= <a@a.example>, b@b.example;";
	struct buffer text = BUFFER_INIT(sizeof field);
	struct mailboxes mailboxes;
	int rc = mailboxes_parse(field, sizeof field - 1, &mailboxes, e);

	if (rc == 0) {
		mailboxes_done(&mailboxes);
		rc = encoded_words_decode(field, sizeof field - 1, &text, e);
	}
	buffer_done(&text);
	return rc;
}
