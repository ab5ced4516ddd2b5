/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crypto/pem.h"
#include "crypto/request.h"
#include "crypto/signature_type.h"
#include "keystore/keystore_private.h"

/* The names that a certificate of a key is asked for, or issued, with. */

/* RFC 3183 4.1: what the certificate of a domain's other agent is called, and its local part. */
#define DOMAIN_DECRYPTOR "domain-confidentiality-authority"

static const char *const reserved[] = {
	DOMAIN_SIGNING_AUTHORITY, DOMAIN_DECRYPTOR, "review-authority", "attribute-authority",
};

static bool
is_reserved(const struct address *a)
{
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		if (a->local_size == strlen(reserved[i]) && memcmp(a->key, reserved[i], a->local_size) == 0)
			return true;
	return false;
}

/* A domain's agent has one name, and a different one for each of its two tasks. */
static int
name_domain(const char *domain, const char *purpose, struct subject_names *names, struct error *e)
{
	const bool signs = strcmp(purpose, key_purpose_word(KEY_PURPOSE_SIGN)) == 0;
	struct address *a = NULL;
	char *text;
	int rc;

	if (strcmp(purpose, key_purpose_word(KEY_PURPOSE_BOTH)) == 0)
		return error_set(e, ERROR_KEY_UNUSABLE,
		    "a domain's keys for signing and decrypting are named differently (RFC 3183): make one of each");
	names->common_name = memory_text(signs ? DOMAIN_SIGNING_AUTHORITY : DOMAIN_DECRYPTOR, e);
	if (names->common_name == NULL)
		return -1;
	text = memory_format(e, "%s@%s", names->common_name, domain);
	rc = text != NULL ? address_parse(text, strlen(text), &a, e) : -1;
	free(text);
	return rc == 0 ? address_list_take(&names->addresses, a, e) : -1;
}

/* A person's certificate: the first address is its common name, as the mailbox-validated profiles have it. */
static int
name_person(struct subject_names *names, struct error *e)
{
	if (names->addresses.count == 0)
		return error_set(e, ERROR_CERTIFICATE_UNUSABLE, "the identity has no address");
	for (size_t i = 0; i < names->addresses.count; i++)
		if (is_reserved(names->addresses.items[i]))
			return error_set(e, ERROR_CERTIFICATE_UNUSABLE,
			    "%s is a name of a domain's agent (RFC 3183) and not for a person",
			    names->addresses.items[i]->text);
	names->common_name = memory_text(names->addresses.items[0]->text, e);
	return names->common_name != NULL ? 0 : -1;
}

int
subject_names_of(struct keystore *ks, const struct key_row *row, struct subject_names *names, struct error *e)
{
	char *domain = NULL;
	int rc = -1;

	names->sign = strcmp(row->purpose, key_purpose_word(KEY_PURPOSE_DECRYPT)) != 0;
	names->encrypt = strcmp(row->purpose, key_purpose_word(KEY_PURPOSE_SIGN)) != 0;
	if (identity_domain(ks, row->identity_id, &domain, e) != 0)
		return -1;
	if (domain != NULL)
		rc = name_domain(domain, row->purpose, names, e);
	else if (identity_addresses(ks, row->identity_id, &names->addresses, e) == 0)
		rc = name_person(names, e);
	free(domain);
	return rc;
}

void
subject_names_done(struct subject_names *names)
{
	free(names->common_name);
	address_list_done(&names->addresses);
}

int
keystore_key_request(struct keystore *ks, const char *key_id, struct buffer *out_pem, struct error *e)
{
	struct buffer der = BUFFER_INIT(LIMIT_CERTIFICATE_SIZE);
	struct subject_names names = { .common_name = NULL };
	struct key_row row = { .state = NULL };
	struct key *key = NULL;
	int rc = -1;

	if (key_get(ks->store, key_id, &row, e) == 0 && subject_names_of(ks, &row, &names, e) == 0 &&
	    sealed_read(ks, &row, &key, e) == 0 &&
	    request_make(key, names.common_name, &names.addresses, names.sign, names.encrypt, &der, e) == 0)
		rc = pem_write("CERTIFICATE REQUEST", (const unsigned char *)der.data, der.size, out_pem, e);
	subject_names_done(&names);
	key_row_done(&row);
	key_unref(key);
	buffer_done(&der);
	return rc != 0 ? error_context(e, "key %s", key_id) : 0;
}
