/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "net/smtp_offer_private.h"

static const struct {
	const char *keyword;
	enum smtp_extension extension;
} known[] = {
	{ "PIPELINING", SMTP_PIPELINING },
	{ "8BITMIME", SMTP_8BITMIME },
	{ "DSN", SMTP_DSN },
	{ "SMTPUTF8", SMTP_SMTPUTF8 },
	{ "MT-PRIORITY", SMTP_PRIORITY },
	{ "SIZE", SMTP_SIZE },
};

/* A limit that is no number of 64 bits is none: the server will say so itself. */
static uint64_t
parse_limit(const char *text, size_t n)
{
	uint64_t limit = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)text[i] - '0';

		if (digit > 9 || limit > (UINT64_MAX - digit) / 10)
			return 0;
		limit = limit * 10 + digit;
	}
	return limit;
}

void
smtp_offer_line(struct smtp_offer *offer, const char *text, size_t n)
{
	const char *space = memchr(text, ' ', n);
	size_t word = space != NULL ? (size_t)(space - text) : n;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (!text_equal_nocase_n(text, word, known[i].keyword, strlen(known[i].keyword)))
			continue;
		offer->extensions |= known[i].extension;
		if (known[i].extension == SMTP_SIZE && space != NULL)
			offer->size_limit = parse_limit(space + 1, n - word - 1);
	}
}

bool
smtp_offered(const struct smtp_offer *offer, unsigned extensions)
{
	return (offer->extensions & extensions) == extensions;
}
