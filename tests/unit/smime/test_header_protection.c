/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "smime/header_protection.h"
#include "tests/unit/smime/helpers.h"

Suite *suite_header_protection(void);

static struct header_list *
list_of(const char *text)
{
	struct message m = message_of(text);
	struct header_list *list = NULL;
	struct error e = ERROR_INIT;

	expect_ok(header_list_copy(m.headers, &list, &e));
	message_done(&m);
	return list;
}

static struct buffer
text_of(const struct header_list *list)
{
	struct buffer b = BUFFER_INIT(1 << 20);
	struct sink sink = buffer_sink(&b);
	struct error e = ERROR_INIT;

	expect_ok(header_list_write(list, &sink, &e));
	return b;
}

static struct header_protection *
made(const char *header, enum hcp hcp, bool encrypted)
{
	struct header_list *list = list_of(header);
	struct header_protection *p = NULL;
	struct error e = ERROR_INIT;

	expect_ok(header_protection_make(list, hcp, encrypted, &p, &e));
	header_list_free(list);
	return p;
}

/* ---- the vectors of RFC 9788 C.3, written ---- */

#define INPUT(name, minute) \
	"Subject: " name "\r\nMessage-ID: <" name "@example>\r\nFrom: Alice <alice@smime.example>\r\n" \
	"To: Bob <bob@smime.example>\r\nDate: Sat, 20 Feb 2021 10:" minute ":02 -0500\r\n" \
	"User-Agent: Sample MUA Version 1.0\r\n"

static const struct vector {
	const char *path, *input;
	enum hcp hcp;
} vectors[] = {
	{ "smime/rfc9788/C.3.2-smime-signed-enc-hp-baseline-legacy.payload.eml",
	    INPUT("smime-signed-enc-hp-baseline-legacy", "10"), HCP_BASELINE },
	{ "smime/rfc9788/C.3.4-smime-signed-enc-hp-shy-legacy.payload.eml", INPUT("smime-signed-enc-hp-shy-legacy", "13"),
	    HCP_SHY },
};

/* The vector's message as its author had it: without what header protection added. */
static struct message
author_s_message(const struct vector *v, const struct buffer *payload)
{
	struct buffer text = BUFFER_INIT(1 << 20);
	const char *body = strstr(payload->data, "\r\nThis is the\r\n");
	struct message m;
	struct error e = ERROR_INIT;

	ck_assert_ptr_nonnull(body);
	expect_ok(buffer_append_format(&text, &e, "%sContent-Type: text/plain; charset=\"utf-8\"\r\n%s", v->input, body));
	m = message_of(buffer_text(&text));
	buffer_done(&text);
	return m;
}

START_TEST(writes_the_fields_of_the_vectors_in_their_order)
{
	const struct vector *v = &vectors[_i];
	struct buffer payload = load(v->path);
	struct header_protection *p = made(v->input, v->hcp, true);
	struct header_list *want;

	*strstr(payload.data, "Content-Type: ") = '\0';
	want = list_of(strstr(payload.data, "Subject: "));
	ck_assert_uint_eq(header_list_count(p->fields), header_list_count(want));
	for (size_t i = 0; i < header_list_count(want); i++) {
		const struct header_field *ours = header_list_at(p->fields, i), *theirs = header_list_at(want, i);

		ck_assert_str_eq(ours->name, theirs->name);
		ck_assert_msg(header_field_same(ours, theirs), "%s", ours->value);
	}
	ck_assert(p->seven_bit);
	header_list_free(want);
	header_protection_free(p);
	buffer_done(&payload);
}
END_TEST

START_TEST(writes_the_legacy_display_of_the_vectors)
{
	const struct vector *v = &vectors[_i];
	struct buffer payload = load(v->path), body;
	struct message m = author_s_message(v, &payload);
	struct header_protection *p = made(v->input, v->hcp, true);
	struct payload out;
	struct error e = ERROR_INIT;

	expect_ok(payload_make(m.root, "cipher", p->hidden, &workspace, &out, &e));
	body = span_text(out.entity->body);
	ck_assert_str_eq(buffer_text(&body), strstr(payload.data, "\r\n\r\n") + 4);
	ck_assert_str_eq(media_type_parameter(out.entity->type, "hp"), "cipher");
	ck_assert_str_eq(media_type_parameter(out.entity->type, "hp-legacy-display"), "1");
	payload_done(&out);
	header_protection_free(p);
	message_done(&m);
	buffer_done(&body);
	buffer_done(&payload);
}
END_TEST

/* ---- the vectors, read ---- */

static struct protected_header *
read_header(const struct message *m, bool encrypted, const char *outside)
{
	struct header_list *list = list_of(outside);
	struct protected_header *h = NULL;
	struct error e = ERROR_INIT;

	expect_ok(protected_header_read(m->root, encrypted, list, &h, &e));
	header_list_free(list);
	return h;
}

static enum field_protection
state_of(const struct protected_header *h, const char *name, bool is_signed)
{
	return protected_header_state(h, header_list_find(h->fields, name, 1), is_signed);
}

START_TEST(reads_the_states_of_the_vectors_fields)
{
	const struct vector *v = &vectors[_i];
	struct buffer payload = load(v->path);
	struct message m = message_of(buffer_text(&payload));
	struct protected_header *h = read_header(&m, true, "");
	enum field_protection by_policy = v->hcp == HCP_SHY ? FIELD_SIGNED_AND_ENCRYPTED : FIELD_SIGNED_ONLY;

	ck_assert_int_eq(h->form, PROTECTION_CIPHER);
	ck_assert_ptr_null(h->fault);
	ck_assert_str_eq(h->author->text, "alice@smime.example");
	ck_assert_int_eq(state_of(h, "Subject", true), FIELD_SIGNED_AND_ENCRYPTED);
	ck_assert_int_eq(state_of(h, "Subject", false), FIELD_ENCRYPTED_ONLY);
	ck_assert_int_eq(state_of(h, "Message-ID", true), FIELD_SIGNED_ONLY);
	ck_assert_int_eq(state_of(h, "Message-ID", false), FIELD_UNPROTECTED);
	ck_assert_int_eq(state_of(h, "From", true), by_policy);
	ck_assert_int_eq(state_of(h, "To", true), by_policy);
	ck_assert_int_eq(state_of(h, "Date", true), by_policy);
	protected_header_free(h);
	message_done(&m);
	buffer_done(&payload);
}
END_TEST

START_TEST(takes_the_legacy_display_out_of_the_vectors)
{
	const struct vector *v = &vectors[_i];
	struct buffer payload = load(v->path), body;
	struct message m = message_of(buffer_text(&payload));
	struct protected_header *h = read_header(&m, true, "");
	struct payload out;
	struct error e = ERROR_INIT;

	expect_ok(protected_body(h, &workspace, &out, &e));
	body = span_text(out.entity->body);
	ck_assert_str_eq(buffer_text(&body), strstr(payload.data, "This is the\r\n"));
	ck_assert_ptr_null(media_type_parameter(out.entity->type, "hp"));
	ck_assert_ptr_null(media_type_parameter(out.entity->type, "hp-legacy-display"));
	ck_assert_str_eq(media_type_parameter(out.entity->type, "charset"), "utf-8");
	payload_done(&out);
	protected_header_free(h);
	message_done(&m);
	buffer_done(&body);
	buffer_done(&payload);
}
END_TEST

/* ---- policies ---- */

static const struct policy_row {
	enum hcp hcp;
	const char *name, *value, *want; /* NULL: removed */
} policies[] = {
	/* clang-format off */
	{ HCP_BASELINE, "subject",      " a",                                  "[...]" },
	{ HCP_BASELINE, "COMMENTS",     " a",                                  NULL },
	{ HCP_BASELINE, "Keywords",     " a",                                  NULL },
	{ HCP_BASELINE, "Thread-Topic", " the subject again",                  NULL },
	{ HCP_BASELINE, "From",         " A <a@b.example>",                    " A <a@b.example>" },
	{ HCP_BASELINE, "Date",         " Sat, 20 Feb 2021 10:13:02 -0500",    " Sat, 20 Feb 2021 10:13:02 -0500" },
	{ HCP_SHY,      "Subject",      " a",                                  "[...]" },
	{ HCP_SHY,      "From",         " \"A, B\" <a@b.example>",             "a@b.example" },
	{ HCP_SHY,      "From",         " a@b.example, c@d.example",           " a@b.example, c@d.example" },
	{ HCP_SHY,      "To",           " A <a@b.example>,\r\n c@d.example (C)", "a@b.example, c@d.example" },
	{ HCP_SHY,      "Cc",           " group: a@b.example;",                " group: a@b.example;" },
	{ HCP_SHY,      "To",           " undisclosed recipients",             " undisclosed recipients" },
	{ HCP_SHY,      "To",           " a@b.example, b@",                    " a@b.example, b@" },
	{ HCP_SHY,      "From",         " J <j\xc3\xb6rg@b.example>",          " J <j\xc3\xb6rg@b.example>" },
	{ HCP_SHY,      "Reply-To",     " A <a@b.example>",                    " A <a@b.example>" },
	{ HCP_SHY,      "Date",         " Fri, 1 Jan 2021 00:30 +0100",        "Thu, 31 Dec 2020 23:30:00 +0000" },
	{ HCP_SHY,      "Date",         " yesterday",                          " yesterday" },
	{ HCP_SHY,      "Message-ID",   " <1@a>",                              " <1@a>" },
	/* clang-format on */
};

START_TEST(hides_what_the_policy_says)
{
	const struct policy_row *row = &policies[_i];
	struct header_list *list = list_of("");
	struct buffer out = BUFFER_INIT(1024);
	enum hcp_outcome outcome;
	struct error e = ERROR_INIT;

	expect_ok(header_list_append(list, row->name, row->value, strlen(row->value), &e));
	expect_ok(hcp_apply(row->hcp, header_list_at(list, 0), &out, &outcome, &e));
	if (outcome == HCP_KEEP)
		ck_assert_str_eq(row->value, row->want);
	else if (outcome == HCP_REMOVE)
		ck_assert_ptr_null(row->want);
	else
		ck_assert_str_eq(buffer_text(&out), row->want);
	header_list_free(list);
	buffer_done(&out);
}
END_TEST

START_TEST(protects_what_authors_write_and_nothing_else)
{
	struct header_protection *p = made(
	    "Received: x\r\nDKIM-Signature: x\r\nReturn-Path: <x>\r\nAuthentication-Results: x\r\nBcc: x@y\r\nHP-Outer: To: x\r\n"
	    "X-Spam: x\r\nList-Id: x\r\nResent-To: x@y\r\nFrom: a@b.example\r\nContent-Type: text/plain\r\nMIME-Version: 1.0\r\n",
	    HCP_BASELINE, true);
	struct buffer text = text_of(p->fields);

	ck_assert_str_eq(buffer_text(&text), "From: a@b.example\r\nHP-Outer: From: a@b.example\r\n");
	ck_assert_uint_eq(p->count, 0);
	header_protection_free(p);
	buffer_done(&text);
}
END_TEST

START_TEST(hides_nothing_of_what_is_only_signed)
{
	struct header_protection *p = made("Subject: s\r\nFrom: a@b.example\r\nComments: \xc3\xa4\r\n", HCP_SHY, false);
	struct buffer text = text_of(p->fields);

	/* And what a clear signature would break over stays outside. */
	ck_assert_str_eq(buffer_text(&text), "Subject: s\r\nFrom: a@b.example\r\n");
	ck_assert_uint_eq(p->count, 0);
	ck_assert(p->seven_bit);
	header_protection_free(p);
	buffer_done(&text);
	p = made("Subject: \xc3\xa4\r\n", HCP_BASELINE, true);
	ck_assert(!p->seven_bit);
	header_protection_free(p);
}
END_TEST

START_TEST(names_each_change_by_its_place)
{
	struct header_protection *p = made("Comments: 1\r\nSubject: s\r\nComments: 2\r\nsubject: t\r\n", HCP_BASELINE, true);

	ck_assert_uint_eq(p->count, 4);
	ck_assert_uint_eq(p->changes[2].at, 2);
	ck_assert_ptr_null(p->changes[2].value);
	ck_assert_uint_eq(p->changes[3].at, 3);
	ck_assert_str_eq(p->changes[3].name, "Subject");
	ck_assert_str_eq(p->changes[3].value, " [...]");
	header_protection_free(p);
}
END_TEST

/* ---- legacy displays ---- */

static struct buffer
displayed(const char *message, const char *header)
{
	struct message m = message_of(message);
	struct header_list *fields = list_of(header);
	struct payload out;
	struct error e = ERROR_INIT;
	struct buffer body, type = BUFFER_INIT(65536);

	expect_ok(payload_make(m.root, "cipher", fields, &workspace, &out, &e));
	body = span_text(out.entity->body);
	expect_ok(buffer_append_format(&type, &e, "%s\r\n%s",
	    header_list_find(out.entity->headers, "Content-Type", 1)->value, buffer_text(&body)));
	payload_done(&out);
	header_list_free(fields);
	message_done(&m);
	buffer_done(&body);
	return type;
}

#define UMLAUT "Subject: =?utf-8?q?=C3=A4?=\r\n"
#define ALT "multipart/alternative; boundary=b"
#define PART(type, text) "--b\r\nContent-Type: " type "\r\n\r\n" text "\r\n"

static const struct display_row {
	const char *message, *header, *want;
} displays[] = {
	/* clang-format off */
	/* no type: one is written out */
	{ "X: 1\r\n\r\nhi\r\n", "Subject: s\r\n",
	  " text/plain; charset=us-ascii; hp=\"cipher\"; hp-legacy-display=\"1\"\r\nSubject: s\r\n\r\nhi\r\n" },
	/* ASCII becomes UTF-8 where the display needs it */
	{ "Content-Type: text/plain; charset=us-ascii\r\n\r\nhi\r\n", UMLAUT,
	  " text/plain; hp=\"cipher\"; hp-legacy-display=\"1\"; charset=\"utf-8\"\r\nSubject: \xc3\xa4\r\n\r\nhi\r\n" },
	/* other charsets get it in theirs, or in encoded words */
	{ "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nhi\r\n", UMLAUT,
	  " text/plain; charset=iso-8859-1; hp=\"cipher\";\r\n hp-legacy-display=\"1\"\r\nSubject: \xe4\r\n\r\nhi\r\n" },
	{ "Content-Type: text/plain; charset=koi8-r\r\n\r\nhi\r\n", UMLAUT,
	  " text/plain; charset=koi8-r; hp=\"cipher\"; hp-legacy-display=\"1\"\r\nSubject: =?utf-8?q?=C3=A4?=\r\n\r\nhi\r\n" },
	{ "Content-Type: text/plain; charset=utf-16\r\n\r\nhi\r\n", "Subject: s\r\n",
	  " text/plain; charset=utf-16; hp=\"cipher\"\r\nhi\r\n" },
	/* no blank line and no markup comes out of a value (RFC 9788 10.3) */
	{ "Content-Type: text/plain\r\n\r\nhi\r\n", "Subject: =?utf-8?q?a=0D=0A=0D=0Ab?=\r\n",
	  " text/plain; hp=\"cipher\"; hp-legacy-display=\"1\"\r\nSubject: a????b\r\n\r\nhi\r\n" },
	{ "Content-Type: text/html\r\n\r\n<HTML><head><style><body></style></head><body class=\"a>b\">hi</body></html>\r\n",
	  "Subject: </pre>&\"'=?utf-8?q?=C3=A4?=\r\n",
	  " text/html; hp=\"cipher\"; hp-legacy-display=\"1\"\r\n"
	  "<HTML><head><style><body></style></head><body class=\"a>b\">"
	  "<div class=\"header-protection-legacy-display\"><pre>Subject: &lt;/pre&gt;&amp;&quot;&apos;&#228;</pre>\r\n</div>"
	  "hi</body></html>\r\n" },
	{ "Content-Type: text/html\r\n\r\n<p>hi\r\n", UMLAUT,
	  " text/html; hp=\"cipher\"; hp-legacy-display=\"1\"\r\n"
	  "<div class=\"header-protection-legacy-display\"><pre>Subject: &#228;</pre>\r\n</div><p>hi\r\n" },
	/* encodings are kept */
	{ "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=A4\r\n", UMLAUT,
	  " text/plain; charset=utf-8; hp=\"cipher\"; hp-legacy-display=\"1\"\r\nSubject: =C3=A4\r\n\r\nh=C3=A4\r\n" },
	{ "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGkNCg==\r\n", "Subject: s\r\n",
	  " text/plain; hp=\"cipher\"; hp-legacy-display=\"1\"\r\nU3ViamVjdDogcw0KDQpoaQ0K\r\n" },
	{ "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!\r\n", "Subject: s\r\n",
	  " text/plain; hp=\"cipher\"\r\n!!\r\n" },
	/* main body parts only (RFC 9788 5.2.4) */
	{ "Content-Type: " ALT "\r\n\r\n" PART("text/plain", "p") PART("text/html", "<body>h") PART("text/calendar", "c") "--b--\r\n",
	  "Subject: s\r\n",
	  " " ALT "; hp=\"cipher\"\r\n" PART("text/plain; hp-legacy-display=\"1\"", "Subject: s\r\n\r\np")
	  PART("text/html; hp-legacy-display=\"1\"", "<body><div class=\"header-protection-legacy-display\"><pre>Subject: s</pre>\r\n</div>h")
	  PART("text/calendar", "c") "--b--\r\n" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n" PART("text/plain", "p") PART("text/plain", "q") "--b--\r\n", "Subject: s\r\n",
	  " multipart/mixed; boundary=b; hp=\"cipher\"\r\n" PART("text/plain; hp-legacy-display=\"1\"", "Subject: s\r\n\r\np")
	  PART("text/plain", "q") "--b--\r\n" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n" PART("text/plain\r\nContent-Disposition: attachment", "p") "--b--\r\n", "Subject: s\r\n",
	  " multipart/mixed; boundary=b; hp=\"cipher\"\r\n" PART("text/plain\r\nContent-Disposition: attachment", "p") "--b--\r\n" },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n" PART("message/rfc822", "Subject: in\r\n\r\np") "--b--\r\n", "Subject: s\r\n",
	  " multipart/mixed; boundary=b; hp=\"cipher\"\r\n" PART("message/rfc822", "Subject: in\r\n\r\np") "--b--\r\n" },
	/* an hp of the author's program means nothing in clear: it does not stay beside ours */
	{ "Content-Type: text/calendar; hp=\"clear\"\r\n\r\nx\r\n", "Subject: s\r\n", " text/calendar; hp=\"cipher\"\r\nx\r\n" },
	/* clang-format on */
};

START_TEST(displays_hidden_fields_where_a_reader_looks)
{
	struct buffer got = displayed(displays[_i].message, displays[_i].header);

	ck_assert_str_eq(buffer_text(&got), displays[_i].want);
	buffer_done(&got);
}
END_TEST

static const struct removal_row {
	const char *message, *want;
} removals[] = {
	/* clang-format off */
	{ "Content-Type: text/plain; hp-legacy-display=1; hp=cipher\r\n\r\nSubject: s\r\nTo: x\r\n\r\nhi\r\n\r\nho\r\n", "hi\r\n\r\nho\r\n" },
	/* not marked, or marked with something else: the author's own text */
	{ "Content-Type: text/plain; hp=cipher\r\n\r\nSubject: s\r\n\r\nhi\r\n", "Subject: s\r\n\r\nhi\r\n" },
	{ "Content-Type: text/plain; hp-legacy-display=2; hp=cipher\r\n\r\nSubject: s\r\n\r\nhi\r\n", "Subject: s\r\n\r\nhi\r\n" },
	{ "Content-Type: text/csv; hp-legacy-display=1; hp=cipher\r\n\r\nSubject: s\r\n\r\nhi\r\n", "Subject: s\r\n\r\nhi\r\n" },
	/* no end: nothing is lost */
	{ "Content-Type: text/plain; hp-legacy-display=1; hp=cipher\r\n\r\nSubject: s\r\nhi\r\n", "Subject: s\r\nhi\r\n" },
	{ "Content-Type: text/html; hp-legacy-display=1; hp=cipher\r\n\r\n<div class='x Header-Protection-Legacy-Display'>a<div>b</div>c</div>hi\r\n", "hi\r\n" },
	{ "Content-Type: text/html; hp-legacy-display=1; hp=cipher\r\n\r\n<div class=\"header-protection-legacy-display\">a<div>b</div>hi\r\n",
	  "<div class=\"header-protection-legacy-display\">a<div>b</div>hi\r\n" },
	{ "Content-Type: text/html; hp-legacy-display=1; hp=cipher\r\n\r\n<!-- <div class=\"header-protection-legacy-display\">x</div> -->hi\r\n",
	  "<!-- <div class=\"header-protection-legacy-display\">x</div> -->hi\r\n" },
	{ "Content-Type: text/plain; hp-legacy-display=1; hp=cipher\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogcw0KDQpoaQ0K\r\n", "aGkNCg==\r\n" },
	/* clang-format on */
};

START_TEST(takes_out_what_is_marked_and_found)
{
	struct message m = message_of(removals[_i].message);
	struct protected_header *h = read_header(&m, true, "");
	struct payload out;
	struct error e = ERROR_INIT;
	struct buffer body;

	expect_ok(protected_body(h, &workspace, &out, &e));
	body = span_text(out.entity->body);
	ck_assert_str_eq(buffer_text(&body), removals[_i].want);
	payload_done(&out);
	protected_header_free(h);
	message_done(&m);
	buffer_done(&body);
}
END_TEST

/* ---- forms ---- */

static const struct form_row {
	const char *message;
	enum protection_form form;
	const char *fault;
} forms[] = {
	/* clang-format off */
	{ "Content-Type: text/plain; hp=clear\r\nSubject: s\r\n\r\n",                    PROTECTION_CLEAR,   NULL },
	{ "Content-Type: text/plain; HP=\"Cipher\"\r\nSubject: s\r\n\r\n",               PROTECTION_CIPHER,  NULL },
	{ "Content-Type: text/plain; hp=other\r\nSubject: s\r\n\r\n",                    PROTECTION_NONE,    NULL },
	{ "Content-Type: text/plain; hp=clear; hp=cipher\r\nSubject: s\r\n\r\n",         PROTECTION_CLEAR,   "ambiguous-structure" },
	{ "Content-Type: text/plain\r\nSubject: s\r\n\r\n",                              PROTECTION_NONE,    NULL },
	{ "Content-Type: text/plain; protected-headers=v1\r\nSubject: s\r\n\r\n",        PROTECTION_DRAFT,   NULL },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; hp=cipher\r\nSubject: s\r\n\r\nx\r\n--b--\r\n", PROTECTION_NONE, NULL },
	{ "Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n\r\nx\r\n",          PROTECTION_WRAPPED, NULL },
	{ "Content-Type: message/rfc822; forwarded=no\r\n\r\nFrom: a@b.example\r\n\r\nx\r\n", PROTECTION_WRAPPED, NULL },
	{ "Content-Type: message/rfc822; forwarded=yes\r\n\r\nFrom: a@b.example\r\n\r\nx\r\n", PROTECTION_NONE, NULL },
	{ "Content-Type: message/rfc822\r\n\r\nContent-Type: text/plain; hp=clear\r\n\r\nx\r\n", PROTECTION_NONE, NULL },
	{ "Content-Type: message/rfc822\r\n\r\nContent-Type: application/pkcs7-mime\r\n\r\nx\r\n", PROTECTION_NONE, NULL },
	{ "Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nx\r\n", PROTECTION_NONE, NULL },
	{ "Content-Type: text/plain; hp=clear\r\nSubject: s\r\nsubject: t\r\n\r\n",      PROTECTION_CLEAR,   "doubled-field" },
	{ "Content-Type: text/plain; hp=clear\r\nFrom: a@b.example\r\nFrom: a@b.example\r\n\r\n", PROTECTION_CLEAR, "doubled-field" },
	{ "Content-Type: text/plain; hp=clear\r\nFrom: a@b.example, c@d.example\r\n\r\n", PROTECTION_CLEAR,  "from-ambiguous" },
	{ "Content-Type: text/plain; hp=clear\r\nFrom: g: a@b.example;\r\n\r\n",         PROTECTION_CLEAR,   "from-ambiguous" },
	{ "Content-Type: text/plain; hp=clear\r\nFrom:\r\n\r\n",                         PROTECTION_CLEAR,   "from-ambiguous" },
	{ "Content-Type: text/plain; hp=clear\r\nSubject: a\rBcc: x@y\r\n\r\n",          PROTECTION_CLEAR,   "ambiguous-structure" },
	{ "Content-Type: text/plain; hp=clear\r\nSubject: a\x1b[1m\r\n\r\n",             PROTECTION_CLEAR,   "control-character" },
	{ "Content-Type: text/plain; hp=clear\r\nSubject: a\xff\r\n\r\n",                PROTECTION_CLEAR,   "control-character" },
	{ "Content-Type: text/plain; hp=clear\r\nSubject: a\xc2\x85" "b\r\n\r\n",        PROTECTION_CLEAR,   "control-character" },
	{ "Content-Type: text/plain; hp=clear\r\nSubject: a\r\n \r\n\tb\r\n\r\n",        PROTECTION_CLEAR,   "ambiguous-structure" },
	/* clang-format on */
};

START_TEST(knows_each_form_and_what_contradicts_itself)
{
	struct message m = message_of(forms[_i].message);
	struct protected_header *h = read_header(&m, false, "");

	ck_assert_int_eq(h == NULL ? PROTECTION_NONE : h->form, forms[_i].form);
	if (h != NULL && forms[_i].fault == NULL)
		ck_assert_msg(h->fault == NULL, "%s", h->fault);
	else if (h != NULL)
		ck_assert_msg(h->fault != NULL && strcmp(h->fault, forms[_i].fault) == 0, "%s", h->fault);
	protected_header_free(h);
	message_done(&m);
}
END_TEST

START_TEST(gives_up_on_a_header_of_very_many_fields)
{
	for (size_t more = 0; more < 2; more++) {
		struct buffer text = BUFFER_INIT(1 << 16);
		struct error e = ERROR_INIT;
		struct protected_header *h;
		struct message m;

		expect_ok(buffer_append_text(&text, "Content-Type: text/plain; hp=cipher\r\n", &e));
		for (size_t i = 0; i < 200 + more; i++)
			expect_ok(buffer_append_text(&text, "Keywords: k\r\n", &e));
		expect_ok(buffer_append_text(&text, "\r\nx\r\n", &e));
		m = message_of(buffer_text(&text));
		h = read_header(&m, true, "");
		ck_assert(more == 0 ? h->fault == NULL : h->fault != NULL && strcmp(h->fault, "too-large") == 0);
		protected_header_free(h);
		message_done(&m);
		buffer_done(&text);
	}
}
END_TEST

/* ---- confidentiality is not inflated ---- */

static const struct state_row {
	const char *message, *outside;
	bool encrypted;
	enum field_protection want; /* of Subject, signed */
} states[] = {
	/* clang-format off */
	/* RFC 9788 2.1.1: hp="cipher" encrypts nothing */
	{ "Content-Type: text/plain; hp=cipher\r\nSubject: s\r\n\r\n", "Subject: [...]\r\n", false, FIELD_SIGNED_ONLY },
	/* 10.2: encrypted on the way */
	{ "Content-Type: text/plain; hp=clear\r\nSubject: s\r\n\r\n", "Subject: [...]\r\n", true, FIELD_SIGNED_ONLY },
	/* 11.3: what the outside looks like says nothing, in either direction */
	{ "Content-Type: text/plain; hp=cipher\r\nSubject: s\r\nHP-Outer: Subject: s\r\n\r\n", "", true, FIELD_SIGNED_ONLY },
	{ "Content-Type: text/plain; hp=cipher\r\nSubject: s\r\nHP-Outer: Subject: [...]\r\n\r\n", "Subject: s\r\n", true, FIELD_SIGNED_AND_ENCRYPTED },
	{ "Content-Type: text/plain; hp=cipher\r\nSubject: s\r\n\r\n", "", true, FIELD_SIGNED_AND_ENCRYPTED },
	/* forged and broken HP-Outer */
	{ "Content-Type: text/plain; hp=cipher\r\nSubject: s\r\nHP-Outer: To: s\r\nHP-Outer: Subject\r\nHP-Outer: : s\r\nHP-Outer:\r\n\r\n", "", true, FIELD_SIGNED_AND_ENCRYPTED },
	{ "Content-Type: text/plain; hp=cipher\r\nSubject: a b\r\nHP-Outer:\r\n subject:\r\n  a\r\n\tb\r\n\r\n", "", true, FIELD_SIGNED_ONLY },
	/* outside an hp payload HP-Outer is nothing (2.2) */
	{ "Content-Type: text/plain; protected-headers=v1\r\nSubject: s\r\nHP-Outer: Subject: s\r\n\r\n", "Subject: ...\r\n", true, FIELD_SIGNED_AND_ENCRYPTED },
	{ "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\n", "Subject: s\r\n", true, FIELD_SIGNED_ONLY },
	{ "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\nx\r\n", "Subject: t\r\n", true, FIELD_SIGNED_AND_ENCRYPTED },
	/* clang-format on */
};

START_TEST(overestimates_no_field)
{
	struct message m = message_of(states[_i].message);
	struct protected_header *h = read_header(&m, states[_i].encrypted, states[_i].outside);

	ck_assert_ptr_nonnull(h);
	ck_assert_int_eq(state_of(h, "Subject", true), states[_i].want);
	protected_header_free(h);
	message_done(&m);
}
END_TEST

/* ---- memory ---- */

static int
make_and_read(void *ctx, struct error *e)
{
	const struct message *m = ctx;
	struct header_protection *p = NULL;
	struct protected_header *h = NULL;
	struct payload made_payload = { 0 }, read_payload = { 0 };
	int rc = -1;

	if (header_protection_make(m->headers, HCP_SHY, true, &p, e) == 0 &&
	    payload_make(m->root, "cipher", p->hidden, &workspace, &made_payload, e) == 0 &&
	    protected_header_read(made_payload.entity, true, m->headers, &h, e) == 0)
		rc = h->fault != NULL ? error_set(e, ERROR_INTERNAL, "%s", h->fault)
		                      : protected_body(h, &workspace, &read_payload, e);
	payload_done(&made_payload);
	payload_done(&read_payload);
	protected_header_free(h);
	header_protection_free(p);
	return rc;
}

START_TEST(gives_up_cleanly_without_memory)
{
	struct message m = message_of(
	    "From: A <a@b.example>\r\nSubject: s\r\nDate: Sat, 20 Feb 2021 10:13:02 -0500\r\nContent-Type: text/plain\r\n\r\nx\r\n");

	each_allocation_fails(make_and_read, &m);
	message_done(&m);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *
suite_header_protection(void)
{
	Suite *s = suite_create("header_protection");
	TCase *t = tcase_create("header_protection");

	tcase_add_loop_test(t, writes_the_fields_of_the_vectors_in_their_order, 0, COUNT(vectors));
	tcase_add_loop_test(t, writes_the_legacy_display_of_the_vectors, 0, COUNT(vectors));
	tcase_add_loop_test(t, reads_the_states_of_the_vectors_fields, 0, COUNT(vectors));
	tcase_add_loop_test(t, takes_the_legacy_display_out_of_the_vectors, 0, COUNT(vectors));
	tcase_add_loop_test(t, hides_what_the_policy_says, 0, COUNT(policies));
	tcase_add_test(t, protects_what_authors_write_and_nothing_else);
	tcase_add_test(t, hides_nothing_of_what_is_only_signed);
	tcase_add_test(t, names_each_change_by_its_place);
	tcase_add_loop_test(t, displays_hidden_fields_where_a_reader_looks, 0, COUNT(displays));
	tcase_add_loop_test(t, takes_out_what_is_marked_and_found, 0, COUNT(removals));
	tcase_add_loop_test(t, knows_each_form_and_what_contradicts_itself, 0, COUNT(forms));
	tcase_add_test(t, gives_up_on_a_header_of_very_many_fields);
	tcase_add_loop_test(t, overestimates_no_field, 0, COUNT(states));
	tcase_add_test(t, gives_up_cleanly_without_memory);
	suite_add_tcase(s, t);
	return s;
}
