/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "conf/table_private.h"
#include "tests/unit/conf/reading.h"

#define IN "listener \"in\" { socket = \"unix:/run/in.sock\" role = inbound }\n"

#define SECRET "trigger \"secret\" { subject-tag = \"[secret]\" encrypt = required }\n"

/* ---- names ---- */

START_TEST(an_unknown_name_gets_a_suggestion)
{
	refuses("local-domain = { \"a.example\" }\n",
	    "test.conf:1: local-domain: unknown; did you mean \"local-domains\"?");
	refuses_more("local_domains = { }\n", "did you mean \"local-domains\"?");
	refuses_more("listner \"in\" { }\n", "did you mean \"listener\"?");
	refuses_more("default { }\n", "did you mean \"defaults\"?");
	refuses_more("defaults { unauthorized-author = refuse }\n", "did you mean \"unauthorised-author\"?");
	refuses_more("listener \"in\" { deamon \"x\" { } }\n", "did you mean \"daemon\"?");
	refuses_more("includ \"x\" { }\n", "did you mean \"include\"?");
	refuses_more("Sign = off\n", "test.conf:2: Sign: unknown; see postseal.conf(5)");
	refuses_more("port = 25\n", "test.conf:2: port: unknown; see postseal.conf(5)");
}
END_TEST

START_TEST(a_name_in_the_wrong_section_is_told_where_it_belongs)
{
	refuses_more("sign = off\n", "test.conf:2: sign: not here; it belongs to a section defaults { }");
	refuses_more("socket = \"unix:/a\"\n", "it belongs to a section listener \"NAME\" { }");
	refuses_more("defaults { user = x }\n", "it belongs to the top of the file");
	refuses_more("listener \"in\" { encrypt = off }\n", "it belongs to a section defaults { }");
	refuses_more("daemon \"x\" { role = local }\n",
	    "test.conf:2: daemon: not here; it belongs to a section listener");
	refuses_more(
	    "defaults { domain \"x\" { } }\n", "domain: not here; it belongs to the top of the file");
	refuses_more("include = \"x\"\n", "write include \"file\", outside of every section");
	refuses_more("defaults {\ninclude \"x\"\n}\n",
	    "test.conf:3: include: write include \"file\", outside of every section");
}
END_TEST

START_TEST(suggests_only_what_is_near)
{
	ck_assert_ptr_null(suggest("x", SECTION_FILE));
	ck_assert_ptr_null(suggest("usxx", SECTION_FILE));
	ck_assert_ptr_null(suggest("signature", SECTION_FILE));
	ck_assert_ptr_null(
	    suggest("a-name-that-is-much-longer-than-every-setting-that-there-is", SECTION_FILE));
	ck_assert_str_eq(suggest("usr", SECTION_FILE), "user");
	ck_assert_str_eq(suggest("SPOOL-MEMORY", SECTION_FILE), "spool-memory");
}
END_TEST

static const char *const unfinished[][2] = {
	{ "user\n", "test.conf:2: user: not followed by = or {; write user = \"value\"" },
	{ "user =\n", "user: \"the end of the file\" where a value is expected" },
	{ "user = = x\n", "user: \"=\" where a value is expected" },
	{ "= x\n", "\"=\" where a setting or section is expected" },
	{ ", user = x\n", "\",\" where a setting or section is expected" },
	{ "\"user\" = x\n", "\"user\" where a setting or section is expected" },
	{ "{ }\n", "\"{\" where a setting or section is expected" },
	{ "}\n", "test.conf:2: this } closes nothing" },
	{ "user mail\n", "user: not here" },
	{ "defaults\n", "defaults: not followed by = or {" },
	{ "defaults \"x\" { }\n", "test.conf:2: defaults: \"x\" where { is expected" },
	{ "domain { }\n", "domain: no name; write domain \"NAME\" { }" },
	{ "domain \"\" { }\n", "domain: no name" },
	{ "domain \"a.example\" \"b.example\" { }\n",
	    "domain \"a.example\": \"b.example\" where { is expected" },
	{ "domain \"a.example\"\n", "\"the end of the file\" where { is expected" },
	{ "crls = { \"/a\" \"/b\" }\n", "test.conf:2: crls: \"/b\" in a list; write commas between values" },
	{ "crls = { , }\n", "crls: \",\" where a value is expected" },
	{ "crls = { \"/a\",, \"/b\" }\n", "crls: \",\" where a value is expected" },
	{ "crls = { { \"/a\" } }\n", "crls: \"{\" where a value is expected" },
	{ "crls = { user = x }\n", "crls: \"=\" in a list" },
	{ "listener \"a\" { daemon \"b\" { role = { { { { { { { local } } } } } } } } }\n",
	    "nested too deeply" },
};

START_TEST(a_statement_that_is_not_whole_is_refused)
{
	for (size_t i = 0; i < sizeof unfinished / sizeof unfinished[0]; i++)
		refuses_more(unfinished[i][0], unfinished[i][1]);
}
END_TEST

/* ---- the file and its listeners ---- */

START_TEST(local_domains_must_be_there)
{
	refuses("", "test.conf:1: local-domains: none; write local-domains = { \"your.domain\" }");
	refuses("# nothing\n", "test.conf:1: local-domains: none");
	refuses("user = mail\nlocal-domains = { }\n", "test.conf:2: local-domains: none");
}
END_TEST

START_TEST(local_domains_are_compared_in_normal_form)
{
	struct settings *s = reads("local-domains = { \"Example.ORG\", \"*.sub.example.org\", \"b\xc3\xbc"
				   "cher.example\" }\n");
	static const struct {
		const char *address;
		bool local;
	} rows[] = {
		{ "a@example.org", true },
		{ "a@EXAMPLE.org", true },
		{ "a@sub.example.org", false },
		{ "a@x.sub.example.org", true },
		{ "a@notexample.org", false },
		{ "a@xn--bcher-kva.example", true },
		{ "a@b\xc3\xbc"
		  "cher.example",
		    true },
		{ "a@example.net", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct error e = ERROR_INIT;
		struct address *a = NULL;

		expect_ok(address_parse(rows[i].address, strlen(rows[i].address), &a, &e));
		ck_assert_msg(settings_is_local(s, a) == rows[i].local, "%s", rows[i].address);
		address_free(a);
	}
	settings_unref(s);
}
END_TEST

START_TEST(nobody_is_not_local)
{
	struct settings *s = reads(LOCAL);
	struct error e = ERROR_INIT;
	struct address *null = NULL;

	expect_ok(address_parse_path("<>", NULL, &null, &e));
	ck_assert(!settings_is_local(s, null));
	address_free(null);
	settings_unref(s);
}
END_TEST

START_TEST(a_listener_needs_socket_and_role)
{
	refuses_more("\nlistener \"in\" { role = inbound }\n",
	    "test.conf:3: listener \"in\": no socket; write socket = ");
	refuses_more("listener \"in\" { socket = \"unix:/a\" }\n",
	    "test.conf:2: listener \"in\": no role; write role = ");
	refuses_more("listener \"in\" {\nsocket = \"unix:/a\" role = inbound\ndaemon \"x\" {\n}\n}\n",
	    "test.conf:4: listener \"in\", daemon \"x\": no role");
	refuses_more("listener \"a/b\" { }\n", "listener: \"a/b\": not a name; write letters");
	refuses_more(IN "listener \"two\" {\nsocket = \"unix:/run/in.sock\" role = local }\n",
	    "test.conf:4: socket: another listener has this socket");
}
END_TEST

static const struct socket_row {
	const char *socket, *says; /* NULL: fine with allow-inet */
} sockets[] = {
	{ "unix:/run/a.sock", NULL },
	{ "inet:8891@127.0.0.1", NULL },
	{ "inet:1@localhost", NULL },
	{ "inet6:65535@::1", NULL },
	{ "unix:run/a.sock", "not a socket" },
	{ "/run/a.sock", "not a socket; write \"unix:/path\" or \"inet:port@host\"" },
	{ "local:/run/a.sock", "not a socket" },
	{ "inet:8891", "no host to listen on" },
	{ "inet:8891@", "no host to listen on" },
	{ "inet:8891@a b", "no host to listen on" },
	{ "inet:0@127.0.0.1", "no port between 1 and 65535" },
	{ "inet:65536@127.0.0.1", "no port" },
	{ "inet:smtp@127.0.0.1", "no port" },
	{ "inet:@127.0.0.1", "no port" },
	{ "inet:00000025@127.0.0.1", "no port" },
	{ "inet:025@127.0.0.1", "no port" },
	{ "unix:/"
	  "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	  "89012345",
	    NULL },
	{ "unix:/"
	  "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
	  "890123456",
	    "too long for a socket" },
};

START_TEST(a_socket_is_checked_when_the_file_is_read)
{
	char text[512];

	for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
		snprintf(text, sizeof text,
		    "listener \"in\" { socket = \"%s\" role = inbound allow-inet = yes }\n",
		    sockets[i].socket);
		if (sockets[i].says == NULL)
			settings_unref(reads_more(text));
		else
			refuses_more(text, sockets[i].says);
	}
}
END_TEST

START_TEST(an_inet_socket_needs_to_be_allowed)
{
	refuses_more("listener \"in\" {\nsocket = \"inet:8891@127.0.0.1\"\nrole = inbound }\n",
	    "test.conf:3: socket: an inet socket is open to all who reach it; write allow-inet = yes");
	refuses_more("listener \"in\" { socket = \"inet6:8891@::1\" role = inbound allow-inet = no }\n",
	    "write allow-inet = yes");
}
END_TEST

START_TEST(only_submission_and_inbound_work_behind_the_queue)
{
	static const char *const others[] = { "local", "egress", "witness" };
	char text[200];

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		snprintf(text, sizeof text, "listener \"l\" { socket = \"unix:/l\" role = %s\nbehind-queue = yes }\n", others[i]);
		refuses_more(text, "test.conf:3: behind-queue: only a listener of role \"submission\" or \"inbound\" works behind");
		snprintf(text, sizeof text,
		    "listener \"l\" { socket = \"unix:/l\" role = inbound\nbehind-queue = yes daemon \"d\" { role = %s } }\n",
		    others[i]);
		refuses_more(text, "test.conf:3: behind-queue: only a listener of role");
	}
	settings_unref(reads_more("listener \"l\" { socket = \"unix:/l\" role = inbound behind-queue = yes\n"
	    "daemon \"d\" { role = submission } }\n" IN));
}
END_TEST

START_TEST(listeners_keep_their_order_and_their_values)
{
	struct settings *s =
	    reads_more("listener \"z\" { socket = \"unix:/z\" role = submission observe = yes }\n" IN);
	const struct listener *z = settings_listener_at(s, 0);

	ck_assert_uint_eq(settings_listener_count(s), 2);
	ck_assert_str_eq(listener_name(z), "z");
	ck_assert_ptr_eq(settings_listener(s, "in"), settings_listener_at(s, 1));
	ck_assert_ptr_null(settings_listener(s, "out"));
	ck_assert_ptr_null(settings_listener_at(s, 2));
	ck_assert_int_eq(listener_value(z, SETTING_OBSERVE)->number, 1);
	ck_assert_int_eq(listener_value(z, SETTING_ALLOW_INET)->number, 0);
	ck_assert(!listener_value(z, SETTING_SOCKET_GROUP)->set);
	ck_assert_str_eq(value_print(listener_value(z, SETTING_SOCKET_GROUP)), "-");
	settings_unref(s);
}
END_TEST

START_TEST(a_daemon_name_has_its_own_role)
{
	struct settings *s =
	    reads_more("listener \"in\" {\nsocket = \"unix:/a\"\nrole = inbound\n"
		       "daemon \"submission\" {\nrole = submission\n}\ndaemon \"cron\" { role = local } }\n"
		       "listener \"other\" { socket = \"unix:/b\" role = local }\n");
	const struct listener *in = settings_listener(s, "in");
	struct origin origin;

	ck_assert_int_eq(listener_role(in, "submission", &origin), CHOICE_ROLE_SUBMISSION);
	ck_assert_uint_eq(origin.line, 6);
	ck_assert_str_eq(origin.section, "listener \"in\", daemon \"submission\"");
	ck_assert_int_eq(listener_role(in, "cron", NULL), CHOICE_ROLE_LOCAL);
	ck_assert_int_eq(listener_role(in, "smtpd", &origin), CHOICE_ROLE_INBOUND);
	ck_assert_uint_eq(origin.line, 4);
	ck_assert_int_eq(listener_role(in, NULL, NULL), CHOICE_ROLE_INBOUND);
	ck_assert_int_eq(listener_role(settings_listener(s, "other"), "submission", NULL), CHOICE_ROLE_LOCAL);
	settings_unref(s);
}
END_TEST

/* ---- what is made of it ---- */

START_TEST(values_know_where_they_were_written)
{
	struct settings *s = reads_more("domain \"a.example\" {\n\tsign = off\n}\n");
	struct buffer out = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;
	struct address *a = NULL;
	const struct value *v;

	expect_ok(address_parse("x@a.example", 11, &a, &e));
	v = settings_rule(s, SETTING_SIGN, a, NULL);
	expect_ok(origin_print(&v->origin, &out, &e));
	ck_assert_str_eq(buffer_text(&out), "test.conf:3, domain \"a.example\"");
	buffer_clear(&out);
	expect_ok(origin_print(&settings_global(s, SETTING_LOCAL_DOMAINS)->origin, &out, &e));
	ck_assert_str_eq(buffer_text(&out), "test.conf:1");
	buffer_clear(&out);
	expect_ok(origin_print(&settings_global(s, SETTING_USER)->origin, &out, &e));
	ck_assert_str_eq(buffer_text(&out), "factory default");
	buffer_done(&out);
	address_free(a);
	settings_unref(s);
}
END_TEST

/* The text without its origins, which differ between two readings. */
static void
strip_comments(struct buffer *b)
{
	char *to = b->data;

	for (const char *from = b->data; *from != '\0'; from++) {
		if (*from == '#')
			from += strcspn(from, "\n");
		*to++ = *from;
	}
	b->size = (size_t)(to - b->data);
	*to = '\0';
}

START_TEST(what_is_printed_reads_back_as_the_same)
{
	static const char text[] =
	    "user = mail\ncrls = { \"/a \\\"b\\\" \\\\\" }\n"
	    "listener \"in\" { socket = \"unix:/a\" role = inbound daemon \"a \\\"b\\\"\" { role = local } "
	    "}\n"
	    "defaults { sign = required }\ndomain \"*.example.net\" { sign-local = yes encrypt = off }\n"
	    "domain \"*\" { }\naddress \"\\\"a b\\\"@example.org\" { sign = off }\n";
	struct settings *s = reads_more(text), *again;
	struct buffer first = BUFFER_INIT(100000), second = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;

	expect_ok(settings_print(s, &first, &e));
	again = reads(buffer_text(&first));
	expect_ok(settings_print(again, &second, &e));
	strip_comments(&first);
	strip_comments(&second);
	ck_assert_str_eq(buffer_text(&first), buffer_text(&second));
	ck_assert_ptr_nonnull(strstr(buffer_text(&first), "domain \".example.net\""));
	settings_unref(s);
	settings_unref(again);
	buffer_done(&first);
	buffer_done(&second);
}
END_TEST

static void
ck_restart(const char *from, const char *to, const char *want)
{
	struct settings *a = reads_more(from), *b = reads_more(to);
	const char *name = settings_needs_restart(a, b);

	if (want == NULL)
		ck_assert_msg(name == NULL, "%s", name);
	else
		ck_assert_msg(name != NULL && strcmp(name, want) == 0, "%s, not %s",
		    name != NULL ? name : "none", want);
	settings_unref(a);
	settings_unref(b);
}

START_TEST(tells_what_a_reload_cannot_change)
{
	ck_restart("", "", NULL);
	ck_restart("", "log-level = debug\ndefaults { sign = off }\n", NULL);
	ck_restart("", "user = postseal\n", NULL);
	ck_restart("", "user = mail\n", "user");
	ck_restart("store = \"/a\"\n", "store = \"/b\"\n", "store");
	ck_restart("gateway-id = a\n", "", "gateway-id");
	ck_restart("", "gateway-id = a\n", "gateway-id");
	ck_restart("", IN, NULL);
	ck_restart(IN, "", "socket");
	ck_restart(
	    IN, "listener \"in\" { socket = \"unix:/run/in.sock\" role = local observe = yes }\n", NULL);
	ck_restart(IN, "listener \"in\" { socket = \"unix:/other\" role = inbound }\n", "socket");
	ck_restart(IN,
	    "listener \"in\" { socket = \"unix:/run/in.sock\" role = inbound socket-group = mail }\n",
	    "socket-group");
}
END_TEST

START_TEST(names_come_from_the_host_unless_written)
{
	struct settings *s = reads(LOCAL);
	const char *gateway = settings_gateway_id(s);

	ck_assert_str_ne(gateway, "");
	ck_assert(strncmp(settings_authserv_id(s), "smime.", 6) == 0);
	ck_assert_str_eq(settings_authserv_id(s) + 6, gateway);
	settings_unref(s);
	s = reads_more("gateway-id = \"gw1\"\nauthserv-id = \"mail.example.org\"\n");
	ck_assert_str_eq(settings_gateway_id(s), "gw1");
	ck_assert_str_eq(settings_authserv_id(s), "mail.example.org");
	settings_unref(s);
}
END_TEST

/* ---- triggers ---- */

START_TEST(a_trigger_keeps_what_is_written_and_has_the_factory_values_else)
{
	struct settings *s = reads_more(SECRET "trigger \"b\" { header = \"X-Note\" sign = off may-weaken = yes keep = yes }\n");
	const struct trigger *first = settings_trigger_at(s, 0), *second = settings_trigger_at(s, 1);

	ck_assert_uint_eq(settings_trigger_count(s), 2);
	ck_assert_ptr_null(settings_trigger_at(s, 2));
	ck_assert_str_eq(trigger_name(first), "secret");
	ck_assert_str_eq(trigger_value(first, SETTING_SUBJECT_TAG)->text, "[secret]");
	ck_assert_int_eq(trigger_value(first, SETTING_TRIGGER_ENCRYPT)->number, CHOICE_DEGREE_REQUIRED);
	ck_assert_str_eq(trigger_value(first, SETTING_TRIGGER_ENCRYPT)->origin.section, "trigger \"secret\"");
	ck_assert(!trigger_value(first, SETTING_TRIGGER_SIGN)->set);
	ck_assert_int_eq(trigger_value(first, SETTING_MAY_WEAKEN)->number, 0);
	ck_assert_int_eq(trigger_value(first, SETTING_KEEP)->number, 0);
	ck_assert_int_eq(trigger_value(second, SETTING_MAY_WEAKEN)->number, 1);
	ck_assert_int_eq(trigger_value(second, SETTING_KEEP)->number, 1);
	prints(s, "trigger \"secret\" {\n\tsubject-tag = \"[secret]\"");
	settings_unref(s);
}
END_TEST

START_TEST(a_trigger_needs_a_cause_and_an_effect)
{
	refuses_more("trigger \"x\" { encrypt = required }\n", "test.conf:2: trigger \"x\": nothing fires it; write subject-tag");
	refuses_more("trigger \"x\" { subject-tag = \"[x]\" }\n", "test.conf:2: trigger \"x\": it asks for nothing; write encrypt");
	refuses_more("trigger \"a b\" { subject-tag = \"[x]\" sign = off }\n", "trigger: \"a b\": not a name");
	refuses_more(SECRET SECRET, "test.conf:3: trigger \"secret\": written already in test.conf:2");
	refuses_more("subject-tag = \"[x]\"\n", "it belongs to a section trigger \"NAME\" { }");
}
END_TEST

static const char *const bad_causes[][2] = {
	{ "subject-tag = x", "no tag of 2 to 64 octets" },
	{ "subject-tag = \" [x]\"", "without white space around it" },
	{ "subject-tag = \"a\tb\"", "printable UTF-8" },
	{ "header = \": yes\"", "no header field; write" },
	{ "header = \"X Secret\"", "no header field; write" },
	{ "header = \"subject: x\"", "a field that every message needs" },
	{ "header = \"Content-Type\"", "a field that every message needs" },
	{ "header = \"Received\"", "a field that every message needs" },
	{ "header = \"Resent-Bcc\"", "a field that every message needs" },
	{ "header = \"x-postseal-notice\"", "a field that every message needs" },
};

START_TEST(a_trigger_that_could_not_work_is_refused)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "trigger \"x\" {\n%s\nencrypt = required }\n", bad_causes[_i][0]);
	refuses_more(text, bad_causes[_i][1]);
}
END_TEST

Suite *
suite_sections(void)
{
	Suite *suite = suite_create("conf/sections");
	TCase *names = tcase_create("names"), *file = tcase_create("file"), *made = tcase_create("made");
	TCase *triggers = tcase_create("triggers");

	tcase_add_test(names, an_unknown_name_gets_a_suggestion);
	tcase_add_test(names, a_name_in_the_wrong_section_is_told_where_it_belongs);
	tcase_add_test(names, suggests_only_what_is_near);
	tcase_add_test(names, a_statement_that_is_not_whole_is_refused);
	suite_add_tcase(suite, names);
	tcase_add_test(file, local_domains_must_be_there);
	tcase_add_test(file, local_domains_are_compared_in_normal_form);
	tcase_add_test(file, nobody_is_not_local);
	tcase_add_test(file, a_listener_needs_socket_and_role);
	tcase_add_test(file, a_socket_is_checked_when_the_file_is_read);
	tcase_add_test(file, an_inet_socket_needs_to_be_allowed);
	tcase_add_test(file, only_submission_and_inbound_work_behind_the_queue);
	tcase_add_test(file, listeners_keep_their_order_and_their_values);
	tcase_add_test(file, a_daemon_name_has_its_own_role);
	suite_add_tcase(suite, file);
	tcase_add_test(made, values_know_where_they_were_written);
	tcase_add_test(made, what_is_printed_reads_back_as_the_same);
	tcase_add_test(made, tells_what_a_reload_cannot_change);
	tcase_add_test(made, names_come_from_the_host_unless_written);
	suite_add_tcase(suite, made);
	tcase_add_test(triggers, a_trigger_keeps_what_is_written_and_has_the_factory_values_else);
	tcase_add_test(triggers, a_trigger_needs_a_cause_and_an_effect);
	tcase_add_loop_test(triggers, a_trigger_that_could_not_work_is_refused, 0, sizeof(bad_causes) / sizeof(bad_causes[0]));
	suite_add_tcase(suite, triggers);
	return suite;
}
