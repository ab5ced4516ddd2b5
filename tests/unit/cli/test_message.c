/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/message.h"
#include "tests/unit/support.h"

#define WRITTEN_MAX (16U << 20)

static const char configuration[] = "local-domains = { \"example.org\" }\nspool-folder = \"/nonexistent\"\n";

static struct settings *
settings(void)
{
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	expect_ok(settings_load_text("test", configuration, sizeof(configuration) - 1, &s, &e));
	return s;
}

static struct message
message(const char *text)
{
	struct error e = ERROR_INIT;
	struct settings *s = settings();
	struct message m;

	expect_ok(file_replace(scratch("message"), text, strlen(text), 0600, &e));
	expect_ok(message_read(scratch("message"), s, &m, &e));
	settings_unref(s);
	return m;
}

static void
ck_written(struct message *m, const char *want)
{
	struct error e = ERROR_INIT;
	struct buffer out = BUFFER_INIT(WRITTEN_MAX);
	struct sink sink = buffer_sink(&out);

	expect_ok(message_write(m, &sink, &e));
	ck_assert_str_eq(buffer_text(&out), want);
	buffer_done(&out);
}

/* ---- reading and writing ------------------------------------------------------------ */

static const char *const unchanged[] = {
	"A: 1\nB: 2\n\nbody\n",
	"A: 1\r\nB: 2\r\n\r\nbody\r\n",
	"A:1\nA:  2\nA:\t3\n\n",
	"A: folded\n\ttwice\n  over\n\nbody",
	"A:\nB: \n\n\n\n",
	"A: 1\n\nFrom the start\n.\n..\n",
	"\nonly a body\n",
};

START_TEST(what_is_read_is_written_as_it_was)
{
	struct message m = message(unchanged[_i]);

	ck_written(&m, unchanged[_i]);
	message_done(&m);
}
END_TEST

START_TEST(a_header_alone_gets_its_blank_line)
{
	struct message m = message("A: 1\nB: 2\n");

	ck_written(&m, "A: 1\nB: 2\n\n");
	message_done(&m);
}
END_TEST

START_TEST(the_line_of_a_mailbox_is_no_field)
{
	struct message m = message("From alice Sun Nov 22 21:00:00 2026\nA: 1\n\nbody\n");

	ck_assert_uint_eq(header_list_count(m.headers), 1);
	ck_written(&m, "A: 1\n\nbody\n");
	message_done(&m);
	m = message("From: alice\n\nbody\n");
	ck_assert_uint_eq(header_list_count(m.headers), 1);
	message_done(&m);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	struct error e = ERROR_INIT;
	struct settings *s = settings();
	struct message m;

	ck_assert_int_eq(message_read(scratch("absent"), s, &m, &e), -1);
	ck_assert_ptr_nonnull(strstr(error_text(&e), "absent"));
	expect_error(-1, ERROR_IO);
	settings_unref(s);
}
END_TEST

START_TEST(the_least_message_names_author_and_recipients)
{
	struct error e = ERROR_INIT;
	struct settings *s = settings();
	struct arg_list to = { { "b@example.org", "c@example.org", NULL }, 2 };
	struct message m;

	expect_ok(message_compose("a@example.org", &to, s, &m, &e));
	ck_assert_str_eq(header_list_find(m.headers, "From", 1)->value, " a@example.org");
	ck_assert_str_eq(header_list_find(m.headers, "To", 1)->value, " b@example.org,\r\n c@example.org");
	message_done(&m);
	settings_unref(s);
}
END_TEST

/* ---- edits by the rules of Postfix ----------------------------------------------------- */

enum what { CHANGE, INSERT, ADD };
static const struct {
	enum what what;
	unsigned index;
	const char *name, *value, *want; /* of "A: 1\nB: 2\na: 3\nA: 4\n" */
} edits[] = {
	/* clang-format off */
	{ CHANGE, 1, "A", " x",  "A: x\nB: 2\na: 3\nA: 4\n" },
	{ CHANGE, 0, "A", " x",  "A: x\nB: 2\na: 3\nA: 4\n" },       /* 0 is 1 */
	{ CHANGE, 2, "A", " x",  "A: 1\nB: 2\nA: x\nA: 4\n" },       /* names are compared without case */
	{ CHANGE, 3, "a", " x",  "A: 1\nB: 2\na: 3\na: x\n" },
	{ CHANGE, 4, "A", " x",  "A: 1\nB: 2\na: 3\nA: 4\nA: x\n" }, /* not there: added */
	{ CHANGE, 1, "C", " x",  "A: 1\nB: 2\na: 3\nA: 4\nC: x\n" },
	{ CHANGE, 1, "A", NULL,  "B: 2\na: 3\nA: 4\n" },
	{ CHANGE, 1, "A", "",    "B: 2\na: 3\nA: 4\n" },             /* empty is deletion */
	{ CHANGE, 3, "A", NULL,  "A: 1\nB: 2\na: 3\n" },
	{ CHANGE, 4, "A", NULL,  "A: 1\nB: 2\na: 3\nA: 4\n" },       /* nothing to delete */
	{ CHANGE, 1, "B", " x\n y\n\tz", "A: 1\nB: x\n y\n\tz\na: 3\nA: 4\n" },
	{ INSERT, 0, "N", " x",  "N: x\nA: 1\nB: 2\na: 3\nA: 4\n" },
	{ INSERT, 1, "N", " x",  "A: 1\nN: x\nB: 2\na: 3\nA: 4\n" },
	{ INSERT, 4, "N", " x",  "A: 1\nB: 2\na: 3\nA: 4\nN: x\n" },
	{ INSERT, 99, "N", " x", "A: 1\nB: 2\na: 3\nA: 4\nN: x\n" }, /* past the end: at the end */
	{ ADD,    0, "A", " x",  "A: 1\nB: 2\na: 3\nA: 4\nA: x\n" },
	{ ADD,    0, "N", "x",   "A: 1\nB: 2\na: 3\nA: 4\nN:x\n" },  /* the space is the value's */
	/* clang-format on */
};

static int
edit(struct message *m, size_t i, struct error *e)
{
	if (edits[i].what == CHANGE)
		return message_edit_ops.change_header(m, edits[i].name, edits[i].index, edits[i].value, e);
	if (edits[i].what == INSERT)
		return message_edit_ops.insert_header(m, edits[i].index, edits[i].name, edits[i].value, e);
	return message_edit_ops.add_header(m, edits[i].name, edits[i].value, e);
}

START_TEST(fields_are_edited_as_postfix_does)
{
	struct error e = ERROR_INIT;
	struct message m = message("A: 1\nB: 2\na: 3\nA: 4\n\nbody\n");
	char want[256];

	expect_ok(edit(&m, (size_t)_i, &e));
	(void)snprintf(want, sizeof(want), "%s\nbody\n", edits[_i].want);
	ck_written(&m, want);
	message_done(&m);
}
END_TEST

START_TEST(a_deleted_field_moves_later_ones_down)
{
	struct error e = ERROR_INIT;
	struct message m = message("A: 1\nA: 2\nA: 3\n\n");

	expect_ok(message_edit_ops.change_header(&m, "A", 1, NULL, &e));
	expect_ok(message_edit_ops.change_header(&m, "A", 1, NULL, &e));
	ck_written(&m, "A: 3\n\n");
	message_done(&m);
	m = message("A: 1\nA: 2\nA: 3\n\n"); /* from the highest index down all MTAs agree */
	expect_ok(message_edit_ops.change_header(&m, "A", 3, NULL, &e));
	expect_ok(message_edit_ops.change_header(&m, "A", 1, NULL, &e));
	ck_written(&m, "A: 2\n\n");
	message_done(&m);
}
END_TEST

START_TEST(a_new_body_takes_the_place_of_the_old)
{
	static const struct spool_settings memory = { 65536, 65536, NULL, NULL };
	struct error e = ERROR_INIT;
	struct message m = message("A: 1\n\nold\n");
	struct spool *spool = spool_new(&memory, &e);

	expect_ok(spool_write(spool, "unseen\r\nnew\r\nbody\r\n", 20, &e));
	expect_ok(message_edit_ops.progress(&m, &e));
	expect_ok(message_edit_ops.replace_body(&m, (struct spool_span){ spool, 8, 11 }, &e));
	ck_written(&m, "A: 1\n\nnew\nbody\n");
	message_done(&m);
	m = message("A: 1\n\nold\n");
	expect_ok(message_edit_ops.replace_body(&m, (struct spool_span){ spool, 0, 0 }, &e));
	ck_written(&m, "A: 1\n\n");
	message_done(&m);
	spool_free(spool);
}
END_TEST

START_TEST(the_envelope_is_kept_apart)
{
	struct error e = ERROR_INIT;
	struct message m = message("A: 1\n\n");

	expect_ok(message_edit_ops.change_sender(&m, "<a@b.example>", "RET=HDRS", &e));
	expect_ok(message_edit_ops.change_sender(&m, "<c@d.example>", "", &e));
	ck_assert_str_eq(m.sender, "<c@d.example>");
	expect_ok(message_edit_ops.change_sender(&m, "<c@d.example>", "RET=HDRS ENVID=x", &e));
	ck_assert_str_eq(m.sender, "<c@d.example> RET=HDRS ENVID=x");
	expect_ok(message_edit_ops.delete_recipient(&m, "<x@y.example>", &e));
	ck_assert_uint_eq(m.deleted.count, 1);
	ck_assert_str_eq(m.deleted.items[0], "<x@y.example>");
	ck_written(&m, "A: 1\n\n");
	message_done(&m);
}
END_TEST

static int
read_and_edit(void *ctx, struct error *e)
{
	struct message m = { 0 };
	int rc = message_read(scratch("message"), ctx, &m, e);

	for (size_t i = 0; rc == 0 && i < sizeof(edits) / sizeof(edits[0]); i++)
		rc = edit(&m, i, e);
	if (rc == 0)
		rc = message_edit_ops.change_sender(&m, "<a@b.example>", "RET=HDRS", e);
	if (rc == 0)
		rc = message_edit_ops.delete_recipient(&m, "<a@b.example>", e);
	message_done(&m);
	return rc;
}

START_TEST(want_of_memory_is_an_error)
{
	struct error e = ERROR_INIT;
	struct settings *s = settings();

	expect_ok(file_replace(scratch("message"), "A: 1\nB: 2\n\nbody\n", 16, 0600, &e));
	each_allocation_fails(read_and_edit, s);
	settings_unref(s);
}
END_TEST

Suite *suite_message(void);

Suite *
suite_message(void)
{
	Suite *s = suite_create("message");
	TCase *t = tcase_create("message");

	tcase_add_loop_test(t, what_is_read_is_written_as_it_was, 0, (int)(sizeof(unchanged) / sizeof(unchanged[0])));
	tcase_add_test(t, a_header_alone_gets_its_blank_line);
	tcase_add_test(t, the_line_of_a_mailbox_is_no_field);
	tcase_add_test(t, a_file_that_is_not_there_is_named);
	tcase_add_test(t, the_least_message_names_author_and_recipients);
	tcase_add_loop_test(t, fields_are_edited_as_postfix_does, 0, (int)(sizeof(edits) / sizeof(edits[0])));
	tcase_add_test(t, a_deleted_field_moves_later_ones_down);
	tcase_add_test(t, a_new_body_takes_the_place_of_the_old);
	tcase_add_test(t, the_envelope_is_kept_apart);
	tcase_add_test(t, want_of_memory_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
