/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as an Authentication-Results value.  The same value with our id put before it is ours, however the id is
 * dressed.  What a careless reader takes for our id at the value's start is never called foreign.  And a field that we
 * write with any octets in it is ours, holds no line end but folds, and has as many results as we gave.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "smime/result_field.h"

#define ID "smime.mx.example.org"
#define SIZE_LIMIT (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ours_stays_ours(const uint8_t *data, size_t size)
{
	static const char *const ids[] = { " " ID " ; ", "(a (b) c)" ID ";", "\r\n\t\"" ID "\" 1;", "SMIME.mx.Example.ORG;", ID ".;" };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		struct buffer ours = BUFFER_INIT(SIZE_LIMIT);

		if (buffer_append_text(&ours, ids[i], NULL) == 0 && buffer_append(&ours, data, size, NULL) == 0 &&
		    result_field_judge(ours.data, ours.size, ID, false) != RESULT_FIELD_OURS)
			abort();
		buffer_done(&ours);
	}
}

/*
 * A reader that knows white space and one flat comment at the start, and looks no further than the id: to the next
 * ";", white space or "(".
 */
static bool
careless_reader_sees_us(const char *at, size_t n)
{
	const char *end = at + n, *from;

	while (at < end && text_is_space(*at))
		at++;
	if (at < end && *at == '(' && memchr(at, ')', (size_t)(end - at)) != NULL)
		at = (const char *)memchr(at, ')', (size_t)(end - at)) + 1;
	while (at < end && text_is_space(*at))
		at++;
	for (from = at; at < end && *at != ';' && *at != '(' && !text_is_space(*at); at++)
		continue;
	return text_equal_nocase_n(from, (size_t)(at - from), ID, strlen(ID));
}

static void
written_is_ours(const uint8_t *data, size_t size)
{
	char *text = memory_copy((const char *)data, size, NULL);
	const struct result_line lines[] = {
		{ .result = "pass", .reason = text, .identifier = text, .domain = text },
		{ .result = "fail", .part = text, .serial = text, .issuer = text },
	};
	struct buffer out = BUFFER_INIT(SIZE_LIMIT);

	if (result_field_write(ID, lines, 2, &out, NULL) == 0) {
		if (result_field_judge(out.data, out.size, ID, false) != RESULT_FIELD_OURS ||
		    result_field_judge(out.data, out.size, ID, true) != RESULT_FIELD_OURS)
			abort();
		for (size_t i = 0; i < out.size; i++)
			if (out.data[i] == '\0' || out.data[i] == '\r' ||
			    (out.data[i] == '\n' && out.data[i + 1] != ' ' && out.data[i + 1] != '\t'))
				abort();
	}
	buffer_done(&out);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *value = (const char *)data;
	enum result_field_judgement alone = result_field_judge(value, size, ID, false);
	enum result_field_judgement shared = result_field_judge(value, size, ID, true);

	if (alone == RESULT_FIELD_FOREIGN && (shared != RESULT_FIELD_FOREIGN || careless_reader_sees_us(value, size)))
		abort();
	if (shared == RESULT_FIELD_OURS && alone != RESULT_FIELD_OURS)
		abort();
	ours_stays_ours(data, size);
	written_is_ours(data, size);
	return 0;
}
