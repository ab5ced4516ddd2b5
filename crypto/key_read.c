/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "crypto/key_private.h"
#include "crypto/library_private.h"

/* ---- do the halves belong together? ---- */

/* Sign and verify one text: it touches every number of the private half and every one of the public half. */
static bool
signs_and_verifies(EVP_PKEY *pkey)
{
	static const unsigned char text[] = "these halves belong together";
	const EVP_MD *md = key_type_of(pkey) == KEY_ED25519 ? NULL : digest_md(DIGEST_SHA256);
	unsigned char signature[2048];
	size_t n = sizeof signature;
	EVP_MD_CTX *sign = EVP_MD_CTX_new(), *verify = EVP_MD_CTX_new();
	bool agree = sign != NULL && verify != NULL &&
	    EVP_DigestSignInit(sign, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestSign(sign, signature, &n, text, sizeof text) == 1 &&
	    EVP_DigestVerifyInit(verify, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestVerify(verify, signature, n, text, sizeof text) == 1;

	EVP_MD_CTX_free(sign);
	EVP_MD_CTX_free(verify);
	return agree;
}

/* The library sends a secret there and back itself when it reads an ML-KEM key. */
static bool
halves_agree(EVP_PKEY *pkey)
{
	return key_type_is_ml_kem(key_type_of(pkey)) || signs_and_verifies(pkey);
}

int
key_adopt_foreign(EVP_PKEY *pkey, struct key **out, struct error *e)
{
	struct key *k;

	if (key_adopt(pkey, &k, e) != 0)
		return -1;
	if (!halves_agree(pkey)) {
		key_unref(k);
		return crypto_fail(e, ERROR_KEY_SYNTAX, "the private key is damaged: its parts do not fit each other");
	}
	*out = k;
	return 0;
}

/* ---- PKCS#8 (RFC 5958) ---- */

/* ML-DSA and ML-KEM, which only newer libraries have; KEY_OTHER for all other kinds. */
static enum key_type
new_type(const PKCS8_PRIV_KEY_INFO *info)
{
	const ASN1_OBJECT *kind;

	return PKCS8_pkey_get0(&kind, NULL, NULL, NULL, info) == 1 ? library_named_type(kind) : KEY_OTHER;
}

static int
expect_offered(enum key_type type, struct error *e)
{
	int offers = library_offers(type, e);

	if (offers == 0)
		return error_set(e, ERROR_ALGORITHM, "the library has no %s; OpenSSL 3.5 has", key_type_name(type));
	return offers < 0 ? -1 : 0;
}

int
key_from_private_info(const PKCS8_PRIV_KEY_INFO *info, struct key **out, struct error *e)
{
	enum key_type type = new_type(info);
	EVP_PKEY *pkey;

	if (type != KEY_OTHER && expect_offered(type, e) != 0)
		return -1;
	if ((pkey = EVP_PKCS82PKEY(info)) != NULL)
		return key_adopt_foreign(pkey, out, e);
	if (type == KEY_OTHER && pbe_unsupported())
		return crypto_fail(e, ERROR_ALGORITHM, "a private key of a kind that is not supported");
	return crypto_fail(e, ERROR_KEY_SYNTAX, "the private key cannot be read");
}

int
key_read_pkcs8(const struct secret *der, struct key **out, struct error *e)
{
	const unsigned char *at = der->data;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der->size);
	int rc = -1;

	if (info == NULL)
		crypto_fail(e, ERROR_KEY_SYNTAX, "this is no PKCS#8 private key");
	else if (at != der->data + der->size)
		error_set(e, ERROR_KEY_SYNTAX, "octets behind the private key");
	else
		rc = key_from_private_info(info, out, e);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

int
key_write_pkcs8(const struct key *k, struct secret *out, struct error *e)
{
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *der = NULL;
	int n, rc = -1;

	if (k->private_half == NULL)
		return error_set(e, ERROR_KEY_UNUSABLE, "the private key is held elsewhere");
	info = EVP_PKEY2PKCS8(k->private_half);
	n = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (n <= 0)
		crypto_fail(e, ERROR_CRYPTO, "cannot encode a private key");
	else
		rc = secret_copy(out, der, (size_t)n, e);
	if (n > 0)
		OPENSSL_clear_free(der, (size_t)n);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

int
key_decrypt_private_info(const X509_SIG *sealed, const char *password, int n, PKCS8_PRIV_KEY_INFO **out,
    struct error *e)
{
	const X509_ALGOR *algorithm;

	X509_SIG_get0(sealed, &algorithm, NULL);
	if (!pbe_acceptable(algorithm))
		return error_set(e, ERROR_ALGORITHM, "the private key's password has an absurd iteration count");
	ERR_clear_error();
	*out = PKCS8_decrypt(sealed, password, n);
	return *out != NULL ? 0 : pbe_fail(e);
}

/* ---- PEM (RFC 7468, and the traditional forms of OpenSSL) ---- */

enum pem_kind { PEM_NO_KEY, PEM_PKCS8, PEM_ENCRYPTED_PKCS8, PEM_RSA, PEM_EC, PEM_FOREIGN_KEY };

/* One block of a PEM text, in memory of the library. */
struct pem_block {
	char *name, *header;
	unsigned char *data;
	long size;
};

static void
pem_block_done(struct pem_block *b)
{
	OPENSSL_free(b->name);
	OPENSSL_free(b->header);
	OPENSSL_clear_free(b->data, b->size > 0 ? (size_t)b->size : 0);
	*b = (struct pem_block){ NULL, NULL, NULL, 0 };
}

static enum pem_kind
pem_kind(const char *name)
{
	static const struct {
		const char *name;
		enum pem_kind kind;
	} kinds[] = {
		{ PEM_STRING_PKCS8INF, PEM_PKCS8 },
		{ PEM_STRING_PKCS8, PEM_ENCRYPTED_PKCS8 },
		{ PEM_STRING_RSA, PEM_RSA },
		{ PEM_STRING_ECPRIVATEKEY, PEM_EC },
	};
	size_t n = strlen(name), suffix = strlen("PRIVATE KEY");

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(name, kinds[i].name) == 0)
			return kinds[i].kind;
	return n >= suffix && strcmp(name + n - suffix, "PRIVATE KEY") == 0 ? PEM_FOREIGN_KEY : PEM_NO_KEY;
}

/* Find the only private key of the text. */
static int
find_key(BIO *bio, struct pem_block *out, enum pem_kind *out_kind, struct error *e)
{
	struct pem_block b = { NULL, NULL, NULL, 0 };
	enum pem_kind kind;

	while (PEM_read_bio(bio, &b.name, &b.header, &b.data, &b.size) == 1) {
		kind = pem_kind(b.name);
		if (kind == PEM_NO_KEY) {
			pem_block_done(&b);
			continue;
		}
		if (out->data != NULL) {
			pem_block_done(&b);
			return error_set(e, ERROR_KEY_SYNTAX, "more than one private key in the text");
		}
		*out = b;
		*out_kind = kind;
		b = (struct pem_block){ NULL, NULL, NULL, 0 };
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return crypto_fail(e, ERROR_KEY_SYNTAX, "the PEM text is malformed");
	ERR_clear_error();
	return out->data != NULL ? 0 : error_set(e, ERROR_KEY_SYNTAX, "there is no private key in the text");
}

static int
give_password(char *to, int room, int writing, void *ctx)
{
	const struct secret *password = ctx;

	(void)writing;
	if (password == NULL || room < 0 || password->size > (size_t)room)
		return -1;
	memcpy(to, password->data, password->size);
	return (int)password->size;
}

/* RSAPrivateKey or ECPrivateKey, perhaps under the old encryption with its header lines (DEK-Info). */
static int
read_traditional(struct pem_block *b, int type, const struct secret *password, struct key **out, struct error *e)
{
	EVP_CIPHER_INFO cipher;
	const unsigned char *at;
	EVP_PKEY *pkey;
	bool encrypted = b->header[0] != '\0';

	if (PEM_get_EVP_CIPHER_INFO(b->header, &cipher) != 1)
		return crypto_fail(e, ERROR_ALGORITHM, "the private key's encryption is not supported");
	if (encrypted && password == NULL)
		return error_set(e, ERROR_PASSWORD, "the private key is encrypted; a password is needed");
	ERR_clear_error();
	if (PEM_do_header(&cipher, b->data, &b->size, give_password, (void *)(uintptr_t)password) != 1)
		return pbe_fail(e);
	at = b->data;
	if ((pkey = d2i_PrivateKey(type, NULL, &at, b->size)) == NULL)
		return crypto_fail(e, encrypted ? ERROR_PASSWORD : ERROR_KEY_SYNTAX,
		    encrypted ? "the password is wrong, or the private key is damaged" : "the private key cannot be read");
	return key_adopt_foreign(pkey, out, e);
}

static int
read_plain(const struct pem_block *b, struct key **out, struct error *e)
{
	const unsigned char *at = b->data;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, b->size);
	int rc;

	if (info == NULL)
		return crypto_fail(e, ERROR_KEY_SYNTAX, "the private key cannot be read");
	rc = key_from_private_info(info, out, e);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

static int
read_encrypted(const struct pem_block *b, const struct secret *password, struct key **out, struct error *e)
{
	const unsigned char *at = b->data;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	X509_SIG *sealed = d2i_X509_SIG(NULL, &at, b->size);
	int rc = -1;

	if (sealed == NULL)
		crypto_fail(e, ERROR_KEY_SYNTAX, "the encrypted private key cannot be read");
	else if (password == NULL)
		error_set(e, ERROR_PASSWORD, "the private key is encrypted; a password is needed");
	else if (key_decrypt_private_info(sealed, (const char *)password->data, (int)password->size, &info, e) == 0)
		rc = key_from_private_info(info, out, e);
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

int
key_read_pem(const void *data, size_t n, const struct secret *password, struct key **out, struct error *e)
{
	struct pem_block block = { NULL, NULL, NULL, 0 };
	enum pem_kind kind = PEM_NO_KEY;
	BIO *bio = text_bio(data, n);
	int rc = -1;

	if (bio == NULL)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot read the text");
	if (find_key(bio, &block, &kind, e) != 0)
		goto out;
	switch (kind) {
	case PEM_PKCS8:
		rc = read_plain(&block, out, e);
		break;
	case PEM_ENCRYPTED_PKCS8:
		rc = read_encrypted(&block, password, out, e);
		break;
	case PEM_RSA:
	case PEM_EC:
		rc = read_traditional(&block, kind == PEM_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC, password, out, e);
		break;
	case PEM_NO_KEY:
	case PEM_FOREIGN_KEY:
		error_set(e, ERROR_ALGORITHM, "a private key in the form \"%.40s\" is not supported", block.name);
		break;
	}
out:
	pem_block_done(&block);
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}
