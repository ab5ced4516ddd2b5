/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/conf/reading.h"

#define TEXT_MAX (1024 * 1024)

struct settings *
reads(const char *text)
{
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	expect_ok(settings_load_text("test.conf", text, strlen(text), &s, &e));
	ck_assert_ptr_nonnull(s);
	return s;
}

void
refuses(const char *text, const char *says)
{
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	if (settings_load_text("test.conf", text, strlen(text), &s, &e) == 0)
		ck_abort_msg("accepted: %s", text);
	ck_assert_msg(e.code == ERROR_CONFIGURATION, "%s: %s", error_name(e.code), error_text(&e));
	ck_assert_msg(
	    strstr(error_text(&e), says) != NULL, "\"%s\" does not say \"%s\"", error_text(&e), says);
	ck_assert_ptr_null(s);
}

static void
with_local(char *to, size_t room, const char *text)
{
	ck_assert_uint_lt(strlen(text) + sizeof LOCAL, room);
	snprintf(to, room, "%s%s", LOCAL, text);
}

struct settings *
reads_more(const char *text)
{
	char whole[4096];

	with_local(whole, sizeof whole, text);
	return reads(whole);
}

void
refuses_more(const char *text, const char *says)
{
	char whole[4096];

	with_local(whole, sizeof whole, text);
	refuses(whole, says);
}

void
prints(const struct settings *s, const char *says)
{
	struct buffer out = BUFFER_INIT(TEXT_MAX);
	struct error e = ERROR_INIT;

	expect_ok(settings_print(s, &out, &e));
	ck_assert_msg(
	    strstr(buffer_text(&out), says) != NULL, "\"%s\" is not in\n%s", says, buffer_text(&out));
	buffer_done(&out);
}

static struct address *
address_of(const char *text)
{
	struct error e = ERROR_INIT;
	struct address *a = NULL;

	if (*text != '\0')
		expect_ok(address_parse(text, strlen(text), &a, &e));
	return a;
}

void
ck_rule(
    const struct settings *s, enum setting_id id, const char *sender, const char *recipient, const char *word)
{
	struct address *from = address_of(sender), *to = address_of(recipient);
	const struct value *v = settings_rule(s, id, from, to);

	ck_assert_ptr_nonnull(v);
	ck_assert_msg(strcmp(value_print(v), word) == 0, "%s from <%s> to <%s> is %s, not %s",
	    setting_name(id), sender, recipient, value_print(v), word);
	address_free(from);
	address_free(to);
}

const char *
write_file(const char *name, const char *text)
{
	struct error e = ERROR_INIT;
	const char *path = scratch(name);

	expect_ok(file_replace(path, text, strlen(text), 0644, &e));
	return path;
}
