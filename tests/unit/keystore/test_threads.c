/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "keystore/identity.h"
#include "tests/unit/keystore/world.h"

Suite *suite_threads(void);

/* Mail of several authors at once, while an administrator changes things. */

#define AUTHORS 4
#define THREADS 4
#define ROUNDS  100
#define CHANGES 20

static struct world w;
static struct keystore *ks;
static struct pki pki;
static struct address *authors[AUTHORS];
static char hashes[AUTHORS][65];

static void
set_up(void)
{
	struct error e = ERROR_INIT;

	w = world_new();
	expect_ok(keystore_create(w.store, &w.master, &e));
	expect_ok(keystore_open(w.store, &w.master, &ks, &e));
	pki = pki_new("Test CA");
	for (int i = 0; i < AUTHORS; i++) {
		struct certificate *leaf = NULL;
		struct key *key = NULL;
		char address[64], id[33];

		snprintf(address, sizeof address, "author-%d@example.org", i);
		authors[i] = address_new(address);
		pki_issue(&pki, (struct leaf){ .first = address }, &key, &leaf);
		expect_ok(keystore_key_import(ks, NULL, key, leaf, &pki.chain, false, &w.w, id, &e));
		expect_ok(keystore_login_change(ks, address, address, true, &w.w, &e));
		strcpy(hashes[i], key_public_hash(key));
		certificate_unref(leaf);
		key_unref(key);
	}
}

static void
tear_down(void)
{
	for (int i = 0; i < AUTHORS; i++)
		address_free(authors[i]);
	pki_done(&pki);
	keystore_close(ks);
	world_done(&w);
}

static atomic_uint wrong;

static void
check_author(int i)
{
	struct error e = ERROR_INIT;
	struct decryptors found = { NULL, 0 };
	struct signer *s = NULL;
	const char *reason;
	bool allowed = false;

	if (keystore_find_signer(ks, authors[i], NOW, true, &s, &reason, &e) != 0 || s == NULL ||
	    strcmp(key_public_hash(s->key), hashes[i]) != 0 ||
	    strcmp(certificate_public_hash(s->certificate), hashes[i]) != 0)
		atomic_fetch_add(&wrong, 1);
	if (keystore_login_allows(ks, authors[i]->text, authors[i], &allowed, &e) != 0 || !allowed)
		atomic_fetch_add(&wrong, 1);
	if (s != NULL && (keystore_find_decryptors(ks, certificate_issuer_serial(s->certificate), "", true, &found, &e) != 0 ||
	    found.count != 1 || strcmp(key_public_hash(found.items[0].key), hashes[i]) != 0))
		atomic_fetch_add(&wrong, 1);
	decryptors_done(&found);
	signer_free(s);
}

static void *
send_mail(void *ctx)
{
	int first = *(int *)ctx;

	for (int round = 0; round < ROUNDS; round++)
		check_author((first + round) % AUTHORS);
	return NULL;
}

/* Each change empties the caches. */
static void *
administrate(void *ctx)
{
	struct error e = ERROR_INIT;

	(void)ctx;
	for (int i = 0; i < CHANGES; i++)
		if (keystore_login_change(ks, "host:192.0.2.0/24", "printer@example.org", i % 2 == 0, &w.w, &e) != 0)
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

START_TEST(nobody_signs_with_the_key_of_another)
{
	pthread_t threads[THREADS], administrator;
	int first[THREADS];

	for (int i = 0; i < THREADS; i++) {
		first[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_mail, &first[i]), 0);
	}
	ck_assert_int_eq(pthread_create(&administrator, NULL, administrate, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(administrator, NULL);
	ck_assert_uint_eq(atomic_load(&wrong), 0);
}
END_TEST

Suite *
suite_threads(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("threads");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, nobody_signs_with_the_key_of_another);
	suite_add_tcase(suite, tc);
	return suite;
}
