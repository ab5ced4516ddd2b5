/* SPDX-License-Identifier: BSD-2-Clause */

/* Any octets as a ticket: what is read is written as the same octets, so that no two texts are one ticket. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/ticket_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer again = BUFFER_INIT(4096);
	struct ticket t;

	if (!ticket_parse((const char *)data, size, &t))
		return 0;
	if (strlen(t.holder) == 0 || t.expiry <= 0 || ticket_print(&t, &again, NULL) != 0 || again.size != size ||
	    memcmp(buffer_text(&again), data, size) != 0)
		abort();
	buffer_done(&again);
	return 0;
}
