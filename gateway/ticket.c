/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <string.h>

#include "base/encoding.h"
#include "gateway/ticket_private.h"

#define CODE_LABEL "; h="

/* ---- writing --------------------------------------------------------------------------- */

static const struct flag {
	char letter;
	size_t at;
} flags[] = {
	{ 'd', offsetof(struct ticket, no_date) },
	{ 'i', offsetof(struct ticket, no_message_id) },
	{ 'o', offsetof(struct ticket, outside) },
};

#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))

static bool
has_flag(const struct ticket *t, const struct flag *flag)
{
	return *(const bool *)((const char *)t + flag->at);
}

static void
print_flags(const struct ticket *t, char out[FLAG_COUNT + 1])
{
	char *to = out;

	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (has_flag(t, &flags[i]))
			*to++ = flags[i].letter;
	if (to == out)
		*to++ = '-';
	*to = '\0';
}

int
ticket_print_claim(const struct ticket *t, struct buffer *out, struct error *e)
{
	char letters[FLAG_COUNT + 1], holder[2 * TICKET_HOLDER_MAX + 1];

	print_flags(t, letters);
	hex_encode(t->holder, strlen(t->holder), holder);
	return buffer_append_format(out, e, "v=1; x=%" PRId64 "; f=%s; %s=%s", t->expiry, letters,
	    t->is_host ? "host" : "login", holder);
}

int
ticket_print(const struct ticket *t, struct buffer *out, struct error *e)
{
	char code[2 * sizeof(t->code) + 1];

	hex_encode(t->code, sizeof(t->code), code);
	return ticket_print_claim(t, out, e) != 0 ? -1 : buffer_append_format(out, e, CODE_LABEL "%s", code);
}

/* ---- reading --------------------------------------------------------------------------- */

/* What is still to be read. */
struct rest {
	const char *at;
	size_t size;
};

static bool
take(struct rest *r, const char *word)
{
	size_t n = strlen(word);

	if (r->size < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	r->size -= n;
	return true;
}

/* Up to the next ";" or the end; never empty. */
static bool
take_value(struct rest *r, struct rest *out)
{
	const char *end = memchr(r->at, ';', r->size);
	size_t n = end != NULL ? (size_t)(end - r->at) : r->size;

	*out = (struct rest){ r->at, n };
	r->at += n;
	r->size -= n;
	return n > 0;
}

#define EXPIRY_DIGITS 12 /* until the year 33658 */

static bool
read_expiry(const struct rest *value, int64_t *out)
{
	int64_t number = 0;

	if (value->size > EXPIRY_DIGITS || value->at[0] == '0')
		return false;
	for (size_t i = 0; i < value->size; i++) {
		if (value->at[i] < '0' || value->at[i] > '9')
			return false;
		number = 10 * number + (value->at[i] - '0');
	}
	*out = number;
	return true;
}

static bool
read_flags(struct rest value, struct ticket *out)
{
	if (value.size == 1 && value.at[0] == '-')
		return true;
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		if (value.size == 0 || value.at[0] != flags[i].letter)
			continue;
		*(bool *)((char *)out + flags[i].at) = true;
		value.at++;
		value.size--;
	}
	return value.size == 0;
}

/* One way to write it: lower case. */
static bool
read_hex(const struct rest *value, void *to, size_t n)
{
	for (size_t i = 0; i < value->size; i++)
		if (value->at[i] >= 'A' && value->at[i] <= 'F')
			return false;
	return hex_decode(value->at, value->size, to, n) == 0;
}

static bool
read_holder(const struct rest *value, struct ticket *out)
{
	size_t n = value->size / 2;

	if (value->size % 2 != 0 || n > TICKET_HOLDER_MAX || !read_hex(value, out->holder, n))
		return false;
	out->holder[n] = '\0';
	return strlen(out->holder) == n;
}

bool
ticket_parse(const char *text, size_t n, struct ticket *out)
{
	struct ticket t = { 0 };
	struct rest rest = { text, n }, value;

	if (!take(&rest, "v=1; x=") || !take_value(&rest, &value) || !read_expiry(&value, &t.expiry))
		return false;
	if (!take(&rest, "; f=") || !take_value(&rest, &value) || !read_flags(value, &t))
		return false;
	t.is_host = take(&rest, "; host=");
	if ((!t.is_host && !take(&rest, "; login=")) || !take_value(&rest, &value) || !read_holder(&value, &t))
		return false;
	if (!take(&rest, CODE_LABEL) || !read_hex(&rest, t.code, sizeof(t.code)))
		return false;
	*out = t;
	return true;
}
