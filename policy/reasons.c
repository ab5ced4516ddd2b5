/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy.h"

static const struct {
	const char *word, *sentence;
} rows[REASON_COUNT] = {
#define REASON(id, word, sentence) [REASON_##id] = { word, sentence },
#include "policy/reasons.def"
#undef REASON
};

const char *
reason_word(enum reason r)
{
	return (unsigned)r < REASON_COUNT ? rows[r].word : "unknown";
}

const char *
reason_sentence(enum reason r)
{
	return (unsigned)r < REASON_COUNT ? rows[r].sentence : "a reason that has no sentence";
}
