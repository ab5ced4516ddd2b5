/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_POLICY_QUESTIONS_H
#define TESTS_UNIT_POLICY_QUESTIONS_H

#include "policy/policy.h"
#include "tests/unit/support.h"

/* Questions to the policy, written shortly.  The gateway serves example.org. */

/* settings_of(rules): local-domains, two listeners and the given sections; the caller calls settings_unref(). */
struct settings *settings_of(const char *rules);

/* address(text): parsed once a text and kept to the end of the process. */
const struct address *address_of(const char *text);

/* A message of `author` (NULL: none), proven by a login if it is local. */
struct message_facts message_of(enum choice_role role, const char *author);

/* A recipient with so many usable certificates; local if it is in example.org. */
struct recipient_facts recipient_of(const char *address, size_t certificates);

/* plan_of(): policy_plan() that must not fail; the caller calls plan_free(). */
struct plan *plan_of(const struct settings *s, const struct message_facts *m, const struct recipient_facts *r,
    size_t n);

/* expect_refused(plan, reason, reply): the plan does not continue, for that reason, and asks for no work. */
void expect_refused(const struct plan *plan, enum reason reason, enum error_code reply);
/* expect_sent(plan, sign, encrypt). */
void expect_sent(const struct plan *plan, bool sign, bool encrypt);

#endif
