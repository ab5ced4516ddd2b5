/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/check_mta.h"
#include "cli/postfix_files.h"
#include "tests/unit/support.h"

Suite *suite_check_mta(void);

/* What an MTA's configuration does that leads mail past the gateway is found, with file and line. */

static struct error e = ERROR_INIT;

static void
put(const char *name, const char *text)
{
	FILE *file = fopen(scratch(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
	ck_assert_int_eq(fclose(file), 0);
}

static struct settings *
settings_with(const char *more)
{
	struct buffer text = BUFFER_INIT(65536);
	struct settings *s = NULL;

	expect_ok(buffer_append_format(&text, &e,
	    "local-domains = { \"example.org\" }\n"
	    "listener \"in\" { socket = \"unix:/run/postseal/in.sock\" role = \"inbound\" }\n"
	    "listener \"out\" { socket = \"unix:/var/spool/postfix/postseal/out.sock\" role = \"submission\" %s }\n"
	    "listener \"local\" { socket = \"inet:8899@127.0.0.1\" allow-inet = yes role = \"local\" }\n",
	    more));
	expect_ok(settings_load_text("test.conf", text.data, text.size, &s, &e));
	buffer_done(&text);
	return s;
}

/* ---- Postfix ---------------------------------------------------------------------------------- */

#define MAIN "smtpd_milters = unix:/run/postseal/in.sock\nnon_smtpd_milters = inet:localhost:8899\n" \
	     "alias_maps =\nmydestination =\n"
#define SMTPD "smtp inet n - y - - smtpd\n"
#define CLEANUP "cleanup unix n - y - 0 cleanup\n"
#define MASTER SMTPD CLEANUP
#define COPIES                                                                                    \
	"resubmit unix n - n - - smtpd\n  -o smtpd_milters=\n  -o cleanup_service_name=copies\n"  \
	"  -o message_size_limit=20480000\n"                                                      \
	"copies unix n - n - 0 cleanup\n  -o { always_bcc = }\n  -o message_size_limit=20480000\n"
#define RESUBMIT "resubmit = \"unix:/var/spool/postfix/public/resubmit\""
#define PORT "resubmit = \"[127.0.0.1]:10026\""
#define EGRESS "} listener \"egress\" { socket = \"unix:/run/postseal/egress.sock\" role = \"egress\""
#define SECOND                                                                               \
	"127.0.0.1:10027 inet n - n - - smtpd\n  -o smtpd_milters=unix:/run/postseal/egress.sock\n" \
	"  -o content_filter=smtp:\n  -o receive_override_options=no_address_mappings\n"

static const struct row {
	const char *settings, *main, *master;
	const char *state, *where, *what; /* of the only finding that is not ok; NULL: there is none */
} rows[] = {
	{ "", MAIN, MASTER, NULL, NULL, NULL },
	{ "", MAIN "milter_default_action =\n accept\n", MASTER, "error", "main.cf:5", "without it" },
	{ "", MAIN "milter_default_action = $x\nx = accept\n", MASTER, "error", "main.cf:5", "without it" },
	{ "", MAIN "milter_default_action = quarantine\n", MASTER, "warning", "main.cf:5", "hold queue" },
	{ "", MAIN "milter_default_action = tempfail\n", MASTER, NULL, NULL, NULL },
	{ "", MAIN, SMTPD "  -o milter_default_action=accept\n" CLEANUP, "error", "master.cf:1", "without it" },
	{ "", MAIN "non_smtpd_milters =\n", MASTER, "warning", "main.cf:5", "sendmail(1)" },
	{ "", MAIN "smtpd_milters = inet:localhost:8891\n", MASTER, "warning", "main.cf:5", "smtp smtpd_milters" },
	{ "", MAIN, MASTER "\n# a comment\nsubmission inet n - y - - smtpd\n  -o smtpd_milters=\n", "warning", "master.cf:5",
	    "submission smtpd_milters" },
	{ "", MAIN, MASTER "submission inet n - y - - smtpd\n  -o smtpd_milters=unix:/postseal/out.sock\n", NULL, NULL, NULL },
	{ "", MAIN, MASTER "submission inet n - y - - smtpd\n  -o { smtpd_milters = { unix:/postseal/out.sock, connect_timeout=10s } }\n",
	    NULL, NULL, NULL },
	{ "", MAIN, SMTPD "  -o receive_override_options=no_milters,no_address_mappings\n" CLEANUP, "warning", "master.cf:1",
	    "without any filter" },
	/* the port for copies */
	{ RESUBMIT, MAIN, MASTER COPIES, NULL, NULL, NULL },
	{ RESUBMIT, MAIN, MASTER, "warning", "master.cf: no smtpd", "test.conf:3" },
	{ RESUBMIT, MAIN "always_bcc = x@example.org\n", MASTER COPIES, NULL, NULL, NULL },
	{ RESUBMIT, MAIN "sender_bcc_maps = texthash:/nonexistent\n", MASTER COPIES, "warning", "main.cf:5", "copied once more" },
	{ RESUBMIT, MAIN, MASTER "resubmit unix n - n - - smtpd -o smtpd_milters= -o message_size_limit=20480000\n"
	                         "  -o cleanup_service_name=copies\ncopies unix n - n - 0 cleanup\n", "warning", "master.cf:5",
	    "too large" },
	{ RESUBMIT, MAIN, MASTER "resubmit unix n - n - - smtpd -o smtpd_milters= -o message_size_limit=20479999\n"
	                         "  -o cleanup_service_name=none\n", "warning", "master.cf:3", "too large" },
	{ PORT, MAIN, MASTER "127.0.0.1:10026 inet n - n - - smtpd\n  -o smtpd_milters=\n  -o message_size_limit=0\n"
	              "  -o cleanup_service_name=none\n", "warning", "master.cf:3", "every user" },
	{ PORT, MAIN, MASTER "10026 inet n - n - - smtpd\n  -o smtpd_milters=\n  -o message_size_limit=0\n"
	              "  -o cleanup_service_name=none\n", "error", "master.cf:3", "other hosts" },
	{ RESUBMIT, MAIN, MASTER "resubmit unix n - n - - smtpd -o message_size_limit=0 -o cleanup_service_name=none\n", "error",
	    "main.cf:1", "come back" },
	/* what leads outside */
	{ "", MAIN "always_bcc = archive@elsewhere.example\n", MASTER, "warning", "main.cf:5", "outside" },
	{ "", MAIN "always_bcc = archive@example.org\n", MASTER, NULL, NULL, NULL },
	{ "", MAIN "mydestination = example.org\n", MASTER, "warning", "main.cf", ".forward" },
	{ "", MAIN "mydestination = example.org\nforward_path =\n", MASTER, NULL, NULL, NULL },
	{ "", MAIN "virtual_alias_maps = ldap:/etc/postfix/x.cf\n", MASTER, "warning", "main.cf:5", "cannot be looked into" },
	{ "", MAIN "virtual_alias_maps = hash:%s\n", MASTER, "warning", "aliases:4", "outside" },
	/* the second pass */
	{ EGRESS, MAIN "virtual_alias_maps = hash:%s\ndefault_transport = egress:[127.0.0.1]:10027\n", MASTER SECOND, NULL, NULL, NULL },
	{ EGRESS, MAIN, MASTER SECOND, "warning", "main.cf", "does not reach" },
	{ EGRESS, MAIN "default_transport = egress:[127.0.0.1]:10027\n",
	    MASTER "10027 inet n - n - - smtpd -o smtpd_milters=unix:/run/postseal/egress.sock -o content_filter=smtp:\n", "warning",
	    "master.cf:3", "expanded again" },
	{ EGRESS, MAIN "default_transport = egress:[127.0.0.1]:10027\n",
	    MASTER "10027 inet n - n - - smtpd -o smtpd_milters=unix:/run/postseal/egress.sock\n"
	           " -o receive_override_options=no_address_mappings\n", "error", "master.cf:3", "second pass again" },
};

static void
expect_findings(const struct checklist *f, const char *state, const char *where, const char *what)
{
	size_t found = 0;

	for (size_t i = 0; i < json_count(f->listing.rows); i++) {
		const struct json *row = json_at(f->listing.rows, i);
		const char *text = json_look_text(row, "text");

		if (strcmp(json_look_text(row, "state"), "ok") == 0)
			continue;
		found++;
		ck_assert_msg(state != NULL, "%s", text);
		ck_assert_msg(strcmp(json_look_text(row, "state"), state) == 0 && strstr(text, where) != NULL &&
		    strstr(text, what) != NULL, "%s: %s", json_look_text(row, "state"), text);
		ck_assert_ptr_nonnull(json_look_text(row, "remedy"));
	}
	ck_assert_uint_eq(found, state != NULL);
}

START_TEST(finds_what_leads_past_the_gateway_in_postfix)
{
	const struct row *row = &rows[_i];
	struct cli c = { .settings = settings_with(row->settings) };
	struct checklist f;
	char text[4096], folder[512];
	const char *hole = strstr(row->main, "%s");

	put("aliases", "# abuse: x@elsewhere.example\nroot: alice\nstaff: alice@example.org,\n  bob@elsewhere.example\n");
	snprintf(text, sizeof text, "%.*s%s%s", (int)(hole != NULL ? (size_t)(hole - row->main) : strlen(row->main)), row->main,
	    hole != NULL ? scratch("aliases") : "", hole != NULL ? hole + 2 : "");
	put("main.cf", text);
	put("master.cf", row->master);
	snprintf(folder, sizeof folder, "%s", scratch("main.cf"));
	*strrchr(folder, '/') = '\0';
	expect_ok(finding_list_init(&f, &e));
	expect_ok(check_postfix(&c, &f, folder, &e));
	expect_findings(&f, row->state, row->where, row->what);
	finding_list_done(&f);
	settings_unref(c.settings);
}
END_TEST

START_TEST(says_what_it_cannot_read)
{
	struct cli c = { .settings = settings_with("") };
	struct checklist f;

	expect_ok(finding_list_init(&f, &e));
	expect_ok(check_postfix(&c, &f, scratch("nowhere"), &e));
	expect_ok(check_sendmail(&c, &f, scratch("nowhere"), &e));
	ck_assert_uint_eq(f.errors, 2);
	finding_list_done(&f);
	settings_unref(c.settings);
}
END_TEST

/* Every beginning of both files is read to its end, and what is whole in it is found. */
START_TEST(reads_files_cut_off_anywhere)
{
	static const char whole[] = "# x\na = b\n  c\n\nsmtp inet n - y - - smtpd -o a=b -o { c = d }\n -o";
	char cut[sizeof whole], folder[512];

	snprintf(folder, sizeof folder, "%s", scratch("main.cf"));
	*strrchr(folder, '/') = '\0';
	for (size_t n = 0; n < sizeof whole; n++) {
		struct postfix p;

		memcpy(cut, whole, n);
		cut[n] = '\0';
		put("main.cf", cut);
		put("master.cf", cut);
		expect_ok(postfix_read(folder, &p, &e));
		if (n >= 14) {
			ck_assert_str_eq(postfix_setting(&p, NULL, "a")->value, "b c");
			ck_assert_uint_eq(postfix_setting(&p, NULL, "a")->line, 2);
		}
		if (n == sizeof whole - 1) {
			const struct postfix_service *s = postfix_service(&p, "smtp", "smtpd");

			ck_assert_uint_eq(s->line, 5);
			ck_assert_uint_eq(s->count, 2);
			ck_assert_str_eq(postfix_setting(&p, s, "c")->value, "d");
		}
		postfix_done(&p);
	}
}
END_TEST

START_TEST(expands_names_and_no_circle)
{
	struct buffer out = BUFFER_INIT(65536);
	struct postfix p;
	char folder[512];

	put("main.cf", "a = <$b> ${b} $(b) $nothing $\nb = 1\nc = $c\n");
	put("master.cf", "smtp inet n - y - - smtpd -o b=2\n");
	snprintf(folder, sizeof folder, "%s", scratch("main.cf"));
	*strrchr(folder, '/') = '\0';
	expect_ok(postfix_read(folder, &p, &e));
	expect_ok(postfix_value(&p, NULL, "a", "", &out, &e));
	ck_assert_str_eq(buffer_text(&out), "<1> 1 1 $nothing $");
	expect_ok(postfix_value(&p, &p.services[0], "a", "", &out, &e));
	ck_assert_str_eq(buffer_text(&out), "<2> 2 2 $nothing $");
	expect_ok(postfix_value(&p, NULL, "c", "", &out, &e));
	ck_assert_str_eq(buffer_text(&out), "$c");
	expect_ok(postfix_value(&p, NULL, "d", "else", &out, &e));
	ck_assert_str_eq(buffer_text(&out), "else");
	buffer_done(&out);
	postfix_done(&p);
}
END_TEST

/* ---- Sendmail ------------------------------------------------------------------------------------- */

#define X "Xin, S=unix:/run/postseal/in.sock, F=T, T=C:30s;S:30s;R:30s;E:5m\n"
#define DAEMONS "O DaemonPortOptions=Name=MTA, Port=smtp, InputMailFilters=opendkim;in\n"

static const struct sendmail_row {
	const char *settings, *text;
	const char *state, *where, *what;
} sendmail_rows[] = {
	{ "", DAEMONS X, NULL, NULL, NULL },
	{ "", DAEMONS "Xin, S=local:/run/postseal/in.sock\n", "error", ":2:", "without it" },
	{ "", DAEMONS "Xopendkim, S=inet:8891@localhost\n" X, NULL, NULL, NULL },
	{ "", DAEMONS X "O DaemonPortOptions=Name=MSA, Port=submission, M=Ea\n", "warning", ":3:", "passes without it" },
	{ "", DAEMONS X "O DaemonPortOptions=Name=MSA, Port=submission, M=Ea\nO InputMailFilters=in\n", NULL, NULL, NULL },
	{ PORT, DAEMONS X "O DaemonPortOptions=Name=resubmit, Addr=127.0.0.1, Port=10026\n", "warning", ":3:", "every user" },
	{ PORT, DAEMONS X "O DaemonPortOptions=Name=resubmit, Port=10026\n", "error", ":3:", "other hosts" },
	{ "", DAEMONS X "O AliasFile=hash:%s\n", "warning", "aliases:4", "outside" },
	{ "", DAEMONS X "Kvirtuser hash -o %s\n", "warning", "aliases:4", "outside" },
	{ "", DAEMONS X "O ForwardPath=$z/.forward.$w:$z/.forward\n", "warning", ":3:", ".forward" },
	{ "", DAEMONS X "Kvirtuser hash /\n", "warning", "/: its text", "may lead outside" },
	{ EGRESS, DAEMONS X "O AliasFile=%s\nDSesmtp:[127.0.0.1]\n", NULL, NULL, NULL },
	{ EGRESS, DAEMONS X "DS\n", "warning", "SMART_HOST", "does not reach" },
	{ EGRESS, "O DaemonPortOptions=Name=egress, Addr=127.0.0.1, Port=10027, InputMailFilters=e\n"
	          "Xe, S=unix:/run/postseal/egress.sock, F=T\n", NULL, NULL, NULL },
};

START_TEST(finds_what_leads_past_the_gateway_in_sendmail)
{
	const struct sendmail_row *row = &sendmail_rows[_i];
	struct cli c = { .settings = settings_with(row->settings) };
	struct checklist f;
	char text[4096];
	const char *hole = strstr(row->text, "%s");

	put("aliases", "# abuse: x@elsewhere.example\nroot: alice\nstaff: alice@example.org,\n  bob@elsewhere.example\n");
	snprintf(text, sizeof text, "%.*s%s%s", (int)(hole != NULL ? (size_t)(hole - row->text) : strlen(row->text)), row->text,
	    hole != NULL ? scratch("aliases") : "", hole != NULL ? hole + 2 : "");
	put("sendmail.cf", text);
	expect_ok(finding_list_init(&f, &e));
	expect_ok(check_sendmail(&c, &f, scratch("sendmail.cf"), &e));
	expect_findings(&f, row->state, row->where, row->what);
	finding_list_done(&f);
	settings_unref(c.settings);
}
END_TEST

static int
check_both(void *ctx, struct error *err)
{
	struct checklist f;
	char folder[512];
	int rc;

	snprintf(folder, sizeof folder, "%s", scratch("main.cf"));
	*strrchr(folder, '/') = '\0';
	if (finding_list_init(&f, err) != 0)
		return -1;
	rc = check_postfix(ctx, &f, folder, err) != 0 ? -1 : check_sendmail(ctx, &f, scratch("sendmail.cf"), err);
	if (rc == 0 && f.errors > 0) /* a file that memory did not suffice for is a finding */
		rc = error_set(err, ERROR_NO_MEMORY, "found");
	finding_list_done(&f);
	return rc;
}

START_TEST(without_memory_nothing_looks_well)
{
	struct cli c = { .settings = settings_with(RESUBMIT) };

	put("main.cf", MAIN);
	put("master.cf", MASTER COPIES);
	put("sendmail.cf", DAEMONS X);
	each_allocation_fails(check_both, &c);
	settings_unref(c.settings);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
suite_check_mta(void)
{
	Suite *s = suite_create("check_mta");
	TCase *t = tcase_create("check_mta");

	LOOP(t, finds_what_leads_past_the_gateway_in_postfix, rows);
	tcase_add_test(t, says_what_it_cannot_read);
	tcase_add_test(t, reads_files_cut_off_anywhere);
	tcase_add_test(t, expands_names_and_no_circle);
	LOOP(t, finds_what_leads_past_the_gateway_in_sendmail, sendmail_rows);
	tcase_add_test(t, without_memory_nothing_looks_well);
	suite_add_tcase(s, t);
	return s;
}
