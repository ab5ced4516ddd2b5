/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/mta.h"
#include "tests/unit/gateway/openssl_side.h"
#include "tests/unit/mime/mime_support.h"

Suite *suite_hostile(void);

/*
 * The messages that other filters corrupted, crashed or looped on, through the
 * whole gateway; OpenSSL's own MIME and CMS readers are the other side.
 */
static const char *const names[] = {
	"01-plain-nonmime", "02-nonmime-8bit", "03-mime-8bit", "04-multipart", "05-preamble-dashes",
	"06-no-boundary-in-body", "07-close-delim-padding", "08-epilogue", "09-ct-nospace", "10-mp-nospace",
	"11-semicolon-quoted", "12-lowercase-names", "13-two-content-types", "14-content-no-mime-version",
	"15-mime-version-only", "16-empty-body", "17-pkcs7-mime", "18-opaque-signed", "19-signed-uppercase", "20-pgp-signed",
	"21-from-line", "22-trailing-ws", "23-bare-cr-lf", "24-nul", "25-long-ct", "26-trailing-semicolon",
	"27-folded-ct-tab", "28-content-extras", "29-rfc2231", "30-preamble-70k", "31-long-lines", "32-binary-cte",
};

/* By its label alone: its header stays as it is, and it is signed like any other. */
static bool
is_labelled_protected(size_t i)
{
	return i >= 16 && i <= 19;
}

/* Two readers could see two mails in these: nobody would open them at the other end. */
static bool
is_ambiguous(size_t i)
{
	return i == 5 || i == 12;
}

static struct world *w;
static struct forged alice, rcpt;

static void
set_up(void)
{
	w = world_open("example.org", NULL);
	alice = certified("alice@example.org", NULL);
	rcpt = certified("rcpt@dest.example.net", "rsa-2048");
	world_identity(w, &alice);
	world_login(w, "alice", "alice@example.org");
	world_partner(w, NULL, &rcpt);
}

static void
tear_down(void)
{
	world_close(w);
	forged_done(&alice);
	forged_done(&rcpt);
}

static struct buffer
load_hostile(size_t i)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "mime/hostile/%s.eml", names[i]);
	return load(path);
}

static void
expect_same_content(const struct buffer *before, const struct buffer *after, const char *name)
{
	struct message a, b;
	struct error e = ERROR_INIT;
	const char *difference;

	expect_ok(message_open(&a, before->data, before->size, &e));
	expect_ok(message_open(&b, after->data, after->size, &e));
	difference = leaves_differ(a.root, b.root);
	ck_assert_msg(difference == NULL, "%s: %s", name, difference);
	message_done(&a);
	message_done(&b);
}

/* ---- through the gateway ---- */

static struct delivery
submit(const struct buffer *text, enum mta_rules rules)
{
	const struct mail mail = { .from = "<alice@example.org>", .to = { "<rcpt@dest.example.net>" }, .text = text->data,
		.size = text->size, .login = "alice", .client = "192.0.2.7", .role = CHOICE_ROLE_SUBMISSION };

	return mta_send(w, &mail, rules);
}

static void
expect_refused_as_ambiguous(const struct delivery *d, const char *name)
{
	ck_assert_msg(d->verdict == VERDICT_REFUSE && strcmp(d->answer.status, "5.6.0") == 0, "%s: %s", name,
	    error_text(&d->error));
	ck_assert_ptr_nonnull(strstr(d->answer.text, "can be read in more than one way"));
	ck_assert_uint_eq(d->edits.size, 0);
}

static void
expect_clean_header(const struct delivery *d, const char *name)
{
	ck_assert_msg(delivery_count(d, "MIME-Version") == 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Content-Type") == 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Content-Transfer-Encoding") <= 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Content-Disposition") <= 1, "%s", name);
	ck_assert_msg(delivery_count(d, "Subject") == 1, "%s", name);
}

START_TEST(signs_each_so_that_openssl_reads_the_same)
{
	const char *name = names[_i / 2];
	struct buffer text = load_hostile((size_t)_i / 2), content;
	struct delivery d;

	world_configure(w, "example.org", "defaults { sign = \"required\" encrypt = \"off\" }");
	d = submit(&text, (enum mta_rules)(_i % 2));
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&d.error));
	expect_clean_header(&d, name);
	content = openssl_verified(&d.text, &alice, name);
	expect_same_content(&text, &content, name);
	buffer_done(&content);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

START_TEST(signs_and_encrypts_each_so_that_openssl_reads_the_same)
{
	const char *name = names[_i / 2];
	struct buffer text = load_hostile((size_t)_i / 2), plain, content;
	struct delivery d;

	world_configure(w, "example.org", "defaults { sign = \"required\" encrypt = \"required\" legacy-display = no }");
	d = submit(&text, (enum mta_rules)(_i % 2));
	if (is_ambiguous((size_t)_i / 2)) {
		expect_refused_as_ambiguous(&d, name);
		delivery_done(&d);
		buffer_done(&text);
		return;
	}
	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&d.error));
	expect_clean_header(&d, name);
	plain = openssl_decrypted(&d.text, &rcpt, name);
	content = openssl_verified(&plain, &alice, name);
	expect_same_content(&text, &content, name);
	buffer_done(&content);
	buffer_done(&plain);
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

/* The display of hidden fields goes into the body on the one side and out of it on the other. */
START_TEST(hides_the_subject_of_each_and_gives_all_of_it_back)
{
	const char *name = names[_i / 2];
	struct buffer text = load_hostile((size_t)_i / 2);
	struct mail mail = { .from = "<alice@example.org>", .to = { "<rcpt@dest.example.net>" }, .client = "192.0.2.1",
		.role = CHOICE_ROLE_INBOUND };
	struct world *there = world_open("dest.example.net", NULL);
	struct delivery sent, back;
	char *hidden, *after;

	world_identity(there, &rcpt);
	world_configure(w, "example.org", "defaults { sign = \"off\" encrypt = \"required\" }");
	sent = submit(&text, (enum mta_rules)(_i % 2));
	if (is_ambiguous((size_t)_i / 2)) {
		expect_refused_as_ambiguous(&sent, name);
		delivery_done(&sent);
		world_close(there);
		buffer_done(&text);
		return;
	}
	ck_assert_msg(sent.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&sent.error));
	mail.text = sent.text.data;
	mail.size = sent.text.size;
	back = mta_send(there, &mail, (enum mta_rules)(_i % 2));
	ck_assert_msg(back.verdict == VERDICT_CONTINUE, "%s: %s", name, error_text(&back.error));
	expect_same_content(&text, &back.text, name);
	expect_clean_header(&back, name);
	hidden = delivery_field(&sent, "Subject", 1);
	after = delivery_field(&back, "Subject", 1);
	if (!is_labelled_protected((size_t)_i / 2))
		ck_assert_msg(strcmp(hidden, "[...]") == 0, "%s: %s", name, hidden);
	ck_assert_msg(strcmp(after, "[...]") != 0, "%s: %s", name, after);
	ck_assert_ptr_null(strstr(buffer_text(&back.text), "hp-legacy-display"));
	free(hidden);
	free(after);
	delivery_done(&sent);
	delivery_done(&back);
	world_close(there);
	buffer_done(&text);
}
END_TEST

START_TEST(takes_each_from_outside_as_it_is)
{
	struct buffer text = load_hostile((size_t)_i);
	const struct mail mail = { .from = "<alice@example.org>", .to = { "<bob@example.org>" }, .text = text.data,
		.size = text.size, .client = "192.0.2.1", .role = CHOICE_ROLE_INBOUND };
	struct delivery d = mta_send(w, &mail, MTA_POSTFIX);

	ck_assert_msg(d.verdict == VERDICT_CONTINUE, "%s: %s", names[_i], error_text(&d.error));
	ck_assert_msg(strstr(buffer_text(&d.edits), "insert Authentication-Results") == d.edits.data, "%s", names[_i]);
	ck_assert_msg(d.text.size >= text.size, "%s", names[_i]);
	ck_assert_msg(memmem(d.text.data, d.text.size, "\r\n\r\n", 4) != NULL, "%s", names[_i]);
	ck_assert_ptr_null(strstr(buffer_text(&d.edits), "smime=pass"));
	ck_assert_ptr_null(strstr(buffer_text(&d.edits), "\nbody "));
	delivery_done(&d);
	buffer_done(&text);
}
END_TEST

Suite *
suite_hostile(void)
{
	Suite *s = suite_create("hostile");
	TCase *t = tcase_create("hostile");
	const int n = sizeof(names) / sizeof(names[0]);

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, signs_each_so_that_openssl_reads_the_same, 0, 2 * n);
	tcase_add_loop_test(t, signs_and_encrypts_each_so_that_openssl_reads_the_same, 0, 2 * n);
	tcase_add_loop_test(t, hides_the_subject_of_each_and_gives_all_of_it_back, 0, 2 * n);
	tcase_add_loop_test(t, takes_each_from_outside_as_it_is, 0, n);
	suite_add_tcase(s, t);
	return s;
}
