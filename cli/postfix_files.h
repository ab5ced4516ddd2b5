/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_POSTFIX_FILES_H
#define CLI_POSTFIX_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* Postfix's main.cf and master.cf as they are written (postconf(5), master(5)); nothing is asked of Postfix itself. */

struct postfix_setting {
	char *name, *value; /* of several lines, one blank for each break */
	const char *file;   /* borrowed from the whole */
	unsigned line;
};

struct postfix_service {
	char *name, *type, *command; /* "127.0.0.1:10026", "inet", "smtpd" */
	unsigned line;
	struct postfix_setting *options; /* -o */
	size_t count;
};

struct postfix {
	char *main_cf, *master_cf; /* their paths */
	struct postfix_setting *settings;
	size_t count;
	struct postfix_service *services;
	size_t service_count;
};

/* postfix_read(folder, out, e): both files of a folder.  Lines that make no sense are passed over, as Postfix warns of them. */
int postfix_read(const char *folder, struct postfix *out, struct error *e);
/* postfix_read_text(main, n, master, m, out, e): the same of octets in memory, as "main.cf" and "master.cf". */
int postfix_read_text(const char *main, size_t n, const char *master, size_t m, struct postfix *out, struct error *e);
void postfix_done(struct postfix *p);

/* postfix_setting(p, service, name): what is written: in the service (which may be NULL), else in main.cf; NULL: nothing. */
const struct postfix_setting *postfix_setting(const struct postfix *p, const struct postfix_service *service,
    const char *name);

/*
 * postfix_value(p, service, name, otherwise, out, e): its value, with $name, ${name} and $(name) put in as far as main.cf
 * or the service has them; `otherwise` where nothing is written.  `out` is cleared first.
 */
int postfix_value(const struct postfix *p, const struct postfix_service *service, const char *name,
    const char *otherwise, struct buffer *out, struct error *e);

/* postfix_service(p, name, command): the first service of that name and command; either may be NULL; NULL: none. */
const struct postfix_service *postfix_service(const struct postfix *p, const char *name, const char *command);

#endif
