/* SPDX-License-Identifier: BSD-2-Clause */

#include "policy/policy_private.h"

/* The choices of both rooms are the same words in the same order (conf/choices.def, crypto/algorithm.h). */
_Static_assert((int)CHOICE_PROFILE_COMPATIBLE == (int)PROFILE_COMPATIBLE, "profile numbers differ");
_Static_assert((int)CHOICE_PROFILE_MODERN == (int)PROFILE_MODERN, "profile numbers differ");
_Static_assert((int)CHOICE_PROFILE_EDI_ENERGY == (int)PROFILE_EDI_ENERGY, "profile numbers differ");

bool
author_proven(const struct message_facts *m)
{
	return m->author != NULL && !m->several_authors &&
	    (m->authority == AUTHORITY_LOGIN || m->authority == AUTHORITY_HOST);
}

/* The larger number is the stricter choice (conf/choices.def); the first stays on a tie. */
static const struct value *
stricter(const struct value *a, const struct value *b)
{
	return b->number > a->number ? b : a;
}

/* What the settings say between the author and a recipient. */
static const struct value *
settings_word(const struct question *q, enum setting_id id, const struct recipient_facts *recipient)
{
	const struct message_facts *m = q->message;
	const struct address *to = recipient != NULL ? recipient->address : NULL;
	const struct value *best = settings_rule(q->settings, id, m->author, to);

	if (author_proven(m))
		return best;
	best = stricter(best, settings_rule(q->settings, id, NULL, to));
	if (m->reverse_path != NULL && !address_is_null(m->reverse_path))
		best = stricter(best, settings_rule(q->settings, id, m->reverse_path, to));
	for (size_t i = 0; m->authors != NULL && i < m->authors->count; i++)
		best = stricter(best, settings_rule(q->settings, id, m->authors->items[i], to));
	return best;
}

/* A trigger's word on a setting, or NULL. */
static const struct value *
trigger_word(const struct trigger *t, enum setting_id id)
{
	const struct value *v = id == SETTING_SIGN ? trigger_value(t, SETTING_TRIGGER_SIGN)
	    : id == SETTING_ENCRYPT                ? trigger_value(t, SETTING_TRIGGER_ENCRYPT)
						   : NULL;

	return v != NULL && v->set ? v : NULL;
}

/*
 * Of the triggers that fired the strictest word counts, and only upwards.  One that may weaken the rules does so if
 * nothing that fired is stricter and the author is proven: anybody can write a tag, also one that a reply carries on.
 */
static const struct value *
triggered(const struct question *q, enum setting_id id, const struct value *best)
{
	const struct value *strictest = NULL;
	bool weaken = author_proven(q->message);

	for (size_t i = 0; i < q->message->trigger_count; i++) {
		const struct trigger *t = q->message->triggers[i];
		const struct value *word = trigger_word(t, id);

		if (word == NULL)
			continue;
		weaken = weaken && trigger_value(t, SETTING_MAY_WEAKEN)->number != 0 && !q->message->triggers_carried[i];
		strictest = strictest == NULL ? word : stricter(strictest, word);
	}
	if (strictest == NULL)
		return best;
	return weaken ? strictest : stricter(best, strictest);
}

const struct value *
rule(const struct question *q, enum setting_id id, const struct recipient_facts *recipient)
{
	return triggered(q, id, settings_word(q, id, recipient));
}

bool
carries_as_it_is(const struct question *q)
{
	return q->message->role == CHOICE_ROLE_EGRESS ||
	    settings_rule(q->settings, SETTING_PROTECT_AGAIN, q->message->author, NULL)->number == 0;
}

enum crypto_profile
profile_for(const struct question *q, const struct recipient_facts *recipient)
{
	const struct value *v =
	    settings_rule(q->settings, SETTING_PROFILE, q->message->author, recipient->address);

	return (enum crypto_profile)v->number;
}
