/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/checklist.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define TEXT_MAX 2048

static const char *const level_words[] = {
	[FINDING_OK] = "ok",
	[FINDING_WARNING] = "warning",
	[FINDING_ERROR] = "error",
};

int
finding_list_init(struct checklist *f, struct error *e)
{
	*f = (struct checklist){ 0 };
	return listing_init(&f->listing, e);
}

void
finding_list_done(struct checklist *f)
{
	listing_done(&f->listing);
}

static int
add(struct checklist *f, enum finding_level level, const char *subject, const char *remedy, const char *text,
    struct error *e)
{
	struct json *row = listing_row(&f->listing, e);

	if (level > f->worst)
		f->worst = level;
	f->warnings += level == FINDING_WARNING;
	f->errors += level == FINDING_ERROR;
	if (row == NULL || json_put_text(row, "state", level_words[level], e) != 0 ||
	    json_put_text(row, "subject", subject, e) != 0 || json_put_text(row, "text", text, e) != 0)
		return -1;
	return remedy != NULL ? json_put_text(row, "remedy", remedy, e) : 0;
}

int
finding_add(struct checklist *f, enum finding_level level, const char *subject, const char *remedy, struct error *e,
    const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text);
	return add(f, level, subject, remedy, text, e);
}

int
finding_take(struct checklist *f, const char *subject, const char *remedy, struct error *why, struct error *e)
{
	int rc = add(f, FINDING_ERROR, subject, remedy, error_text(why), e);

	error_clear(why);
	return rc;
}

int
finding_list_print(const struct cli *c, const struct checklist *f, struct error *e)
{
	if (c->json)
		return listing_print(c, &f->listing, NULL, e);
	for (size_t i = 0; i < json_count(f->listing.rows); i++) {
		const struct json *row = json_at(f->listing.rows, i);
		const char *remedy = json_look_text(row, "remedy");

		printf("%-7s  %-13s  %s\n", json_look_text(row, "state"), json_look_text(row, "subject"),
		    json_look_text(row, "text"));
		if (remedy != NULL)
			printf("%25s%s\n", "-> ", remedy);
	}
	return 0;
}

/* ---- listeners, which both tables have ------------------------------------------------ */

/* A connection that says nothing is what a monitor does; the daemon bears it.  0 if somebody answers, else errno. */
static int
try_to_connect(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, rc = 0;

	if (strlen(path) >= sizeof(to.sun_path))
		return ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		rc = errno;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int
finding_listener(struct checklist *f, const struct listener *listener, enum finding_level absent, struct error *e)
{
	const char *name = listener_name(listener), *socket_spec = listener_value(listener, SETTING_SOCKET)->text;
	const char *role = choice_word(SETTING_ROLE, listener_value(listener, SETTING_ROLE)->number);
	const char *observe = listener_value(listener, SETTING_OBSERVE)->number != 0 ? ", only observes" : "";
	char remedy[256];
	int failed;

	if (strncmp(socket_spec, "unix:", 5) != 0)
		return finding_add(f, FINDING_OK, "listener", NULL, e, "%s (%s%s) on %s", name, role, observe, socket_spec);
	failed = try_to_connect(socket_spec + 5);
	if (failed == EACCES || failed == EPERM)
		return finding_add(f, FINDING_WARNING, "listener", "ask as root or as the daemon's user", e,
		    "%s (%s%s): you may not connect to %s", name, role, observe, socket_spec);
	if (failed == 0)
		return finding_add(f, FINDING_OK, "listener", NULL, e, "%s (%s%s) answers on %s", name, role, observe,
		    socket_spec);
	(void)snprintf(remedy, sizeof(remedy), "start its daemon: systemctl start postseal-milter@%s", name);
	return finding_add(f, absent, "listener", remedy, e, "%s (%s%s): no daemon answers on %s", name, role, observe,
	    socket_spec);
}
