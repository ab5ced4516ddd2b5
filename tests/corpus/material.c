/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/memory.h"
#include "base/secret.h"
#include "crypto/chain.h"
#include "crypto/cms_walk.h"
#include "crypto/pkcs12.h"
#include "tests/corpus/corpus.h"

/* Every reader of files is shown every file: what it is, it is to one of them; the others refuse it. */

/* The passwords of the PKCS#12 files: of RFC 9216 (their file names), of James, of ours. */
static const char *const passwords[] = { "alice", "bob", "carlos", "dana", "secret", "wonderland" };

static void
put(struct buffer *to, const char *what, const char *which, size_t count)
{
	struct error e = ERROR_INIT;
	const char *comma = to->size > 0 ? ", " : "";

	if (which != NULL)
		expect_ok(buffer_append_format(to, &e, "%s%s %s", comma, what, which));
	else
		expect_ok(buffer_append_format(to, &e, "%s%zu %s%s", comma, count, what, count == 1 ? "" : "s"));
}

static void
look_for_certificates(struct buffer *to, const void *data, size_t n)
{
	struct certificates list = { NULL, 0 };
	struct error e = ERROR_INIT;

	if (certificates_read(data, n, &list, &e) == 0)
		put(to, "certificate", NULL, list.count);
	certificates_done(&list);
}

static void
look_for_key(struct buffer *to, const void *data, size_t n)
{
	struct secret der = SECRET_INIT;
	struct key *key = NULL;
	struct error e = ERROR_INIT;

	if (key_read_pem(data, n, NULL, &key, &e) == 0) {
		put(to, "key", key_algorithm_name(key), 0);
	} else {
		if (e.code == ERROR_ALGORITHM)
			put(to, "key", "of no kind of ours", 0);
		if (e.code == ERROR_PASSWORD)
			put(to, "key", "under a password", 0);
		error_clear(&e);
		if (secret_copy(&der, data, n, &e) == 0 && key_read_pkcs8(&der, &key, &e) == 0)
			put(to, "key", key_algorithm_name(key), 0);
	}
	secret_done(&der);
	key_unref(key);
}

static void
look_for_lists(struct buffer *to, const void *data, size_t n)
{
	struct error e = ERROR_INIT;
	struct crls *crls = crls_new(&e);

	if (crls_read(crls, data, n, &e) == 0 && crls_count(crls) > 0)
		put(to, "CRL", NULL, crls_count(crls));
	crls_free(crls);
}

/* False when another password is worth a try. */
static bool
look_for_pairs(struct buffer *to, const void *data, size_t n, const char *password)
{
	struct pkcs12_pairs pairs = { NULL, 0 };
	struct certificates others = { NULL, 0 };
	struct secret secret = SECRET_INIT;
	struct error e = ERROR_INIT;
	bool more;

	expect_ok(secret_copy(&secret, password, strlen(password), &e));
	if (pkcs12_read_all(data, n, &secret, &pairs, &others, &e) == 0)
		put(to, "PKCS#12 pair", NULL, pairs.count);
	more = e.code == ERROR_PASSWORD;
	if (e.code == ERROR_ALGORITHM)
		put(to, "PKCS#12", "of another time", 0);
	pkcs12_pairs_done(&pairs);
	certificates_done(&others);
	secret_done(&secret);
	return !more;
}

static void
look_for_object(struct buffer *to, const void *data, size_t n)
{
	struct slow_source slow;
	struct source source = slow_source(&slow, data, n, n + 1);
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;

	if (cms_walk(&source, NULL, &shape, &e) == 0)
		put(to, "CMS object", NULL, 1);
	cms_shape_free(shape);
}

char *
material_of(const void *data, size_t n)
{
	struct buffer to = BUFFER_INIT(1000);
	struct error e = ERROR_INIT;
	char *text;

	look_for_certificates(&to, data, n);
	look_for_key(&to, data, n);
	look_for_lists(&to, data, n);
	for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++)
		if (look_for_pairs(&to, data, n, passwords[i]))
			break;
	look_for_object(&to, data, n);
	text = memory_text(to.size > 0 ? buffer_text(&to) : "nothing", &e);
	buffer_done(&to);
	return text;
}
