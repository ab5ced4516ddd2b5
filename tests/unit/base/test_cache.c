/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cache.h"
#include "base/memory.h"
#include "tests/unit/support.h"

Suite *suite_cache(void);

static struct error e = ERROR_INIT;

/* A counted text. */
struct word {
	unsigned references;
	char *text;
};

static void *
word_ref(void *value)
{
	((struct word *)value)->references++;
	return value;
}

static void
word_unref(void *value)
{
	struct word *w = value;

	if (--w->references > 0)
		return;
	free(w->text);
	free(w);
}

static const struct cache_values word_values = { word_ref, word_unref };

static struct word *
word(const char *text)
{
	struct word *w = memory_new(1, sizeof *w, &e);

	w->references = 1;
	w->text = memory_text(text, &e);
	return w;
}

static void
put(struct cache *c, int64_t revision, const char *name)
{
	struct word *w = word(name);

	cache_put(c, revision, name, w);
	word_unref(w);
}

static bool
has(struct cache *c, int64_t revision, const char *name)
{
	struct word *w = cache_get(c, revision, name);

	if (w == NULL)
		return false;
	ck_assert_str_eq(w->text, name);
	word_unref(w);
	return true;
}

START_TEST(remembers_until_the_store_changes)
{
	struct cache *c = cache_new(4, &word_values, &e);

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
	struct cache *c = cache_new(4, &word_values, &e);

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
	struct cache *c = cache_new(3, &word_values, &e);

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
	struct cache *c = cache_new(100, &word_values, &e);
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
	struct cache *c = cache_new(1, &word_values, &e);
	struct word *w;

	put(c, 1, "a");
	w = cache_get(c, 1, "a");
	put(c, 1, "b");
	ck_assert_str_eq(w->text, "a");
	word_unref(w);
	w = cache_get(c, 1, "b");
	cache_free(c);
	ck_assert_str_eq(w->text, "b");
	word_unref(w);
}
END_TEST

START_TEST(want_of_memory_only_means_not_remembered)
{
	struct cache *c = cache_new(4, &word_values, &e);
	struct word *w = word("a");

	for (unsigned n = 1; n <= 2; n++) {
		memory_fail_at(n);
		cache_put(c, 1, "a", w);
		ck_assert_int_eq(memory_fail_pending(), 0);
		memory_fail_at(0);
		ck_assert_uint_eq(cache_count(c), 0);
	}
	word_unref(w);
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
