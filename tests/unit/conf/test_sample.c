/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The sample that is installed: read whole, with its examples switched on, and
 * cut off anywhere.  The examples of the manual are settings, too.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/settings_private.h"
#include "tests/unit/conf/reading.h"

#define SAMPLE     "docs/postseal.conf.sample"
#define MANUAL     "docs/postseal.conf.5"
#define SAMPLE_MAX 100000

static struct buffer
read_document(const char *path)
{
	struct buffer text = BUFFER_INIT(SAMPLE_MAX);
	struct error e = ERROR_INIT;

	expect_ok(file_read(path, SAMPLE_MAX, &text, &e));
	return text;
}

static struct buffer
sample(void)
{
	return read_document(SAMPLE);
}

/*
 * Every setting that is switched off is switched on: a "#" before a letter or
 * brace is removed; prose has a blank behind its "#".  The include names a folder
 * that a test does not have.
 */
static struct buffer
sample_switched_on(void)
{
	struct buffer from = sample(), to = BUFFER_INIT(SAMPLE_MAX);
	struct error e = ERROR_INIT;

	for (const char *line = from.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
		size_t indent = strspn(line, "\t");
		bool off = line[indent] == '#' && strchr(" -\n", line[indent + 1]) == NULL;
		const char *rest = line + indent + (off ? 1 : 0);

		if (strncmp(rest, "include", strlen("include")) == 0)
			continue;
		expect_ok(buffer_append_format(&to, &e, "%.*s\n", (int)strcspn(rest, "\n"), rest));
	}
	buffer_done(&from);
	return to;
}

static struct buffer
without_comments(const struct buffer *from)
{
	struct buffer to = BUFFER_INIT(SAMPLE_MAX);
	struct error e = ERROR_INIT;

	for (const char *line = from->data; *line != '\0'; line += strcspn(line, "\n") + 1)
		expect_ok(buffer_append_format(&to, &e, "%.*s\n", (int)strcspn(line, "#\n"), line));
	return to;
}

static struct settings *
reads_buffer(const struct buffer *text)
{
	struct error e = ERROR_INIT;
	struct settings *s = NULL;

	expect_ok(settings_load_text("sample", text->data, text->size, &s, &e));
	return s;
}

static void
ck_sample(const struct settings *s)
{
	ck_assert_uint_eq(settings_listener_count(s), 2);
	ck_assert_int_eq(listener_role(settings_listener(s, "in"), NULL, NULL), CHOICE_ROLE_INBOUND);
	ck_assert_int_eq(listener_role(settings_listener(s, "out"), NULL, NULL), CHOICE_ROLE_SUBMISSION);
	ck_rule(s, SETTING_ENCRYPT, "a@example.org", "b@example.net", "available");
}

START_TEST(the_sample_is_a_configuration)
{
	struct buffer text = sample();
	struct settings *s = reads_buffer(&text);

	ck_sample(s);
	settings_unref(s);
	buffer_done(&text);
}
END_TEST

START_TEST(the_sample_without_its_comments_is_the_same)
{
	struct buffer text = sample(), bare = without_comments(&text);
	struct settings *s = reads_buffer(&bare);

	ck_assert_ptr_null(strchr(bare.data, '#'));
	ck_sample(s);
	settings_unref(s);
	buffer_done(&text);
	buffer_done(&bare);
}
END_TEST

/* Paths depend on how the tree was configured, and the sample shows the usual ones. */
static bool
is_path(enum setting_id id)
{
	return setting_type(id) == TYPE_PATH;
}

START_TEST(the_sample_switched_on_has_every_setting_with_its_default)
{
	struct buffer text = sample_switched_on();
	struct settings *on = reads_buffer(&text), *factory = reads(LOCAL);

	for (unsigned i = 0; i < SETTING_COUNT; i++) {
		enum setting_id id = (enum setting_id)i;
		const struct setting_row *row = setting_row(id);
		const struct value *v = &on->base[id];

		if (row->scope == SCOPE_LISTENER)
			v = listener_value(settings_listener(on, "in"), id);
		if (row->scope == SCOPE_DAEMON)
			v = &on->listeners[1].daemons[0].role;
		if (row->scope == SCOPE_TRIGGER)
			v = trigger_value(settings_trigger_at(on, 0), id);
		ck_assert_msg(v->origin.file != NULL, "%s is not in the sample", row->name);
		if ((row->scope == SCOPE_GLOBAL || row->scope == SCOPE_RULE) && row->def != NULL && !is_path(id))
			ck_assert_str_eq(value_print(v), value_print(&factory->base[id]));
	}
	ck_rule(on, SETTING_ENCRYPT, "a@example.org", "b@partner.example", "required");
	ck_rule(on, SETTING_SIGN, "board@example.org", "b@partner.example", "required");
	settings_unref(on);
	settings_unref(factory);
	buffer_done(&text);
}
END_TEST

/* ---- the manual ---- */

/* A .Dl line of the manual as it prints: \(dq is a quote. */
static struct buffer
printed(const char *line, size_t n)
{
	struct buffer to = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < n; i++) {
		bool quote = n - i >= 4 && memcmp(line + i, "\\(dq", 4) == 0;

		expect_ok(buffer_append_char(&to, quote ? '"' : line[i], &e));
		i += quote ? 3 : 0;
	}
	return to;
}

/* What a listener needs besides the setting that is shown. */
static const char *
rest_of_listener(const char *example)
{
	if (strncmp(example, "socket =", strlen("socket =")) == 0)
		return "role = local";
	if (strncmp(example, "role =", strlen("role =")) == 0)
		return "socket = \"unix:/a\"";
	return "socket = \"unix:/a\" role = submission";
}

/* Likewise a trigger: what fires it, or what it asks for. */
static const char *
rest_of_trigger(const char *example)
{
	bool cause = strncmp(example, "subject-tag =", strlen("subject-tag =")) == 0 ||
	    strncmp(example, "header =", strlen("header =")) == 0;
	bool effect = strncmp(example, "sign =", strlen("sign =")) == 0 || strncmp(example, "encrypt =", strlen("encrypt =")) == 0;

	return cause ? "sign = off" : effect ? "header = X" : "header = X sign = off";
}

/* The setting `example` alone in its kind of section, with what else a configuration needs. */
static void
try_example(const char *heading, const char *example)
{
	static const char *const frames[][2] = {
		{ "Top of the file", "%s\n" },
		{ "Listeners", "listener \"a\" {\n%s\n}\n" },
		{ "Daemons", "listener \"a\" { socket = \"unix:/a\" role = local daemon \"d\" {\n%s\n} }\n" },
		{ "Rules", "domain \"a.example\" {\n%s\n}\n" },
		{ "Triggers", "trigger \"a\" {\n%s\n}\n" },
	};
	const char *rest = strcmp(heading, "Listeners") == 0 ? rest_of_listener(example) :
	    strcmp(heading, "Triggers") == 0                 ? rest_of_trigger(example) :
	                                                       "";
	char setting[600], text[1000];

	snprintf(setting, sizeof setting, "%s\n%s", example, rest);
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		const char *hole = strstr(frames[i][1], "%s");

		if (strcmp(frames[i][0], heading) != 0)
			continue;
		snprintf(text, sizeof text, "%.*s%s%s", (int)(hole - frames[i][1]), frames[i][1], setting,
		    hole + 2);
		settings_unref(strncmp(example, "local-domains", 13) == 0 ? reads(text) : reads_more(text));
		return;
	}
	ck_abort_msg("%s: an example under the heading %s", example, heading);
}

START_TEST(every_example_of_the_manual_is_a_setting)
{
	struct buffer manual = read_document(MANUAL);
	char heading[100] = "";
	size_t count = 0;

	for (const char *line = manual.data; *line != '\0'; line += strcspn(line, "\n") + 1) {
		int n = (int)strcspn(line, "\n");

		if (strncmp(line, ".Ss ", 4) == 0)
			snprintf(heading, sizeof heading, "%.*s", n - 4, line + 4);
		if (strncmp(line, ".Dl ", 4) == 0 && strstr(heading, "Grammar") == NULL &&
		    memchr(line, '=', (size_t)n) != NULL) {
			struct buffer example = printed(line + 4, (size_t)n - 4);

			try_example(heading, buffer_text(&example));
			count++;
			buffer_done(&example);
		}
	}
	ck_assert_uint_eq(count, SETTING_COUNT);
	buffer_done(&manual);
}
END_TEST

START_TEST(the_edge_set_up_of_the_manual_is_a_configuration)
{
	static const char begin[] = ".Bd -literal -offset indent\n";
	struct buffer manual = read_document(MANUAL);
	struct error e = ERROR_INIT;
	struct settings *s = NULL;
	const char *text = strstr(manual.data, ".Sh EXAMPLES");

	ck_assert_ptr_nonnull(text);
	text = strstr(text, begin) + strlen(begin);
	expect_ok(settings_load_text("EXAMPLES", text, (size_t)(strstr(text, ".Ed\n") - text), &s, &e));
	ck_assert_uint_eq(settings_listener_count(s), 3);
	ck_rule(s, SETTING_ENCRYPT, "a@example.org", "b@partner.example", "required");
	settings_unref(s);
	buffer_done(&manual);
}
END_TEST

/* ---- cut off ---- */

static size_t
written_values(const struct settings *s)
{
	size_t n = 0;

	for (unsigned i = 0; i < SETTING_COUNT; i++)
		n += s->base[i].origin.file != NULL;
	for (size_t l = 0; l < s->listener_count; l++) {
		for (unsigned i = 0; i < SETTING_COUNT; i++)
			n += s->listeners[l].values[i].origin.file != NULL;
		n += s->listeners[l].daemon_count;
	}
	for (size_t t = 0; t < s->trigger_count; t++)
		for (unsigned i = 0; i < SETTING_COUNT; i++)
			n += s->triggers[t].values[i].origin.file != NULL;
	for (size_t i = 0; i < s->domains.count; i++)
		n += s->domains.items[i].count;
	for (size_t i = 0; i < s->addresses.count; i++)
		n += s->addresses.items[i].count;
	return n;
}

/* The settings of the first `n` octets as a reader of lines sees them; -1 when these are no whole lines. */
static int
complete_lines(const char *text, size_t n)
{
	int settings = 0;

	if (n > 0 && text[n - 1] != '\n')
		return -1;
	for (const char *line = text; line < text + n; line += strcspn(line, "\n") + 1) {
		size_t size = strcspn(line, "#\n");

		settings += memchr(line, '=', size) != NULL;
	}
	return settings;
}

static void
cut_everywhere(const struct buffer *text)
{
	size_t accepted = 0;

	for (size_t n = 0; n <= text->size; n++) {
		struct error e = ERROR_INIT;
		struct settings *s = NULL;

		if (settings_load_text("sample", text->data, n, &s, &e) != 0) {
			ck_assert_int_eq(e.code, ERROR_CONFIGURATION);
			ck_assert_ptr_null(s);
			continue;
		}
		accepted++;
		ck_assert_msg((int)written_values(s) == complete_lines(text->data, n),
		    "cut at %zu: %zu settings", n, written_values(s));
		settings_unref(s);
	}
	ck_assert_uint_gt(accepted, 3);
}

START_TEST(the_sample_cut_off_anywhere_is_an_error_or_its_complete_lines)
{
	struct buffer text = sample();

	cut_everywhere(&text);
	buffer_done(&text);
}
END_TEST

START_TEST(the_sample_switched_on_and_cut_off_anywhere_is_an_error_or_its_complete_lines)
{
	struct buffer on = sample_switched_on(), text = without_comments(&on);

	cut_everywhere(&text);
	buffer_done(&on);
	buffer_done(&text);
}
END_TEST

Suite *
suite_sample(void)
{
	Suite *suite = suite_create("conf/sample");
	TCase *tc = tcase_create("sample");

	tcase_add_test(tc, the_sample_is_a_configuration);
	tcase_add_test(tc, the_sample_without_its_comments_is_the_same);
	tcase_add_test(tc, the_sample_switched_on_has_every_setting_with_its_default);
	tcase_add_test(tc, every_example_of_the_manual_is_a_setting);
	tcase_add_test(tc, the_edge_set_up_of_the_manual_is_a_configuration);
	tcase_add_test(tc, the_sample_cut_off_anywhere_is_an_error_or_its_complete_lines);
	tcase_add_test(tc, the_sample_switched_on_and_cut_off_anywhere_is_an_error_or_its_complete_lines);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return suite;
}
