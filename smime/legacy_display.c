/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "mime/address_field.h"
#include "mime/charset.h"
#include "mime/html.h"
#include "smime/header_protection_private.h"

/*
 * The legacy display: hidden fields as text at the start of the main body
 * parts, for readers that decrypt and know nothing of header protection
 * (RFC 9788 5.2.2 to 5.2.5, 10.3), and its removal (4.5.3).
 */

#define ELEMENT_MAX   ((size_t)32 * 1024) /* of LEAF_HEAD; more would be no display any more */
#define VALUE_MAX     2000
#define ELEMENT_CLASS "header-protection-legacy-display"

/* ---- which parts ---- */

static bool
is_text(const struct entity *leaf)
{
	return (entity_is(leaf, "text", "plain") || entity_is(leaf, "text", "html")) && !leaf->type->ambiguous;
}

static int
is_attachment(const struct entity *leaf)
{
	const struct header_field *field = header_list_find(leaf->headers, "Content-Disposition", 1);
	struct media_type *disposition = NULL;
	bool attached = false;

	if (field == NULL)
		return false;
	if (media_disposition_parse(field->value, field->value_size, &disposition, NULL) != 0)
		return true;
	attached = !media_type_is(disposition, "inline", NULL);
	media_type_free(disposition);
	return attached;
}

/* RFC 9788 5.2.4: by first children of mixed and related, and any child of alternative. */
static bool
is_main_body_part(const struct entity *leaf)
{
	for (const struct entity *at = leaf; at->parent != NULL; at = at->parent) {
		const struct entity *parent = at->parent;

		if (entity_is(parent, "multipart", "alternative"))
			continue;
		if ((!entity_is(parent, "multipart", "mixed") && !entity_is(parent, "multipart", "related")) ||
		    parent->parts[0] != at)
			return false;
	}
	return true;
}

static const char *
charset_of(const struct entity *leaf)
{
	const char *charset = media_type_parameter(leaf->type, "charset");

	return charset != NULL ? charset : "us-ascii";
}

static bool
takes_display(void *ctx, const struct entity *leaf)
{
	(void)ctx;
	return is_text(leaf) && !is_attachment(leaf) && is_main_body_part(leaf) && charset_holds_ascii(charset_of(leaf));
}

static bool
has_display(void *ctx, const struct entity *leaf)
{
	const char *value = media_type_parameter(leaf->type, LEGACY_PARAMETER);

	(void)ctx;
	return is_text(leaf) && value != NULL && strcmp(value, "1") == 0;
}

/* ---- the element's text ---- */

/* How a value is written: in the charset `name`, or, for HTML, as ASCII with references. */
struct script {
	const char *charset;
	bool html;
};

static int
append_escaped(const char *text, size_t n, struct buffer *out, struct error *e)
{
	static const char *const names[128] = {
		['<'] = "&lt;", ['>'] = "&gt;", ['\''] = "&apos;", ['"'] = "&quot;", ['&'] = "&amp;",
	};
	size_t octets;

	for (size_t i = 0; i < n; i += octets) {
		unsigned char c = (unsigned char)text[i];
		uint32_t code = c;
		int rc;

		octets = text_utf8_octets(text + i, n - i);
		if (octets > 1) {
			code = c & (0x7fU >> octets);
			for (size_t j = 1; j < octets; j++)
				code = code << 6 | ((unsigned char)text[i + j] & 0x3f);
			rc = buffer_append_format(out, e, "&#%lu;", (unsigned long)code);
		} else {
			octets = 1;
			rc = c < 128 && names[c] != NULL ? buffer_append_text(out, names[c], e)
			                                 : buffer_append_char(out, text[i], e);
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* A value that the part's charset has no characters for stays in its encoded words: ugly, and nothing is lost. */
static int
append_plain(const struct header_field *field, const struct buffer *value, const char *charset, struct buffer *out,
    struct error *e)
{
	bool fits = false;

	if (charset_from_utf8(charset, value, out, &fits, e) != 0)
		return -1;
	return fits ? 0 : header_field_unfolded(field, out, e);
}

static int
append_line(const struct header_field *field, const struct script *script, struct buffer *out, struct error *e)
{
	struct buffer decoded = BUFFER_INIT(4 * LIMIT_HEADER_FIELD), value = BUFFER_INIT(VALUE_MAX + 8);
	int rc = -1;

	if (encoded_words_decode(field->value, field->value_size, &decoded, e) == 0 &&
	    text_printable(buffer_text(&decoded), decoded.size, VALUE_MAX, &value, e) == 0 &&
	    buffer_append_format(out, e, "%s: ", field->name) == 0)
		rc = script->html ? append_escaped(buffer_text(&value), value.size, out, e)
		                  : append_plain(field, &value, script->charset, out, e);
	buffer_done(&decoded);
	buffer_done(&value);
	return rc == 0 ? buffer_append_text(out, "\r\n", e) : -1;
}

static int
append_lines(const struct header_list *fields, const struct script *script, struct buffer *out, struct error *e)
{
	for (size_t i = 0; i < header_list_count(fields); i++)
		if (append_line(header_list_at(fields, i), script, out, e) != 0)
			return -1;
	return 0;
}

static bool
is_ascii(const struct buffer *b)
{
	for (size_t i = 0; i < b->size; i++)
		if ((unsigned char)b->data[i] > 127)
			return false;
	return true;
}

/* ---- writing ---- */

static void
set_parameters(struct leaf_edit *out, const char *legacy, bool to_utf8)
{
	out->parameters[0].name = LEGACY_PARAMETER;
	out->parameters[0].value = legacy;
	out->parameters[1].name = to_utf8 ? "charset" : NULL;
	out->parameters[1].value = "utf-8";
}

static int
write_plain(const struct header_list *fields, const struct entity *leaf, struct leaf_edit *out, struct error *e)
{
	/* All of US-ASCII is UTF-8: a part that has nothing else may be called that. */
	bool ascii = text_equal_nocase(charset_of(leaf), "us-ascii") && !leaf->facts.has_8bit;
	const struct script script = { ascii ? "utf-8" : charset_of(leaf), false };

	if (append_lines(fields, &script, &out->text, e) != 0 || buffer_append_text(&out->text, "\r\n", e) != 0)
		return -1;
	set_parameters(out, "1", ascii && !is_ascii(&out->text));
	return 0;
}

static int
write_html(const struct header_list *fields, struct leaf_edit *out, struct error *e)
{
	const struct script script = { NULL, true };

	if (buffer_append_text(&out->text, "<div class=\"" ELEMENT_CLASS "\"><pre>", e) != 0 ||
	    append_lines(fields, &script, &out->text, e) != 0)
		return -1;
	buffer_cut(&out->text, out->text.size - 2);
	set_parameters(out, "1", false);
	/* The line ends within the element, so that taking the element out leaves no octet behind. */
	return buffer_append_text(&out->text, "</pre>\r\n</div>", e);
}

static int
write_display(void *ctx, const struct entity *leaf, const struct buffer *head, bool whole, struct leaf_edit *out,
    bool *out_wanted, struct error *e)
{
	const struct header_list *fields = ctx;
	int rc;

	buffer_init(&out->text, ELEMENT_MAX);
	if (entity_is(leaf, "text", "plain")) {
		rc = write_plain(fields, leaf, out, e);
	} else {
		*out_wanted = html_body_start(buffer_text(head), head->size, whole, &out->from);
		out->to = out->from;
		rc = *out_wanted ? write_html(fields, out, e) : 0;
	}
	if (rc != 0 && e->code == ERROR_TOO_LARGE) {
		error_clear(e);
		*out_wanted = false;
		rc = 0;
	}
	return rc;
}

struct leaf_editor
legacy_writer(const struct header_list *fields)
{
	return (struct leaf_editor){ takes_display, write_display, (void *)(uintptr_t)fields };
}

/* ---- taking it out ---- */

/* Up to and including the first blank line (RFC 9788 4.5.3.2). */
static bool
find_plain(const struct buffer *head, struct leaf_edit *out)
{
	const char *text = buffer_text(head);
	size_t at = 0;

	while (at < head->size) {
		const char *end = memchr(text + at, '\n', head->size - at);
		size_t next = end == NULL ? head->size : (size_t)(end - text) + 1;

		if (end != NULL && (next - at == 1 || (next - at == 2 && text[at] == '\r'))) {
			out->to = next;
			return true;
		}
		at = next;
	}
	return false;
}

/* Without the element that was announced the part stays: what else to take away nobody can say. */
static int
remove_display(void *ctx, const struct entity *leaf, const struct buffer *head, bool whole, struct leaf_edit *out,
    bool *out_wanted, struct error *e)
{
	(void)ctx;
	(void)whole;
	(void)e;
	set_parameters(out, NULL, false);
	*out_wanted = entity_is(leaf, "text", "plain")
	    ? find_plain(head, out)
	    : html_find_element(buffer_text(head), head->size, "div", ELEMENT_CLASS, &out->from, &out->to);
	return 0;
}

struct leaf_editor
legacy_remover(void)
{
	return (struct leaf_editor){ has_display, remove_display, NULL };
}
