/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "keystore/keystore_private.h"

/* Whose signature an author gets, and where answers and mail to us go. */

/* Of a domain's agent the name must say so, or its signatures mean nothing to others (RFC 3183 3.1.1). */
static bool
signs_for_domain(const struct certificate *c, const char *domain)
{
	const char *named = certificate_signing_domain(c);

	return named != NULL && strcmp(named, domain) == 0;
}

/* Why a certificate is not used for `a` now; NULL if it may be. */
static const char *
unfit(const struct ring *ring, const struct ring_item *item, const struct address *a,
    enum certificate_purpose purpose, const struct words *revoked, int64_t now)
{
	if (words_have(revoked, certificate_fingerprint(item->certificate)))
		return "revoked";
	/* An identity of several addresses may have a certificate for only some of them. */
	if (!ring->domain && !certificate_has_address(item->certificate, a, false))
		return "address";
	if (ring->domain && purpose == PURPOSE_SIGN && !signs_for_domain(item->certificate, a->domain))
		return "domain-name";
	return certificate_fits(item->certificate, purpose, now);
}

/* The newest certificate that fits; else NULL, and the reason of the newest that does not. */
static const struct ring_item *
choose(const struct ring *ring, const struct address *a, enum certificate_purpose purpose,
    const struct words *revoked, int64_t now, const char **why)
{
	*why = NULL;
	for (size_t i = 0; i < ring->count; i++) {
		const struct ring_item *item = &ring->items[i];
		const char *reason;

		if (purpose == PURPOSE_SIGN ? !item->sign : !item->decrypt)
			continue;
		reason = unfit(ring, item, a, purpose, revoked, now);
		if (reason == NULL)
			return item;
		if (*why == NULL)
			*why = reason;
	}
	return NULL;
}

/* Everything but the key. */
static int
fill(struct signer *s, const struct ring *ring, const struct ring_item *item, const struct ring_item *answers,
    struct error *e)
{
	s->identity = memory_text(ring->identity, e);
	if (s->identity == NULL)
		return -1;
	s->domain = ring->domain;
	s->certificate = certificate_ref(item->certificate);
	if (answers != NULL && answers->certificate != item->certificate)
		s->encryption = certificate_ref(answers->certificate);
	for (size_t i = 0; i < item->chain.count; i++)
		if (certificates_add(&s->chain, item->chain.items[i], e) != 0)
			return -1;
	return 0;
}

static int
make_signer(struct keystore *ks, int64_t revision, const struct ring *ring, const struct ring_item *item,
    const struct ring_item *answers, bool open_key, struct signer **out, struct error *e)
{
	struct signer *s = memory_new(1, sizeof *s, e);

	if (s == NULL)
		return -1;
	if (fill(s, ring, item, answers, e) != 0 ||
	    (open_key && key_opened(ks, revision, item->key_id, &s->key, e) != 0)) {
		signer_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

/* What the store knows of an address: its ring, and what is revoked. */
struct known {
	int64_t revision;
	struct ring *ring;
	struct words *revoked;
};

static int
know(struct keystore *ks, const struct address *a, bool domain, struct known *out, struct error *e)
{
	*out = (struct known){ 0, NULL, NULL };
	if (store_revision(ks->store, &out->revision, e) != 0 ||
	    (domain ? ring_get_domain(ks, out->revision, a->domain, &out->ring, e)
	            : ring_get(ks, out->revision, a, &out->ring, e)) != 0)
		return -1;
	if (revoked_get(ks, out->revision, &out->revoked, e) != 0) {
		ring_unref(out->ring);
		return -1;
	}
	return 0;
}

static void
forget(struct known *k)
{
	ring_unref(k->ring);
	words_unref(k->revoked);
}

/* The item that signs for the author now, of his own identity or of the domain's; NULL and why not. */
static const struct ring_item *
choose_signer(const struct known *k, const struct address *author, bool domain, int64_t now, const char **why)
{
	const struct ring_item *item;

	if (k->ring->identity[0] == '\0' || k->ring->domain != domain) {
		*why = "no-identity";
		return NULL;
	}
	item = choose(k->ring, author, PURPOSE_SIGN, k->revoked, now, why);
	if (!k->ring->can_sign)
		*why = "no-key";
	else if (item == NULL && *why == NULL)
		*why = "no-certificate";
	return item;
}

static int
find_signer(struct keystore *ks, const struct address *author, bool domain, int64_t now, bool open_key,
    struct signer **out, const char **out_reason, struct error *e)
{
	const struct ring_item *item, *answers;
	struct signer *found = NULL;
	const char *why = NULL, *ignored;
	struct known k;
	int rc = 0;

	if (know(ks, author, domain, &k, e) != 0)
		return -1;
	item = choose_signer(&k, author, domain, now, &why);
	answers = choose(k.ring, author, PURPOSE_ENCRYPT, k.revoked, now, &ignored);
	if (item != NULL)
		rc = make_signer(ks, k.revision, k.ring, item, answers, open_key, &found, e);
	forget(&k);
	if (rc != 0)
		return -1;
	*out = found;
	*out_reason = found != NULL ? NULL : why;
	return 0;
}

int
keystore_find_signer(struct keystore *ks, const struct address *author, int64_t now, bool open_key,
    struct signer **out, const char **out_reason, struct error *e)
{
	return find_signer(ks, author, false, now, open_key, out, out_reason, e);
}

int
keystore_find_domain_signer(struct keystore *ks, const struct address *author, int64_t now, bool open_key,
    struct signer **out, const char **out_reason, struct error *e)
{
	struct known k;
	bool signs_himself;

	if (address_is_null(author)) {
		*out = NULL;
		*out_reason = "no-identity";
		return 0;
	}
	if (know(ks, author, false, &k, e) != 0)
		return -1;
	signs_himself = !k.ring->domain && k.ring->can_sign;
	forget(&k);
	if (signs_himself) {
		*out = NULL;
		*out_reason = "own-key";
		return 0;
	}
	return find_signer(ks, author, true, now, open_key, out, out_reason, e);
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	free(s->identity);
	key_unref(s->key);
	certificate_unref(s->certificate);
	certificates_done(&s->chain);
	certificate_unref(s->encryption);
	free(s);
}

int
keystore_owner(struct keystore *ks, const struct address *a, char out_identity[33], struct error *e)
{
	struct ring *ring = NULL;
	int64_t revision;

	if (store_revision(ks->store, &revision, e) != 0 || ring_get(ks, revision, a, &ring, e) != 0)
		return -1;
	memcpy(out_identity, ring->domain ? "" : ring->identity, ring->domain ? 1 : sizeof ring->identity);
	ring_unref(ring);
	return 0;
}

int
keystore_own_encryption(struct keystore *ks, const struct address *a, int64_t now, struct certificates *list,
    struct error *e)
{
	struct known k;
	int rc = 0;

	if (know(ks, a, false, &k, e) != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < k.ring->count; i++) {
		const struct ring_item *item = &k.ring->items[i];

		if (item->decrypt && unfit(k.ring, item, a, PURPOSE_ENCRYPT, k.revoked, now) == NULL)
			rc = certificates_add(list, item->certificate, e);
	}
	forget(&k);
	return rc;
}
