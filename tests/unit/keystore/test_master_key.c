/* SPDX-License-Identifier: BSD-2-Clause */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "keystore/keystore.h"
#include "tests/unit/support.h"

Suite *suite_master_key(void);

static struct error e = ERROR_INIT;

static void
write_file(const char *path, const char *text, size_t n, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(makes_a_file_that_only_its_owner_may_read_and_reads_it_back)
{
	struct secret first = SECRET_INIT, second = SECRET_INIT;
	const char *path = scratch("master"), *other = scratch("other");
	struct stat st;

	expect_ok(master_key_create(path, &e));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0400);
	expect_ok(master_key_read(path, &first, &e));
	ck_assert_uint_eq(first.size, 32);
	expect_ok(master_key_create(other, &e));
	expect_ok(master_key_read(other, &second, &e));
	ck_assert(!secret_equal(&first, &second));
	secret_done(&first);
	secret_done(&second);
}
END_TEST

START_TEST(never_writes_over_a_key)
{
	struct secret before = SECRET_INIT, after = SECRET_INIT;
	const char *path = scratch("master");

	expect_ok(master_key_create(path, &e));
	expect_ok(master_key_read(path, &before, &e));
	expect_error(master_key_create(path, &e), ERROR_STORE_CONFLICT);
	expect_ok(master_key_read(path, &after, &e));
	ck_assert(secret_equal(&before, &after));
	secret_done(&before);
	secret_done(&after);
}
END_TEST

START_TEST(refuses_a_key_that_others_may_read)
{
	struct secret key = SECRET_INIT;
	const char *path = scratch("master");

	expect_ok(master_key_create(path, &e));
	ck_assert_int_eq(chmod(path, 0440), 0);
	expect_error(master_key_read(path, &key, &e), ERROR_PERMISSIONS);
	ck_assert_uint_eq(key.size, 0);
}
END_TEST

START_TEST(refuses_a_key_that_is_cut_off_or_no_key_at_all)
{
	static const char good[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	static const char *const bad[] = {
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0",
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n\n",
		"0g112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		"\n",
		"-----BEGIN PRIVATE KEY-----\n",
	};
	struct secret key = SECRET_INIT;
	const char *path = scratch("master");

	for (size_t n = 0; n < 64; n++) {
		write_file(path, good, n, 0400);
		expect_error(master_key_read(path, &key, &e), ERROR_CONFIGURATION);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		write_file(path, bad[i], strlen(bad[i]), 0400);
		expect_error(master_key_read(path, &key, &e), ERROR_CONFIGURATION);
	}
	for (size_t n = 64; n <= 65; n++) {
		write_file(path, good, n, 0400);
		expect_ok(master_key_read(path, &key, &e));
		ck_assert_uint_eq(key.data[1], 0x11);
		secret_done(&key);
	}
	expect_error(master_key_read(scratch("nowhere"), &key, &e), ERROR_IO);
}
END_TEST

START_TEST(finds_a_credential_of_the_service_manager)
{
	static const char good[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	static const char *const bad[] = { "credential:", "credential:../master", "credential:.", "credential:a/b" };
	struct secret key = SECRET_INIT;
	char folder[512], *slash;

	unsetenv("CREDENTIALS_DIRECTORY");
	expect_error(master_key_read("credential:postseal", &key, &e), ERROR_CONFIGURATION);
	snprintf(folder, sizeof folder, "%s", scratch("postseal"));
	write_file(folder, good, strlen(good), 0440); /* as an access list shows */
	slash = strrchr(folder, '/');
	*slash = '\0';
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	expect_ok(master_key_read("credential:postseal", &key, &e));
	ck_assert_uint_eq(key.size, 32);
	secret_done(&key);
	expect_error(master_key_read("credential:another", &key, &e), ERROR_CONFIGURATION);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_error(master_key_read(bad[i], &key, &e), ERROR_CONFIGURATION);
	unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

Suite *
suite_master_key(void)
{
	Suite *suite = suite_create("master_key");
	TCase *tc = tcase_create("master_key");

	tcase_add_test(tc, makes_a_file_that_only_its_owner_may_read_and_reads_it_back);
	tcase_add_test(tc, never_writes_over_a_key);
	tcase_add_test(tc, refuses_a_key_that_others_may_read);
	tcase_add_test(tc, refuses_a_key_that_is_cut_off_or_no_key_at_all);
	tcase_add_test(tc, finds_a_credential_of_the_service_manager);
	suite_add_tcase(suite, tc);
	return suite;
}
