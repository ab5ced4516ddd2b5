/* SPDX-License-Identifier: BSD-2-Clause */

#include "gateway/describe_private.h"

/* Header protection in words: what we hid, or what was found and restored (RFC 9788 4.3). */

static void
put_states(const struct body *b, struct members *to)
{
	const struct protected_header *h = b->incoming.headers;
	struct json *list = json_new_array(to->e);

	for (size_t i = 0; list != NULL && to->rc == 0 && i < header_list_count(h->fields); i++) {
		const struct header_field *field = header_list_at(h->fields, i);
		struct members one = begin_object(to);

		put_text(&one, "name", protected_field_find(field->name)->name);
		put_text(&one, "protection",
		    field_protection_word(protected_header_state(h, field, some_signature_passes(&b->incoming))));
		end_object(&one, list, to);
	}
	put_take(to, "fields", list);
}

static void
describe_restored(const struct body *b, struct members *to)
{
	static const char *const from_words[] = {
		[FROM_SAME] = "same",
		[FROM_BOUND] = "bound",
		[FROM_MISMATCH] = "mismatch",
	};
	const struct incoming *in = &b->incoming;

	put_text(to, "form", protection_form_word(in->headers->form));
	put_bool(to, "restored", in->headers_restored);
	put_text(to, "detail", in->headers->fault);
	put_text(to, "from", from_words[in->from]);
	if (in->headers->fault == NULL)
		put_states(b, to);
}

static void
put_hidden(const struct header_protection *p, struct members *to)
{
	struct json *list = json_new_array(to->e);

	for (size_t i = 0; list != NULL && to->rc == 0 && i < p->count; i++)
		to->rc = json_push_text(list, p->changes[i].name, to->e);
	put_take(to, "hidden", list);
}

static void
describe_protected(const struct body *b, struct members *to)
{
	const struct plan_group *plan = b->plan;
	const struct outgoing *o = &b->outgoing;

	put_text(to, "policy", choice_word(SETTING_HEADER_PROTECTION, plan->headers));
	put_bool(to, "made", o->protection != NULL);
	put_text(to, "reason", reason_word(plan->headers_reason));
	put_text(to, "why", reason_sentence(plan->headers_reason));
	put_text(to, "detail", o->unprotected);
	describe_setting(plan->headers_setting, to);
	if (o->protection == NULL)
		return;
	put_hidden(o->protection, to);
	put_bool(to, "legacy-display", o->legacy_display);
}

void
describe_headers(const struct body *b, struct members *to)
{
	bool made = b->plan->sign || b->plan->encrypt;
	struct members one;

	if (!made && b->incoming.headers == NULL)
		return;
	one = begin_object(to);
	if (made)
		describe_protected(b, &one);
	else
		describe_restored(b, &one);
	if (one.rc != 0) {
		json_release(one.object);
		one.object = NULL;
	}
	put_take(to, "headers", one.object);
}
