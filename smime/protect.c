/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/buffer.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/cms_encrypt.h"
#include "mime/boundary.h"
#include "mime/seven_bit.h"
#include "smime/smime.h"

/* Protected entities in the making: RFC 8551 3.3 to 3.5, RFC 1847 2.1. */

/*
 * The entity in the form that is protected.  What has no 7-bit form, because
 * re-encoding would break a signature inside or change what a reader sees,
 * keeps its bytes: base64 around it carries them.
 */
int
smime_write_plain(const struct entity *entity, const struct header_list *extra, struct spool *out, struct error *e)
{
	struct sink to = spool_sink(out);

	if (seven_bit_blocked(entity) != NULL)
		return entity_write_verbatim(entity, extra, &to, e);
	return seven_bit_write(entity, extra, &to, e);
}

/* RFC 8551 3.2: the header of an application/pkcs7-mime entity, up to its body. */
static int
write_pkcs7_mime_header(const char *smime_type, struct sink *to, struct error *e)
{
	if (sink_text(to, "Content-Type: application/pkcs7-mime; smime-type=", e) != 0 || sink_text(to, smime_type, e) != 0)
		return -1;
	return sink_text(to,
	    ";\r\n name=\"smime.p7m\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n"
	    "\r\n",
	    e);
}

/* ---- signed ---- */

static int
write_multipart_header(const char *micalg, const char *boundary, struct sink *to, struct error *e)
{
	struct buffer header = BUFFER_INIT(1024);
	int rc = buffer_append_format(&header, e,
	    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
	    " micalg=%s; boundary=\"%s\"\r\n"
	    "\r\n"
	    "--%s\r\n",
	    micalg, boundary, boundary);

	if (rc == 0)
		rc = sink_write(to, header.data, header.size, e);
	buffer_done(&header);
	return rc;
}

/* The second part and the end. */
static int
write_signature_part(const struct buffer *signature, const char *boundary, struct sink *to, struct error *e)
{
	struct base64_writer base64;

	base64_writer_init(&base64, to);
	if (sink_text(to, "\r\n--", e) != 0 || sink_text(to, boundary, e) != 0 ||
	    sink_text(to,
	        "\r\nContent-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n"
	        "Content-Transfer-Encoding: base64\r\n"
	        "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n"
	        "\r\n",
	        e) != 0 ||
	    base64_write(&base64, signature->data, signature->size, e) != 0 || base64_finish(&base64, e) != 0)
		return -1;
	return sink_text(to, "\r\n--", e) != 0 || sink_text(to, boundary, e) != 0 ? -1 : sink_text(to, "--\r\n", e);
}

/*
 * RFC 8551 3.5.3: the signed octets are those between the delimiters' line ends, the entity's own last CRLF included.
 * They are written where they will stay and signed from there, so that a large message is copied once.
 */
static int
write_clear(const struct entity *entity, const struct header_list *extra, const struct cms_sign_request *r,
    struct spool *out, struct error *e)
{
	struct buffer signature = BUFFER_INIT(LIMIT_CMS_OVERHEAD);
	struct sink to = spool_sink(out);
	struct spool_span inner = { out, 0, 0 };
	struct spool_reader reader;
	struct source content;
	char boundary[BOUNDARY_SIZE];
	int rc = -1;

	if (boundary_make(boundary, e) != 0 ||
	    write_multipart_header(digest_micalg(signature_digest(r->scheme)), boundary, &to, e) != 0)
		goto out;
	inner.offset = spool_size(out);
	if (smime_write_plain(entity, extra, out, e) != 0)
		goto out;
	inner.size = spool_size(out) - inner.offset;
	content = spool_reader_source(&reader, inner);
	if (cms_sign_detached(r, &content, &signature, e) == 0)
		rc = write_signature_part(&signature, boundary, &to, e);
out:
	buffer_done(&signature);
	return rc;
}

static int
write_opaque(const struct cms_sign_request *r, struct spool_span inner, struct spool *out, struct error *e)
{
	struct sink to = spool_sink(out), der;
	struct base64_writer base64;

	base64_writer_init(&base64, &to);
	der = base64_writer_sink(&base64);
	if (write_pkcs7_mime_header("signed-data", &to, e) != 0 || cms_sign_opaque(r, inner, &der, e) != 0)
		return -1;
	return base64_finish(&base64, e);
}

int
smime_sign(const struct entity *entity, const struct header_list *extra, const struct cms_sign_request *r,
    bool opaque, const struct spool_settings *workspace, struct spool *out, struct error *e)
{
	struct spool *inner;
	int rc = -1;

	if (!opaque && seven_bit_blocked(entity) == NULL)
		return write_clear(entity, extra, r, out, e);
	inner = spool_new(workspace, e);
	if (inner != NULL && smime_write_plain(entity, extra, inner, e) == 0)
		rc = write_opaque(r, spool_all(inner), out, e);
	spool_free(inner);
	return rc;
}

/* ---- encrypted ---- */

int
smime_encrypt(struct spool_span inner, const struct certificates *recipients, const struct profile *profile,
    struct spool *out, struct error *e)
{
	struct sink to = spool_sink(out), der;
	struct spool_reader reader;
	struct source content = spool_reader_source(&reader, inner);
	struct base64_writer base64;
	const char *smime_type = cipher_is_authenticated(profile->cipher) ? "authEnveloped-data" : "enveloped-data";

	base64_writer_init(&base64, &to);
	der = base64_writer_sink(&base64);
	if (write_pkcs7_mime_header(smime_type, &to, e) != 0 ||
	    cms_encrypt(recipients, profile, &content, inner.size, &der, e) != 0)
		return -1;
	return base64_finish(&base64, e);
}
