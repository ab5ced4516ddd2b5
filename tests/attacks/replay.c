/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "keystore/identity.h"
#include "tests/attacks/attack.h"
#include "tests/attacks/envelope.h"

/*
 * Carol is an insider who captured what Alice encrypted to Bob.  She cannot open
 * it; the gateway could.  She sends it anew, in every way that might bring it
 * into her mailbox in clear.
 */

static struct buffer
captured(enum crypto_profile profile)
{
	const struct forged *to[] = { &cast.bob };

	return letter_encrypted(to, 1, profile, SECRET);
}

static struct buffer
anew(const struct attack *a)
{
	return letter(HEADER, captured(a->n == 0 ? PROFILE_COMPATIBLE : PROFILE_MODERN));
}

/* From Carol herself, in the dialogue of her own mail. */
static struct buffer
from_carol(const struct attack *a)
{
	(void)a;
	return letter("From: " CAROL "\r\n" FIELDS, captured(PROFILE_MODERN));
}

/* A RecipientInfo for Carol, its key made up. */
static struct buffer
with_invented_key(const struct attack *a)
{
	const struct forged *to[] = { &cast.bob, &cast.carol };
	struct buffer entity = letter_encrypted(to, 2, a->n == 0 ? PROFILE_COMPATIBLE : PROFILE_MODERN, SECRET);

	/* A SET is in the order of its octets: Carol's, of key agreement, is the second. */
	letter_break_key(&entity, 1);
	return letter(HEADER, entity);
}

/* In an envelope of Carol's own, to herself alone or to both. */
static struct buffer
in_her_envelope(const struct attack *a)
{
	const struct forged *to[] = { &cast.carol, &cast.bob };
	struct buffer inner = captured(PROFILE_MODERN), out;

	out = letter(HEADER, letter_encrypted(to, (size_t)a->n, PROFILE_MODERN, buffer_text(&inner)));
	buffer_done(&inner);
	return out;
}

/* Under a signature of hers: she never read what she signs. */
static struct buffer
under_her_signature(const struct attack *a)
{
	struct buffer inner = captured(PROFILE_MODERN), out;

	out = letter(HEADER_OF_EVE, letter_signed(&cast.eve, buffer_text(&inner), a->n != 0));
	buffer_done(&inner);
	return out;
}

/* To a key of the whole domain. */
static struct buffer
to_domain_key(const struct attack *a)
{
	struct forged shared = certified("gateway@b.example", NULL);
	const struct forged *to[] = { &shared };
	struct buffer out = letter(HEADER, letter_encrypted(to, 1, PROFILE_MODERN, SECRET));
	struct key *key = forged_key(&shared);
	char identity[33], id[33];
	struct error e = ERROR_INIT;

	(void)a;
	expect_ok(identity_create_domain(cast.w->keystore, "b.example", "all", &cast.w->witness, identity, &e));
	expect_ok(keystore_key_import(cast.w->keystore, identity, key, shared.c, NULL, false, &cast.w->witness, id, &e));
	key_unref(key);
	forged_done(&shared);
	return out;
}

static void
closed_still(const struct attack *a, const struct delivery *d)
{
	const char *how = canary_found(d->text.data, d->text.size);

	ck_assert_msg(how == NULL, "%s: the canary (%s)", a->name, how);
}

/* clang-format off */
#define CLOSED(why) .result = "smime=none", .recorded = "\"reason\":\"" why "\""
#define NOT_ALL CLOSED("not-every-recipient-owns-a-key")
#define TO(...) .to = { __VA_ARGS__ }

static const struct attack attacks[] = {
	{ "to Carol alone", anew, TO("<" CAROL ">"), NOT_ALL },
	{ "to Carol alone, GCM", anew, .n = 1, TO("<" CAROL ">"), NOT_ALL },
	{ "to Carol beside Bob", anew, TO("<" BOB ">", "<" CAROL ">"), NOT_ALL },
	{ "to Carol before Bob", anew, TO("<" CAROL ">", "<" BOB ">"), NOT_ALL },
	{ "to Carol beside Bob, GCM", anew, .n = 1, TO("<" BOB ">", "<" CAROL ">"), NOT_ALL },
	{ "to somebody of the domain without a key", anew, TO("<zed@b.example>"), NOT_ALL },
	{ "to somebody without a key beside Bob", anew, TO("<" BOB ">", "<zed@b.example>"), NOT_ALL },
	{ "to a subaddress of Bob's", anew, TO("<bob+x@b.example>"), NOT_ALL },
	{ "to Bob and postmaster", anew, TO("<" BOB ">", "<postmaster>"), NOT_ALL },
	{ "to Bob beside somebody outside", anew, TO("<" BOB ">", "<" EVE ">"), .fate = FATE_UNTOUCHED },
	{ "to Carol, a key for her made up", with_invented_key, TO("<" CAROL ">"), CLOSED("unreadable") },
	{ "to both, a key for her made up", with_invented_key, TO("<" BOB ">", "<" CAROL ">"), CLOSED("not-every-recipient-can-open-it") },
	{ "to both, a key for her made up, GCM", with_invented_key, .n = 1, TO("<" BOB ">", "<" CAROL ">"), CLOSED("not-every-recipient-can-open-it") },
	{ "in an envelope to herself", in_her_envelope, .n = 1, TO("<" CAROL ">"), .fate = FATE_OPENED, .result = "smime=none",
	    .recorded = "\"closed\":\"not-every-recipient-owns-a-key\"", .look = closed_still },
	{ "in an envelope to both, sent to both", in_her_envelope, .n = 2, TO("<" CAROL ">", "<" BOB ">"), .fate = FATE_OPENED, .result = "smime=none",
	    .recorded = "\"closed\":\"not-every-recipient-owns-a-key\"", .look = closed_still },
	{ "under a clear signature, to Carol", under_her_signature, .n = 0, TO("<" CAROL ">"),
	    .result = "smime=pass body.smime-identifier=" EVE " body.smime-part=2", .recorded = "not-every-recipient-owns-a-key" },
	{ "under an opaque signature, to Carol", under_her_signature, .n = 1, TO("<" CAROL ">"),
	    .result = "smime=pass body.smime-identifier=" EVE " body.smime-part=1", .recorded = "not-every-recipient-owns-a-key" },
	{ "under Eve's signature, to Bob: she never read it", under_her_signature, .n = 0, TO("<" BOB ">"), .fate = FATE_OPENED,
	    .result = "smime=policy reason=\"outside-encryption\" body.smime-identifier=" EVE " body.smime-part=2" },
	{ "to the key of the whole domain, sent to Carol", to_domain_key, TO("<" CAROL ">"), NOT_ALL },
	{ "to the key of the whole domain, sent to nobody's address", to_domain_key, TO("<zed@b.example>"), NOT_ALL },
	{ "to the key of the whole domain, sent to its own address", to_domain_key, TO("<gateway@b.example>"), NOT_ALL },
	{ "submitted by Carol to herself", from_carol, TO("<" CAROL ">"), .way = SUBMITTED, .fate = FATE_UNTOUCHED },
	{ "submitted by Carol to Bob", from_carol, TO("<" BOB ">"), .way = SUBMITTED, .fate = FATE_UNTOUCHED },
	{ "from a program of this host to Carol", from_carol, TO("<" CAROL ">"), .way = LOCALLY, .fate = FATE_UNTOUCHED },
	{ "where we only observe", anew, .observe = true, TO("<" BOB ">"), .fate = FATE_UNTOUCHED },
};
/* clang-format on */

ATTACKS(replay, attacks)
