/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as an Authentication-Results value: judged, and whatever the judgement, the same value with our id put
 * before it is ours.
 */

#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "smime/result_field.h"

#define ID "smime.mx.example.org"
#define SIZE_LIMIT (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer ours = BUFFER_INIT(SIZE_LIMIT);

	(void)result_field_judge((const char *)data, size, ID, false);
	(void)result_field_judge((const char *)data, size, ID, true);
	if (buffer_append_text(&ours, " " ID " ; ", NULL) == 0 && buffer_append(&ours, data, size, NULL) == 0 &&
	    result_field_judge(ours.data, ours.size, ID, false) != RESULT_FIELD_OURS)
		abort();
	buffer_done(&ours);
	return 0;
}
