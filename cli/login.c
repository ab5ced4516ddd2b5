/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal login: who may act for whom. */

#include "cli/args.h"
#include "cli/listing.h"
#include "keystore/identity.h"
#include "store/rows.h"

static int
change(struct cli *c, int argc, char **argv, bool add, struct error *e)
{
	struct arg_list words;

	if (args_parse(c, argc, argv, NULL, &words, 2, 2, e) != 0 || cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	return keystore_login_change(c->keystore, words.items[0], words.items[1], add, &c->witness, e);
}

int
command_login_add(struct cli *c, int argc, char **argv, struct error *e)
{
	return change(c, argc, argv, true, e);
}

int
command_login_remove(struct cli *c, int argc, char **argv, struct error *e)
{
	return change(c, argc, argv, false, e);
}

static int
list_row(void *ctx, const char *login, const char *author, struct error *e)
{
	struct json *row = listing_row(ctx, e);

	return row == NULL || json_put_text(row, "login", login, e) != 0 ? -1 : json_put_text(row, "author", author, e);
}

int
command_login_list(struct cli *c, int argc, char **argv, struct error *e)
{
	static const char *const columns[] = { "login", "author", NULL };
	struct arg_list words;
	struct listing listing;
	int rc;

	if (args_parse(c, argc, argv, NULL, &words, 0, 1, e) != 0 || cli_open(c, NEED_STORE, e) != 0 ||
	    listing_init(&listing, e) != 0)
		return -1;
	rc = login_each(c->store, words.items[0], list_row, &listing, e);
	if (rc == 0)
		rc = listing_print(c, &listing, columns, e);
	listing_done(&listing);
	return rc;
}
