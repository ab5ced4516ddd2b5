/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"
#include "net/smtp_command_private.h"

/* A run of octets that is borrowed. */
struct word {
	const char *text;
	size_t size;
};

/* ---- paths ------------------------------------------------------------------------------------- */

static struct word
without_brackets(const char *path)
{
	struct word w = { path, strlen(path) };

	if (w.size >= 2 && path[0] == '<' && path[w.size - 1] == '>')
		w = (struct word){ path + 1, w.size - 2 };
	return w;
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* Octets of the quoted string at the start of `w`, quotes counted; 0 if there is none that ends. */
static size_t
quoted_size(struct word w)
{
	for (size_t i = 1; i < w.size; i++) {
		if (w.text[i] == '"')
			return i + 1;
		i += w.text[i] == '\\';
	}
	return 0;
}

/* Nothing in it ends the path for any reader; spaces and brackets only in a quoted local part (RFC 5321 4.1.2). */
static bool
path_is_safe(const char *path)
{
	struct word w = without_brackets(path);
	size_t i = 0;

	if (w.size > ADDRESS_MAX || !text_is_utf8(w.text, w.size))
		return false;
	for (size_t c = 0; c < w.size; c++)
		if (is_control(w.text[c]))
			return false;
	if (w.size > 0 && w.text[0] == '"') {
		i = quoted_size(w);
		if (i == 0 || (i < w.size && w.text[i] != '@'))
			return false;
	}
	for (; i < w.size; i++)
		if (strchr(" <>\"", w.text[i]) != NULL)
			return false;
	return true;
}

static int
put_path(struct smtp_link *l, const char *path, struct error *e)
{
	struct word w = without_brackets(path);

	if (smtp_link_text(l, "<", e) != 0 || smtp_link_put(l, w.text, w.size, e) != 0)
		return -1;
	return smtp_link_text(l, ">", e);
}

/* ---- parameters -------------------------------------------------------------------------------- */

/* What of the front's parameters is passed where it is offered; BODY, SMTPUTF8 and SIZE are made anew. */
static const struct {
	const char *keyword;
	enum smtp_extension extension;
	bool of_mail; /* or of RCPT */
} passed[] = {
	{ "RET", SMTP_DSN, true },
	{ "ENVID", SMTP_DSN, true },
	{ "MT-PRIORITY", SMTP_PRIORITY, true },
	{ "NOTIFY", SMTP_DSN, false },
	{ "ORCPT", SMTP_DSN, false },
};

/* The next word of `*at`, which moves behind it; size 0 at the end. */
static struct word
next_word(const char **at)
{
	struct word w;

	*at += strspn(*at, " ");
	w = (struct word){ *at, strcspn(*at, " ") };
	*at += w.size;
	return w;
}

static struct word
keyword_of(struct word w)
{
	const char *equals = memchr(w.text, '=', w.size);

	return (struct word){ w.text, equals != NULL ? (size_t)(equals - w.text) : w.size };
}

static bool
has_keyword(struct word w, const char *keyword)
{
	struct word own = keyword_of(w);

	return text_equal_nocase_n(own.text, own.size, keyword, strlen(keyword));
}

/* The parameter with this keyword; size 0 if there is none. */
static struct word
find_parameter(const char *parameters, const char *keyword)
{
	struct word w;

	do
		w = next_word(&parameters);
	while (w.size > 0 && !has_keyword(w, keyword));
	return w;
}

static bool
parameters_are_safe(const char *parameters)
{
	size_t n = strlen(parameters);

	if (n > SMTP_PARAMETERS_MAX || !text_is_utf8(parameters, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (is_control(parameters[i]))
			return false;
	return true;
}

static int
put_parameters(struct smtp_link *l, const char *parameters, bool of_mail, const struct smtp_offer *offer,
    struct error *e)
{
	for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
		struct word w = find_parameter(parameters, passed[i].keyword);

		if (w.size == 0 || passed[i].of_mail != of_mail || !smtp_offered(offer, passed[i].extension))
			continue;
		if (smtp_link_text(l, " ", e) != 0 || smtp_link_put(l, w.text, w.size, e) != 0)
			return -1;
	}
	return 0;
}

/* The message may have other octets than the front saw: 8BITMIME where there are, or may be, octets above 127. */
static const char *
body_parameter(const struct smtp_mail *mail)
{
	static const char seven[] = "BODY=7BIT";
	struct word front = find_parameter(mail->parameters, "BODY");

	if (!mail->eight_bit && front.size == 0)
		return "";
	if (!mail->eight_bit && text_equal_nocase_n(front.text, front.size, seven, strlen(seven)))
		return " BODY=7BIT";
	return " BODY=8BITMIME";
}

/* ---- commands ---------------------------------------------------------------------------------- */

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text > 127)
			return false;
	return true;
}

unsigned
smtp_command_needs(const struct smtp_mail *mail)
{
	bool ascii = !mail->utf8 && is_ascii(mail->sender) && is_ascii(mail->parameters);

	for (size_t i = 0; ascii && i < mail->count; i++)
		ascii = is_ascii(mail->recipients[i].path) && is_ascii(mail->recipients[i].parameters);
	return (mail->eight_bit ? SMTP_8BITMIME : 0U) | (ascii ? 0U : SMTP_SMTPUTF8) |
	    (mail->needs_dsn ? SMTP_DSN : 0U);
}

static int
check_words(const char *path, const char *parameters, struct error *e)
{
	if (!path_is_safe(path))
		return error_set(
		    e, ERROR_ADDRESS_SYNTAX, "the path \"%s\" cannot be written in a command", path);
	if (!parameters_are_safe(parameters))
		return error_set(
		    e, ERROR_INTERNAL, "the parameters \"%s\" cannot be written in a command", parameters);
	return 0;
}

int
smtp_command_check(const struct smtp_mail *mail, struct error *e)
{
	if (mail->count == 0 || mail->count > LIMIT_RECIPIENTS)
		return error_set(e, ERROR_INTERNAL, "a mail to %zu recipients cannot be sent", mail->count);
	if (mail->helo[0] == '\0' || strchr(mail->helo, ' ') != NULL || !parameters_are_safe(mail->helo))
		return error_set(e, ERROR_INTERNAL, "\"%s\" is no name for EHLO", mail->helo);
	if (check_words(mail->sender, mail->parameters, e) != 0)
		return -1;
	for (size_t i = 0; i < mail->count; i++) {
		const struct smtp_recipient *to = &mail->recipients[i];

		if (check_words(to->path, to->parameters, e) != 0)
			return -1;
		if (without_brackets(to->path).size == 0)
			return error_set(e, ERROR_ADDRESS_SYNTAX, "a recipient without an address");
	}
	return 0;
}

int
smtp_command_hello(struct smtp_link *l, const char *verb, const struct smtp_mail *mail, struct error *e)
{
	if (smtp_link_text(l, verb, e) != 0 || smtp_link_text(l, " ", e) != 0 ||
	    smtp_link_text(l, mail->helo, e) != 0)
		return -1;
	return smtp_link_text(l, "\r\n", e);
}

int
smtp_command_mail(
    struct smtp_link *l, const struct smtp_mail *mail, const struct smtp_offer *offer, struct error *e)
{
	bool utf8 = (smtp_command_needs(mail) & SMTP_SMTPUTF8) != 0 ||
	    find_parameter(mail->parameters, "SMTPUTF8").size > 0;
	char size[sizeof " SIZE=" + 20] = "";

	if (mail->size > 0 && smtp_offered(offer, SMTP_SIZE))
		(void)snprintf(size, sizeof size, " SIZE=%" PRIu64, mail->size);
	if (smtp_link_text(l, "MAIL FROM:", e) != 0 || put_path(l, mail->sender, e) != 0 ||
	    smtp_link_text(l, size, e) != 0)
		return -1;
	if (smtp_offered(offer, SMTP_8BITMIME) && smtp_link_text(l, body_parameter(mail), e) != 0)
		return -1;
	if (utf8 && smtp_offered(offer, SMTP_SMTPUTF8) && smtp_link_text(l, " SMTPUTF8", e) != 0)
		return -1;
	if (put_parameters(l, mail->parameters, true, offer, e) != 0)
		return -1;
	return smtp_link_text(l, "\r\n", e);
}

int
smtp_command_rcpt(
    struct smtp_link *l, const struct smtp_recipient *to, const struct smtp_offer *offer, struct error *e)
{
	if (smtp_link_text(l, "RCPT TO:", e) != 0 || put_path(l, to->path, e) != 0)
		return -1;
	if (put_parameters(l, to->parameters, false, offer, e) != 0)
		return -1;
	return smtp_link_text(l, "\r\n", e);
}
