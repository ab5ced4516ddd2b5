/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crypto/cms_open.h"
#include "crypto/cms_verify.h"
#include "smime/layers.h"
#include "tests/corpus/corpus.h"
#include "tests/unit/crypto/cms_support.h"
#include "tests/unit/mime/mime_support.h"

/* The protection of an object or a mail, whoever may trust it: the CMS layer and the S/MIME layer, with all keys of the scene. */

static const struct spool_settings workspace = { .memory = 64 * 1024 * 1024, .max = 64 * 1024 * 1024 };

static void
put_signature(struct buffer *to, const struct signature_facts *f)
{
	struct error e = ERROR_INIT;

	if (f->status == SIGNATURE_VALID)
		expect_ok(buffer_append_text(to, "V+", &e));
	else if (f->status == SIGNATURE_ABSENT)
		expect_ok(buffer_append_text(to, "V0", &e));
	else
		expect_ok(buffer_append_format(to, &e, "V- %s", signature_status_word(f->status)));
	if (f->status != SIGNATURE_VALID && f->detail != NULL)
		expect_ok(buffer_append_format(to, &e, "/%s", f->detail));
}

static char *
take_text(struct buffer *b)
{
	struct error e = ERROR_INIT;
	char *text = memory_text(buffer_text(b), &e);

	ck_assert_ptr_nonnull(text);
	buffer_done(b);
	return text;
}

static char *
refusal(const char *what, const struct error *why)
{
	struct error e = ERROR_INIT;
	char *text = memory_format(&e, "%s %s", what, error_name(why->code));

	ck_assert_ptr_nonnull(text);
	return text;
}

/* ---- objects ---- */

static bool
is_named(const struct certificate_name *name, const struct certificate *c)
{
	return strcmp(name->issuer_serial, certificate_issuer_serial(c)) == 0 ||
	    (name->ski[0] != '\0' && strcmp(name->ski, certificate_ski(c)) == 0);
}

static bool
try_key(const struct cms_shape *shape, size_t ri, const struct key *key, const struct buffer *der, size_t step)
{
	struct slow_source slow;
	struct source source = slow_source(&slow, der->data, der->size, step);
	struct spool *spool = new_spool();
	struct error e = ERROR_INIT;
	bool opened = cms_open(shape, &shape->recipients[ri], key, &source, spool, &e) == 0;

	if (!opened)
		expect_error(-1, ERROR_CMS_UNREADABLE);
	ck_assert(opened || spool_size(spool) == 0);
	spool_free(spool);
	return opened;
}

/* What stands in the way of every RecipientInfo, or that no key of ours fits. */
static const char *
all_unusable(const struct cms_shape *shape)
{
	for (size_t i = 0; i < shape->recipient_count; i++)
		if (shape->recipients[i].unusable == NULL)
			return "no-key";
	return shape->recipient_count > 0 ? shape->recipients[0].unusable : "no-recipient";
}

static void
put_encryption(struct buffer *to, const struct scene *s, const struct cms_shape *shape, const struct buffer *der, size_t step)
{
	const char *why = shape->unusable != NULL ? shape->unusable : all_unusable(shape);
	struct error e = ERROR_INIT;

	for (size_t i = 0; i < shape->recipient_count; i++)
		for (size_t k = 0; k < s->certificates.count; k++) {
			const struct recipient_info *ri = &shape->recipients[i];

			if (s->keys[k] == NULL || !is_named(&ri->name, s->certificates.items[k]))
				continue;
			if (try_key(shape, i, s->keys[k], der, step)) {
				expect_ok(buffer_append_text(to, "D+", &e));
				return;
			}
			why = shape->unusable != NULL ? shape->unusable : ri->unusable != NULL ? ri->unusable : "unreadable";
		}
	expect_ok(buffer_append_format(to, &e, "D- %s", why));
}

static void
put_verification(struct buffer *to, const struct scene *s, const struct cms_shape *shape, const struct buffer *der,
    const struct buffer *over, size_t step)
{
	struct buffer content = BUFFER_INIT(64 * 1024 * 1024);
	struct sink sink = buffer_sink(&content);
	struct slow_source slow;
	struct source source = slow_source(&slow, der->data, der->size, step);
	struct signature_facts facts;
	struct error e = ERROR_INIT;

	if (over == NULL && shape->has_content)
		expect_ok(cms_copy_content(&source, &sink, &e));
	source = over == NULL ? slow_source(&slow, content.data, content.size, step)
	                      : slow_source(&slow, over->data, over->size, step);
	expect_ok(cms_verify(shape, over != NULL, &source, &s->certificates, &facts, &e));
	put_signature(to, &facts);
	signature_facts_done(&facts);
	buffer_done(&content);
}

char *
protection_of_object(const struct scene *s, const struct buffer *der, const struct buffer *over, size_t step)
{
	struct buffer to = BUFFER_INIT(1000);
	struct cms_shape *shape = NULL;
	struct error e = ERROR_INIT;

	if (try_walk(der->data, der->size, step, &shape, &e) != 0)
		return refusal("P-", &e);
	if (shape->type == CMS_SIGNED)
		put_verification(&to, s, shape, der, over, step);
	else if (shape->type == CMS_ENVELOPED || shape->type == CMS_AUTH_ENVELOPED)
		put_encryption(&to, s, shape, der, step);
	else
		expect_ok(buffer_append_text(&to, shape->type == CMS_COMPRESSED ? "compressed" : "content-type", &e));
	cms_shape_free(shape);
	return take_text(&to);
}

/* ---- mails ---- */

static bool
is_wanted(const struct cms_shape *shape, const struct certificate *c)
{
	for (size_t i = 0; i < shape->recipient_count; i++)
		if (is_named(&shape->recipients[i].name, c))
			return true;
	return false;
}

static int
give_keys(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason, struct error *e)
{
	const struct scene *s = ctx;

	*out_reason = NULL;
	out->items = memory_new(PEOPLE_MAX, sizeof(*out->items), e);
	ck_assert_ptr_nonnull(out->items);
	for (size_t k = 0; k < s->certificates.count; k++) {
		struct decryptor *d = &out->items[out->count];

		if (s->keys[k] == NULL || !is_wanted(shape, s->certificates.items[k]))
			continue;
		out->count++;
		d->identity = memory_text("someone", e);
		d->key = key_ref(s->keys[k]);
		d->certificate = certificate_ref(s->certificates.items[k]);
		(void)snprintf(d->key_id, sizeof(d->key_id), "key-%zu", k);
	}
	return 0;
}

static void
put_layer(struct buffer *to, const struct smime_layer *layer)
{
	struct error e = ERROR_INIT;

	if (to->size > 0)
		expect_ok(buffer_append_text(to, ", ", &e));
	if (layer->is_signed)
		put_signature(to, &layer->signature);
	else if (layer->opened)
		expect_ok(buffer_append_text(to, "D+", &e));
	else if (layer->encrypted)
		expect_ok(buffer_append_format(to, &e, "D- %s", layer->closed_reason));
	else if (layer->type == CMS_COMPRESSED && layer->inner != NULL)
		expect_ok(buffer_append_text(to, "Z+", &e));
	else if (layer->closed_reason != NULL && strcmp(layer->closed_reason, "malformed") == 0)
		expect_ok(buffer_append_text(to, "P- malformed", &e));
	else
		expect_ok(buffer_append_text(to, layer->closed_reason != NULL ? layer->closed_reason : smime_kind_word(layer->kind), &e));
	if (layer->is_signed && layer->structure != NULL)
		expect_ok(buffer_append_format(to, &e, " (%s)", layer->structure));
}

char *
protection_of_mail(const struct scene *s, const struct buffer *mail)
{
	const struct layer_keys keys = { give_keys, (void *)(uintptr_t)s };
	struct buffer to = BUFFER_INIT(1000);
	struct smime_layers *layers = NULL;
	struct message m;
	struct error e = ERROR_INIT;

	if (message_open(&m, mail->data, mail->size, &e) != 0)
		return refusal("unreadable", &e);
	expect_ok(layers_open(m.root, &keys, &workspace, &s->certificates, &layers, &e));
	for (size_t i = 0; i < layers->count; i++)
		put_layer(&to, &layers->items[i]);
	layers_free(layers);
	message_done(&m);
	return take_text(&to);
}
