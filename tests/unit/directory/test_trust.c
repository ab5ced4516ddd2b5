/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "directory/directory.h"
#include "tests/unit/keystore/pki.h"

Suite *suite_trust(void);

static struct error e = ERROR_INIT;

static void
write_pem(const char *path, const struct certificate *first, const struct certificate *second)
{
	struct buffer pem = BUFFER_INIT(65536);

	expect_ok(certificate_write_pem(first, &pem, &e));
	if (second != NULL)
		expect_ok(certificate_write_pem(second, &pem, &e));
	expect_ok(file_replace(path, pem.data, pem.size, 0644, &e));
	buffer_done(&pem);
}

START_TEST(reads_files_and_folders)
{
	struct pki one = pki_new("One"), two = pki_new("Two");
	struct buffer crl = pki_crl(&one, NULL, 0);
	struct trust *t = NULL;
	char file[512], folder[512], inside[600], list[512];
	const char *anchors[] = { file, folder, NULL }, *crls[] = { list, NULL };

	snprintf(file, sizeof file, "%s", scratch("one.pem"));
	snprintf(folder, sizeof folder, "%s", scratch("anchors"));
	snprintf(list, sizeof list, "%s", scratch("list.pem"));
	expect_ok(file_make_folder(folder, 0755, &e));
	snprintf(inside, sizeof inside, "%s/two.pem", folder);
	write_pem(file, one.root, one.ca);
	write_pem(inside, two.root, NULL);
	expect_ok(file_replace(list, crl.data, crl.size, 0644, &e));
	expect_ok(trust_load(anchors, crls, &t, &e));
	ck_assert_uint_eq(trust_anchor_count(t), 3);
	expect_ok(trust_add_anchors(t, &two.chain, &e)); /* its root is there already */
	ck_assert_uint_eq(trust_anchor_count(t), 4);
	ck_assert_ptr_eq(trust_ref(t), t);
	trust_unref(t);
	ck_assert_uint_eq(trust_anchor_count(t), 4);
	trust_unref(t);
	trust_unref(NULL);
	buffer_done(&crl);
	pki_done(&one);
	pki_done(&two);
}
END_TEST

START_TEST(no_anchors_are_no_error)
{
	static const char *const none[] = { NULL };
	struct trust *t = NULL;

	expect_ok(trust_load(none, none, &t, &e));
	ck_assert_uint_eq(trust_anchor_count(t), 0);
	trust_unref(t);
	expect_ok(trust_load(NULL, NULL, &t, &e));
	trust_unref(t);
}
END_TEST

static void
expect_named(const char *const *anchors, const char *const *crls, const char *name)
{
	struct trust *t = NULL;

	ck_assert_int_eq(trust_load(anchors, crls, &t, &e), -1);
	ck_assert_ptr_null(t);
	ck_assert_msg(strstr(error_text(&e), name) != NULL, "%s", error_text(&e));
	error_clear(&e);
}

START_TEST(what_cannot_be_read_is_named)
{
	struct pki pki = pki_new("Test CA");
	char good[512], bad[512], cut[512];
	const char *anchors[] = { good, bad, NULL }, *crls[] = { bad, NULL }, *one[] = { cut, NULL };
	struct buffer pem = BUFFER_INIT(65536);
	struct trust *t = NULL;

	snprintf(good, sizeof good, "%s", scratch("good.pem"));
	snprintf(bad, sizeof bad, "%s", scratch("bad.pem"));
	snprintf(cut, sizeof cut, "%s", scratch("cut.pem"));
	write_pem(good, pki.root, NULL);
	expect_named(anchors, NULL, "bad.pem"); /* it is not there */
	expect_named(NULL, crls, "bad.pem");
	expect_ok(file_replace(bad, "nothing of use\n", 15, 0644, &e));
	expect_named(anchors, NULL, "bad.pem");
	expect_named(NULL, crls, "bad.pem");
	expect_ok(certificate_write_pem(pki.root, &pem, &e));
	for (size_t n = 0; n < pem.size - 1; n += 7) { /* cut off anywhere but at its last line end */
		expect_ok(file_replace(cut, pem.data, n, 0644, &e));
		expect_named(one, NULL, "cut.pem");
	}
	expect_ok(file_replace(cut, pem.data, pem.size, 0644, &e));
	expect_ok(trust_load(one, NULL, &t, &e));
	trust_unref(t);
	buffer_done(&pem);
	pki_done(&pki);
}
END_TEST

START_TEST(levels_have_words_in_their_order)
{
	static const char *const words[] = { "harvested", "discovered", "verified", "pinned" };
	enum trust_level last = LEVEL_NONE, l = LEVEL_NONE;

	for (size_t i = 0; i < 4; i++) {
		expect_ok(trust_level_parse(words[i], &l, &e));
		ck_assert_int_gt(l, last);
		ck_assert_str_eq(trust_level_word(l), words[i]);
		last = l;
	}
	expect_error(trust_level_parse("none", &l, &e), ERROR_USAGE);
	expect_error(trust_level_parse("", &l, &e), ERROR_USAGE);
	ck_assert_int_eq(l, LEVEL_PINNED);
	ck_assert_str_eq(trust_level_word(LEVEL_NONE), "none");
}
END_TEST

Suite *
suite_trust(void)
{
	Suite *suite = suite_create("trust");
	TCase *tc = tcase_create("trust");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, reads_files_and_folders);
	tcase_add_test(tc, no_anchors_are_no_error);
	tcase_add_test(tc, what_cannot_be_read_is_named);
	tcase_add_test(tc, levels_have_words_in_their_order);
	suite_add_tcase(suite, tc);
	return suite;
}
