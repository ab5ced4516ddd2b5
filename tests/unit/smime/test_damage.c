/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/smime/helpers.h"

Suite *suite_damage(void);

static bool
looks_damaged(const char *text, size_t n)
{
	struct spool *spool = spool_of(text, n);
	struct entity *entity = NULL;
	struct smime_layers layers = { .opened = true };
	struct error e = ERROR_INIT;
	bool damaged = false;

	expect_ok(entity_parse_whole(spool_all(spool), &entity, &e));
	layers.entity = entity;
	expect_ok(layers_look_damaged(&layers, &damaged, &e));
	entity_free(entity);
	spool_free(spool);
	return damaged;
}

#define UTF8   "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
#define LEGACY "Content-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
#define MIXED  "Content-Type: multipart/mixed; boundary=x\r\n\r\n"

static const char *const honest[] = {
	"Content-Type: text/plain\r\n\r\nhello\tworld\r\n\f\r\n",
	"Content-Type: text/plain\n\nonly LF\n",
	UTF8 "Gr\xc3\xbc\xc3\x9f" "e, \xe2\x82\xac 5, \xf0\x9f\x99\x82\r\n",
	"Content-Type: text/plain\r\n\r\nunlabelled \xc3\xa9\r\n",
	LEGACY "Gr\xfc\xdf" "e, \x80 5\r\n",
	"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\033$B%F%9%H\033(B\r\n",
	"Subject: Gr\xc3\xbc\xc3\x9f" "e\r\nContent-Type: text/plain\r\n\r\nx\r\n",
	MIXED "--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n\001\377\200\r\n--x--\r\n",
	"Content-Type: text/plain\r\n\r\nDOS\r\n\032",
	"Content-Type: application/edifact\r\n\r\nUNB+UNOB:1\035X\034\r\n",
	MIXED "a preamble\r\n--x\r\n\r\nx\r\n--x--\r\nan epilogue\r\n",
};

START_TEST(lets_honest_text_be)
{
	ck_assert_msg(!looks_damaged(honest[_i], strlen(honest[_i])), "%s", honest[_i]);
}
END_TEST

static const char *const cut[] = {
	"Content-Type: text/html\r\n\r\n<img src='\001\002'>\r\n",
	"Content-Type: text/html\r\n\r\n<img src='\x9f\xf3\x88'>\r\n",
	"Content-Type: text/html\r\n\r\n<p>\177\r\n",
	UTF8 "\xc3\r\n",
	UTF8 "the end \xe2\x82",
	UTF8 "\xed\xa0\x80\r\n",
	LEGACY "\003\r\n",
	"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\xf3\xf4" "AA==\r\n",
	"Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=FC\xfc\r\n",
	"Content-Type: text/plain; x=\"\xf3\xf4\"\r\n\r\nx\r\n",
	MIXED "\xf3\xf4\r\n--x\r\n\r\nx\r\n--x--\r\n",
	MIXED "--x\r\n\r\nx\r\n--x--\r\n\xf3\xf4\r\n",
	MIXED "--x\r\nX: \xf3\xf4\r\n\r\nx\r\n--x--\r\n",
	MIXED "--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n\001\r\n--y--\r\n--x--\r\n",
	"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n\xf3\xf4\r\n",
};

START_TEST(sees_octets_that_nobody_wrote)
{
	ck_assert_msg(looks_damaged(cut[_i], strlen(cut[_i])), "%s", cut[_i]);
}
END_TEST

START_TEST(sees_nul)
{
	static const char text[] = "Content-Type: text/plain\r\n\r\na\0b\r\n";

	ck_assert(looks_damaged(text, sizeof(text) - 1));
}
END_TEST

/* Wherever a block of our reader ends, a character may straddle it. */
START_TEST(reads_characters_across_blocks)
{
	char *text = memory_new(1, 20000, NULL);

	for (size_t shift = 0; shift < 5; shift++) {
		size_t n = (size_t)sprintf(text, "%s%.*s", UTF8, (int)shift, "abcde");

		while (n < 17000)
			n += (size_t)sprintf(text + n, "\xf0\x9f\x99\x82");
		ck_assert(!looks_damaged(text, n));
		text[n++] = '\x9f';
		ck_assert(looks_damaged(text, n));
	}
	free(text);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test((t), test, 0, sizeof(table) / sizeof((table)[0]))

Suite *
suite_damage(void)
{
	Suite *s = suite_create("damage");
	TCase *t = tcase_create("damage");

	LOOP(t, lets_honest_text_be, honest);
	LOOP(t, sees_octets_that_nobody_wrote, cut);
	tcase_add_test(t, sees_nul);
	tcase_add_test(t, reads_characters_across_blocks);
	suite_add_tcase(s, t);
	return s;
}
