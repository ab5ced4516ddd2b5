/* SPDX-License-Identifier: BSD-2-Clause */

/* MIME as it really comes (tests/data/mime/ORIGIN): unharmed, or refused with a reason.  Cut off: tests/corpus. */

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

Suite *suite_torture(void);

#define FOLDER "tests/data/mime/torture"

struct tally {
	unsigned forms[FORM_CHANGED + 1];
	bool raw; /* as the files are, with LF for a line end */
};

static void
try(struct tally *t, const char *path, const struct buffer *b)
{
	enum form form;
	const char *harm = find_harm(buffer_text(b), b->size, &form);

	ck_assert_msg(harm == NULL, "%s: %s", path, harm);
	ck_assert_msg(form != FORM_REFUSED, "%s cannot be read", path);
	t->forms[form]++;
}

static int
try_file(void *ctx, const char *path, struct error *e)
{
	struct tally *t = ctx;
	struct buffer b = BUFFER_INIT(1 << 20);

	if (file_read(path, 1 << 20, &b, e) != 0)
		return -1;
	if (!t->raw)
		with_crlf(&b);
	try(t, path, &b);
	buffer_done(&b);
	return 0;
}

static struct tally
try_all(bool raw)
{
	struct tally t = { .raw = raw };
	struct error e = ERROR_INIT;

	expect_ok(file_names(FOLDER, try_file, &t, &e));
	return t;
}

START_TEST(real_messages_come_through)
{
	struct tally t = try_all(false);

	/* there are some of each kind */
	ck_assert_uint_ge(t.forms[FORM_BLOCKED], 5);
	ck_assert_uint_ge(t.forms[FORM_CHANGED], 15);
	ck_assert_uint_ge(t.forms[FORM_SAME], 15);
}
END_TEST

START_TEST(real_messages_with_bare_line_feeds_do_no_harm)
{
	try_all(true);
}
END_TEST

Suite *
suite_torture(void)
{
	Suite *s = suite_create("torture");
	TCase *t = tcase_create("torture");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, real_messages_come_through);
	tcase_add_test(t, real_messages_with_bare_line_feeds_do_no_harm);
	suite_add_tcase(s, t);
	return s;
}
