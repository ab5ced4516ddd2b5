/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as certificates, CRLs or a private key's text: read or refused;
 * what is read tells its facts, is judged, and writes and reads back the same.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "crypto/certificate_private.h"
#include "crypto/chain.h"
#include "crypto/key.h"

#define NOW INT64_C(1700000000)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
must_be_text(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
}

/*
 * An address that we find OpenSSL finds, too (but for SmtpUTF8Mailbox, quoted forms and U-labels, of which it has other
 * ideas), and one beside it nobody finds.
 */
static void
ask_address(const struct certificate *c, const struct address *a)
{
	struct address *beside = NULL;
	char text[ADDRESS_MAX + 2];
	bool plain = true;

	if (!certificate_has_address(c, a, false))
		abort();
	for (const char *p = a->text; *p != '\0'; p++)
		plain = plain && *p > ' ' && *p < 127 && *p != '"' && *p != '\\' && *p != '[';
	if (plain && strstr(a->domain, "xn--") == NULL &&
	    X509_check_email(certificate_x509(c), a->text, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) != 1)
		abort();
	(void)snprintf(text, sizeof text, "x%s", a->text);
	if (plain && strlen(a->text) < ADDRESS_MAX && address_parse(text, strlen(text), &beside, NULL) == 0 &&
	    certificate_has_address(c, beside, false) != (address_list_find(certificate_addresses(c), beside) != NULL))
		abort();
	address_free(beside);
}

static void
ask(const struct certificate *c)
{
	must_be_text(certificate_subject(c));
	must_be_text(certificate_issuer(c));
	must_be_text(certificate_serial(c));
	must_be_text(certificate_common_name(c));
	if (strlen(certificate_fingerprint(c)) != 64 || strlen(certificate_issuer_serial(c)) != 64)
		abort();
	for (int purpose = PURPOSE_SIGN; purpose <= PURPOSE_CA; purpose++)
		certificate_fits(c, (enum certificate_purpose)purpose, NOW);
	for (size_t i = 0; i < certificate_addresses(c)->count; i++)
		ask_address(c, certificate_addresses(c)->items[i]);
}

/* Everything is an intermediate, the last one an anchor too. */
static void
judge(const struct certificates *list, const struct crls *crls)
{
	struct certificates anchors = { &list->items[list->count - 1], 1 };

	for (size_t i = 0; i < list->count && i < 4; i++) {
		struct chain_request r = { .leaf = list->items[i], .intermediates = list, .anchors = &anchors,
			.crls = crls, .purpose = PURPOSE_SIGN, .when = NOW };
		struct chain_result result;

		if (chain_verify(&r, &result, NULL) != 0)
			continue;
		if (result.trusted != (result.reason == NULL) || result.trusted != (result.path.count != 0))
			abort();
		chain_result_done(&result);
	}
}

static void
write_back(const struct certificates *list)
{
	struct buffer der = BUFFER_INIT(64 * 1024 * 1024);
	struct certificates again = { NULL, 0 };

	if (certificates_write_der(list, &der, NULL) != 0)
		abort();
	certificate_cache_clear();
	if (certificates_read(der.data, der.size, &again, NULL) != 0 || again.count != list->count)
		abort();
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(certificate_fingerprint(list->items[i]), certificate_fingerprint(again.items[i])) != 0)
			abort();
	certificates_done(&again);
	buffer_done(&der);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct certificates list = { NULL, 0 };
	struct crls *crls = crls_new(NULL);
	struct error e = ERROR_INIT;
	struct key *key = NULL;

	if (crls_read(crls, data, size, &e) != 0 && crls_count(crls) != 0)
		abort();
	if (certificates_read(data, size, &list, NULL) == 0) {
		if (list.count == 0)
			abort();
		for (size_t i = 0; i < list.count; i++)
			ask(list.items[i]);
		judge(&list, crls);
		write_back(&list);
	} else if (list.count != 0) {
		abort();
	}
	if (key_read_pem(data, size, NULL, &key, NULL) == 0)
		key_unref(key);
	certificates_done(&list);
	crls_free(crls);
	return 0;
}
