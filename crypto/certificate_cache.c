/* SPDX-License-Identifier: BSD-2-Clause */

#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/certificate_private.h"

/*
 * Sets of a few places each: the first octet of the fingerprint chooses the set,
 * the place that was not used for longest makes room.  Whoever floods it with
 * certificates of his own makes us slower, nothing else: what is found has the
 * very octets that were asked for.
 */
#define SETS 256
#define WAYS (LIMIT_CACHED_CERTIFICATES / SETS)

struct place {
	struct certificate *c;
	unsigned long used;
};

static struct place places[SETS][WAYS];
static unsigned long uses;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards both */

static unsigned
digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10) & 15;
}

static struct place *
set_of(const char *fingerprint)
{
	return places[digit(fingerprint[0]) << 4 | digit(fingerprint[1])];
}

/* The place of this certificate, or NULL.  The lock is held. */
static struct place *
find(const char *fingerprint)
{
	struct place *set = set_of(fingerprint);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].c != NULL && strcmp(set[i].c->fingerprint, fingerprint) == 0)
			return &set[i];
	return NULL;
}

struct certificate *
certificate_cache_find(const char fingerprint[SHA256_TEXT])
{
	struct certificate *c = NULL;
	struct place *place;

	pthread_mutex_lock(&lock);
	if ((place = find(fingerprint)) != NULL) {
		place->used = ++uses;
		c = certificate_ref(place->c);
	}
	pthread_mutex_unlock(&lock);
	return c;
}

void
certificate_cache_add(struct certificate *c)
{
	struct certificate *old = NULL;
	struct place *set = set_of(c->fingerprint), *oldest = set;

	if (c->der_size > LIMIT_CACHED_CERTIFICATE_SIZE)
		return;
	pthread_mutex_lock(&lock);
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	if (find(c->fingerprint) == NULL) { /* another thread may have read it meanwhile */
		old = oldest->c;
		*oldest = (struct place){ certificate_ref(c), ++uses };
	}
	pthread_mutex_unlock(&lock);
	certificate_unref(old);
}

void
certificate_cache_clear(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < WAYS; k++) {
			certificate_unref(places[i][k].c);
			places[i][k] = (struct place){ NULL, 0 };
		}
	pthread_mutex_unlock(&lock);
}
