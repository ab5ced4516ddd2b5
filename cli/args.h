/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

/* Words of a command line: options anywhere, the rest in order. */
#define ARGS_MAX 1024

struct arg_list {
	const char *items[ARGS_MAX + 1]; /* NULL-terminated */
	size_t count;
};

enum arg_kind { ARG_FLAG, ARG_TEXT, ARG_LIST, ARG_NUMBER };

/* `to` is bool *, const char **, struct arg_list *, int64_t *; a row with NULL name ends the table. */
struct arg_option {
	const char *name; /* without the dashes */
	enum arg_kind kind;
	void *to;
};

/*
 * args_parse(c, argc, argv, options, words, min, max, e): options of the table and those that every command knows
 * (--json, --reason); what remains goes to `words`, between `min` and `max` of them.  ERROR_USAGE names what is
 * wrong.  "--" ends the options.
 */
int args_parse(struct cli *c, int argc, char **argv, const struct arg_option *options, struct arg_list *words,
    size_t min, size_t max, struct error *e);

#endif
