/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>

#include "base/memory.h"
#include "keystore/keystore_private.h"
#include "tests/unit/support.h"

Suite *suite_cache(void);

static struct error e = ERROR_INIT;

static struct words *
word(const char *text)
{
	struct words *w = words_new(&e);

	expect_ok(words_add(w, text, &e));
	return w;
}

static void
put(struct cache *c, int64_t revision, const char *name)
{
	struct words *w = word(name);

	cache_put(c, revision, name, w);
	words_unref(w);
}

static bool
has(struct cache *c, int64_t revision, const char *name)
{
	struct words *w = cache_get(c, revision, name);

	if (w == NULL)
		return false;
	ck_assert_str_eq(w->items[0], name);
	words_unref(w);
	return true;
}

START_TEST(remembers_until_the_store_changes)
{
	struct cache *c = cache_new(4, &words_values, &e);

	put(c, 7, "a");
	ck_assert(has(c, 7, "a"));
	ck_assert(!has(c, 7, "b"));
	ck_assert(!has(c, 8, "a"));
	ck_assert_uint_eq(cache_count(c), 0);
	cache_free(c);
}
END_TEST

START_TEST(takes_nothing_that_was_read_before_the_newest_change)
{
	struct cache *c = cache_new(4, &words_values, &e);

	put(c, 8, "a");
	put(c, 7, "b");
	ck_assert(!has(c, 7, "a"));
	ck_assert(!has(c, 7, "b"));
	ck_assert(has(c, 8, "a"));
	ck_assert(!has(c, 8, "b"));
	cache_free(c);
}
END_TEST

START_TEST(forgets_what_was_used_longest_ago)
{
	struct cache *c = cache_new(3, &words_values, &e);

	put(c, 1, "a");
	put(c, 1, "b");
	put(c, 1, "c");
	ck_assert(has(c, 1, "a"));
	put(c, 1, "d");
	ck_assert(has(c, 1, "a") && has(c, 1, "c") && has(c, 1, "d"));
	ck_assert(!has(c, 1, "b"));
	ck_assert_uint_eq(cache_count(c), 3);
	cache_free(c);
}
END_TEST

START_TEST(stays_within_its_bound_and_finds_what_it_holds)
{
	struct cache *c = cache_new(100, &words_values, &e);
	char name[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "name-%d", i);
		put(c, 1, name);
		ck_assert(has(c, 1, name));
	}
	ck_assert_uint_eq(cache_count(c), 100);
	for (int i = 900; i < 1000; i++) {
		snprintf(name, sizeof name, "name-%d", i);
		ck_assert(has(c, 1, name));
	}
	cache_free(c);
}
END_TEST

START_TEST(a_value_outlives_its_place)
{
	struct cache *c = cache_new(1, &words_values, &e);
	struct words *w;

	put(c, 1, "a");
	w = cache_get(c, 1, "a");
	put(c, 1, "b");
	ck_assert_str_eq(w->items[0], "a");
	words_unref(w);
	w = cache_get(c, 1, "b");
	cache_free(c);
	ck_assert_str_eq(w->items[0], "b");
	words_unref(w);
}
END_TEST

START_TEST(want_of_memory_only_means_not_remembered)
{
	struct cache *c = cache_new(4, &words_values, &e);
	struct words *w = word("a");

	for (unsigned n = 1; n <= 2; n++) {
		memory_fail_at(n);
		cache_put(c, 1, "a", w);
		ck_assert_int_eq(memory_fail_pending(), 0);
		memory_fail_at(0);
		ck_assert_uint_eq(cache_count(c), 0);
	}
	words_unref(w);
	cache_free(c);
}
END_TEST

Suite *
suite_cache(void)
{
	Suite *suite = suite_create("cache");
	TCase *tc = tcase_create("cache");

	tcase_add_test(tc, remembers_until_the_store_changes);
	tcase_add_test(tc, takes_nothing_that_was_read_before_the_newest_change);
	tcase_add_test(tc, forgets_what_was_used_longest_ago);
	tcase_add_test(tc, stays_within_its_bound_and_finds_what_it_holds);
	tcase_add_test(tc, a_value_outlives_its_place);
	tcase_add_test(tc, want_of_memory_only_means_not_remembered);
	suite_add_tcase(suite, tc);
	return suite;
}
