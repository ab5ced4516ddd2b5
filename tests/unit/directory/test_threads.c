/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/unit/directory/scene.h"

Suite *suite_threads(void);

/* Look-ups and judgements of several sessions, while trust is reloaded and certificates come and go. */

#define PARTNER "carol@partner.example"
#define THREADS 4
#define ROUNDS  100
#define CHANGES 20

static struct error e = ERROR_INIT;
static struct scene s;
static struct certificate *carol, *other;
static atomic_uint wrong;

static void
look_and_judge(const struct address *a)
{
	struct error mine = ERROR_INIT;
	struct chain_question q = { carol, &s.pki.chain, PURPOSE_SIGN, NOW, NULL };
	struct lookup *lookup = directory_want(s.d, a, clock_monotonic_ms() + 60000);
	struct candidates *found = NULL;
	struct judgement j;

	if (lookup == NULL || directory_collect(lookup, &found, &mine) != 0 || found->usable != 1 ||
	    strcmp(certificate_fingerprint(found->items[0].certificate), certificate_fingerprint(carol)) != 0)
		atomic_fetch_add(&wrong, 1);
	candidates_free(found);
	if (directory_judge(s.d, &q, &j, &mine) != 0 || !j.trusted)
		atomic_fetch_add(&wrong, 1);
	else
		judgement_done(&j);
}

static void *
serve(void *ctx)
{
	struct address *a = address_new(PARTNER);

	(void)ctx;
	for (int i = 0; i < ROUNDS; i++)
		look_and_judge(a);
	address_free(a);
	return NULL;
}

static void *
administrate(void *ctx)
{
	struct error mine = ERROR_INIT;

	(void)ctx;
	for (int i = 0; i < CHANGES; i++) {
		scene_trust(&s, s.pki.root, NULL);
		if ((i % 2 == 0 ? import_one(&s, NULL, other, &s.pki.chain, LEVEL_VERIFIED, &mine) :
		    partner_remove(s.d, "dave@partner.example", certificate_fingerprint(other), &s.w.w, &mine)) != 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

START_TEST(sessions_do_not_disturb_each_other)
{
	pthread_t threads[THREADS], administrator;

	scene_set_up(&s);
	carol = scene_import(&s, PARTNER, (struct leaf){ .first = PARTNER }, LEVEL_VERIFIED);
	pki_issue(&s.pki, (struct leaf){ .first = "dave@partner.example" }, NULL, &other);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, serve, NULL), 0);
	ck_assert_int_eq(pthread_create(&administrator, NULL, administrate, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(administrator, NULL);
	ck_assert_uint_eq(atomic_load(&wrong), 0);
	expect_ok(import_one(&s, NULL, other, NULL, LEVEL_VERIFIED, &e));
	certificate_unref(carol);
	certificate_unref(other);
	scene_tear_down(&s);
}
END_TEST

Suite *
suite_threads(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("threads");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sessions_do_not_disturb_each_other);
	suite_add_tcase(suite, tc);
	return suite;
}
