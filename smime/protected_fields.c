/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/text.h"
#include "smime/header_protection.h"

/*
 * What authors and their programs write.  Trace fields, results of checks,
 * Bcc, list and resent fields are not theirs to protect, or not ours to promote.
 */
/* clang-format off */
const struct protected_field protected_fields[] = {
	{ "From",                        FIELD_SINGLE | FIELD_FACING },
	{ "Sender",                      FIELD_SINGLE | FIELD_FACING | FIELD_COMPLETE },
	{ "Reply-To",                    FIELD_SINGLE | FIELD_FACING | FIELD_COMPLETE },
	{ "To",                          FIELD_SINGLE | FIELD_FACING | FIELD_COMPLETE },
	{ "Cc",                          FIELD_SINGLE | FIELD_FACING | FIELD_COMPLETE },
	{ "Subject",                     FIELD_SINGLE | FIELD_FACING | FIELD_COMPLETE },
	{ "Date",                        FIELD_SINGLE | FIELD_FACING },
	{ "Message-ID",                  FIELD_SINGLE },
	{ "In-Reply-To",                 FIELD_SINGLE | FIELD_COMPLETE },
	{ "References",                  FIELD_SINGLE | FIELD_COMPLETE },
	{ "Comments",                    FIELD_FACING | FIELD_COMPLETE },
	{ "Keywords",                    FIELD_FACING | FIELD_COMPLETE },
	{ "Followup-To",                 FIELD_SINGLE | FIELD_FACING | FIELD_COMPLETE },
	{ "Mail-Followup-To",            FIELD_SINGLE | FIELD_COMPLETE },
	{ "Mail-Reply-To",               FIELD_SINGLE | FIELD_COMPLETE },
	{ "Disposition-Notification-To", FIELD_SINGLE | FIELD_COMPLETE },
	{ "Thread-Topic",                FIELD_SINGLE },
	{ "Thread-Index",                FIELD_SINGLE },
	{ "Organization",                FIELD_SINGLE },
	{ "User-Agent",                  FIELD_SINGLE },
	{ "X-Mailer",                    FIELD_SINGLE },
	{ "Importance",                  FIELD_SINGLE },
	{ "Priority",                    FIELD_SINGLE },
	{ "X-Priority",                  FIELD_SINGLE },
	{ "Sensitivity",                 FIELD_SINGLE },
	{ "Auto-Submitted",              FIELD_SINGLE },
	{ NULL, 0 },
};
/* clang-format on */

const struct protected_field *
protected_field_find(const char *name)
{
	for (const struct protected_field *row = protected_fields; row->name != NULL; row++)
		if (text_equal_nocase(row->name, name))
			return row;
	return NULL;
}
