/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal cert list: correspondents' certificates, and whether mail may be encrypted to them now. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/args.h"
#include "cli/listing.h"
#include "store/rows.h"

#define PATIENCE_MS 30000

/* A row of the store, kept: judging it asks the store again, which a visit may not. */
struct entry {
	char *owner, *level;
	struct certificates certificates; /* the leaf, then its chain */
};

struct entries {
	struct entry *items;
	size_t count;
};

static void
entries_done(struct entries *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].owner);
		free(list->items[i].level);
		certificates_done(&list->items[i].certificates);
	}
	free(list->items);
}

static int
keep(void *ctx, const struct partner_certificate_row *row, struct error *e)
{
	struct entries *list = ctx;
	struct entry *items = memory_resize(list->items, list->count + 1, sizeof(*items), e), *entry;

	if (items == NULL)
		return -1;
	list->items = items;
	entry = &items[list->count++];
	*entry = (struct entry){ memory_text(row->owner, e), memory_text(row->level, e), { NULL, 0 } };
	if (entry->owner == NULL || entry->level == NULL ||
	    certificates_read(row->der.data, row->der.size, &entry->certificates, e) != 0)
		return -1;
	return row->chain.size > 0 ? certificates_read(row->chain.data, row->chain.size, &entry->certificates, e) : 0;
}

/* ---- which rows ---------------------------------------------------------------------- */

static int
keep_domain(struct cli *c, const char *domain, struct entries *to, struct error *e)
{
	char *owner = memory_format(e, "@%s", domain);
	int rc = owner != NULL ? partner_certificate_each(c->store, owner, keep, to, e) : -1;

	free(owner);
	return rc;
}

/* An address has its own certificates, and those of its domain. */
static int
find(struct cli *c, const char *owner, struct entries *to, struct error *e)
{
	struct address *a = NULL;
	char *domain = NULL;
	int rc;

	if (owner == NULL)
		return partner_certificate_each(c->store, NULL, keep, to, e);
	if (owner[0] == '@') {
		rc = address_domain_normal(owner + 1, strlen(owner + 1), &domain, e);
		if (rc == 0)
			rc = keep_domain(c, domain, to, e);
		free(domain);
		return rc;
	}
	if (address_parse(owner, strlen(owner), &a, e) != 0)
		return -1;
	rc = partner_certificate_each(c->store, a->key, keep, to, e);
	if (rc == 0)
		rc = keep_domain(c, a->domain, to, e);
	address_free(a);
	return rc;
}

/* ---- usable now? ----------------------------------------------------------------------- */

/* As mail to this address would find it: NULL if usable, else why not. */
static int
ask_address(struct cli *c, const struct entry *entry, const char **out, struct error *e)
{
	const char *fingerprint = certificate_fingerprint(entry->certificates.items[0]);
	struct candidates *found = NULL;
	struct address *a = NULL;
	struct lookup *lookup;

	if (address_parse(entry->owner, strlen(entry->owner), &a, e) != 0)
		return -1;
	lookup = directory_want(c->directory, a, clock_monotonic_ms() + PATIENCE_MS);
	address_free(a);
	if (lookup == NULL)
		return error_set(e, ERROR_NO_MEMORY, "look-up of %s", entry->owner);
	if (directory_collect(lookup, &found, e) != 0)
		return -1;
	*out = "lower-level";
	for (size_t i = 0; i < found->count; i++)
		if (!found->items[i].domain &&
		    strcmp(certificate_fingerprint(found->items[i].certificate), fingerprint) == 0)
			*out = found->items[i].rejected;
	candidates_free(found);
	return 0;
}

/* A domain's certificate is judged by itself: which of its addresses has certificates of its own is not asked. */
static int
ask_domain(struct cli *c, const struct entry *entry, const char **out, struct error *e)
{
	const struct certificate *leaf = entry->certificates.items[0];
	struct chain_question question = { leaf, &entry->certificates, PURPOSE_ENCRYPT, clock_now(clock_system()), NULL };
	struct judgement judgement;
	bool pinned = strcmp(entry->level, trust_level_word(LEVEL_PINNED)) == 0;

	*out = certificate_fits(leaf, PURPOSE_ENCRYPT, question.when);
	if (*out != NULL)
		return 0;
	if (directory_judge(c->directory, &question, &judgement, e) != 0)
		return -1;
	if (judgement.revocation == REVOCATION_REVOKED)
		*out = "revoked";
	else if (!pinned && !judgement.trusted)
		*out = judgement.reason;
	judgement_done(&judgement);
	return 0;
}

static int
list_entry(struct cli *c, const struct entry *entry, struct listing *listing, struct error *e)
{
	const struct certificate *leaf = entry->certificates.items[0];
	struct json *row = listing_row(listing, e);
	const char *why = NULL;
	char until[TIME_TEXT_MAX];

	if (row == NULL || (entry->owner[0] == '@' ? ask_domain : ask_address)(c, entry, &why, e) != 0)
		return -1;
	time_text(certificate_not_after(leaf), until);
	if (json_put_text(row, "owner", entry->owner, e) != 0 || json_put_text(row, "level", entry->level, e) != 0 ||
	    json_put_bool(row, "usable", why == NULL, e) != 0 || json_put_text(row, "reason", why, e) != 0 ||
	    json_put_text(row, "until", until, e) != 0 ||
	    json_put_text(row, "fingerprint", certificate_fingerprint(leaf), e) != 0)
		return -1;
	return json_put_text(row, "subject", certificate_subject(leaf), e);
}

int
command_cert_list(struct cli *c, int argc, char **argv, struct error *e)
{
	static const char *const columns[] = { "owner", "level", "usable", "reason", "until", "fingerprint", "subject", NULL };
	struct entries entries = { NULL, 0 };
	struct listing listing = { NULL };
	struct arg_list words;
	int rc = -1;

	if (args_parse(c, argc, argv, NULL, &words, 0, 1, e) != 0 || cli_open(c, NEED_TRUST, e) != 0 ||
	    listing_init(&listing, e) != 0 || find(c, words.items[0], &entries, e) != 0)
		goto out;
	for (size_t i = 0; i < entries.count; i++)
		if (list_entry(c, &entries.items[i], &listing, e) != 0)
			goto out;
	rc = listing_print(c, &listing, columns, e);
out:
	entries_done(&entries);
	listing_done(&listing);
	return rc;
}
