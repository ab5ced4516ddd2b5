/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as an encrypted object for two fixed keys: opened, or unreadable with an empty spool.  Through a key
 * management that has integrity OpenSSL opens the same objects to the same octets.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "crypto/cms_open.h"

#define CONTENT_MAX (4 * 1024 * 1024)
#define TRIED_MAX 4

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct fixed {
	const char *path;
	struct key *key;
	EVP_PKEY *evp;
} keys[] = {
	{ "tests/data/crypto/rfc9216/5.4-Bob_s_Decryption_Private_Key_Material.key", NULL, NULL },
	{ "tests/data/crypto/openssl/ecdh-key.pem", NULL, NULL },
};

static void
load_keys(void)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0] && keys[i].key == NULL; i++) {
		struct buffer pem = BUFFER_INIT(100000);
		struct error e = ERROR_INIT;
		BIO *bio;

		if (file_read(keys[i].path, 100000, &pem, &e) != 0 ||
		    key_read_pem(pem.data, pem.size, NULL, &keys[i].key, &e) != 0)
			abort();
		bio = BIO_new_mem_buf(pem.data, (int)pem.size);
		keys[i].evp = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		BIO_free(bio);
		buffer_done(&pem);
	}
}

/* OpenSSL's plaintext for the only RecipientInfo; false if it gives none. */
static bool
openssl_opens(CMS_ContentInfo *cms, EVP_PKEY *key, struct buffer *plain)
{
	BIO *out = BIO_new(BIO_s_mem());
	bool opened = CMS_decrypt(cms, key, NULL, NULL, out, CMS_BINARY) == 1;
	char *theirs;
	long n = BIO_get_mem_data(out, &theirs);

	if (opened && buffer_append(plain, theirs, (size_t)n, NULL) != 0)
		abort();
	BIO_free(out);
	return opened;
}

static void
compare(struct spool *ours, const struct buffer *theirs)
{
	char *mine = malloc(theirs->size + 1);

	if (mine == NULL || theirs->size != spool_size(ours) || spool_read_at(ours, 0, mine, theirs->size, NULL) != 0)
		abort();
	if (theirs->size != 0 && memcmp(mine, theirs->data, theirs->size) != 0)
		abort();
	free(mine);
}

/*
 * What is fit to be tried opens here and there or neither here nor there, to the same octets.  Not for RSA v1.5, where
 * a wrong key gives noise by intent.
 */
static void
beside_openssl(const unsigned char *data, size_t size, const struct fixed *key, bool opened, struct spool *ours)
{
	struct buffer plain = BUFFER_INIT(CONTENT_MAX);
	const unsigned char *p = data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)size); /* the walk's target says what it may refuse */

	if (cms != NULL && openssl_opens(cms, key->evp, &plain) != opened) {
		ERR_print_errors_fp(stderr);
		abort();
	}
	if (cms != NULL && opened)
		compare(ours, &plain);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	buffer_done(&plain);
}

static void
open_one(const unsigned char *data, size_t size, const struct cms_shape *s, size_t ri, const struct fixed *key)
{
	const struct spool_settings settings = { .memory = CONTENT_MAX, .max = CONTENT_MAX };
	const struct recipient_info *info = &s->recipients[ri];
	const bool fit = s->unusable == NULL && info->unusable == NULL && s->has_content;
	struct memory_source m;
	struct source source = memory_source(&m, data, size);
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&settings, &e);
	bool opened;

	if (spool == NULL)
		abort();
	opened = cms_open(s, info, key->key, &source, spool, &e) == 0;
	if (!opened && getenv("FUZZ_SAY") != NULL)
		fprintf(stderr, "not opened: %d %s\n", (int)e.code, e.detail);
	if (!opened && (e.code != ERROR_CMS_UNREADABLE || spool_size(spool) != 0))
		abort();
	if (opened && (!fit || spool_size(spool) > s->content_size))
		abort();
	if (ERR_peek_error() != 0)
		abort();
	if (fit && s->recipient_count == 1 && info->transport != TRANSPORT_RSA_V15)
		beside_openssl(data, size, key, opened, spool);
	spool_free(spool);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct memory_source m;
	struct source source = memory_source(&m, data, size);
	struct cms_shape *s = NULL;
	struct error e = ERROR_INIT;

	load_keys();
	if (cms_walk(&source, NULL, &s, &e) != 0)
		return 0;
	for (size_t ri = 0; ri < s->recipient_count && ri < TRIED_MAX; ri++)
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
			open_one(data, size, s, ri, &keys[k]);
	cms_shape_free(s);
	return 0;
}
