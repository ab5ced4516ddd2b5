/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/limits.h"
#include "base/text.h"
#include "mime/address_field.h"
#include "mime/date_field.h"
#include "smime/header_protection.h"

/* Header confidentiality policies as functions of one field (RFC 9788 3.2). */

/* The addresses alone, if the value is a list of mailboxes whose addresses are ASCII (RFC 9788 3.1 wants no more). */
static int
addresses_only(const struct header_field *field, size_t most, struct buffer *out, enum hcp_outcome *outcome,
    struct error *e)
{
	struct mailboxes m = { 0 };
	struct buffer text = BUFFER_INIT(LIMIT_HEADER_FIELD);
	int rc = mailboxes_parse(field->value, field->value_size, &m, e);
	bool plain = rc == 0 && !m.has_group && !m.unreadable && m.list.count > 0 && m.list.count <= most;

	for (size_t i = 0; rc == 0 && plain && i < m.list.count; i++) {
		const char *address = m.list.items[i]->text;

		for (const char *c = address; *c != '\0'; c++)
			plain = plain && *c > ' ' && *c < 127;
		rc = buffer_append_format(&text, e, "%s%s", i == 0 ? "" : ", ", address);
	}
	if (rc == 0 && plain) {
		rc = buffer_append(out, buffer_text(&text), text.size, e);
		*outcome = HCP_REPLACE;
	}
	buffer_done(&text);
	mailboxes_done(&m);
	return rc;
}

static int
author_only(const struct header_field *field, struct buffer *out, enum hcp_outcome *outcome, struct error *e)
{
	return addresses_only(field, 1, out, outcome, e);
}

static int
recipients_only(const struct header_field *field, struct buffer *out, enum hcp_outcome *outcome, struct error *e)
{
	return addresses_only(field, LIMIT_RECIPIENTS, out, outcome, e);
}

static int
date_in_utc(const struct header_field *field, struct buffer *out, enum hcp_outcome *outcome, struct error *e)
{
	bool is_date = false;
	int rc = date_field_utc(field->value, field->value_size, out, &is_date, e);

	if (is_date)
		*outcome = HCP_REPLACE;
	return rc;
}

static int
obscured(const struct header_field *field, struct buffer *out, enum hcp_outcome *outcome, struct error *e)
{
	(void)field;
	*outcome = HCP_REPLACE;
	return buffer_append_text(out, "[...]", e);
}

static int
removed(const struct header_field *field, struct buffer *out, enum hcp_outcome *outcome, struct error *e)
{
	(void)field;
	(void)out;
	(void)e;
	*outcome = HCP_REMOVE;
	return 0;
}

static const struct {
	const char *name;
	enum hcp from; /* the least policy that does it */
	int (*apply)(const struct header_field *field, struct buffer *out, enum hcp_outcome *outcome, struct error *e);
} rows[] = {
	/* clang-format off */
	{ "Subject",      HCP_BASELINE, obscured },
	{ "Comments",     HCP_BASELINE, removed },
	{ "Keywords",     HCP_BASELINE, removed },
	{ "Thread-Topic", HCP_BASELINE, removed },
	{ "From",         HCP_SHY,      author_only },
	{ "To",           HCP_SHY,      recipients_only },
	{ "Cc",           HCP_SHY,      recipients_only },
	{ "Date",         HCP_SHY,      date_in_utc },
	/* clang-format on */
};

int
hcp_apply(enum hcp hcp, const struct header_field *field, struct buffer *out, enum hcp_outcome *out_outcome,
    struct error *e)
{
	*out_outcome = HCP_KEEP;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (hcp >= rows[i].from && text_equal_nocase(rows[i].name, field->name))
			return rows[i].apply(field, out, out_outcome, e);
	return 0;
}

static int
write_value(const char *name, const struct buffer *value, struct sink *to, struct error *e)
{
	if (sink_text(to, name, e) != 0 || sink_text(to, ": ", e) != 0 || sink_text(to, buffer_text(value), e) != 0)
		return -1;
	return sink_text(to, "\r\n", e);
}

int
hcp_write(enum hcp hcp, const struct header_field *field, struct sink *to, struct error *e)
{
	struct buffer value = BUFFER_INIT(LIMIT_HEADER_FIELD);
	enum hcp_outcome outcome;
	int rc = hcp_apply(hcp, field, &value, &outcome, e);

	if (rc == 0 && outcome == HCP_KEEP)
		rc = header_field_write(field, to, e);
	else if (rc == 0 && outcome == HCP_REPLACE)
		rc = write_value(field->name, &value, to, e);
	buffer_done(&value);
	return rc;
}
