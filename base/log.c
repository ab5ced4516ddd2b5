/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define LINE_MAX_OCTETS 2048 /* syslog(3) implementations cut soon after 1 KiB; a reason fits */

/* Set by log_open() before threads start. */
static const char *log_program = "postseal";
static bool log_to_stderr = true;

static atomic_int log_highest = LOG_LEVEL_INFO;

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

void
log_open(const char *program, bool to_stderr)
{
	log_program = program;
	log_to_stderr = to_stderr;
	if (!to_stderr)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void
log_level_set(enum log_level highest)
{
	atomic_store(&log_highest, (int)highest);
}

/* One write(2) a line, so that lines of several threads do not mix. */
static void
write_stderr(enum log_level level, const char *text)
{
	char line[LINE_MAX_OCTETS + 256];
	int n = snprintf(line, sizeof line, "%s: %s: %s\n", log_program, levels[level].name, text);
	size_t size = n < 0 ? 0 : (size_t)n;

	if (size >= sizeof line) {
		size = sizeof line - 1;
		line[size - 1] = '\n';
	}
	if (write(STDERR_FILENO, line, size) < 0)
		return; /* nowhere left to complain */
}

void
log_line(enum log_level level, const char *id, const char *fmt, ...)
{
	char text[LINE_MAX_OCTETS];
	size_t used = 0;
	va_list ap;

	if ((int)level > atomic_load(&log_highest))
		return;
	if (id != NULL) {
		snprintf(text, sizeof text, "%s: ", id);
		used = strlen(text);
	}
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof text - used, fmt, ap);
	va_end(ap);
	text_clean(text);
	if (log_to_stderr)
		write_stderr(level, text);
	else
		syslog(levels[level].priority, "%s", text);
}
