/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal identity: whose keys we keep. */

#include "keystore/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/args.h"
#include "cli/listing.h"
#include "store/rows.h"

static int
add_addresses(struct cli *c, const struct arg_list *words, const char *name, char id[33], struct error *e)
{
	struct address_list addresses = { NULL, 0 };
	int rc = -1;

	for (size_t i = 0; i < words->count; i++) {
		struct address *a = NULL;

		if (address_parse(words->items[i], strlen(words->items[i]), &a, e) != 0 ||
		    address_list_take(&addresses, a, e) != 0)
			goto out;
	}
	rc = identity_create(c->keystore, &addresses, name != NULL ? name : words->items[0], &c->witness, id, e);
out:
	address_list_done(&addresses);
	return rc;
}

int
command_identity_add(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *name = NULL;
	const struct arg_option options[] = { { "name", ARG_TEXT, &name }, { NULL, ARG_FLAG, NULL } };
	struct arg_list words;
	char id[33];
	int rc;

	if (args_parse(c, argc, argv, options, &words, 1, ARGS_MAX, e) != 0 || cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	if (words.items[0][0] == '@' && words.count > 1)
		return error_set(e, ERROR_USAGE, "a domain identity takes one @DOMAIN and nothing else");
	if (words.items[0][0] == '@')
		rc = identity_create_domain(c->keystore, words.items[0] + 1, name != NULL ? name : words.items[0],
		    &c->witness, id, e);
	else
		rc = add_addresses(c, &words, name, id, e);
	if (rc == 0)
		puts(id);
	return rc;
}

int
command_identity_address(struct cli *c, int argc, char **argv, struct error *e)
{
	struct arg_list words;
	struct address *a = NULL;
	char id[33];
	bool add;
	int rc;

	if (args_parse(c, argc, argv, NULL, &words, 3, 3, e) != 0)
		return -1;
	add = strcmp(words.items[1], "add") == 0;
	if (!add && strcmp(words.items[1], "remove") != 0)
		return error_set(e, ERROR_USAGE, "\"%s\" is neither add nor remove", words.items[1]);
	if (address_parse(words.items[2], strlen(words.items[2]), &a, e) != 0)
		return -1;
	rc = cli_open(c, NEED_RECORD, e);
	if (rc == 0)
		rc = identity_find(c->keystore, words.items[0], id, e);
	if (rc == 0)
		rc = identity_address_change(c->keystore, id, a, add, &c->witness, e);
	address_free(a);
	return rc;
}

int
command_identity_remove(struct cli *c, int argc, char **argv, struct error *e)
{
	struct arg_list words;
	char id[33];

	if (args_parse(c, argc, argv, NULL, &words, 1, 1, e) != 0 || cli_open(c, NEED_RECORD, e) != 0 ||
	    identity_find(c->keystore, words.items[0], id, e) != 0)
		return -1;
	return identity_delete(c->keystore, id, &c->witness, e);
}

/* ---- list --------------------------------------------------------------------- */

static int
list_identity(void *ctx, const struct identity_row *identity, struct error *e)
{
	struct json *row = listing_row(ctx, e);
	char since[TIME_TEXT_MAX];

	time_text(identity->created, since);
	if (row == NULL || json_put_text(row, "identity", identity->id, e) != 0 ||
	    json_put_text(row, "kind", identity->kind, e) != 0 || json_put_text(row, "name", identity->name, e) != 0)
		return -1;
	return json_put_text(row, "since", since, e);
}

static int
push_address(void *ctx, const char *key, struct error *e)
{
	return json_push_text(ctx, key, e);
}

/* A visit may not call the store, so addresses are filled in behind. */
static int
fill_addresses(struct cli *c, struct listing *listing, struct error *e)
{
	for (size_t i = 0; i < json_count(listing->rows); i++) {
		struct json *row = listing_at(listing, i), *list = json_new_array(e);

		if (list == NULL)
			return -1;
		if (identity_address_each(c->store, json_look_text(row, "identity"), push_address, list, e) != 0) {
			json_release(list);
			return -1;
		}
		if (json_put_take(row, "addresses", list, e) != 0)
			return -1;
	}
	return 0;
}

int
command_identity_list(struct cli *c, int argc, char **argv, struct error *e)
{
	static const char *const columns[] = { "identity", "kind", "since", "name", "addresses", NULL };
	struct arg_list words;
	struct listing listing;
	int rc;

	if (args_parse(c, argc, argv, NULL, &words, 0, 0, e) != 0 || cli_open(c, NEED_STORE, e) != 0 ||
	    listing_init(&listing, e) != 0)
		return -1;
	rc = identity_each(c->store, list_identity, &listing, e);
	if (rc == 0)
		rc = fill_addresses(c, &listing, e);
	if (rc == 0)
		rc = listing_print(c, &listing, columns, e);
	listing_done(&listing);
	return rc;
}
