/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "gateway/gateway_private.h"

/*
 * How an error is told to the other side.  Everything unexpected is "try again
 * later": the MTA keeps the mail.
 */
enum verdict
gateway_disposition(const struct error *e)
{
	return error_disposition(e->code) == DISPOSITION_REFUSE ? VERDICT_REFUSE : VERDICT_RETRY_LATER;
}

const char *
verdict_word(enum verdict v)
{
	static const char *const words[] = {
		[VERDICT_CONTINUE] = "continue",
		[VERDICT_REFUSE] = "refuse",
		[VERDICT_RETRY_LATER] = "retry-later",
	};

	return (size_t)v < sizeof(words) / sizeof(words[0]) ? words[v] : "?";
}

/* SMTP codes that say more than 550 and 451 (RFC 5321 4.2.3, 4.5.3.1.10). */
static const struct special_code {
	enum error_code code;
	const char *reply;
} special_codes[] = {
	/* clang-format off */
	{ ERROR_TOO_LARGE,        "552" },
	{ ERROR_ADDRESS_SYNTAX,   "553" },
	{ ERROR_HEADER_SYNTAX,    "554" },
	{ ERROR_MIME_SYNTAX,      "554" },
	{ ERROR_TOO_MANY_HEADERS, "554" },
	{ ERROR_TOO_MANY_PARTS,   "554" },
	{ ERROR_TOO_DEEP,         "554" },
	{ ERROR_TOO_MANY_RECIPIENTS, "452" },
	/* clang-format on */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *
reply_code(enum verdict verdict, enum error_code code)
{
	const char *usual = verdict == VERDICT_RETRY_LATER ? "451" : "550";

	for (size_t i = 0; i < COUNT(special_codes); i++)
		if (special_codes[i].code == code && special_codes[i].reply[0] == usual[0])
			return special_codes[i].reply;
	return usual;
}

/* These details are written by answer_set() for the sender to read; any other detail may name local things. */
static bool
detail_is_public(enum error_code code)
{
	static const enum error_code public_details[] = {
		ERROR_CERTIFICATE_MISSING,
		ERROR_CERTIFICATE_AWAITED,
		ERROR_CERTIFICATE_LOOKUP,
		ERROR_CERTIFICATE_UNCHECKED,
	};

	for (size_t i = 0; i < COUNT(public_details); i++)
		if (public_details[i] == code)
			return true;
	return false;
}

/* smfi_setreply() takes "%" for a format and wants printable ASCII on one line. */
static void
make_safe(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text == 0x7f || *text == '%')
			*text = '?';
}

void
gateway_reply(enum verdict verdict, const struct error *e, struct gateway_answer *out)
{
	enum error_code code = e->code;
	bool detail;

	memset(out, 0, sizeof(*out));
	out->verdict = verdict;
	if (verdict == VERDICT_CONTINUE) {
		(void)snprintf(out->code, sizeof(out->code), "250");
		(void)snprintf(out->status, sizeof(out->status), "2.0.0");
		(void)snprintf(out->text, sizeof(out->text), "ok");
		return;
	}
	if (code == ERROR_NONE)
		code = verdict == VERDICT_REFUSE ? ERROR_POLICY : ERROR_INTERNAL;
	detail = detail_is_public(code) && e->detail[0] != '\0';
	(void)snprintf(out->code, sizeof(out->code), "%s", reply_code(verdict, code));
	(void)snprintf(out->status, sizeof(out->status), "%s", error_status(code));
	/* The class must be that of the code: an MTA ignores a reply in which they differ (RFC 3463 2). */
	out->status[0] = out->code[0];
	(void)snprintf(out->text, sizeof(out->text), "%s%s%.300s", error_meaning(code), detail ? ": " : "",
	    detail ? e->detail : "");
	make_safe(out->text);
}

/* ---- naming the recipients ---- */

#define NAMES_MAX 280 /* within GATEWAY_REPLY_MAX beside the text of any code */

static bool
is_objected(const struct gateway_message *m, size_t i)
{
	enum recipient_action action = m->plan->recipients[i].action;

	return m->plan->verdict == VERDICT_REFUSE ? action == ACTION_REFUSE : action == ACTION_DEFER;
}

static int
name_recipients(const struct gateway_message *m, struct buffer *names, struct error *e)
{
	size_t unnamed = 0;

	for (size_t i = 0; i < m->plan->count; i++) {
		const char *address = m->recipients[i].address->text, *comma = names->size > 0 ? ", " : "";

		if (!is_objected(m, i))
			continue;
		if (unnamed > 0 || names->size + strlen(address) + 2 > NAMES_MAX - 24)
			unnamed++;
		else if (buffer_append_format(names, e, "%s%s", comma, address) != 0)
			return -1;
	}
	return unnamed == 0 ? 0 : buffer_append_format(names, e, " and %zu more", unnamed);
}

/* Always -1: the plan's objection is the error. */
int
answer_set(const struct gateway_message *m, struct error *e)
{
	struct buffer names = BUFFER_INIT(NAMES_MAX);
	enum error_code code = m->plan->reply;

	if (!detail_is_public(code))
		error_set(e, code, "%s", reason_sentence(m->plan->reason));
	else if (name_recipients(m, &names, e) == 0)
		error_set(e, code, "%s", buffer_text(&names));
	buffer_done(&names);
	return -1;
}
