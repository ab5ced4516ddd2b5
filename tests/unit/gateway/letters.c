/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/encoding.h"
#include "crypto/cms_walk.h"
#include "smime/smime.h"
#include "tests/unit/gateway/letters.h"
#include "tests/unit/mime/mime_support.h"
#include "tests/unit/support.h"

#define ROOM ((size_t)64 * 1024 * 1024)

static const struct spool_settings workspace = { .memory = ROOM, .max = ROOM };

static struct buffer
text_of(struct spool *take)
{
	struct buffer b = span_text(spool_all(take));

	spool_free(take);
	return b;
}

/* What a sender who protects header fields puts in front of the structural ones. */
static struct header_list *
protected_of(const struct header_list *from)
{
	struct error e = ERROR_INIT;
	struct header_list *list = header_list_new(&e);

	for (size_t i = 0; i < header_list_count(from); i++) {
		const struct header_field *field = header_list_at(from, i);

		if (!header_is_structural(field->name))
			expect_ok(header_list_append(list, field->name, field->value, field->value_size, &e));
	}
	return list;
}

struct buffer
letter_signed(const struct forged *by, const char *entity, bool opaque)
{
	return letter_signed_as(by, SIGNATURE_TYPE_NONE, entity, opaque);
}

struct buffer
letter_signed_as(const struct forged *by, enum signature_type type, const char *entity, bool opaque)
{
	struct message m = message_of(entity);
	struct key *key = forged_key(by);
	const struct cms_sign_request request = {
		.key = key,
		.certificate = by->c,
		.scheme = profile_signature(profile_get(PROFILE_COMPATIBLE), key_type(key)),
		.type = type,
		.signing_time = FORGE_NOW,
	};
	struct error e = ERROR_INIT;
	struct spool *out = spool_new(&workspace, &e);
	struct header_list *fields = protected_of(m.headers);

	expect_ok(smime_sign(m.root, fields, &request, opaque, &workspace, out, &e));
	header_list_free(fields);
	message_done(&m);
	key_unref(key);
	return text_of(out);
}

struct buffer
letter_encrypted(const struct forged *const *to, size_t count, enum crypto_profile profile, const char *entity)
{
	struct certificates list = { NULL, 0 };
	struct spool *inner = spool_of(entity, strlen(entity)), *out;
	struct error e = ERROR_INIT;

	out = spool_new(&workspace, &e);
	for (size_t i = 0; i < count; i++)
		expect_ok(certificates_add(&list, to[i]->c, &e));
	expect_ok(smime_encrypt(spool_all(inner), &list, profile_get(profile), out, &e));
	certificates_done(&list);
	spool_free(inner);
	return text_of(out);
}

struct buffer
letter(const char *header, struct buffer take)
{
	struct buffer out = BUFFER_INIT(ROOM);
	struct error e = ERROR_INIT;

	expect_ok(buffer_append_text(&out, header, &e));
	expect_ok(buffer_append(&out, take.data, take.size, &e));
	buffer_done(&take);
	return out;
}

/* ---- breaking them ---- */

/* The CMS object of an entity, changed by `change`, in its place again. */
static void
change_object(struct buffer *entity, void (*change)(struct buffer *der, const struct cms_shape *shape, size_t n), size_t n)
{
	size_t header = (size_t)(strstr(entity->data, "\r\n\r\n") + 4 - entity->data);
	struct buffer der = BUFFER_INIT(ROOM), out = BUFFER_INIT(ROOM);
	struct sink sink = buffer_sink(&out);
	struct memory_source memory;
	struct source source;
	struct base64_writer base64;
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;

	expect_ok(base64_decode_text(entity->data + header, entity->size - header, &der, &e));
	source = memory_source(&memory, der.data, der.size);
	expect_ok(cms_walk(&source, NULL, &shape, &e));
	change(&der, shape, n);
	expect_ok(buffer_append(&out, entity->data, header, &e));
	base64_writer_init(&base64, &sink);
	expect_ok(base64_write(&base64, der.data, der.size, &e));
	expect_ok(base64_finish(&base64, &e));
	cms_shape_free(shape);
	buffer_done(&der);
	buffer_done(entity);
	*entity = out;
}

static void
spoil_key(struct buffer *der, const struct cms_shape *shape, size_t n)
{
	const struct octets *key = &shape->recipients[n].encrypted_key;
	char *at = memmem(der->data, der->size, key->data, key->size);

	ck_assert_ptr_nonnull(at);
	at[key->size / 2] ^= 1;
}

static void
spoil_from_end(struct buffer *der, const struct cms_shape *shape, size_t n)
{
	(void)shape;
	/* A high bit: of the last padding octet (n = 17), of the tag, of the ciphertext. */
	der->data[der->size - n] ^= (char)0x80;
}

void
letter_break_key(struct buffer *entity, size_t n)
{
	change_object(entity, spoil_key, n);
}

#define PLAIN "Content-Type: text/plain; charset=us-ascii\r\n\r\nhello\r\nworld\r\n"

struct buffer
letter_broken(const struct forged *const *to, enum letter_wrong wrong, const struct forged *signer)
{
	static const struct {
		enum crypto_profile profile;
		const char *content;
		void (*change)(struct buffer *der, const struct cms_shape *shape, size_t n);
		size_t n;
	} rows[] = {
		[LETTER_BAD_KEY_BLOCK] = { PROFILE_COMPATIBLE, PLAIN, spoil_key, 0 },
		[LETTER_BAD_OAEP_BLOCK] = { PROFILE_MODERN, PLAIN, spoil_key, 0 },
		[LETTER_BAD_PADDING] = { PROFILE_COMPATIBLE, PLAIN, spoil_from_end, 17 },
		[LETTER_BAD_TAG] = { PROFILE_MODERN, PLAIN, spoil_from_end, 1 },
		[LETTER_BAD_CIPHERTEXT] = { PROFILE_MODERN, PLAIN, spoil_from_end, 30 },
		[LETTER_NO_ENTITY] = { PROFILE_COMPATIBLE, "no entity", NULL, 0 },
		[LETTER_UNCLOSED_MULTIPART] = { PROFILE_MODERN,
		    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n", NULL, 0 },
		[LETTER_SMUGGLED_FIELD] = { PROFILE_MODERN, "Content-Type: text/plain\rBcc: x@y\r\n\r\nx\r\n", NULL, 0 },
	};
	struct buffer inner, text;

	if (wrong == LETTER_BAD_INNER_LAYER) {
		text = letter_encrypted(to, 1, PROFILE_MODERN, PLAIN);
		change_object(&text, spoil_from_end, 1);
		inner = letter_signed(signer, buffer_text(&text), false);
		buffer_done(&text);
		text = letter_encrypted(to, 1, PROFILE_MODERN, buffer_text(&inner));
		buffer_done(&inner);
		return text;
	}
	text = letter_encrypted(to, 1, rows[wrong].profile, rows[wrong].content);
	if (rows[wrong].change != NULL)
		change_object(&text, rows[wrong].change, rows[wrong].n);
	return text;
}
