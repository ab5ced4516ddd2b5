/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/* Header protection (RFC 9788) of what is signed or encrypted: of several who get one body, the strictest's. */

/* Partners of this profile route by the Subject and take no body that is not theirs (BDEW). */
static bool
profile_has_protection(enum crypto_profile profile)
{
	return profile != PROFILE_EDI_ENERGY;
}

void
plan_headers(const struct question *q, const struct plan_group *bodies, size_t first, size_t end,
    struct plan_group *out)
{
	const struct value *best = NULL;
	bool legacy = false;

	for (size_t i = first; i < end; i++) {
		const struct value *wish = rule(q, SETTING_HEADER_PROTECTION, &q->recipients[i]);

		if (!profile_has_protection(bodies[i].profile)) {
			out->headers_reason = REASON_HEADERS_PROFILE;
			return;
		}
		if (best == NULL || wish->number > best->number)
			best = wish;
		legacy = legacy || rule(q, SETTING_LEGACY_DISPLAY, &q->recipients[i])->number != 0;
	}
	if (best == NULL)
		return;
	out->headers = (enum choice_headers)best->number;
	out->headers_setting = best;
	out->headers_reason = best->number == CHOICE_HEADERS_NONE ? REASON_HEADERS_OFF : REASON_HEADERS_SETTING;
	out->legacy_display = legacy && best->number != CHOICE_HEADERS_NONE;
}
