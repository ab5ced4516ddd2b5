/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal cert import, remove, show: correspondents' certificates. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cli/args.h"
#include "cli/input.h"
#include "cli/listing.h"

/* ---- import and remove ----------------------------------------------------------- */

static int
import_file(struct cli *c, const char *path, const char *owner, enum trust_level level, size_t *total, struct error *e)
{
	struct certificates list = { NULL, 0 };
	size_t count = 0;
	int rc = input_certificates(path, &list, e);

	if (rc == 0 && (rc = partner_import(c->directory, owner, &list, level, &c->witness, &count, e)) != 0)
		(void)error_context(e, "%s", path);
	if (rc == 0)
		*total += count;
	certificates_done(&list);
	return rc;
}

int
command_cert_import(struct cli *c, int argc, char **argv, struct error *e)
{
	const char *owner = NULL, *level_word = "verified";
	const struct arg_option options[] = { { "for", ARG_TEXT, &owner }, { "level", ARG_TEXT, &level_word },
		{ NULL, ARG_FLAG, NULL } };
	enum trust_level level;
	struct arg_list words;
	size_t total = 0;

	if (args_parse(c, argc, argv, options, &words, 1, ARGS_MAX, e) != 0 || trust_level_parse(level_word, &level, e) != 0)
		return -1;
	if (level != LEVEL_PINNED && level != LEVEL_VERIFIED)
		return error_set(e, ERROR_USAGE, "--level is pinned or verified, not \"%s\"", level_word);
	if (cli_open(c, NEED_RECORD, e) != 0)
		return -1;
	/* Each file is whole or not at all; those before a bad one stay imported, and are counted. */
	for (size_t i = 0; i < words.count; i++)
		if (import_file(c, words.items[i], owner, level, &total, e) != 0) {
			if (total > 0)
				(void)fprintf(stderr, "postseal: %zu certificates of the files before it were imported\n", total);
			return -1;
		}
	printf("%zu\n", total);
	return 0;
}

/* "AB:CD" as other programs print it, or "abcd" as we do. */
static char *
plain_fingerprint(const char *text, struct error *e)
{
	char *copy = memory_text(text, e), *to = copy;

	if (copy == NULL)
		return NULL;
	for (const char *from = text; *from != '\0'; from++)
		if (*from != ':')
			*to++ = (char)tolower((unsigned char)*from);
	*to = '\0';
	return copy;
}

int
command_cert_remove(struct cli *c, int argc, char **argv, struct error *e)
{
	struct arg_list words;
	char *fingerprint;
	int rc;

	if (args_parse(c, argc, argv, NULL, &words, 2, 2, e) != 0 || cli_open(c, NEED_RECORD, e) != 0 ||
	    (fingerprint = plain_fingerprint(words.items[1], e)) == NULL)
		return -1;
	rc = partner_remove(c->directory, words.items[0], fingerprint, &c->witness, e);
	free(fingerprint);
	return rc;
}

/* ---- show -------------------------------------------------------------------------- */

static int
put_addresses(struct json *row, const char *name, const struct address_list *list, struct error *e)
{
	struct json *texts = json_new_array(e);

	if (texts == NULL)
		return -1;
	for (size_t i = 0; i < list->count; i++)
		if (json_push_text(texts, list->items[i]->text, e) != 0) {
			json_release(texts);
			return -1;
		}
	return json_put_take(row, name, texts, e);
}

static int
put_facts(struct json *row, const struct certificate *c, struct error *e)
{
	char from[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];

	clock_text(certificate_not_before(c), from);
	clock_text(certificate_not_after(c), until);
	if (json_put_text(row, "subject", certificate_subject(c), e) != 0 ||
	    json_put_text(row, "issuer", certificate_issuer(c), e) != 0 ||
	    json_put_text(row, "serial", certificate_serial(c), e) != 0 ||
	    json_put_text(row, "fingerprint", certificate_fingerprint(c), e) != 0 ||
	    put_addresses(row, "addresses", certificate_addresses(c), e) != 0 ||
	    put_addresses(row, "subject-addresses", certificate_dn_addresses(c), e) != 0 ||
	    json_put_text(row, "not-before", from, e) != 0 || json_put_text(row, "not-after", until, e) != 0)
		return -1;
	return json_put_number(row, "key-bits", certificate_key_bits(c), e);
}

static const char *
judgement_text(const struct judgement *j)
{
	if (!j->trusted)
		return j->reason != NULL ? j->reason : "not trusted";
	if (j->revocation == REVOCATION_REVOKED)
		return "revoked";
	return j->revocation == REVOCATION_GOOD ? "trusted, not revoked" : "trusted, revocation not known";
}

/* "encrypts" and "signs": what the certificate may be used for now, or the reason why not. */
static int
put_judgement(struct cli *c, struct json *row, const struct certificate *leaf, const struct certificates *others,
    const char *name, enum certificate_purpose purpose, struct error *e)
{
	struct chain_question question = { leaf, others, purpose, clock_now(clock_system()), NULL };
	const char *unfit = certificate_fits(leaf, purpose, question.when);
	struct judgement judgement;
	int rc;

	if (unfit != NULL)
		return json_put_text(row, name, unfit, e);
	if (directory_judge(c->directory, &question, &judgement, e) != 0)
		return -1;
	rc = json_put_text(row, name, judgement_text(&judgement), e);
	if (rc == 0 && judgement.anchor != NULL)
		rc = json_put_text(row, "anchor", judgement.anchor, e);
	judgement_done(&judgement);
	return rc;
}

static int
show(struct cli *c, const struct certificates *list, size_t i, struct listing *listing, struct error *e)
{
	const struct certificate *leaf = list->items[i];
	struct json *row = listing_row(listing, e);

	if (row == NULL || put_facts(row, leaf, e) != 0)
		return -1;
	if (certificate_is_ca(leaf))
		return json_put_text(row, "kind", "CA", e);
	if (put_judgement(c, row, leaf, list, "for-signing", PURPOSE_SIGN, e) != 0)
		return -1;
	return put_judgement(c, row, leaf, list, "for-encryption", PURPOSE_ENCRYPT, e);
}

int
command_cert_show(struct cli *c, int argc, char **argv, struct error *e)
{
	static const char *const members[] = { "subject", "issuer", "serial", "fingerprint", "kind", "addresses",
		"subject-addresses", "key-bits", "not-before", "not-after", "for-signing", "for-encryption", "anchor", NULL };
	struct certificates list = { NULL, 0 };
	struct listing listing = { NULL };
	struct arg_list words;
	int rc = -1;

	if (args_parse(c, argc, argv, NULL, &words, 1, 1, e) != 0 || cli_open(c, NEED_TRUST, e) != 0 ||
	    input_certificates(words.items[0], &list, e) != 0 || listing_init(&listing, e) != 0)
		goto out;
	for (size_t i = 0; i < list.count; i++)
		if (show(c, &list, i, &listing, e) != 0)
			goto out;
	rc = c->json ? listing_print(c, &listing, NULL, e) : listing_print_members(&listing, members);
out:
	certificates_done(&list);
	listing_done(&listing);
	return rc;
}
