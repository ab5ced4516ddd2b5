/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a configuration: read or refused with a reason.  What is read prints, reads back and prints the same;
 * with a comment behind it, it still does, and with anything unclosed behind it, it is refused.
 */

#include <stdlib.h>
#include <string.h>

#include "conf/settings.h"

#define PRINT_MAX (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The settings without their origins, which stand behind the last "\t# " of a line. */
static void
drop_origins(struct buffer *text)
{
	char *to = text->data, *line = text->data;

	while (line != NULL && *line != '\0') {
		size_t n = strcspn(line, "\n"), keep = n;

		for (size_t i = 0; i + 2 < n; i++)
			if (memcmp(line + i, "\t# ", 3) == 0)
				keep = i;
		memmove(to, line, keep);
		to += keep;
		*to++ = '\n';
		line += n + (line[n] == '\n');
	}
	text->size = (size_t)(to - text->data);
	if (text->data != NULL)
		*to = '\0';
}

static void
print(const struct settings *s, struct buffer *to)
{
	struct error e = ERROR_INIT;

	if (settings_print(s, to, &e) != 0)
		abort();
}

static void
ask(const struct settings *s)
{
	struct error e = ERROR_INIT;
	struct address *a = NULL;

	if (address_parse("a@sub.example.org", strlen("a@sub.example.org"), &a, &e) != 0)
		abort();
	for (int i = 0; i < SETTING_COUNT; i++)
		if (settings_rule(s, (enum setting_id)i, a, a) == NULL)
			abort();
	settings_is_local(s, a);
	settings_is_internal(s, "192.0.2.1");
	if (settings_needs_restart(s, s) != NULL)
		abort();
	address_free(a);
}

static void
read_back(const struct settings *s)
{
	struct buffer first = BUFFER_INIT(PRINT_MAX), second = BUFFER_INIT(PRINT_MAX);
	struct settings *again = NULL;
	struct error e = ERROR_INIT;

	print(s, &first);
	drop_origins(&first);
	if (settings_load_text("fuzz", first.data, first.size, &again, &e) != 0)
		abort();
	print(again, &second);
	drop_origins(&second);
	if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
		abort();
	settings_unref(again);
	buffer_done(&first);
	buffer_done(&second);
}

static void
go_on(const unsigned char *data, size_t size)
{
	static const struct {
		const char *text;
		bool good;
	} ends[] = { { "\n# x\n", true }, { "\n/* x */\n", true }, { "\n/* x\n", false }, { "\n\"\n", false },
		{ "\ndefaults {\n", false }, { "\n}\n", false }, { "\nlocal-domains = {\n", false }, { "\nx\n", false }, { "\n#", false } };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct buffer text = BUFFER_INIT(PRINT_MAX);
		struct settings *s = NULL;

		if (buffer_append(&text, data, size, NULL) != 0 || buffer_append_text(&text, ends[i].text, NULL) != 0)
			abort();
		if ((settings_load_text("/nowhere/fuzz.conf", text.data, text.size, &s, NULL) == 0) != ends[i].good)
			abort();
		settings_unref(s);
		buffer_done(&text);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct settings *s = NULL;
	struct error e = ERROR_INIT;

	if (settings_load_text("/nowhere/fuzz.conf", (const char *)data, size, &s, &e) != 0) {
		if (e.code != ERROR_CONFIGURATION || e.detail[0] == '\0')
			abort();
		return 0;
	}
	ask(s);
	read_back(s);
	settings_unref(s);
	if (size < 32 * 1024) /* far from every limit */
		go_on(data, size);
	return 0;
}
