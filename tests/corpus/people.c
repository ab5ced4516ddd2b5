/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "keystore/identity.h"
#include "tests/corpus/corpus.h"

/* ---- who is who ---- */

#define RFC9216 "crypto/rfc9216/"
#define RFC9216_OURS(...) \
	.anchors = { RFC9216 "3.1-RSA_Certification_Authority_Root_Certificate.crt", \
	    RFC9216 "6.1-Ed25519_Certification_Authority_Root_Certificate.crt" }, \
	.keys = { \
		{ RFC9216 "4.1-Alice_s_Signature_Verification_End_Entity_Certificate.crt", \
		    RFC9216 "4.2-Alice_s_Signing_Private_Key_Material.key", true }, \
		{ RFC9216 "4.3-Alice_s_Encryption_End_Entity_Certificate.crt", \
		    RFC9216 "4.4-Alice_s_Decryption_Private_Key_Material.key", true }, \
		{ RFC9216 "5.3-Bob_s_Encryption_End_Entity_Certificate.crt", \
		    RFC9216 "5.4-Bob_s_Decryption_Private_Key_Material.key", true }, \
		__VA_ARGS__ \
	}

#define CARL "smime/rfc4134/CarlRSASelf.cer"
#define RFC4134_OURS \
	.anchors = { CARL, "crypto/rfc4134/CarlDSSSelf.cer" }, \
	.keys = { { "crypto/rfc4134/BobRSASignByCarl.cer", "crypto/rfc4134/BobPrivRSAEncrypt.pri", false } }

#define TO_BOB .domain = "smime.example", .to = "<bob@smime.example>"

const struct people corpus_people[] = {
	{ .folder = "mime/", .domain = "example.org", .from = "carol@sender.example", .to = "<bob@example.org>" },
	{ .folder = "keystore/", .domain = "example.org", .from = "carol@sender.example", .to = "<bob@example.org>" },
	{ .folder = RFC9216, .from = "alice@smime.example", TO_BOB, RFC9216_OURS() },
	{ .folder = "crypto/made-here/", .from = "alice@smime.example", TO_BOB, RFC9216_OURS(
	    { "crypto/made-here/mlkem.crt", "crypto/made-here/mlkem.key", false }) },
	{ .folder = "smime/made-here/", .from = "alice@smime.example", TO_BOB, RFC9216_OURS() },
	{ .folder = "smime/rfc9788/", .from = "alice@smime.example", TO_BOB, RFC9216_OURS() },
	{ .folder = "crypto/rfc4134/", .domain = "example.com", .from = "AliceDSS@example.com", .to = "<BobRSA@example.com>",
	    RFC4134_OURS },
	{ .folder = "smime/rfc4134/", .domain = "example.com", .from = "AliceDSS@example.com", .to = "<BobRSA@example.com>",
	    RFC4134_OURS },
	{ .folder = "crypto/ml-", .domain = "example.org", .from = "lamps@sender.example", .to = "<bob@example.org>",
	    .anchors = { "crypto/ml-dsa-certs/ML-DSA-44.crt", "crypto/ml-dsa-certs/ML-DSA-65.crt",
	        "crypto/ml-dsa-certs/ML-DSA-87.crt" },
	    .keys = { { "crypto/ml-dsa-certs/ML-DSA-44.crt", NULL, false }, { "crypto/ml-dsa-certs/ML-DSA-65.crt", NULL, false },
	        { "crypto/ml-dsa-certs/ML-DSA-87.crt", NULL, false },
	        { "crypto/ml-kem/ML-KEM-512.pem", "crypto/ml-kem/ML-KEM-512-both.priv", false } } },
	{ .folder = "crypto/openssl/", .domain = "example.org", .from = "openssl@sender.example", .to = "<bob@example.org>",
	    .anchors = { "crypto/openssl/smroot.pem", "crypto/openssl/pkitsta.pem" },
	    .keys = { { "crypto/openssl/smrsa1.pem", "crypto/openssl/smrsa1.pem", false },
	        { "crypto/openssl/smrsa2.pem", "crypto/openssl/smrsa2.pem", false },
	        { "crypto/openssl/smrsa3.pem", "crypto/openssl/smrsa3.pem", false },
	        { "crypto/openssl/smec1.pem", "crypto/openssl/smec1.pem", false },
	        { "crypto/openssl/smec3.pem", "crypto/openssl/smec3.pem", false },
	        { "crypto/openssl/ecdh-cert.pem", "crypto/openssl/ecdh-key.pem", false } } },
	{ .folder = "crypto/pkits/", .domain = "example.org", .from = "pkits@sender.example", .to = "<bob@example.org>" },
	{ .folder = "crypto/james/", .domain = "localdomain", .from = "user@james.org", .to = "<sender@localdomain>",
	    .when = INT64_C(1750000000), .anchors = { "crypto/james/rootCA.crt" },
	    .keys = { { "crypto/james/sender.pem", "crypto/james/sender.pem", false } } },
	{ .folder = "crypto/resteasy/", .domain = "example.dom", .from = "sender@example.dom",
	    .to = "<recipient@example.dom>", .anchors = { "crypto/resteasy/mycert.pem" },
	    .keys = { { "crypto/resteasy/mycert.pem", "crypto/resteasy/mycert-private.pem", false } } },
	{ .folder = "crypto/m2crypto/", .domain = "example.com", .from = "signer@example.com",
	    .to = "<recipient@example.com>", .when = INT64_C(1750000000), .anchors = { "crypto/m2crypto/ca.pem" },
	    .keys = { { "crypto/m2crypto/recipient.pem", "crypto/m2crypto/recipient_key.pem", false } } },
};

const size_t corpus_people_count = sizeof(corpus_people) / sizeof(corpus_people[0]);

const struct people *
people_of(const char *path)
{
	const struct people *best = NULL;

	for (size_t i = 0; i < corpus_people_count; i++) {
		const struct people *p = &corpus_people[i];

		if (strncmp(path, p->folder, strlen(p->folder)) != 0)
			continue;
		if (best == NULL || strlen(p->folder) > strlen(best->folder))
			best = p;
	}
	return best;
}

/* ---- the scene ---- */

static struct certificates
read_certificates(const char *path)
{
	struct certificates list = { NULL, 0 };
	struct buffer b = load(path);
	struct error e = ERROR_INIT;

	expect_ok(certificates_read(b.data, b.size, &list, &e));
	buffer_done(&b);
	return list;
}

/* NULL for a kind that the library lacks. */
static struct key *
read_key(const char *path)
{
	struct buffer b = load(path);
	struct secret der = SECRET_INIT;
	struct key *key = NULL;
	struct error e = ERROR_INIT;

	if (key_read_pem(b.data, b.size, NULL, &key, &e) != 0 && e.code != ERROR_ALGORITHM) {
		error_clear(&e);
		expect_ok(secret_copy(&der, b.data, b.size, &e));
		expect_ok(key_read_pkcs8(&der, &key, &e));
	}
	secret_done(&der);
	buffer_done(&b);
	return key;
}

static void
trust(struct world *w, const struct people *p)
{
	struct certificates lists[PEOPLE_MAX] = { { NULL, 0 } };
	struct forged anchors[PEOPLE_MAX] = { { NULL, NULL, false } };
	const struct forged *pointers[PEOPLE_MAX];
	size_t n = 0;

	for (; n < PEOPLE_MAX && p->anchors[n] != NULL; n++) {
		lists[n] = read_certificates(p->anchors[n]);
		anchors[n].c = lists[n].items[0];
		pointers[n] = &anchors[n];
	}
	if (n > 0)
		world_trust(w, pointers, n);
	for (size_t i = 0; i < n; i++)
		certificates_done(&lists[i]);
}

static void
take_keys(struct scene *s)
{
	const struct people *p = s->people;
	char id[33];

	for (size_t i = 0; i < PEOPLE_MAX && p->keys[i].certificate != NULL; i++) {
		struct certificates list = read_certificates(p->keys[i].certificate);
		struct error e = ERROR_INIT;

		if (p->keys[i].key != NULL)
			s->keys[i] = read_key(p->keys[i].key);
		expect_ok(certificates_add(&s->certificates, list.items[0], &e));
		if (s->keys[i] != NULL && p->keys[i].ours)
			expect_ok(keystore_key_import(s->world->keystore, NULL, s->keys[i], list.items[0], NULL, false,
			    &s->world->witness, id, &e));
		certificates_done(&list);
	}
}

struct scene *
scene_open(const struct people *people)
{
	struct scene *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	world_disk_is_lazy(true);
	s->people = people;
	s->world = world_open(people->domain, NULL);
	if (people->when != 0)
		s->world->now_ms = people->when * 1000;
	trust(s->world, people);
	take_keys(s);
	s->office = world_open(CORPUS_OFFICE, "defaults { sign = \"required\" encrypt = \"off\" }");
	s->author = certified(CORPUS_AUTHOR, NULL);
	world_identity(s->office, &s->author);
	world_login(s->office, "alice", CORPUS_AUTHOR);
	return s;
}

void
scene_close(struct scene *s)
{
	world_close(s->world);
	world_close(s->office);
	forged_done(&s->author);
	for (size_t i = 0; i < PEOPLE_MAX; i++)
		key_unref(s->keys[i]);
	certificates_done(&s->certificates);
	free(s);
}
