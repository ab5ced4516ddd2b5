/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal key: our key pairs, their requests, certificates and states. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "cli/args.h"
#include "cli/input.h"
#include "cli/output.h"
#include "keystore/identity.h"
#include "store/rows.h"

#define RSA_BITS 3072 /* NIST SP 800-57: 128 bits of strength, for keys that shall last beyond 2030 */
#define PEM_MAX  ((size_t)2 * LIMIT_CERTIFICATES * LIMIT_CERTIFICATE_SIZE)

/* ---- generate ------------------------------------------------------------------ */

static const struct type_row {
	const char *word;
	enum key_type type;
	enum key_purpose purpose; /* unless one is named; Ed25519 keys cannot decrypt (RFC 8410) */
} types[] = {
	{ "rsa", KEY_RSA, KEY_PURPOSE_BOTH },
	{ "p256", KEY_EC_P256, KEY_PURPOSE_BOTH },
	{ "p384", KEY_EC_P384, KEY_PURPOSE_BOTH },
	{ "ed25519", KEY_ED25519, KEY_PURPOSE_SIGN },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static const struct type_row *
find_type(const char *word, struct error *e)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].word, word) == 0)
			return &types[i];
	error_set(e, ERROR_USAGE, "--type is rsa, p256, p384 or ed25519, not \"%s\"", word);
	return NULL;
}

int
command_key_generate(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *type_word = "rsa", *purpose_word = NULL;
	int64_t bits = RSA_BITS;
	const struct arg_option options[] = { { "type", ARG_TEXT, &type_word }, { "bits", ARG_NUMBER, &bits },
		{ "purpose", ARG_TEXT, &purpose_word }, { NULL, ARG_FLAG, NULL } };
	enum key_purpose purpose;
	struct arg_list words;
	char identity[33], key[33];
	const struct type_row *type;

	if (args_parse(c, argc, argv, options, &words, 1, 1, e) != 0 || (type = find_type(type_word, e)) == NULL)
		return -1;
	purpose = type->purpose;
	if (purpose_word != NULL && key_purpose_parse(purpose_word, &purpose, e) != 0)
		return -1;
	if (bits < 2048 || bits > 4096)
		return error_set(e, ERROR_USAGE, "--bits is 2048 to 4096");
	if (cli_open(c, NEED_RECORD, e) != 0 || identity_find(c->keystore, words.items[0], identity, e) != 0 ||
	    keystore_key_generate(c->keystore, identity, purpose, type->type,
	        type->type == KEY_RSA ? (unsigned)bits : 0, &c->witness, key, e) != 0)
		return -1;
	puts(key);
	return 0;
}

/* ---- requests and certificates ---------------------------------------------------- */

int
command_key_request(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *to = NULL;
	const struct arg_option options[] = { { "out", ARG_TEXT, &to }, { NULL, ARG_FLAG, NULL } };
	struct buffer pem = BUFFER_INIT(PEM_MAX);
	struct arg_list words;
	int rc;

	if (args_parse(c, argc, argv, options, &words, 1, 1, e) != 0 || cli_open(c, NEED_KEYS, e) != 0)
		return -1;
	rc = keystore_key_request(c->keystore, words.items[0], &pem, e);
	if (rc == 0)
		rc = output_write(to, &pem, e);
	buffer_done(&pem);
	return rc;
}

/* The certificate of a file that belongs to the key, whatever its place in it. */
static const struct certificate *
find_own(const struct certificates *list, const char *public_hash)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(certificate_public_hash(list->items[i]), public_hash) == 0)
			return list->items[i];
	return NULL;
}

static int
read_public_hash(struct cli *c, const char *key, char out[65], struct error *e)
{
	struct key_row row;

	if (key_get(c->store, key, &row, e) != 0)
		return error_context(e, "key %s", key);
	memcpy(out, row.public_hash, sizeof(row.public_hash));
	key_row_done(&row);
	return 0;
}

int
command_key_bind(struct cli *c, int argc, char **argv, struct error *e)
{
	struct certificates list = { NULL, 0 };
	const struct certificate *leaf;
	struct arg_list words;
	char public_hash[65];
	int rc = -1;

	if (args_parse(c, argc, argv, NULL, &words, 2, 2, e) != 0 || cli_open(c, NEED_RECORD, e) != 0 ||
	    read_public_hash(c, words.items[0], public_hash, e) != 0 || input_certificates(words.items[1], &list, e) != 0)
		goto out;
	leaf = find_own(&list, public_hash);
	if (leaf == NULL) {
		(void)error_set(e, ERROR_KEY_MISMATCH, "%s: none of its %zu certificates belongs to key %s", words.items[1],
		    list.count, words.items[0]);
		goto out;
	}
	rc = keystore_certificate_bind(c->keystore, words.items[0], leaf, &list, cli_subject_counts(c, leaf), &c->witness, e);
	if (rc == 0)
		puts(certificate_fingerprint(leaf));
out:
	certificates_done(&list);
	return rc;
}

/* Rows come latest first: the first one is the newest certificate. */
static int
take_newest(void *ctx, const struct key_certificate_row *row, struct error *e)
{
	struct certificates *list = ctx;

	if (list->count > 0)
		return 0;
	if (certificates_read(row->der.data, row->der.size, list, e) != 0)
		return -1;
	return row->chain.size > 0 ? certificates_read(row->chain.data, row->chain.size, list, e) : 0;
}

int
command_key_certificate(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *to = NULL;
	const struct arg_option options[] = { { "out", ARG_TEXT, &to }, { NULL, ARG_FLAG, NULL } };
	struct certificates list = { NULL, 0 };
	struct buffer pem = BUFFER_INIT(PEM_MAX);
	struct arg_list words;
	char public_hash[65];
	int rc = -1;

	if (args_parse(c, argc, argv, options, &words, 1, 1, e) != 0 || cli_open(c, NEED_STORE, e) != 0 ||
	    read_public_hash(c, words.items[0], public_hash, e) != 0 ||
	    key_certificate_each(c->store, words.items[0], take_newest, &list, e) != 0)
		goto out;
	if (list.count == 0) {
		(void)error_set(e, ERROR_STORE_NOT_FOUND, "key %s has no certificate yet; see `postseal key bind` and `postseal ca issue`",
		    words.items[0]);
		goto out;
	}
	for (size_t i = 0; i < list.count; i++)
		if (certificate_write_pem(list.items[i], &pem, e) != 0)
			goto out;
	rc = output_write(to, &pem, e);
out:
	certificates_done(&list);
	buffer_done(&pem);
	return rc;
}

/* ---- states ------------------------------------------------------------------------- */

int
command_key_state(struct cli *c, int argc, char **argv, struct error *e)
{
	struct arg_list words;

	if (args_parse(c, argc, argv, NULL, &words, 2, 2, e) != 0 || cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	return keystore_key_set_state(c->keystore, words.items[0], words.items[1], &c->witness, e);
}
