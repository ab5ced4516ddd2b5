/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "directory/directory_private.h"
#include "store/rows.h"

/* Whether a chain holds, and whether something in it was revoked. */

static int
add_all(struct certificates *list, const struct certificates *more, struct error *e)
{
	for (size_t i = 0; more != NULL && i < more->count; i++)
		if (certificates_add(list, more->items[i], e) != 0)
			return -1;
	return 0;
}

static int
fill_judgement(const struct chain_result *result, struct judgement *out, struct error *e)
{
	struct judgement j = { .trusted = result->trusted, .reason = result->trusted ? NULL : result->reason };

	j.revocation = result->trusted ? result->revocation : REVOCATION_UNKNOWN;
	j.revoked_at = j.revocation == REVOCATION_REVOKED ? result->revoked_at : 0;
	if (result->trusted && result->path.count > 0) {
		j.anchor = memory_text(certificate_subject(result->path.items[result->path.count - 1]), e);
		if (j.anchor == NULL)
			return -1;
	}
	*out = j;
	return 0;
}

static int
ask(const struct chain_asked *asked, const struct certificates *anchors, struct judgement *out, struct error *e)
{
	struct chain_request request = {
		.leaf = asked->leaf,
		.intermediates = asked->intermediates,
		.anchors = anchors,
		.crls = asked->trust != NULL ? asked->trust->crls : NULL,
		.purpose = asked->purpose,
		.when = asked->when,
	};
	struct chain_result result;
	int rc;

	if (chain_verify(&request, &result, e) != 0)
		return -1;
	rc = fill_judgement(&result, out, e);
	chain_result_done(&result);
	return rc;
}

/*
 * A pinned certificate needs no anchor, but what its issuer revoked stays revoked: its own chain serves as anchors
 * so that its CRL can be believed.  Nobody could revoke a self-signed one.
 */
static int
ask_pinned(const struct chain_asked *asked, struct judgement *out, struct error *e)
{
	struct certificates anchors = { NULL, 0 };
	const char *unfit = certificate_fits(asked->leaf, asked->purpose, asked->when);
	struct judgement j = { .trusted = unfit == NULL, .reason = unfit, .revocation = REVOCATION_UNKNOWN };
	int rc = 0;

	if (asked->trust != NULL)
		rc = add_all(&anchors, &asked->trust->anchors, e);
	if (rc == 0)
		rc = add_all(&anchors, asked->intermediates, e);
	if (rc == 0 && unfit == NULL)
		rc = ask(asked, &anchors, &j, e);
	if (rc == 0 && unfit == NULL && !j.trusted) {
		j.trusted = true;
		j.reason = NULL;
		j.revocation = certificate_is_self_signed(asked->leaf) ? REVOCATION_GOOD : REVOCATION_UNKNOWN;
	}
	certificates_done(&anchors);
	if (rc == 0)
		*out = j;
	return rc;
}

int
chain_judge(struct directory *d, const struct chain_asked *asked, struct judgement *out, struct error *e)
{
	static const struct certificates none = { NULL, 0 };
	int rc;

	if (asked->trust != NULL && verdicts_get(d->verdicts, asked, out))
		return 0;
	if (asked->pinned)
		rc = ask_pinned(asked, out, e);
	else
		rc = ask(asked, asked->trust != NULL ? &asked->trust->anchors : &none, out, e);
	if (rc == 0 && asked->trust != NULL)
		verdicts_put(d->verdicts, asked, out);
	return rc;
}

/* ---- a signer's certificate ----------------------------------------------------------- */

struct pin {
	const char *fingerprint;
	bool found;
};

static int
match_pin(void *ctx, const struct partner_certificate_row *row, struct error *e)
{
	struct pin *pin = ctx;

	(void)e;
	pin->found = pin->found || (strcmp(row->fingerprint, pin->fingerprint) == 0 &&
	    strcmp(row->level, trust_level_word(LEVEL_PINNED)) == 0);
	return 0;
}

/* An administrator pinned it for this address, or for the address's domain. */
static int
find_pin(struct directory *d, const struct address *a, struct pin *pin, struct error *e)
{
	char *domain = memory_format(e, "@%s", a->domain);
	int rc = domain != NULL ? partner_certificate_each(d->store, a->key, match_pin, pin, e) : -1;

	if (rc == 0)
		rc = partner_certificate_each(d->store, domain, match_pin, pin, e);
	free(domain);
	return rc;
}

static int
is_pinned(struct directory *d, const struct chain_question *q, bool *out, struct error *e)
{
	const struct address_list *addresses = certificate_addresses(q->leaf);
	struct pin pin = { certificate_fingerprint(q->leaf), false };

	if (q->author != NULL && find_pin(d, q->author, &pin, e) != 0)
		return -1;
	for (size_t i = 0; q->author == NULL && !pin.found && i < addresses->count; i++)
		if (find_pin(d, addresses->items[i], &pin, e) != 0)
			return -1;
	*out = pin.found;
	return 0;
}

int
directory_judge(struct directory *d, const struct chain_question *q, struct judgement *out, struct error *e)
{
	struct trust *trust = trust_now(d);
	struct chain_asked asked = { trust, q->leaf, q->intermediates, q->purpose, q->when, false };
	struct judgement j = { .trusted = false };
	bool pinned = false;
	int rc = chain_judge(d, &asked, &j, e);

	if (rc == 0 && !j.trusted)
		rc = is_pinned(d, q, &pinned, e);
	if (rc == 0 && pinned) {
		judgement_done(&j);
		asked.pinned = true;
		rc = chain_judge(d, &asked, &j, e);
	}
	trust_unref(trust);
	if (rc == 0)
		*out = j;
	else
		judgement_done(&j);
	return rc;
}

void
judgement_done(struct judgement *j)
{
	free(j->anchor);
	*j = (struct judgement){ .trusted = false };
}
