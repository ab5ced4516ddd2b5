/* SPDX-License-Identifier: BSD-2-Clause */

#include "gateway/esmtp_private.h"

#include <string.h>

#include "base/encoding.h"
#include "base/memory.h"
#include "base/text.h"

#define PARAMETERS_MAX 8192 /* of one command; RFC 3461 and its kin add about 1000 octets */

char *
esmtp_join(char *const *esmtp, struct error *e)
{
	struct buffer text = BUFFER_INIT(PARAMETERS_MAX);
	char *joined = NULL;
	int rc = 0;

	for (char *const *word = esmtp; word != NULL && *word != NULL && rc == 0; word++)
		rc = buffer_append_format(&text, e, "%s%s", text.size > 0 ? " " : "", *word);
	if (rc == 0)
		joined = memory_text(buffer_text(&text), e);
	buffer_done(&text);
	return joined;
}

const char *
esmtp_find(const char *parameters, const char *name, size_t *out_size)
{
	size_t size = strlen(name);

	for (const char *word = parameters; *word != '\0'; word += strspn(word, " ")) {
		size_t n = strcspn(word, " ");

		if (n >= size && text_equal_nocase_n(word, size, name, size) && (n == size || word[size] == '=')) {
			*out_size = n == size ? 0 : n - size - 1;
			return word + n - *out_size;
		}
		word += n;
	}
	return NULL;
}

int
esmtp_decode(const char *xtext, size_t n, struct buffer *out, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char octet = (unsigned char)xtext[i];

		if (octet == '+' && n - i > 2 && hex_decode(xtext + i + 1, 2, &octet, 1) == 0)
			i += 2;
		if (buffer_append_char(out, (char)octet, e) != 0)
			return -1;
	}
	return 0;
}
