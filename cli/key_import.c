/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal key import: a key with its certificates, as PKCS#12 or PEM. */

#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/input.h"
#include "crypto/pkcs12.h"
#include "keystore/identity.h"

struct imported {
	struct key *key;
	struct certificate *leaf;
	struct certificates others;
};

static void
imported_done(struct imported *i)
{
	key_unref(i->key);
	certificate_unref(i->leaf);
	certificates_done(&i->others);
}

/* A PEM file says what it holds: "-----BEGIN … PRIVATE KEY-----". */
static bool
is_pem(const struct secret *file)
{
	static const char mark[] = "PRIVATE KEY-----";

	return memmem(file->data, file->size, "-----BEGIN ", 11) != NULL &&
	    memmem(file->data, file->size, mark, sizeof(mark) - 1) != NULL;
}

static int
pick_leaf(struct imported *to, struct error *e)
{
	for (size_t i = 0; i < to->others.count; i++)
		if (strcmp(certificate_public_hash(to->others.items[i]), key_public_hash(to->key)) == 0) {
			to->leaf = certificate_ref(to->others.items[i]);
			return 0;
		}
	return error_set(e, ERROR_KEY_MISMATCH, "none of its %zu certificates belongs to its key", to->others.count);
}

/* Asked for only where the key turns out to be encrypted. */
static int
read_pem_key(const struct secret *file, const char *password_file, struct key **out, struct error *e)
{
	struct secret password = SECRET_INIT;
	struct error first = ERROR_INIT;
	int rc;

	if (password_file == NULL && key_read_pem(file->data, file->size, NULL, out, &first) == 0)
		return 0;
	if (password_file == NULL && first.code != ERROR_PASSWORD)
		return error_set(e, first.code, "%s", error_text(&first));
	if (input_passphrase(password_file, "Password of the private key: ", &password, e) != 0)
		return -1;
	rc = key_read_pem(file->data, file->size, &password, out, e);
	secret_done(&password);
	return rc;
}

static int
read_pkcs12(const struct secret *file, const char *password_file, struct imported *to, struct error *e)
{
	struct secret password = SECRET_INIT;
	int rc;

	if (input_passphrase(password_file, "Password of the PKCS#12 file: ", &password, e) != 0)
		return -1;
	rc = pkcs12_read(file->data, file->size, &password, &to->key, &to->leaf, &to->others, e);
	secret_done(&password);
	return rc;
}

static int
read_file(const char *path, const char *password_file, struct imported *to, struct error *e)
{
	struct secret file = SECRET_INIT;
	int rc;

	if (input_secret(path, &file, e) != 0)
		return -1;
	if (!is_pem(&file)) {
		rc = read_pkcs12(&file, password_file, to, e);
	} else {
		rc = read_pem_key(&file, password_file, &to->key, e);
		if (rc == 0)
			rc = certificates_read(file.data, file.size, &to->others, e);
		if (rc == 0)
			rc = pick_leaf(to, e);
	}
	secret_done(&file);
	return rc == 0 ? 0 : error_context(e, "%s", path);
}

int
command_key_import(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *identity = NULL, *password_file = NULL;
	const struct arg_option options[] = { { "identity", ARG_TEXT, &identity },
		{ "password-file", ARG_TEXT, &password_file }, { NULL, ARG_FLAG, NULL } };
	struct imported in = { NULL, NULL, { NULL, 0 } };
	struct arg_list words;
	char id[33], key[33];
	int rc = -1;

	if (args_parse(c, argc, argv, options, &words, 1, 1, e) != 0 || cli_open(c, NEED_RECORD, e) != 0 ||
	    (identity != NULL && identity_find(c->keystore, identity, id, e) != 0) ||
	    read_file(words.items[0], password_file, &in, e) != 0)
		goto out;
	rc = keystore_key_import(c->keystore, identity != NULL ? id : NULL, in.key, in.leaf, &in.others,
	    cli_subject_counts(c, in.leaf), &c->witness, key, e);
	if (rc == 0)
		puts(key);
out:
	imported_done(&in);
	return rc;
}
