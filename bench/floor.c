/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * floor: the least that a milter of this kind could cost: libmilter, the body collected, the body replaced with as
 * many octets as the gateway writes, and beside it the bare EVP work of the operation, nothing else.
 *
 *   floor -s unix:/path -o octets -w none|sign-rsa|sign-p256|encrypt|open|verify
 */

#include <libmilter/mfapi.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct body {
	char *data;
	size_t size, room;
};

static size_t octets_out;
static EVP_PKEY *rsa, *p256;
static unsigned char *replacement, wrapped[256], signature[256];
static size_t wrapped_size = sizeof(wrapped), signature_size = sizeof(signature);

static void
check(int ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "floor: %s\n", what);
		abort();
	}
}

/* ---- the bare work --------------------------------------------------------------------- */

static void
sign(EVP_PKEY *key, const struct body *b)
{
	unsigned char digest[32], out[512];
	size_t n = sizeof(out);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	check(ctx != NULL && EVP_Digest(b->data, b->size, digest, NULL, EVP_sha256(), NULL) == 1 &&
	          EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	          EVP_DigestSign(ctx, out, &n, digest, sizeof(digest)) == 1,
	    "sign");
	EVP_MD_CTX_free(ctx);
}

static void
cipher(const struct body *b, int enc)
{
	static const unsigned char key[32], iv[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *out = malloc(b->size + 32);
	int n;

	check(ctx != NULL && out != NULL && EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv, enc) == 1 &&
	          EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	          EVP_CipherUpdate(ctx, out, &n, (const unsigned char *)b->data, (int)(b->size / 16 * 16)) == 1,
	    "cipher");
	free(out);
	EVP_CIPHER_CTX_free(ctx);
}

static void
transport(int wrap)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(rsa, NULL);
	unsigned char out[512], key[32] = { 1 };
	size_t n = sizeof(out);

	if (wrap)
		check(ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 && EVP_PKEY_encrypt(ctx, out, &n, key, sizeof(key)) == 1, "wrap");
	else
		check(ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1 && EVP_PKEY_decrypt(ctx, out, &n, wrapped, wrapped_size) == 1, "unwrap");
	EVP_PKEY_CTX_free(ctx);
}

static void
verify(const struct body *b)
{
	unsigned char digest[32];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	check(ctx != NULL && EVP_Digest(b->data, b->size, digest, NULL, EVP_sha256(), NULL) == 1 &&
	          EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, rsa) == 1 &&
	          EVP_DigestVerify(ctx, signature, signature_size, (const unsigned char *)"bench", 5) == 1,
	    "verify");
	EVP_MD_CTX_free(ctx);
}

static void work_none(const struct body *b) { (void)b; }
static void work_sign_rsa(const struct body *b) { sign(rsa, b); }
static void work_sign_p256(const struct body *b) { sign(p256, b); }
static void work_encrypt(const struct body *b) { cipher(b, 1); transport(1); }
static void work_open(const struct body *b) { transport(0); cipher(b, 0); }

static const struct {
	const char *name;
	void (*run)(const struct body *b);
} works[] = {
	{ "none", work_none }, { "sign-rsa", work_sign_rsa }, { "sign-p256", work_sign_p256 }, { "encrypt", work_encrypt },
	{ "open", work_open }, { "verify", verify },
};
static void (*work)(const struct body *b) = work_none;

static void
make_keys(void)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx;
	unsigned char key[32] = { 1 };

	rsa = EVP_RSA_gen(2048);
	p256 = EVP_EC_gen("P-256");
	check(rsa != NULL && p256 != NULL && md != NULL, "keys");
	check(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, rsa) == 1 &&
	          EVP_DigestSign(md, signature, &signature_size, (const unsigned char *)"bench", 5) == 1,
	    "sign");
	ctx = EVP_PKEY_CTX_new(rsa, NULL);
	check(ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 && EVP_PKEY_encrypt(ctx, wrapped, &wrapped_size, key, sizeof(key)) == 1, "wrap");
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_CTX_free(md);
}

/* ---- the filter --------------------------------------------------------------------------- */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3, unsigned long *p0,
    unsigned long *p1, unsigned long *p2, unsigned long *p3)
{
	(void)f2;
	(void)f3;
	*p0 = f0 & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY);
	*p1 = f1 & (SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_CONN | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY |
	               SMFIP_HDR_LEADSPC);
	*p2 = *p3 = 0;
	(void)smfi_setpriv(ctx, calloc(1, sizeof(struct body)));
	return SMFIS_CONTINUE;
}

static sfsistat
on_from(SMFICTX *ctx, char **argv)
{
	struct body *b = smfi_getpriv(ctx);

	(void)argv;
	b->size = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *data, size_t n)
{
	struct body *b = smfi_getpriv(ctx);

	if (b->size + n > b->room) {
		b->room = (b->size + n) * 2;
		b->data = realloc(b->data, b->room);
		check(b->data != NULL, "memory");
	}
	memcpy(b->data + b->size, data, n);
	b->size += n;
	return SMFIS_NOREPLY;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	work(smfi_getpriv(ctx));
	(void)smfi_chgheader(ctx, (char *)(uintptr_t) "Content-Type", 1, (char *)(uintptr_t) " text/plain");
	return smfi_replacebody(ctx, replacement, (int)octets_out) == MI_SUCCESS ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct body *b = smfi_getpriv(ctx);

	if (b != NULL)
		free(b->data);
	free(b);
	(void)smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	struct smfiDesc description = { .xxfi_name = (char *)(uintptr_t) "floor", .xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY, .xxfi_negotiate = on_negotiate,
		.xxfi_envfrom = on_from, .xxfi_envrcpt = on_rcpt, .xxfi_body = on_body, .xxfi_eom = on_eom, .xxfi_close = on_close };
	const char *spec = NULL;
	int o;

	while ((o = getopt(argc, argv, "s:o:w:")) != -1) {
		if (o == 's')
			spec = optarg;
		else if (o == 'o')
			octets_out = (size_t)atol(optarg);
		else if (o == 'w')
			for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
				work = strcmp(works[i].name, optarg) == 0 ? works[i].run : work;
		else
			return 2;
	}
	check(spec != NULL, "-s is needed");
	make_keys();
	replacement = malloc(octets_out + 1);
	check(replacement != NULL, "memory");
	memset(replacement, 'x', octets_out);
	check(smfi_setconn((char *)(uintptr_t)spec) == MI_SUCCESS && smfi_register(description) == MI_SUCCESS &&
	          smfi_opensocket(1) == MI_SUCCESS,
	    spec);
	puts("floor serves");
	(void)fflush(stdout);
	return smfi_main();
}
