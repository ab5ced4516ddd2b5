/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "net/smtp.h"
#include "tests/unit/support.h"

Suite *suite_smtp_endpoint(void);

static const struct {
	const char *text, *host;
	int kind;
	uint16_t port;
} good[] = {
	{ "unix:/run/resubmit.sock", "/run/resubmit.sock", SMTP_UNIX, 0 },
	{ "[127.0.0.1]:10026", "127.0.0.1", SMTP_IPV4, 10026 },
	{ "127.0.0.1:1", "127.0.0.1", SMTP_IPV4, 1 },
	{ "127.1.2.3:65535", "127.1.2.3", SMTP_IPV4, 65535 },
	{ "[::1]:25", "::1", SMTP_IPV6, 25 },
	{ "localhost:10026", "127.0.0.1", SMTP_IPV4, 10026 },
	{ "[Localhost]:10026", "127.0.0.1", SMTP_IPV4, 10026 },
};

START_TEST(reads_what_stands_on_this_machine)
{
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;

	expect_ok(smtp_endpoint_parse(good[_i].text, &to, &e));
	ck_assert_str_eq(to.host, good[_i].host);
	ck_assert_int_eq((int)to.kind, good[_i].kind);
	ck_assert_uint_eq(to.port, good[_i].port);
}
END_TEST

static const char *const bad[] = {
	"", ":", ":25", "unix:", "unix:relative", "unix", "/run/resubmit.sock", "localhost", "127.0.0.1", "127.0.0.1:",
	"127.0.0.1:0", "127.0.0.1:025", "127.0.0.1:65536", "127.0.0.1:99999999999999", "127.0.0.1:25x", "127.0.0.1:-1",
	"127.0.0.1: 25", "127.0.0.1 :25", "127.1:25", "0177.0.0.1:25", "[127.0.0.1:25", "[127.0.0.1]", "[127.0.0.1]25",
	"[::1]", "::1:25", "[::1%lo]:25", "[]:25",
	/* not the loopback, or only in disguise */
	"192.0.2.1:25", "[192.0.2.1]:25", "[2001:db8::1]:25", "0.0.0.0:25", "[::]:25", "[::ffff:127.0.0.1]:25",
	"128.0.0.1:25", "mail.example:25", "localhost.example:25", "localhost.:25",
};

START_TEST(refuses_what_leads_elsewhere_or_nowhere)
{
	struct smtp_endpoint to = { .port = 7 };
	struct error e = ERROR_INIT;

	expect_error(smtp_endpoint_parse(bad[_i], &to, &e), ERROR_CONFIGURATION);
	ck_assert_uint_eq(to.port, 7);
}
END_TEST

START_TEST(takes_a_path_up_to_what_the_system_knows)
{
	char text[5 + SMTP_HOST_MAX + 1] = "unix:/";
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;

	memset(text + 6, 'x', SMTP_HOST_MAX - 2);
	expect_ok(smtp_endpoint_parse(text, &to, &e));
	ck_assert_str_eq(to.host, text + 5);
	text[6 + SMTP_HOST_MAX - 2] = 'x';
	expect_error(smtp_endpoint_parse(text, &to, &e), ERROR_CONFIGURATION);
	memset(text, '1', sizeof text - 1);
	memcpy(text, "[1", 2);
	error_clear(&e);
	expect_error(smtp_endpoint_parse(text, &to, &e), ERROR_CONFIGURATION);
}
END_TEST

Suite *
suite_smtp_endpoint(void)
{
	Suite *s = suite_create("smtp_endpoint");
	TCase *t = tcase_create("smtp_endpoint");

	tcase_add_loop_test(t, reads_what_stands_on_this_machine, 0, (int)(sizeof good / sizeof good[0]));
	tcase_add_loop_test(t, refuses_what_leads_elsewhere_or_nowhere, 0, (int)(sizeof bad / sizeof bad[0]));
	tcase_add_test(t, takes_a_path_up_to_what_the_system_knows);
	suite_add_tcase(s, t);
	return s;
}
