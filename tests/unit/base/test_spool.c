/* SPDX-License-Identifier: BSD-2-Clause */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/spool.h"
#include "tests/unit/support.h"

Suite *suite_spool(void);

#define BLOCK ((size_t)64 * 1024)

/* ---- a cipher that is weak but watches what it is asked ---- */

#define OVERHEAD   12
#define BLOCKS_MAX 64

struct test_key {
	unsigned char pad;
	unsigned seals[BLOCKS_MAX]; /* how often each block number was sealed */
};

static unsigned keys_made, keys_freed, opens;
static struct test_key *last_key;

static void *
test_key_new(struct error *e)
{
	last_key = memory_new(1, sizeof *last_key, e);
	if (last_key != NULL)
		last_key->pad = (unsigned char)(0x55 + ++keys_made);
	return last_key;
}

static void
test_key_free(void *key)
{
	keys_freed++;
	free(key);
}

/* A sum that depends on the block's number and every octet's place. */
static void
tag(uint64_t block, const unsigned char *sealed, size_t n, unsigned char to[OVERHEAD])
{
	uint64_t sum = block * 2654435761u + n;

	for (size_t i = 0; i < n; i++)
		sum = sum * 31 + sealed[i];
	memset(to, 0, OVERHEAD);
	memcpy(to, &sum, sizeof sum);
}

static int
test_seal(void *key, uint64_t block, const void *plain, size_t n, void *sealed, struct error *e)
{
	struct test_key *k = key;
	unsigned char *to = sealed;

	(void)e;
	ck_assert_uint_lt(block, BLOCKS_MAX);
	ck_assert_msg(k->seals[block]++ == 0, "block %u sealed twice", (unsigned)block);
	for (size_t i = 0; i < n; i++)
		to[i] = ((const unsigned char *)plain)[i] ^ k->pad;
	tag(block, to, n, to + n);
	return 0;
}

static int
test_open(void *key, uint64_t block, const void *sealed, size_t n, void *plain, struct error *e)
{
	const unsigned char *from = sealed;
	unsigned char want[OVERHEAD];
	struct test_key *k = key;

	opens++;
	ck_assert_uint_ge(n, OVERHEAD);
	n -= OVERHEAD;
	for (size_t i = 0; i < n; i++)
		((unsigned char *)plain)[i] = from[i] ^ k->pad;
	tag(block, from, n, want);
	return memcmp(from + n, want, OVERHEAD) == 0 ? 0 : error_set(e, ERROR_IO, "not authentic");
}

static const struct spool_cipher test_cipher = { test_key_new, test_key_free, OVERHEAD, test_seal, test_open };

/* ---- content ---- */

static unsigned char
octet_at(uint64_t i)
{
	return (unsigned char)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

static void
write_some(struct spool *spool, size_t n, size_t step)
{
	unsigned char block[1000];
	struct error e = ERROR_INIT;

	for (size_t done = 0, some; done < n; done += some) {
		some = n - done < step ? n - done : step;
		for (size_t i = 0; i < some; i++)
			block[i] = octet_at(spool_size(spool) + i);
		expect_ok(spool_write(spool, block, some, &e));
	}
}

static void
expect_range(struct spool *spool, uint64_t offset, size_t n)
{
	struct error e = ERROR_INIT;
	unsigned char *to = malloc(n + 1);

	expect_ok(spool_read_at(spool, offset, to, n, &e));
	for (size_t i = 0; i < n; i++)
		if (to[i] != octet_at(offset + i))
			ck_abort_msg("octet %llu is wrong", (unsigned long long)(offset + i));
	free(to);
}

static struct spool *
new_spool(size_t memory, uint64_t max)
{
	static char folder[512];
	struct spool_settings settings = { memory, max, folder, &test_cipher };
	struct error e = ERROR_INIT;
	struct spool *spool;

	snprintf(folder, sizeof folder, "%s", scratch("."));
	spool = spool_new(&settings, &e);
	ck_assert_ptr_nonnull(spool);
	return spool;
}

/* The spool's open file, found by the name that it no longer has; -1 if there is none. */
static int
open_spool_file(void)
{
	int found = -1;
	struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(dir);
	while (found < 0 && (entry = readdir(dir)) != NULL) {
		char link[300], target[PATH_MAX];
		ssize_t n;

		snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
		n = readlink(link, target, sizeof target - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strstr(target, "postseal-test-") != NULL && strstr(target, "(deleted)") != NULL)
			found = open(link, O_RDWR | O_CLOEXEC);
	}
	closedir(dir);
	return found;
}

static void
expect_empty_folder(void)
{
	DIR *dir = opendir(scratch("."));
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ck_abort_msg("%s is there", entry->d_name);
	closedir(dir);
}

/* ---- memory form ---- */

START_TEST(stays_in_memory_up_to_the_threshold)
{
	struct spool *spool = new_spool(10000, 1 << 20);

	write_some(spool, 10000, 77);
	ck_assert_uint_eq(keys_made, 0);
	ck_assert_int_eq(open_spool_file(), -1);
	ck_assert_uint_eq(spool_size(spool), 10000);
	for (uint64_t i = 0; i + 300 <= 10000; i += 333)
		expect_range(spool, i, 300);
	write_some(spool, 1, 1);
	ck_assert_uint_eq(keys_made, 1);
	expect_range(spool, 0, 10001);
	spool_free(spool);
	ck_assert_uint_eq(keys_freed, 1);
	spool_free(NULL);
}
END_TEST

START_TEST(without_a_cipher_or_folder_it_never_leaves_memory)
{
	struct spool_settings settings = { 100, 1 << 20, scratch("."), NULL };
	struct error e = ERROR_INIT;

	for (int i = 0; i < 2; i++) {
		struct spool *spool = spool_new(&settings, &e);

		write_some(spool, 100, 9);
		expect_error(spool_write(spool, "x", 1, &e), ERROR_TOO_LARGE);
		ck_assert_uint_eq(spool_size(spool), 100);
		expect_range(spool, 0, 100);
		spool_free(spool);
		settings.cipher = &test_cipher;
		settings.folder = NULL;
	}
	expect_empty_folder();
}
END_TEST

START_TEST(the_ceiling_holds_in_both_forms)
{
	static const size_t memories[] = { 300000, 1000, 0 };
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < 3; i++) {
		struct spool *spool = new_spool(memories[i], 200000);

		write_some(spool, 199999, 999);
		expect_error(spool_write(spool, "xy", 2, &e), ERROR_TOO_LARGE);
		ck_assert_uint_eq(spool_size(spool), 199999);
		write_some(spool, 1, 1);
		expect_error(spool_write(spool, "x", 1, &e), ERROR_TOO_LARGE);
		expect_ok(spool_write(spool, "", 0, &e));
		expect_range(spool, 0, 200000);
		spool_free(spool);
	}
}
END_TEST

START_TEST(a_read_past_the_end_is_refused)
{
	static const size_t memories[] = { 300000, 0 };
	struct error e = ERROR_INIT;
	char to[100];

	for (size_t i = 0; i < 2; i++) {
		struct spool *spool = new_spool(memories[i], 1 << 20);

		expect_ok(spool_read_at(spool, 0, to, 0, &e));
		expect_error(spool_read_at(spool, 0, to, 1, &e), ERROR_INTERNAL);
		write_some(spool, 70000, 1000);
		expect_range(spool, 69999, 1);
		expect_ok(spool_read_at(spool, 70000, to, 0, &e));
		expect_error(spool_read_at(spool, 70000, to, 1, &e), ERROR_INTERNAL);
		expect_error(spool_read_at(spool, 69999, to, 2, &e), ERROR_INTERNAL);
		expect_error(spool_read_at(spool, UINT64_MAX, to, 2, &e), ERROR_INTERNAL);
		spool_free(spool);
	}
}
END_TEST

/* ---- file form ---- */

START_TEST(reads_anywhere_in_the_file_form)
{
	static const size_t sizes[] = { 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 5 * BLOCK + 12345 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct spool *spool = new_spool(0, 1 << 20);
		size_t n = sizes[i];

		write_some(spool, n, 997);
		expect_range(spool, 0, n);
		for (size_t offset = 0; offset < n; offset += 9973)
			expect_range(spool, offset, n - offset < 20000 ? n - offset : 20000);
		for (size_t edge = BLOCK; edge < n; edge += BLOCK)
			expect_range(spool, edge - 1, n - edge < 1 ? 1 : 2);
		spool_free(spool);
	}
}
END_TEST

START_TEST(reading_and_writing_may_alternate)
{
	struct spool *spool = new_spool(1000, 1 << 20);

	for (int i = 0; i < 300; i++) {
		write_some(spool, 999, 999);
		expect_range(spool, spool_size(spool) / 2, 100);
		expect_range(spool, spool_size(spool) - 10, 10);
	}
	expect_range(spool, 0, (size_t)spool_size(spool));
	spool_free(spool);
}
END_TEST

START_TEST(moves_its_memory_into_the_file)
{
	static const size_t memories[] = { 1, BLOCK - 1, BLOCK, BLOCK + 1, 200000 };

	for (size_t i = 0; i < sizeof memories / sizeof memories[0]; i++) {
		struct spool *spool = new_spool(memories[i], 1 << 20);
		unsigned made = keys_made;

		write_some(spool, memories[i], 1000);
		ck_assert_uint_eq(keys_made, made);
		write_some(spool, 100000, 1000);
		ck_assert_uint_eq(keys_made, made + 1);
		expect_range(spool, 0, memories[i] + 100000);
		spool_free(spool);
	}
}
END_TEST

START_TEST(the_file_has_no_name_and_is_closed_to_others)
{
	struct spool *spool = new_spool(0, 1 << 20);
	struct stat st;
	int fd;

	write_some(spool, 3 * BLOCK, 1000);
	expect_empty_folder();
	fd = open_spool_file();
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, (off_t)(3 * (BLOCK + OVERHEAD)));
	close(fd);
	spool_free(spool);
	ck_assert_int_eq(open_spool_file(), -1);
}
END_TEST

START_TEST(no_clear_octets_reach_the_disk)
{
	struct spool *spool = new_spool(100, 1 << 20);
	static unsigned char disk[4 * (BLOCK + OVERHEAD)];
	unsigned char needle[32];
	struct error e = ERROR_INIT;
	ssize_t n;
	int fd;

	write_some(spool, 3 * BLOCK + 500, 1000);
	fd = open_spool_file();
	n = pread(fd, disk, sizeof disk, 0);
	ck_assert_int_eq(n, (ssize_t)(3 * (BLOCK + OVERHEAD)));
	for (uint64_t offset = 0; offset < 3 * BLOCK; offset += 1021) {
		expect_ok(spool_read_at(spool, offset, needle, sizeof needle, &e));
		ck_assert_ptr_null(memmem(disk, (size_t)n, needle, sizeof needle));
	}
	close(fd);
	spool_free(spool);
}
END_TEST

/* Change one octet of the file at `place`. */
static void
tamper(int fd, off_t place)
{
	unsigned char octet;

	ck_assert_int_eq(pread(fd, &octet, 1, place), 1);
	octet ^= 1;
	ck_assert_int_eq(pwrite(fd, &octet, 1, place), 1);
}

START_TEST(a_tampered_block_is_found)
{
	static const off_t places[] = { 0, BLOCK - 1, BLOCK, BLOCK + OVERHEAD - 5 };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct spool *spool = new_spool(0, 1 << 20);
		struct error e = ERROR_INIT;
		char to[10] = "untouched";
		int fd;

		write_some(spool, 3 * BLOCK, 1000);
		fd = open_spool_file();
		tamper(fd, (off_t)(BLOCK + OVERHEAD) + places[i]);
		expect_range(spool, 0, BLOCK);
		expect_error(spool_read_at(spool, BLOCK + 5, to, 10, &e), ERROR_IO);
		ck_assert_str_eq(to, "untouched");
		/* Not from the cache either. */
		expect_error(spool_read_at(spool, BLOCK + 5, to, 10, &e), ERROR_IO);
		expect_range(spool, 0, BLOCK); /* the one opened before */
		expect_range(spool, 2 * BLOCK, BLOCK);
		close(fd);
		spool_free(spool);
	}
}
END_TEST

START_TEST(exchanged_blocks_are_found)
{
	struct spool *spool = new_spool(0, 1 << 20);
	static unsigned char one[BLOCK + OVERHEAD], two[BLOCK + OVERHEAD];
	struct error e = ERROR_INIT;
	char to[10];
	int fd;

	write_some(spool, 2 * BLOCK, 1000);
	fd = open_spool_file();
	ck_assert_int_eq(pread(fd, one, sizeof one, 0), sizeof one);
	ck_assert_int_eq(pread(fd, two, sizeof two, sizeof one), sizeof two);
	ck_assert_int_eq(pwrite(fd, two, sizeof two, 0), sizeof two);
	ck_assert_int_eq(pwrite(fd, one, sizeof one, sizeof one), sizeof one);
	expect_error(spool_read_at(spool, 0, to, 10, &e), ERROR_IO);
	expect_error(spool_read_at(spool, BLOCK, to, 10, &e), ERROR_IO);
	close(fd);
	spool_free(spool);
}
END_TEST

START_TEST(a_cut_file_is_found)
{
	struct spool *spool = new_spool(0, 1 << 20);
	struct error e = ERROR_INIT;
	char to[10];
	int fd;

	write_some(spool, 2 * BLOCK, 1000);
	fd = open_spool_file();
	ck_assert_int_eq(ftruncate(fd, (off_t)(2 * (BLOCK + OVERHEAD) - 1)), 0);
	expect_range(spool, 0, BLOCK);
	expect_error(spool_read_at(spool, BLOCK, to, 10, &e), ERROR_IO);
	close(fd);
	spool_free(spool);
}
END_TEST

START_TEST(a_block_is_opened_once_for_many_reads)
{
	struct spool *spool = new_spool(0, 1 << 20);

	write_some(spool, 3 * BLOCK, 1000);
	opens = 0;
	for (uint64_t i = 0; i + 50 <= 3 * BLOCK; i += 100)
		expect_range(spool, i, 50);
	ck_assert_uint_eq(opens, 3);
	spool_free(spool);
}
END_TEST

/* ---- emptying, failing ---- */

START_TEST(an_emptied_spool_begins_again_under_a_new_key)
{
	struct spool *spool = new_spool(1000, 1 << 20);
	struct error e = ERROR_INIT;
	char to[1];

	for (unsigned i = 1; i <= 3; i++) {
		write_some(spool, 2 * BLOCK, 1000);
		ck_assert_uint_eq(keys_made, i);
		expect_range(spool, 0, 2 * BLOCK);
		expect_ok(spool_truncate(spool, &e));
		ck_assert_uint_eq(keys_freed, i);
		ck_assert_uint_eq(spool_size(spool), 0);
		ck_assert_int_eq(open_spool_file(), -1);
		expect_error(spool_read_at(spool, 0, to, 1, &e), ERROR_INTERNAL);
	}
	write_some(spool, 1000, 1000);
	ck_assert_uint_eq(keys_made, 3);
	spool_free(spool);
}
END_TEST

START_TEST(a_missing_folder_fails_and_keeps_what_there_is)
{
	struct spool_settings settings = { 100, 1 << 20, "/nonexistent", &test_cipher };
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);

	write_some(spool, 100, 100);
	expect_error(spool_write(spool, "x", 1, &e), ERROR_IO);
	expect_range(spool, 0, 100);
	ck_assert_uint_eq(spool_size(spool), 100);
	ck_assert_uint_eq(keys_made, keys_freed);
	spool_free(spool);
}
END_TEST

START_TEST(after_a_full_disk_nothing_is_written_until_emptied)
{
	struct spool *spool = new_spool(0, 1 << 20);
	struct rlimit before, small;
	static unsigned char block[2 * BLOCK];
	struct error e = ERROR_INIT;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = BLOCK + BLOCK / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	write_some(spool, BLOCK, 1000);
	expect_error(spool_write(spool, block, sizeof block, &e), ERROR_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	expect_error(spool_write(spool, block, 1, &e), ERROR_IO);
	expect_range(spool, 0, BLOCK);
	expect_ok(spool_truncate(spool, &e));
	write_some(spool, 2 * BLOCK, 1000);
	expect_range(spool, 0, 2 * BLOCK);
	spool_free(spool);
}
END_TEST

static int
write_and_read(void *ctx, struct error *e)
{
	static char folder[512];
	struct spool_settings settings = { 5000, 1 << 20, folder, &test_cipher };
	struct spool *spool;
	char block[1000] = { 0 };
	int rc = 0;

	(void)ctx;
	snprintf(folder, sizeof folder, "%s", scratch("."));
	spool = spool_new(&settings, e);
	if (spool == NULL)
		return -1;
	for (int i = 0; rc == 0 && i < 100; i++)
		rc = spool_write(spool, block, sizeof block, e);
	if (rc == 0)
		rc = spool_read_at(spool, 70000, block, sizeof block, e);
	spool_free(spool);
	ck_assert_uint_eq(keys_made, keys_freed);
	return rc;
}

START_TEST(survives_every_failing_allocation)
{
	each_allocation_fails(write_and_read, NULL);
}
END_TEST

/* ---- spans ---- */

START_TEST(a_span_is_read_forward_and_no_further)
{
	static const size_t memories[] = { 300000, 0 };

	for (size_t i = 0; i < 2; i++) {
		struct spool *spool = new_spool(memories[i], 1 << 20);
		struct spool_span span = { spool, 60000, 20000 };
		struct spool_reader reader;
		struct source from;
		struct error e = ERROR_INIT;
		unsigned char to[777];
		size_t total = 0;
		ssize_t n;

		write_some(spool, 200000, 1000);
		from = spool_reader_source(&reader, span);
		while ((n = source_read(&from, to, sizeof to, &e)) > 0) {
			for (ssize_t k = 0; k < n; k++)
				ck_assert_uint_eq(to[k], octet_at(60000 + total + (size_t)k));
			total += (size_t)n;
		}
		ck_assert_int_eq(n, 0);
		ck_assert_uint_eq(total, 20000);
		spool_free(spool);
	}
}
END_TEST

START_TEST(spans_copy_from_one_spool_to_another)
{
	struct spool *from = new_spool(0, 1 << 20), *to = new_spool(1000, 1 << 20);
	struct sink sink = spool_sink(to);
	struct error e = ERROR_INIT;

	write_some(from, 200000, 1000);
	expect_ok(spool_span_write(spool_all(from), &sink, &e));
	ck_assert_uint_eq(spool_size(to), 200000);
	expect_range(to, 0, 200000);
	expect_ok(spool_span_write((struct spool_span){ from, 200000, 0 }, &sink, &e));
	expect_error(spool_span_write((struct spool_span){ from, 199999, 2 }, &sink, &e), ERROR_INTERNAL);
	spool_free(from);
	spool_free(to);
}
END_TEST

Suite *
suite_spool(void)
{
	Suite *s = suite_create("spool");
	TCase *t = tcase_create("spool");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, stays_in_memory_up_to_the_threshold);
	tcase_add_test(t, without_a_cipher_or_folder_it_never_leaves_memory);
	tcase_add_test(t, the_ceiling_holds_in_both_forms);
	tcase_add_test(t, a_read_past_the_end_is_refused);
	tcase_add_test(t, reads_anywhere_in_the_file_form);
	tcase_add_test(t, reading_and_writing_may_alternate);
	tcase_add_test(t, moves_its_memory_into_the_file);
	tcase_add_test(t, the_file_has_no_name_and_is_closed_to_others);
	tcase_add_test(t, no_clear_octets_reach_the_disk);
	tcase_add_test(t, a_tampered_block_is_found);
	tcase_add_test(t, exchanged_blocks_are_found);
	tcase_add_test(t, a_cut_file_is_found);
	tcase_add_test(t, a_block_is_opened_once_for_many_reads);
	tcase_add_test(t, an_emptied_spool_begins_again_under_a_new_key);
	tcase_add_test(t, a_missing_folder_fails_and_keeps_what_there_is);
	tcase_add_test(t, after_a_full_disk_nothing_is_written_until_emptied);
	tcase_add_test(t, survives_every_failing_allocation);
	tcase_add_test(t, a_span_is_read_forward_and_no_further);
	tcase_add_test(t, spans_copy_from_one_spool_to_another);
	suite_add_tcase(s, t);
	return s;
}
