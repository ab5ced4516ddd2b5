/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * main.cf, a NUL, master.cf: no name of a setting is empty of meaning to the reader, no value has a line end, and every
 * value can be asked for, in every service.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/postfix_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct postfix *p, const struct postfix_service *service, const struct postfix_setting *s)
{
	struct buffer out = BUFFER_INIT(LIMIT_CONFIGURATION);

	if (strpbrk(s->name, "=\n") != NULL || strchr(s->value, '\n') != NULL || s->line == 0)
		abort();
	if (postfix_setting(p, service, s->name) == NULL)
		abort();
	(void)postfix_value(p, service, s->name, "", &out, NULL); /* too long is all that may be wrong */
	buffer_done(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *nul = size > 0 ? memchr(text, '\0', size) : NULL;
	size_t n = nul != NULL ? (size_t)(nul - text) : size;
	const char *master = nul != NULL ? nul + 1 : text + size;
	struct postfix p;

	if (size > 65536 || postfix_read_text(text, n, master, (size_t)(text + size - master), &p, NULL) != 0)
		return 0;
	for (size_t i = 0; i < p.count; i++)
		ask(&p, NULL, &p.settings[i]);
	for (size_t i = 0; i < p.service_count; i++)
		for (size_t j = 0; j < p.services[i].count; j++)
			ask(&p, &p.services[i], &p.services[i].options[j]);
	postfix_done(&p);
	return 0;
}
