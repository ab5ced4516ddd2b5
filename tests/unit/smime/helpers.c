/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/memory.h"
#include "crypto/cms_encrypt.h"
#include "smime/smime.h"
#include "tests/unit/smime/helpers.h"

#define ROOM ((size_t)16 * 1024 * 1024)

const struct spool_settings workspace = { .memory = ROOM, .max = ROOM };

struct person
person_make(const char *address, const char *kind)
{
	char san[256];
	struct forge how = {
		.key = kind,
		.cn = address,
		.extensions = { "keyUsage", "critical,digitalSignature,keyEncipherment,keyAgreement", "extendedKeyUsage",
		    "emailProtection", "subjectKeyIdentifier", "hash", "subjectAltName", san },
	};
	struct person p = { .identity = address };

	(void)snprintf(san, sizeof(san), "email:%s", address);
	p.forged = forge(&how);
	p.key = forged_key(&p.forged);
	return p;
}

void
person_done(struct person *p)
{
	forged_done(&p->forged);
	key_unref(p->key);
}

static struct buffer
text_of(struct spool *spool)
{
	struct buffer b = span_text(spool_all(spool));

	spool_free(spool);
	return b;
}

static struct spool *
new_spool(void)
{
	struct error e = ERROR_INIT;
	struct spool *spool = spool_new(&workspace, &e);

	ck_assert_ptr_nonnull(spool);
	return spool;
}

struct buffer
signed_by(const struct person *p, const char *entity, bool opaque)
{
	struct message m = message_of(entity);
	const struct cms_sign_request request = {
		.key = p->key,
		.certificate = p->forged.c,
		.scheme = profile_signature(profile_get(PROFILE_COMPATIBLE), key_type(p->key)),
		.signing_time = FORGE_NOW,
	};
	struct spool *out = new_spool();
	struct error e = ERROR_INIT;

	expect_ok(smime_sign(m.root, NULL, &request, opaque, &workspace, out, &e));
	message_done(&m);
	return text_of(out);
}

static void
add_recipients(struct certificates *list, const struct person *const *to, size_t count)
{
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < count; i++)
		expect_ok(certificates_add(list, to[i]->forged.c, &e));
}

struct buffer
encrypted_to(const struct person *const *to, size_t count, enum crypto_profile profile, const char *entity)
{
	struct certificates list = { NULL, 0 };
	struct spool *inner = spool_of(entity, strlen(entity)), *out = new_spool();
	struct error e = ERROR_INIT;

	add_recipients(&list, to, count);
	expect_ok(smime_encrypt(spool_all(inner), &list, profile_get(profile), out, &e));
	certificates_done(&list);
	spool_free(inner);
	return text_of(out);
}

struct buffer
encrypted_der(const struct person *const *to, size_t count, enum crypto_profile profile, const char *content)
{
	struct certificates list = { NULL, 0 };
	struct buffer der = BUFFER_INIT(ROOM);
	struct sink sink = buffer_sink(&der);
	struct memory_source memory;
	struct source source = memory_source(&memory, content, strlen(content));
	struct error e = ERROR_INIT;

	add_recipients(&list, to, count);
	expect_ok(cms_encrypt(&list, profile_get(profile), &source, strlen(content), &sink, &e));
	certificates_done(&list);
	return der;
}

struct buffer
wrapped(const struct buffer *der, const char *smime_type)
{
	struct buffer out = BUFFER_INIT(ROOM);
	struct sink sink = buffer_sink(&out);
	struct base64_writer base64;
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_format(&out, &e,
	    "Content-Type: application/pkcs7-mime; smime-type=%s; name=smime.p7m\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    smime_type));
	base64_writer_init(&base64, &sink);
	expect_ok(base64_write(&base64, der->data, der->size, &e));
	expect_ok(base64_finish(&base64, &e));
	return out;
}

struct buffer
content_of(const struct entity *entity)
{
	struct buffer out = BUFFER_INIT(ROOM);
	struct entity_reader *reader = NULL;
	struct source source;
	struct error e = ERROR_INIT;

	expect_ok(entity_reader_new(entity, &reader, &source, &e));
	expect_ok(read_all(&source, &out, &e));
	entity_reader_free(reader);
	return out;
}

/* ---- opening ---- */

static bool
is_named(const struct cms_shape *shape, const struct certificate *c)
{
	for (size_t i = 0; i < shape->recipient_count; i++)
		if (strcmp(shape->recipients[i].name.issuer_serial, certificate_issuer_serial(c)) == 0)
			return true;
	return false;
}

static int
keys(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason, struct error *e)
{
	struct ring *ring = ctx;

	if (++ring->calls == ring->fault_at && ring->fault != ERROR_NONE)
		return error_set(e, ring->fault, "planted");
	*out_reason = ring->reason;
	if (ring->reason != NULL)
		return 0;
	out->items = memory_new(ring->count + 1, sizeof(*out->items), e);
	ck_assert_ptr_nonnull(out->items);
	for (size_t i = 0; i < ring->count; i++) {
		const struct person *p = ring->people[i];
		struct decryptor *d = &out->items[out->count];

		if (!is_named(shape, p->forged.c))
			continue;
		out->count++;
		d->identity = memory_text(p->identity, e);
		d->key = key_ref(p->key);
		d->certificate = certificate_ref(p->forged.c);
		(void)snprintf(d->key_id, sizeof(d->key_id), "key-%zu", i);
	}
	return 0;
}

struct layer_keys
ring_keys(struct ring *ring)
{
	return (struct layer_keys){ keys, ring };
}

struct smime_layers *
opened(const struct message *m, struct ring *ring)
{
	const struct layer_keys k = ring_keys(ring);
	struct smime_layers *layers = NULL;
	struct error e = ERROR_INIT;

	expect_ok(layers_open(m->root, &k, &workspace, NULL, &layers, &e));
	return layers;
}
