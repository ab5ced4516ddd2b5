/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/* Header protection (RFC 9788) of what is signed or encrypted: one body, so the strictest of all recipients' policies. */

/* Partners of this profile route by the Subject and take no body that is not theirs (BDEW). */
static bool
profile_has_protection(enum crypto_profile profile)
{
	return profile != PROFILE_EDI_ENERGY;
}

void
plan_headers(const struct question *q, struct plan *plan)
{
	const struct value *best = NULL;

	if (!plan->sign && !plan->encrypt)
		return;
	for (size_t i = 0; i < plan->count; i++) {
		const struct value *wish = rule(q, SETTING_HEADER_PROTECTION, &q->recipients[i]);

		if (best == NULL || wish->number > best->number)
			best = wish;
		if (!profile_has_protection(plan->recipients[i].profile)) {
			plan->headers_reason = REASON_HEADERS_PROFILE;
			plan->legacy_display = false;
			return;
		}
		plan->legacy_display = plan->legacy_display ||
		    rule(q, SETTING_LEGACY_DISPLAY, &q->recipients[i])->number != 0;
	}
	if (best == NULL)
		return;
	plan->headers = (enum choice_headers)best->number;
	plan->headers_setting = best;
	plan->headers_reason = best->number == CHOICE_HEADERS_NONE ? REASON_HEADERS_OFF : REASON_HEADERS_SETTING;
	plan->legacy_display = plan->legacy_display && plan->encrypt && plan->headers != CHOICE_HEADERS_NONE;
}
