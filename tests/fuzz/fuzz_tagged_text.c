/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The first octet says how long the tag is, the rest is the tag and a field's value: after the removal no reader sees
 * the tag, nothing but the tag and blanks is gone, and what is written is one field of 7-bit lines.
 */

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mime/address_field.h"
#include "mime/tagged_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM ((size_t)1 << 22)

/* One line end is in a fold, and no octet is over 127. */
static void
check_written(const struct buffer *written)
{
	for (size_t i = 0; i < written->size; i++) {
		unsigned char c = (unsigned char)written->data[i];
		bool folds = c == '\r' && i + 2 < written->size && written->data[i + 1] == '\n' && written->data[i + 2] == ' ';

		if (c > 0x7e || (c < ' ' && c != '\n' && !folds) || (c == '\n' && (i == 0 || written->data[i - 1] != '\r')))
			abort();
	}
}

/* How often a character other than a blank stands in what a reader sees. */
static void
count(const char *value, size_t n, size_t counts[256])
{
	struct buffer seen = BUFFER_INIT(ROOM);

	if (encoded_words_decode(value, n, &seen, NULL) != 0)
		abort();
	for (size_t i = 0; i < seen.size; i++)
		counts[(unsigned char)tolower((unsigned char)seen.data[i])]++;
	buffer_done(&seen);
}

/* What is gone is so many tags: each of its characters as often as the tag has it. */
static void
check_difference(const size_t before[256], const size_t after[256], const char *tag)
{
	size_t of_tag[256] = { 0 }, tags = 0;

	for (const char *c = tag; *c != '\0'; c++)
		of_tag[(unsigned char)tolower((unsigned char)*c)]++;
	for (int c = 0; c < 256; c++)
		if (c != ' ' && of_tag[c] > 0)
			tags = (before[c] - after[c]) / of_tag[c];
	for (int c = 0; c < 256; c++)
		if (c != ' ' && before[c] - after[c] != tags * of_tag[c])
			abort();
}

static void
remove_tag(const char *value, size_t n, const char *tag)
{
	struct buffer written = BUFFER_INIT(ROOM);
	size_t before[256] = { 0 }, after[256] = { 0 };
	bool has = true;

	if (tagged_text_remove(value, n, tag, &written, NULL) == 0) {
		check_written(&written);
		if (tagged_text_has(buffer_text(&written), written.size, tag, &has, NULL) != 0 || has)
			abort();
		count(value, n, before);
		count(buffer_text(&written), written.size, after);
		check_difference(before, after, tag);
	}
	buffer_done(&written);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char tag[65];
	size_t n = size > 0 ? data[0] % 64 + 1 : 0, blank = 0;

	if (size < n + 1 || size > 20000)
		return 0;
	for (size_t i = 0; i < n; i++) {
		tag[i] = (char)(data[i + 1] % 0x5f + ' '); /* what the configuration takes, as far as it is ASCII */
		blank += tag[i] == ' ';
	}
	tag[n] = '\0';
	if (blank == 0)
		remove_tag((const char *)data + n + 1, size - n - 1, tag);
	return 0;
}
