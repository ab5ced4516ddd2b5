/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate_private.h"

/* ---- names as text ---- */

/* RFC 4514, with UTF-8 left readable; when a string in the name is broken, every value in hexadecimal. */
static const unsigned long name_forms[] = {
	(XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_UTF8_CONVERT,
	XN_FLAG_RFC2253 | ASN1_STRFLGS_DUMP_ALL,
};

static int
name_text(const X509_NAME *name, char **out, struct error *e)
{
	BIO *bio;
	char *data;
	long n;

	for (size_t i = 0; i < sizeof name_forms / sizeof name_forms[0]; i++) {
		if ((bio = BIO_new(BIO_s_mem())) == NULL)
			return crypto_fail(e, ERROR_NO_MEMORY, "cannot allocate a name");
		if (X509_NAME_print_ex(bio, name, 0, name_forms[i]) >= 0) {
			n = BIO_get_mem_data(bio, &data);
			*out = memory_copy(data, n < 0 ? 0 : (size_t)n, e);
			BIO_free(bio);
			if (*out == NULL)
				return -1;
			text_clean(*out);
			return 0;
		}
		BIO_free(bio);
		if (crypto_out_of_memory())
			return error_set(e, ERROR_NO_MEMORY, "cannot write a name");
	}
	return crypto_fail(e, ERROR_CERTIFICATE_SYNTAX, "a name in the certificate is malformed");
}

/* Lower-case hexadecimal of the magnitude; "-" leads what some ancient issuers made negative. */
static int
serial_text(const ASN1_INTEGER *serial, char **out, struct error *e)
{
	const unsigned char *octets = ASN1_STRING_get0_data(serial);
	size_t n = (size_t)ASN1_STRING_length(serial);
	char *text = memory_new(2 * n + 3, 1, e), *to = text;

	if (text == NULL)
		return -1;
	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		*to++ = '-';
	for (size_t i = 0; i < n; i++) {
		*to++ = "0123456789abcdef"[octets[i] >> 4];
		*to++ = "0123456789abcdef"[octets[i] & 15];
	}
	if (n == 0)
		memcpy(to, "00", sizeof "00");
	*out = text;
	return 0;
}

/* A value as UTF-8 without NUL or control characters; `*out` stays NULL when it is none. */
static int
clean_utf8(const ASN1_STRING *value, char **out, struct error *e)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, value);
	char *text;

	if (n < 0 && crypto_out_of_memory())
		return error_set(e, ERROR_NO_MEMORY, "cannot read a name");
	if (n < 0 && (n = ASN1_STRING_to_UTF8(&utf8, value)) < 0) /* some versions do not say what they lacked */
		return crypto_out_of_memory() ? error_set(e, ERROR_NO_MEMORY, "cannot read a name") : 0;
	text = memory_copy(utf8, (size_t)n, e);
	OPENSSL_free(utf8);
	if (text == NULL)
		return -1;
	for (size_t at = 0, octets; at < (size_t)n; at += octets)
		if ((octets = text_printable_octets(text + at, (size_t)n - at)) == 0) {
			free(text);
			return 0;
		}
	*out = text;
	return 0;
}

/* The subject's only common name: with several, none of them is the name. */
static int
common_name(const X509_NAME *subject, char **out, struct error *e)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	const X509_NAME_ENTRY *entry;

	if (at >= 0 && X509_NAME_get_index_by_NID(subject, NID_commonName, at) < 0) {
		entry = X509_NAME_get_entry(subject, at);
		if (clean_utf8(X509_NAME_ENTRY_get_data(entry), out, e) != 0)
			return -1;
	}
	if (*out == NULL)
		*out = memory_text("", e);
	return *out == NULL ? -1 : 0;
}

/* ---- addresses ---- */

static bool
is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

/*
 * Add a mailbox to `list`, unless it has no normal form: NUL, control
 * characters and white space are refused here, whatever an address parser
 * makes of them; "x@a.example\0.evil.example" is nobody's address.
 */
static int
add_address(struct address_list *list, const char *s, size_t n, struct error *e)
{
	struct error bad = ERROR_INIT;
	struct address *address;

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return 0;
	if (address_parse(s, n, &address, &bad) != 0)
		return bad.code == ERROR_NO_MEMORY ? error_set(e, bad.code, "%s", bad.detail) : 0;
	if (address_list_find(list, address) != NULL) {
		address_free(address);
		return 0;
	}
	return address_list_take(list, address, e);
}

/* RFC 5280 4.2.1.6: an IA5String, so ASCII alone. */
static int
add_rfc822_name(struct address_list *list, const ASN1_STRING *name, struct error *e)
{
	const char *s = (const char *)ASN1_STRING_get0_data(name);
	size_t n = (size_t)ASN1_STRING_length(name);

	return is_ascii(s, n) ? add_address(list, s, n, e) : 0;
}

/* RFC 9598 3: only for local parts beyond ASCII, so that no mailbox has two spellings. */
static int
add_smtp_utf8_mailbox(struct address_list *list, const OTHERNAME *name, struct error *e)
{
	const ASN1_STRING *value;
	const char *s, *local_end;
	size_t n;

	if (OBJ_obj2nid(name->type_id) != NID_id_on_SmtpUTF8Mailbox || name->value->type != V_ASN1_UTF8STRING)
		return 0;
	value = name->value->value.utf8string;
	s = (const char *)ASN1_STRING_get0_data(value);
	n = (size_t)ASN1_STRING_length(value);
	local_end = memrchr(s, '@', n);
	if (local_end == NULL || is_ascii(s, (size_t)(local_end - s)))
		return 0;
	return add_address(list, s, n, e);
}

static int
san_addresses(struct certificate *c, struct error *e)
{
	int critical, rc = 0;
	GENERAL_NAMES *names = X509_get_ext_d2i(c->x509, NID_subject_alt_name, &critical, NULL);

	/* It is there, and the library could read it when it went through all extensions. */
	if (names == NULL && critical >= 0 && (X509_get_extension_flags(c->x509) & EXFLAG_INVALID) == 0)
		return crypto_fail(e, ERROR_NO_MEMORY, "cannot read the names of a certificate");
	for (int i = 0; rc == 0 && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_EMAIL)
			rc = add_rfc822_name(&c->addresses, name->d.rfc822Name, e);
		else if (name->type == GEN_OTHERNAME)
			rc = add_smtp_utf8_mailbox(&c->addresses, name->d.otherName, e);
	}
	GENERAL_NAMES_free(names);
	return rc;
}

static int
dn_addresses(struct certificate *c, struct error *e)
{
	const X509_NAME *subject = X509_get_subject_name(c->x509);

	for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, at)) >= 0;) {
		const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));

		if (ASN1_STRING_type(value) != V_ASN1_IA5STRING && ASN1_STRING_type(value) != V_ASN1_UTF8STRING)
			continue;
		if (add_rfc822_name(&c->dn_addresses, value, e) != 0)
			return -1;
	}
	return 0;
}

int
certificate_fill_names(struct certificate *c, struct error *e)
{
	if (name_text(X509_get_subject_name(c->x509), &c->subject, e) != 0 ||
	    name_text(X509_get_issuer_name(c->x509), &c->issuer, e) != 0 ||
	    serial_text(X509_get0_serialNumber(c->x509), &c->serial, e) != 0 ||
	    common_name(X509_get_subject_name(c->x509), &c->common_name, e) != 0)
		return -1;
	return san_addresses(c, e) == 0 && dn_addresses(c, e) == 0 ? 0 : -1;
}
