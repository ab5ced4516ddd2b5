/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as a message for one fixed key: its layers opened.  What is to be delivered has a structure and stands
 * behind an opened layer; where a tried layer stayed closed nothing is.
 */

#include <stdint.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "smime/layers.h"

#define CONTENT_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RFC9216 "tests/data/crypto/rfc9216/"

static struct key *key;
static struct certificates bob;

static void
load_bob(void)
{
	struct buffer pem = BUFFER_INIT(100000), certificate = BUFFER_INIT(100000);
	struct error e = ERROR_INIT;

	if (file_read(RFC9216 "5.4-Bob_s_Decryption_Private_Key_Material.key", 100000, &pem, &e) != 0 ||
	    file_read(RFC9216 "5.3-Bob_s_Encryption_End_Entity_Certificate.crt", 100000, &certificate, &e) != 0 ||
	    key_read_pem(pem.data, pem.size, NULL, &key, &e) != 0 ||
	    certificates_read(certificate.data, certificate.size, &bob, &e) != 0)
		abort();
	buffer_done(&pem);
	buffer_done(&certificate);
}

static int
keys(void *ctx, const struct cms_shape *shape, struct decryptors *out, const char **out_reason, struct error *e)
{
	(void)ctx;
	(void)shape;
	*out_reason = NULL;
	out->items = memory_new(1, sizeof(*out->items), e);
	if (out->items == NULL)
		return -1;
	out->count = 1;
	out->items[0].identity = memory_text("bob", e);
	out->items[0].key = key_ref(key);
	out->items[0].certificate = certificate_ref(bob.items[0]);
	return 0;
}

static void
check(const struct smime_layers *layers)
{
	bool opened = false, unpacked = false, closed_behind_a_key = false;

	for (size_t i = 0; i < layers->count; i++) {
		opened = opened || layers->items[i].opened;
		unpacked = unpacked || (layers->items[i].type == CMS_COMPRESSED && layers->items[i].inner != NULL);
		closed_behind_a_key = closed_behind_a_key || (layers->items[i].tried && !layers->items[i].opened);
	}
	if (layers->opened && (!opened || closed_behind_a_key || layers->entity == NULL))
		abort();
	if (layers->entity != NULL && ((!layers->opened && !unpacked) || entity_whole(layers->entity).size == 0))
		abort();
}

static bool
any(void *ctx, const struct smime_layer *layer)
{
	(void)ctx;
	return layer->signature.status == SIGNATURE_VALID && layer->structure == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct spool_settings settings = { .memory = CONTENT_MAX, .max = CONTENT_MAX };
	const struct layer_keys k = { keys, NULL };
	struct smime_layers *layers = NULL;
	struct entity *root = NULL;
	struct error e = ERROR_INIT;
	struct spool *spool;

	if (key == NULL)
		load_bob();
	spool = spool_new(&settings, &e);
	if (spool == NULL || spool_write(spool, data, size, &e) != 0)
		abort();
	if (entity_parse_whole(spool_all(spool), &root, &e) == 0) {
		if (layers_open(root, &k, &settings, NULL, &layers, &e) == 0) {
			check(layers);
			layers_take_off(layers, root, any, NULL);
		}
		layers_free(layers);
		entity_free(root);
	}
	spool_free(spool);
	return 0;
}
