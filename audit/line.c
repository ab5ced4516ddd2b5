/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "audit/line_private.h"
#include "base/encoding.h"

#define HASH_DIGITS ((size_t)2 * SHA256_SIZE)
#define SALT_DIGITS ((size_t)2 * RECORD_SALT_SIZE)

/* The tail of every line: `,"h":"` 64 digits `"}`. */
#define HASH_NAME ",\"h\":\""
#define LINE_END  "\"}"
#define TAIL_SIZE (sizeof HASH_NAME - 1 + HASH_DIGITS + sizeof LINE_END - 1)

/* ---- hashes ---- */

int
record_origin(const char *gateway_id, unsigned char out[SHA256_SIZE], struct error *e)
{
	static const char label[] = "postseal-record-1";
	struct digest *d = digest_new(DIGEST_SHA256, e);
	int rc = -1;

	if (d != NULL && digest_update(d, label, strlen(label), e) == 0 &&
	    digest_update(d, gateway_id, strlen(gateway_id), e) == 0 && digest_final(d, out, e) == 0)
		rc = 0;
	digest_free(d);
	return rc;
}

int
record_hash(const struct record_line *line, const char *bytes, unsigned char out[SHA256_SIZE], struct error *e)
{
	unsigned char both[2 * SHA256_SIZE]; /* h_(i-1) and the salted digest of the line */
	struct digest *d = digest_new(DIGEST_SHA256, e);
	int rc = -1;

	memcpy(both, line->prev, SHA256_SIZE);
	if (d != NULL && digest_update(d, line->salt, RECORD_SALT_SIZE, e) == 0 &&
	    digest_update(d, bytes, line->size, e) == 0 && digest_final(d, both + SHA256_SIZE, e) == 0)
		rc = digest_sha256(both, sizeof both, out, e);
	digest_free(d);
	return rc;
}

/* ---- reading ---- */

/* What is left of a line that is being taken apart. */
struct cursor {
	const char *at;
	size_t left;
};

static bool
take(struct cursor *c, const char *expected)
{
	size_t n = strlen(expected);

	if (c->left < n || memcmp(c->at, expected, n) != 0)
		return false;
	c->at += n;
	c->left -= n;
	return true;
}

/* `n` octets as digits of lower case alone: one way to write each hash. */
static bool
take_hex(struct cursor *c, unsigned char *to, size_t n)
{
	if (c->left < 2 * n)
		return false;
	for (size_t i = 0; i < 2 * n; i++)
		if (c->at[i] >= 'A' && c->at[i] <= 'F')
			return false;
	if (hex_decode(c->at, 2 * n, to, n) != 0)
		return false;
	c->at += 2 * n;
	c->left -= 2 * n;
	return true;
}

/* A positive decimal number without leading zeros. */
static bool
take_seq(struct cursor *c, uint64_t *out)
{
	uint64_t seq = 0;
	size_t digits = 0;

	for (; c->left > 0 && *c->at >= '0' && *c->at <= '9'; c->at++, c->left--, digits++) {
		uint64_t digit = (uint64_t)(*c->at - '0');

		if ((digits == 0 && digit == 0) || seq > (INT64_MAX - digit) / 10)
			return false;
		seq = seq * 10 + digit;
	}
	*out = seq;
	return digits > 0;
}

int
record_parse(const char *text, size_t n, struct record_line *out)
{
	struct record_line line = { 0 };
	struct cursor head, tail;

	if (n < TAIL_SIZE)
		return -1;
	line.size = n - TAIL_SIZE;
	head = (struct cursor){ text, line.size };
	tail = (struct cursor){ text + line.size, TAIL_SIZE };
	if (!take(&head, "{\"v\":1,\"seq\":") || !take_seq(&head, &line.seq) || !take(&head, ",\"prev\":\"") ||
	    !take_hex(&head, line.prev, SHA256_SIZE) || !take(&head, "\",\"salt\":\"") ||
	    !take_hex(&head, line.salt, RECORD_SALT_SIZE) || !take(&head, "\",\"time\":\""))
		return -1;
	if (!take(&tail, HASH_NAME) || !take_hex(&tail, line.hash, SHA256_SIZE) || !take(&tail, LINE_END))
		return -1;
	*out = line;
	return 0;
}

/* ---- writing ---- */

void
record_head(const struct record_line *line, char to[RECORD_FRAME_MAX])
{
	char prev[HASH_DIGITS + 1];

	hex_encode(line->prev, SHA256_SIZE, prev);
	snprintf(to, RECORD_FRAME_MAX, "{\"v\":1,\"seq\":%" PRIu64 ",\"prev\":\"%s\",\"salt\":\"", line->seq, prev);
}

int
record_compose(struct record_line *line, const char *rest, size_t n, struct buffer *out, struct error *e)
{
	char head[RECORD_FRAME_MAX], salt[SALT_DIGITS + 1], hash[HASH_DIGITS + 1];
	size_t start = out->size;

	record_head(line, head);
	hex_encode(line->salt, RECORD_SALT_SIZE, salt);
	if (buffer_append_format(out, e, "%s%s\",", head, salt) != 0 || buffer_append(out, rest, n, e) != 0)
		return -1;
	line->size = out->size - start;
	if (record_hash(line, out->data + start, line->hash, e) != 0)
		return -1;
	hex_encode(line->hash, SHA256_SIZE, hash);
	return buffer_append_format(out, e, HASH_NAME "%s" LINE_END "\n", hash);
}
