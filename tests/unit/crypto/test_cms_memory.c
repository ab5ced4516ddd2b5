/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>
#include <sys/resource.h>

#include "crypto/cms_encrypt.h"
#include "crypto/cms_open.h"
#include "crypto/spool_cipher.h"
#include "tests/unit/crypto/cms_support.h"

Suite *suite_cms_memory(void);

/* However large the content, memory stays where it was: each step is run small first, then large, and compared. */

#define SMALL ((uint64_t)300 * 1024)
#define LARGE ((uint64_t)20 * 1024 * 1024)
#define GROWTH ((long)4 * 1024) /* KiB; a fifth of the content */

static long
peak(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* Content out of nothing. */
static ssize_t
letters(void *ctx, void *to, size_t max, struct error *e)
{
	uint64_t *left = ctx;
	size_t n = *left < max ? (size_t)*left : max;

	(void)e;
	memset(to, 'x', n);
	*left -= n;
	return (ssize_t)n;
}

/* A spool that is on disk from the first block. */
static struct spool *
disk_spool(void)
{
	struct spool_settings settings = { .memory = 64 * 1024, .max = 2 * LARGE, .folder = "/tmp",
		.cipher = spool_cipher() };
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);

	ck_assert_ptr_nonnull(spool);
	return spool;
}

static struct spool *
encrypted(const struct party *p, enum crypto_profile profile, uint64_t size)
{
	struct certificates list = { NULL, 0 };
	struct spool *spool = disk_spool();
	struct sink sink = spool_sink(spool);
	uint64_t left = size;
	struct source source = { letters, &left };
	struct error e = ERROR_INIT;

	expect_ok(certificates_add(&list, p->certificate, &e));
	expect_ok(cms_encrypt(&list, profile_get(profile), &source, size, &sink, &e));
	certificates_done(&list);
	return spool;
}

static void
round_trip(const struct party *p, enum crypto_profile profile, uint64_t size)
{
	struct spool *object = encrypted(p, profile, size), *plain = disk_spool();
	struct spool_reader reader;
	struct source source = spool_reader_source(&reader, spool_all(object));
	struct sink nowhere = sink_null();
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	expect_ok(cms_walk(&source, NULL, &s, &e));
	source = spool_reader_source(&reader, spool_all(object));
	expect_ok(cms_copy_content(&source, &nowhere, &e));
	source = spool_reader_source(&reader, spool_all(object));
	expect_ok(cms_open(s, &s->recipients[0], p->key, &source, plain, &e));
	ck_assert_uint_eq(spool_size(plain), size);
	cms_shape_free(s);
	spool_free(object);
	spool_free(plain);
}

static const enum crypto_profile profiles[] = { PROFILE_COMPATIBLE, PROFILE_MODERN };

START_TEST(memory_does_not_grow_with_the_content)
{
	struct party p = party_make("P-256");
	long before;

	round_trip(&p, profiles[_i], SMALL);
	before = peak();
	round_trip(&p, profiles[_i], LARGE);
	ck_assert_int_lt(peak() - before, GROWTH);
	party_done(&p);
}
END_TEST

/* An object of BER whose content is `left` octets in tiny segments, out of nothing. */
struct endless {
	const char *head;
	size_t head_size, head_at;
	uint64_t segments;
	size_t at;
};

static ssize_t
endless_read(void *ctx, void *to, size_t max, struct error *e)
{
	static const char segment[] = "\x04\x10" "0123456789abcdef";
	struct endless *s = ctx;
	size_t n = 0;

	(void)e;
	while (n < max && s->head_at < s->head_size)
		((char *)to)[n++] = s->head[s->head_at++];
	while (n < max && s->segments > 0) {
		((char *)to)[n++] = segment[s->at++];
		if (s->at == sizeof segment - 1) {
			s->at = 0;
			s->segments--;
		}
	}
	return (ssize_t)n;
}

START_TEST(tiny_segments_take_no_memory_and_end_at_the_ceiling)
{
	static const char head[] = "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
	    "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80";
	struct endless state = { head, sizeof head - 1, 0, UINT64_MAX, 0 };
	struct source source = { endless_read, &state };
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;
	long before = peak();

	expect_error(cms_walk(&source, NULL, &s, &e), ERROR_TOO_LARGE);
	ck_assert_int_lt(peak() - before, GROWTH);
	ck_assert_ptr_null(s);
}
END_TEST

/* A length is only a promise: nothing is allocated for it. */
START_TEST(announced_lengths_take_no_memory)
{
	static const char object[] = "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31"
	    "\x84\x00\x3f\x00\x00";
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;
	long before = peak();

	for (size_t i = 0; i < 100; i++)
		expect_error(try_walk(object, sizeof object - 1, 100, &s, &e), ERROR_CMS_SYNTAX);
	ck_assert_int_lt(peak() - before, GROWTH);
}
END_TEST

Suite *
suite_cms_memory(void)
{
	Suite *s = suite_create("cms_memory");
	TCase *t = tcase_create("cms_memory");

	tcase_add_loop_test(t, memory_does_not_grow_with_the_content, 0, 2);
	tcase_add_test(t, tiny_segments_take_no_memory_and_end_at_the_ceiling);
	tcase_add_test(t, announced_lengths_take_no_memory);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}
