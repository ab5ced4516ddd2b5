/* SPDX-License-Identifier: BSD-2-Clause */

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "base/text.h"
#include "net/smtp.h"

_Static_assert(sizeof(((struct sockaddr_un *)NULL)->sun_path) == SMTP_HOST_MAX, "a path fits");

static const char remedy[] =
    "write \"unix:/path\", \"[127.0.0.1]:port\", \"[::1]:port\" or \"localhost:port\"";

static int
parse_path(const char *text, const char *path, struct smtp_endpoint *out, struct error *e)
{
	struct smtp_endpoint to = { .kind = SMTP_UNIX };

	if (path[0] != '/')
		return error_set(e, ERROR_CONFIGURATION, "\"%s\" names no absolute path", text);
	if (strlen(path) >= sizeof to.host)
		return error_set(e, ERROR_CONFIGURATION, "the path of \"%s\" is longer than %zu octets", text,
		    sizeof to.host - 1);
	memcpy(to.host, path, strlen(path));
	*out = to;
	return 0;
}

/* "[host]" or "host" into `to`, and where the rest begins; NULL if there is none or it is too long. */
static const char *
split_host(const char *text, char to[SMTP_HOST_MAX])
{
	bool bracket = text[0] == '[';
	const char *begin = text + bracket, *end = strchr(begin, bracket ? ']' : ':');

	if (end == NULL || (size_t)(end - begin) >= SMTP_HOST_MAX)
		return NULL;
	memcpy(to, begin, (size_t)(end - begin));
	to[end - begin] = '\0';
	return end + bracket;
}

/* ":1" to ":65535", digits and nothing else; 0 if it is not. */
static uint16_t
parse_port(const char *text)
{
	unsigned port = 0;

	if (text[0] != ':' || text[1] == '0' || strlen(text) > sizeof ":65535" - 1)
		return 0;
	for (const char *c = text + 1; *c != '\0'; c++) {
		if (*c < '0' || *c > '9')
			return 0;
		port = port * 10 + (unsigned)(*c - '0');
	}
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Sets the kind; whether the address is one of this machine alone. */
static bool
is_loopback(struct smtp_endpoint *to)
{
	struct in6_addr six;
	struct in_addr four;

	if (text_equal_nocase(to->host, "localhost"))
		memcpy(to->host, "127.0.0.1", sizeof "127.0.0.1");
	if (inet_pton(AF_INET, to->host, &four) == 1) {
		to->kind = SMTP_IPV4;
		return ntohl(four.s_addr) >> 24 == 127;
	}
	to->kind = SMTP_IPV6;
	return inet_pton(AF_INET6, to->host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

int
smtp_endpoint_parse(const char *text, struct smtp_endpoint *out, struct error *e)
{
	struct smtp_endpoint to = { .kind = SMTP_IPV4 };
	const char *rest;

	if (strncmp(text, "unix:", 5) == 0)
		return parse_path(text, text + 5, out, e);
	rest = split_host(text, to.host);
	if (rest == NULL || (to.port = parse_port(rest)) == 0)
		return error_set(e, ERROR_CONFIGURATION, "\"%s\" is no address and port; %s", text, remedy);
	if (!is_loopback(&to))
		return error_set(e, ERROR_CONFIGURATION,
		    "\"%s\" is not on this machine, and mail would go there in clear; %s", text, remedy);
	*out = to;
	return 0;
}
