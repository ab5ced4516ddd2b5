/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "store/fields.h"
#include "store/store_private.h"
#include "tests/unit/store/helpers.h"
#include "tests/unit/support.h"

Suite *suite_migrations(void);

static struct error e;

static void
set_up(void)
{
	e = (struct error)ERROR_INIT;
}

/* ---- an old store and a newer program ---- */

/* The real versions, and one or two further ones as a later release would add them. */
static struct migration later[16];

static int64_t
newest(const struct migration *migrations)
{
	int64_t version = 0;

	for (; migrations->version != 0; migrations++)
		version = migrations->version;
	return version;
}

static void
make_later(const char *next, const char *next_but_one)
{
	const int64_t known = newest(store_migrations);
	struct migration *to = later;

	ck_assert_int_lt(known, 13);
	for (const struct migration *m = store_migrations; m->version != 0; m++)
		*to++ = *m;
	*to++ = (struct migration){ known + 1, next };
	if (next_but_one != NULL)
		*to++ = (struct migration){ known + 2, next_but_one };
	*to = (struct migration){ 0, NULL };
}

static void
expect_schema(struct store *s, int64_t want)
{
	struct buffer out = BUFFER_INIT(100);
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, want);
	expect_ok(meta_get(s, "schema", &out, &e));
	ck_assert_str_eq(buffer_text(&out), text);
	buffer_done(&out);
}

START_TEST(versions_count_up_from_one)
{
	for (const struct migration *m = store_migrations; m->version != 0; m++) {
		ck_assert_int_eq(m->version, m - store_migrations + 1);
		ck_assert_ptr_nonnull(m->sql);
	}
}
END_TEST

START_TEST(pending_versions_are_applied_in_order)
{
	struct store *s = fresh_store();

	expect_ok(login_add(s, "a", "1", &e));
	expect_schema(s, newest(store_migrations));
	store_close(s);
	make_later("ALTER TABLE login ADD COLUMN note TEXT", "UPDATE login SET note = 'third'");
	expect_ok(store_open_as(scratch("store"), later, &s, &e));
	expect_schema(s, newest(later));
	expect_error(login_add(s, "a", "1", &e), ERROR_STORE_CONFLICT);
	store_close(s);
	expect_ok(store_open_as(scratch("store"), later, &s, &e));
	expect_schema(s, newest(later));
	store_close(s);
}
END_TEST

/* Each release's store, with a row in it, is brought up by this one. */
START_TEST(a_store_of_any_earlier_version_is_brought_up)
{
	struct store *s;
	char path[512];

	for (int64_t version = 1; version < newest(store_migrations); version++) {
		snprintf(path, sizeof path, "%s-%" PRId64, scratch("store"), version);
		make_later("", NULL);
		later[version] = (struct migration){ 0, NULL };
		expect_ok(store_create_as(path, later, &e));
		expect_ok(store_open_as(path, later, &s, &e));
		expect_ok(login_add(s, "a", "1", &e));
		store_close(s);
		s = open_store(path);
		expect_schema(s, newest(store_migrations));
		expect_ok(login_remove(s, "a", "1", &e));
		expect_ok(ledger_expire(s, 0, &e));
		store_close(s);
	}
}
END_TEST

START_TEST(a_new_store_has_the_newest_schema)
{
	struct store *s;

	make_later("CREATE TABLE extra (id TEXT)", NULL);
	expect_ok(store_create_as(scratch("store"), later, &e));
	expect_ok(store_open_as(scratch("store"), later, &s, &e));
	expect_schema(s, newest(later));
	store_close(s);
}
END_TEST

START_TEST(a_version_that_fails_leaves_the_store_as_it_was)
{
	struct buffer before = BUFFER_INIT(1 << 20), after = BUFFER_INIT(1 << 20);
	struct store *s = fresh_store();

	store_close(s);
	expect_ok(file_read(scratch("store"), 1 << 20, &before, &e));
	make_later("CREATE TABLE extra (id TEXT)", "CREATE TABLE more (id TEXT); CREATE NONSENSE");
	expect_error(store_open_as(scratch("store"), later, &s, &e), ERROR_STORE);
	expect_ok(file_read(scratch("store"), 1 << 20, &after, &e));
	ck_assert_uint_eq(before.size, after.size);
	ck_assert_mem_eq(before.data, after.data, before.size);
	s = open_store(scratch("store"));
	expect_schema(s, newest(store_migrations));
	store_close(s);
	buffer_done(&before);
	buffer_done(&after);
}
END_TEST

START_TEST(a_newer_schema_is_refused_and_left_alone)
{
	struct buffer before = BUFFER_INIT(1 << 20), after = BUFFER_INIT(1 << 20);
	struct store *s = NULL;
	char want[64];

	make_later("CREATE TABLE extra (id TEXT)", NULL);
	snprintf(want, sizeof want, "schema %" PRId64 " is newer than %" PRId64, newest(later),
	    newest(store_migrations));
	expect_ok(store_create_as(scratch("store"), later, &e));
	expect_ok(file_read(scratch("store"), 1 << 20, &before, &e));
	ck_assert_int_eq(store_open(scratch("store"), &s, &e), -1);
	ck_assert_int_eq(e.code, ERROR_STORE);
	ck_assert_ptr_nonnull(strstr(e.detail, want));
	ck_assert_ptr_nonnull(strstr(e.detail, scratch("store")));
	error_clear(&e);
	expect_ok(file_read(scratch("store"), 1 << 20, &after, &e));
	ck_assert_uint_eq(before.size, after.size);
	ck_assert_mem_eq(before.data, after.data, before.size);
	buffer_done(&before);
	buffer_done(&after);
}
END_TEST

static void
copy_file(const char *from, const char *to, struct buffer *octets)
{
	expect_ok(file_read(from, 1 << 20, octets, &e));
	expect_ok(file_create(to, octets->data, octets->size, 0600, &e));
}

static void
expect_octets(const char *path, const struct buffer *want)
{
	struct buffer got = BUFFER_INIT(1 << 20);

	expect_ok(file_read(path, 1 << 20, &got, &e));
	ck_assert_uint_eq(got.size, want->size);
	ck_assert_mem_eq(got.data, want->data, want->size);
	buffer_done(&got);
}

/* Of a program that crashed; merging its log would be the first change that we make. */
START_TEST(a_refused_store_keeps_the_log_it_came_with)
{
	struct buffer file = BUFFER_INIT(1 << 20), log = BUFFER_INIT(1 << 20);
	struct store *s = NULL, *copy = NULL;

	make_later("CREATE TABLE extra (id TEXT)", NULL);
	expect_ok(store_create_as(scratch("store"), later, &e));
	expect_ok(store_open_as(scratch("store"), later, &s, &e));
	expect_ok(login_add(s, "a", "1", &e));
	copy_file(scratch("store"), scratch("copy"), &file);
	copy_file(scratch("store-wal"), scratch("copy-wal"), &log);
	ck_assert_uint_gt(log.size, 0);
	expect_error(store_open(scratch("copy"), &copy, &e), ERROR_STORE);
	expect_octets(scratch("copy"), &file);
	expect_octets(scratch("copy-wal"), &log);
	expect_ok(store_open_as(scratch("copy"), later, &copy, &e));
	expect_ok(login_remove(copy, "a", "1", &e));
	store_close(copy);
	store_close(s);
	buffer_done(&file);
	buffer_done(&log);
}
END_TEST

static int
open_later(void *ctx)
{
	struct error mine = ERROR_INIT;
	struct store *s = NULL;
	int rc = store_open_as(ctx, later, &s, &mine);

	store_close(s);
	return rc == 0 ? 0 : 1;
}

START_TEST(two_processes_migrate_once)
{
	struct process processes[4];
	struct store *s;
	char path[512];

	snprintf(path, sizeof path, "%s", scratch("store"));
	make_later("CREATE TABLE extra (id TEXT)", "UPDATE revision SET number = number + 1000");
	for (int i = 0; i < 4; i++)
		processes[i] = start_process(open_later, path);
	store_close(fresh_store());
	for (int i = 0; i < 4; i++)
		release_process(&processes[i]);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(finish_process(&processes[i]), 0);
	expect_ok(store_open_as(path, later, &s, &e));
	ck_assert_int_eq(revision(s), 1001);
	store_close(s);
}
END_TEST

/* ---- the SQL that both engines understand ---- */

/* Words of one database alone, or that mean another thing in the other. */
static const char *const foreign_words[] = {
	"rowid", "autoincrement", "insert or", "update or", "replace into", "strict",
	"pragma", "blob not", "integer", "datetime", "ifnull", "glob ", "collate", "sqlite", "last_insert", "bigserial",
	"jsonb", "returning", "limit ", "vacuum", "attach", "== ", "?1",
};

static void
expect_portable(const char *name, const char *text)
{
	for (size_t i = 0; i < sizeof foreign_words / sizeof foreign_words[0]; i++)
		for (const char *at = text; *at != '\0'; at++)
			ck_assert_msg(!text_starts_nocase(at, foreign_words[i]), "%s: \"%s\"", name, foreign_words[i]);
}

START_TEST(the_schema_is_portable)
{
	for (const struct migration *m = store_migrations; m->version != 0; m++)
		expect_portable("a migration", m->sql);
}
END_TEST

/* Only what stands in string literals is SQL. */
static void
expect_portable_literals(const char *path, const char *text)
{
	char literal[1024];
	const char *at = text, *end;

	while ((at = strchr(at, '"')) != NULL) {
		end = strpbrk(++at, "\"\n");
		ck_assert_msg(end != NULL && (size_t)(end - at) < sizeof literal, "%s: a literal without end", path);
		snprintf(literal, sizeof literal, "%.*s", (int)(end - at), at);
		if (strncmp(literal, "store/", 6) != 0)
			expect_portable(path, literal);
		at = end + 1;
	}
}

static int
look_at_source(void *ctx, const char *path, struct error *e_)
{
	struct buffer text = BUFFER_INIT(1 << 20);
	size_t n = strlen(path);

	if (n < 2 || strcmp(path + n - 2, ".c") != 0 || strstr(path, "engine_sqlite.c") != NULL)
		return 0;
	++*(int *)ctx;
	if (file_read(path, 1 << 20, &text, e_) != 0)
		return -1;
	expect_portable_literals(path, buffer_text(&text));
	ck_assert_msg(strstr(buffer_text(&text), "sqlite3") == NULL, "%s knows the library", path);
	buffer_done(&text);
	return 0;
}

START_TEST(every_statement_outside_the_engine_is_portable)
{
	int sources = 0;

	expect_ok(file_names("store", look_at_source, &sources, &e));
	ck_assert_int_ge(sources, 8);
}
END_TEST

START_TEST(parameters_go_by_their_number)
{
	struct store *s = fresh_store();

	/* $2 stands before $1 there */
	expect_ok(store_put(s, "INSERT INTO login (author, login) VALUES ($2, $1)",
	    (const struct value[]){ value_text("a login"), value_text("an author"), VALUE_LAST }, &e));
	expect_ok(login_remove(s, "a login", "an author", &e));
	store_close(s);
}
END_TEST

Suite *
suite_migrations(void)
{
	Suite *suite = suite_create("store/migrations");
	TCase *t = tcase_create("migrations");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, versions_count_up_from_one);
	tcase_add_test(t, pending_versions_are_applied_in_order);
	tcase_add_test(t, a_store_of_any_earlier_version_is_brought_up);
	tcase_add_test(t, a_new_store_has_the_newest_schema);
	tcase_add_test(t, a_version_that_fails_leaves_the_store_as_it_was);
	tcase_add_test(t, a_newer_schema_is_refused_and_left_alone);
	tcase_add_test(t, a_refused_store_keeps_the_log_it_came_with);
	tcase_add_test(t, two_processes_migrate_once);
	tcase_add_test(t, the_schema_is_portable);
	tcase_add_test(t, every_statement_outside_the_engine_is_portable);
	tcase_add_test(t, parameters_go_by_their_number);
	suite_add_tcase(suite, t);
	return suite;
}
