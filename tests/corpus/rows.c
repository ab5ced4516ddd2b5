/* SPDX-License-Identifier: BSD-2-Clause */

#include <openssl/err.h>

#include "tests/corpus/corpus.h"

const struct row corpus_rows[] = {
#define MAIL(path, protection, in, out, note) { CORPUS_MAIL, path, NULL, protection, in, out, NULL, NULL, NULL, note },
#define MAIL_IF(needs, path, protection, in, without, in_without, out, note) \
	{ CORPUS_MAIL, path, NULL, protection, in, out, needs, without, in_without, note },
#define OBJECT(path, protection, in, note) { CORPUS_OBJECT, path, NULL, protection, in, NULL, NULL, NULL, NULL, note },
#define OBJECT_IF(needs, path, protection, in, without, in_without, note) \
	{ CORPUS_OBJECT, path, NULL, protection, in, NULL, needs, without, in_without, note },
#define OVER(path, over, protection, in, note) { CORPUS_OVER, path, over, protection, in, NULL, NULL, NULL, NULL, note },
#define MATERIAL(path, found, note) { CORPUS_MATERIAL, path, NULL, found, NULL, NULL, NULL, NULL, NULL, note },
#define MATERIAL_IF(needs, path, found, without, note) \
	{ CORPUS_MATERIAL, path, NULL, found, NULL, NULL, needs, without, NULL, note },
#include "tests/corpus/outcomes.def"
#undef MAIL
#undef MAIL_IF
#undef OBJECT
#undef OBJECT_IF
#undef OVER
#undef MATERIAL
#undef MATERIAL_IF
};

const size_t corpus_count = sizeof(corpus_rows) / sizeof(corpus_rows[0]);

static bool
is_lacking(const char *algorithm)
{
	EVP_PKEY_CTX *ctx = algorithm == NULL ? NULL : EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	bool lacking = algorithm != NULL && ctx == NULL;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return lacking;
}

const char *
row_protection(const struct row *row)
{
	return is_lacking(row->needs) ? row->without : row->protection;
}

const char *
row_in(const struct row *row)
{
	return is_lacking(row->needs) ? row->in_without : row->in;
}
