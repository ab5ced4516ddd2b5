/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal key list: every key with what it is for and how long it serves. */

#include "cli/args.h"
#include "cli/listing.h"
#include "keystore/identity.h"
#include "store/rows.h"

static int
list_key(void *ctx, const struct key_row *key, struct error *e)
{
	struct json *row = listing_row(ctx, e);
	char since[TIME_TEXT_MAX];

	time_text(key->created, since);
	if (row == NULL || json_put_text(row, "key", key->id, e) != 0 ||
	    json_put_text(row, "identity", key->identity_id, e) != 0 || json_put_text(row, "state", key->state, e) != 0 ||
	    json_put_text(row, "purpose", key->purpose, e) != 0 || json_put_text(row, "type", key->algorithm, e) != 0)
		return -1;
	return json_put_text(row, "since", since, e);
}

struct found {
	struct json *list;
	int64_t until; /* the last second of the latest certificate */
};

static int
take_certificate(void *ctx, const struct key_certificate_row *row, struct error *e)
{
	struct found *found = ctx;
	struct json *certificate = json_new_object(e);
	char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

	time_text(row->not_before, from);
	time_text(row->not_after, until);
	if (row->not_after > found->until)
		found->until = row->not_after;
	if (certificate == NULL || json_put_text(certificate, "fingerprint", row->fingerprint, e) != 0 ||
	    json_put_text(certificate, "not-before", from, e) != 0 ||
	    json_put_text(certificate, "not-after", until, e) != 0) {
		json_release(certificate);
		return -1;
	}
	return json_push_take(found->list, certificate, e);
}

static int
push_address(void *ctx, const char *key, struct error *e)
{
	return json_push_text(ctx, key, e);
}

static int
fill_addresses(struct cli *c, struct json *row, struct error *e)
{
	struct json *list = json_new_array(e);

	if (list == NULL)
		return -1;
	if (identity_address_each(c->store, json_look_text(row, "identity"), push_address, list, e) != 0) {
		json_release(list);
		return -1;
	}
	return json_put_take(row, "addresses", list, e);
}

static int
fill_certificates(struct cli *c, struct json *row, struct error *e)
{
	struct found found = { json_new_array(e), 0 };
	char until[TIME_TEXT_MAX];

	if (found.list == NULL)
		return -1;
	if (key_certificate_each(c->store, json_look_text(row, "key"), take_certificate, &found, e) != 0) {
		json_release(found.list);
		return -1;
	}
	time_text(found.until, until);
	if (json_put_text(row, "until", found.until != 0 ? until : NULL, e) != 0) {
		json_release(found.list);
		return -1;
	}
	return json_put_take(row, "certificates", found.list, e);
}

/* A visit may not call the store, so addresses and certificates are filled in behind. */
static int
fill(struct cli *c, struct listing *listing, struct error *e)
{
	for (size_t i = 0; i < json_count(listing->rows); i++)
		if (fill_addresses(c, listing_at(listing, i), e) != 0 ||
		    fill_certificates(c, listing_at(listing, i), e) != 0)
			return -1;
	return 0;
}

/* An identity is named by its id, one of its addresses or its domain. */
static int
find_identity(struct cli *c, const char *what, const char **out, char id[33], struct error *e)
{
	*out = NULL;
	if (what == NULL)
		return 0;
	if (cli_open(c, NEED_KEYS, e) != 0 || identity_find(c->keystore, what, id, e) != 0)
		return -1;
	*out = id;
	return 0;
}

int
command_key_list(struct cli *c, int argc, char **argv, struct error *e)
{
	static const char *const columns[] = { "key", "state", "purpose", "type", "since", "until", "addresses", NULL };
	struct arg_list words;
	struct listing listing;
	const char *identity;
	char id[33];
	int rc;

	if (args_parse(c, argc, argv, NULL, &words, 0, 1, e) != 0 || cli_open(c, NEED_STORE, e) != 0 ||
	    find_identity(c, words.items[0], &identity, id, e) != 0 || listing_init(&listing, e) != 0)
		return -1;
	rc = key_each(c->store, identity, list_key, &listing, e);
	if (rc == 0)
		rc = fill(c, &listing, e);
	if (rc == 0)
		rc = listing_print(c, &listing, columns, e);
	listing_done(&listing);
	return rc;
}
