/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "smime/layers_private.h"

/* What a reader may see beside the parts that a multipart/signed or multipart/encrypted vouches for (RFC 1847 2). */

#define NOTICE_MAX 200

/*
 * What stands outside the parts, without the white space around it.  Longer text than a notice, white space behind
 * it included, gives more than NOTICE_MAX and is not looked at further.
 */
struct outside {
	char text[NOTICE_MAX + 1];
	size_t size;
};

static int
read_outside(struct spool_span span, struct outside *out, struct error *e)
{
	struct spool_reader reader;
	struct source source = spool_reader_source(&reader, span);
	char chunk[1024];
	ssize_t n;

	out->size = 0;
	while (out->size <= NOTICE_MAX && (n = source_read(&source, chunk, sizeof(chunk), e)) != 0) {
		if (n < 0)
			return -1;
		for (ssize_t i = 0; i < n && out->size <= NOTICE_MAX; i++)
			if (out->size > 0 || !text_is_space(chunk[i]))
				out->text[out->size++] = chunk[i];
	}
	while (out->size <= NOTICE_MAX && out->size > 0 && text_is_space(out->text[out->size - 1]))
		out->size--;
	return 0;
}

/*
 * "This is a cryptographically signed message in MIME format.", "This is an S/MIME signed message": one line that
 * much software writes for readers without MIME.  It leads nowhere: no address, link or markup.
 */
static bool
is_mime_notice(const char *text, size_t n)
{
	static const char start[] = "This is a", word[] = "MIME";

	if (n > NOTICE_MAX || n < sizeof(start) ||
	    !text_equal_nocase_n(text, sizeof(start) - 1, start, sizeof(start) - 1) ||
	    memmem(text, n, word, sizeof(word) - 1) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~' || strchr("<>@:&", text[i]) != NULL)
			return false;
	return true;
}

/*
 * The sentences that software is known to write before the first part.  is_mime_notice() leaves room for a sentence of
 * one's own; whoever must encrypt and does not want to may write none.  The German one is Thunderbird's.
 */
static const char *const notices[] = {
	/* clang-format off */
	"This is a cryptographically signed message in MIME format",
	"Dies ist eine kryptografisch unterzeichnete Nachricht im MIME-Format",
	"This is an S/MIME signed message",
	"This is a multi-part message in MIME format",
	"This is a multipart message in MIME format",
	"This is a MIME-encapsulated message",
	"This is an OpenPGP/MIME encrypted message (RFC 2440 and 3156)",
	"This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)",
	"This is an OpenPGP/MIME encrypted message (RFC 9580 and 3156)",
	/* clang-format on */
};

static bool
is_known_notice(const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == '.')
		n--;
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (text_equal_nocase_n(text, n, notices[i], strlen(notices[i])))
			return true;
	return n == 0;
}

/* What labels a part, and how long that is where honest software writes it. */
static const struct {
	const char *name;
	size_t max;
} label_fields[] = {
	/* clang-format off */
	{ "Content-Type",              200 },
	{ "Content-Disposition",       200 },
	{ "Content-Transfer-Encoding",  40 },
	{ "Content-Description",        60 },
	{ "Content-ID",                120 },
	{ "MIME-Version",               40 },
	/* clang-format on */
};

static bool
is_terse(const struct header_field *field)
{
	for (size_t i = 0; i < sizeof(label_fields) / sizeof(label_fields[0]); i++)
		if (text_equal_nocase(field->name, label_fields[i].name))
			return field->nth == 1 && field->value_size <= label_fields[i].max;
	return false;
}

int
parts_are_terse(const struct entity *root, bool *out, struct error *e)
{
	struct outside preamble;
	bool terse;

	if (read_outside(root->preamble, &preamble, e) != 0)
		return -1;
	terse = is_known_notice(preamble.text, preamble.size);
	for (size_t i = 0; i < root->count; i++)
		for (size_t j = 0; j < header_list_count(root->parts[i]->headers); j++)
			terse = terse && is_terse(header_list_at(root->parts[i]->headers, j));
	*out = terse;
	return 0;
}

/*
 * RFC 2046 5.1.1: readers do not show what stands outside the parts, careless
 * ones do.  White space is harmless, and so is the notice before the first part.
 */
static int
outside_is_harmless(const struct entity *root, bool *out, struct error *e)
{
	struct outside preamble, epilogue;

	if (read_outside(root->preamble, &preamble, e) != 0 ||
	    read_outside(root->epilogue, &epilogue, e) != 0)
		return -1;
	*out = (is_known_notice(preamble.text, preamble.size) || is_mime_notice(preamble.text, preamble.size)) &&
	    epilogue.size == 0;
	return 0;
}

int
two_parts_structure(const struct entity *root, const char **out, struct error *e)
{
	const char *why = NULL;
	bool harmless = false;

	if (outside_is_harmless(root, &harmless, e) != 0)
		return -1;
	if (root->count != 2)
		why = "not-two-parts";
	else if (!root->closed)
		why = "not-closed";
	else if (root->type->ambiguous || entity_structure_ambiguity(root) != NULL)
		why = "ambiguous-structure";
	else if (!harmless)
		why = "text-outside-parts";
	*out = why;
	return 0;
}

int
clear_signed_structure(const struct entity *root, const char **out, struct error *e)
{
	if (two_parts_structure(root, out, e) != 0)
		return -1;
	if (*out == NULL && smime_recognise(root->parts[1]) != SMIME_CMS)
		*out = "not-a-signature-part"; /* a reader may show it as text, and nobody signed it */
	return 0;
}
