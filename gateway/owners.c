/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gateway/gateway_private.h"

/*
 * Which of our keys may open a message in place.  All recipients of a
 * transaction get the same body, so it is opened only if every one of them owns,
 * by an exact address, a key that the message names: otherwise ciphertext that
 * somebody captured could be sent anew to himself and a rightful recipient, and
 * would come out in clear.
 *
 * A key of a whole domain is owned by nobody in this sense: everybody of the
 * domain would be a rightful recipient, so captured ciphertext could be sent
 * again to an accomplice inside.  Such mail stays encrypted; whoever is to read
 * it gets an identity that lists the address.
 */

/* The identity that owns each recipient's address; false when one has none. */
static int
find_owners(const struct body *b, char (*owners)[33], bool *everybody, struct error *e)
{
	*everybody = b->recipient_count > 0;
	for (size_t i = 0; i < b->recipient_count && *everybody; i++) {
		if (keystore_owner(b->message->gateway->parts.keystore, b->recipients[i]->address, owners[i], e) != 0)
			return -1;
		*everybody = owners[i][0] != '\0';
	}
	return 0;
}

static bool
is_named_before(const struct cms_shape *shape, size_t i)
{
	const struct certificate_name *name = &shape->recipients[i].name;

	for (size_t j = 0; j < i; j++)
		if (strcmp(shape->recipients[j].name.issuer_serial, name->issuer_serial) == 0 &&
		    strcmp(shape->recipients[j].name.ski, name->ski) == 0)
			return true;
	return false;
}

/* Move all of `from` behind `to`. */
static int
move_all(struct decryptors *to, struct decryptors *from, struct error *e)
{
	struct decryptor *grown = memory_resize(to->items, to->count + from->count + 1, sizeof(*grown), e);

	if (grown == NULL)
		return -1;
	to->items = grown;
	for (size_t i = 0; i < from->count; i++) {
		to->items[to->count++] = from->items[i];
		memset(&from->items[i], 0, sizeof(from->items[i]));
	}
	return 0;
}

/* Each key that a RecipientInfo names, opened only if it is to be used. */
static int
find_named_keys(const struct gateway_message *m, const struct cms_shape *shape, bool open, struct decryptors *found,
    struct error *e)
{
	int rc = 0;

	for (size_t i = 0; i < shape->recipient_count && rc == 0; i++) {
		const struct certificate_name *name = &shape->recipients[i].name;
		struct decryptors more = { NULL, 0 };

		if (shape->recipients[i].unusable != NULL || is_named_before(shape, i))
			continue;
		rc = keystore_find_decryptors(m->gateway->parts.keystore, name->issuer_serial, name->ski, open, &more, e);
		if (rc == 0)
			rc = move_all(found, &more, e);
		decryptors_done(&more);
	}
	return rc;
}

static bool
is_owner(const struct body *b, char (*owners)[33], const char *identity)
{
	for (size_t i = 0; i < b->recipient_count; i++)
		if (strcmp(owners[i], identity) == 0)
			return true;
	return false;
}

static bool
has_key(const struct decryptors *keys, const char *identity)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->items[i].identity, identity) == 0)
			return true;
	return false;
}

/*
 * The keys that belong to a recipient move from `named` to `out`; a key of somebody who gets no copy may not open
 * anything here, whatever the message names.  Why they may not be used, or NULL.
 */
static int
take_owned(const struct body *b, char (*owners)[33], struct decryptors *named, struct decryptors *out,
    const char **why, struct error *e)
{
	out->items = memory_new(named->count + 1, sizeof(*out->items), e);
	if (out->items == NULL)
		return -1;
	for (size_t i = 0; i < named->count; i++) {
		if (!is_owner(b, owners, named->items[i].identity))
			continue;
		out->items[out->count++] = named->items[i];
		memset(&named->items[i], 0, sizeof(named->items[i]));
	}
	for (size_t i = 0; i < b->recipient_count && *why == NULL; i++)
		if (!has_key(out, owners[i]))
			*why = "not-every-recipient-owns-a-key";
	if (*why == NULL && b->message->mode == GATEWAY_EXPLAIN)
		*why = "explained-only";
	if (*why != NULL)
		decryptors_done(out);
	return 0;
}

static int
choose_keys(const struct body *b, const struct cms_shape *shape, struct decryptors *out, const char **why,
    struct error *e)
{
	char(*owners)[33] = memory_new(b->recipient_count + 1, sizeof(*owners), e);
	struct decryptors named = { NULL, 0 };
	bool everybody = false;
	int rc = -1;

	if (owners == NULL || find_named_keys(b->message, shape, b->message->mode != GATEWAY_EXPLAIN, &named, e) != 0 || find_owners(b, owners, &everybody, e) != 0)
		goto out;
	rc = 0;
	if (named.count == 0)
		*why = "no-key";
	else if (!everybody)
		*why = "not-every-recipient-owns-a-key";
	else
		rc = take_owned(b, owners, &named, out, why, e);
out:
	decryptors_done(&named);
	free(owners);
	return rc;
}

int
owners_keys(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason,
    struct error *e)
{
	const struct body *b = ctx;

	*out_reason = NULL;
	if (!b->plan->decrypt)
		*out_reason = "decrypt-off";
	else if (b->message->has_odd_fields)
		*out_reason = "malformed-header";
	return *out_reason != NULL ? 0 : choose_keys(b, shape, out, out_reason, e);
}

/* ---- who may, before it is decided who gets what ---- */

/* Asked of each encrypted layer in reach, and opens none. */
static int
note_owners(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason,
    struct error *e)
{
	struct gateway_message *m = ctx;
	struct decryptors named = { NULL, 0 };
	char owner[33];
	int rc = find_named_keys(m, shape, false, &named, e);

	(void)out;
	*out_reason = "not-decided";
	for (size_t i = 0; i < m->recipient_count && rc == 0; i++) {
		if (!m->recipients[i].local)
			continue;
		rc = keystore_owner(m->gateway->parts.keystore, m->recipients[i].address, owner, e);
		if (rc == 0 && owner[0] != '\0' && has_key(&named, owner))
			m->facts.recipients[i].may_open = true;
	}
	decryptors_done(&named);
	return rc;
}

int
owners_find(struct gateway_message *m, struct error *e)
{
	const struct layer_keys keys = { note_owners, m };
	struct spool_settings workspace = message_workspace(m);
	struct smime_layers *layers = NULL;
	int rc = 0;

	for (size_t i = 0; i < m->recipient_count; i++)
		m->facts.recipients[i].may_open = false;
	if (m->role == CHOICE_ROLE_INBOUND && smime_recognise(m->facts.root) != SMIME_NONE)
		rc = layers_open(m->facts.root, &keys, &workspace, NULL, &layers, e);
	layers_free(layers);
	return rc;
}
