/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal: the command line.  See postseal(1). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"

#define DEFAULT_CONFIGURATION SYSCONFDIR "/postseal/postseal.conf"

struct row {
	const char *noun, *verb;
	command *run;
	const char *arguments, *help;
};

static const struct row rows[] = {
#define COMMAND(noun, verb, function, arguments, help) { noun, verb, function, arguments, help },
#include "cli/commands.def"
#undef COMMAND
	{ NULL, NULL, NULL, NULL, NULL },
};

static void
print_row(FILE *to, const struct row *row)
{
	(void)fprintf(to, "  postseal %s%s%s%s%s\n        %s\n", row->noun, *row->verb != '\0' ? " " : "", row->verb,
	    *row->arguments != '\0' ? " " : "", row->arguments, row->help);
}

static void
print_help(FILE *to, const char *noun)
{
	(void)fputs("usage: postseal [-c FILE] NOUN VERB [--json] [--reason TEXT] ...\n", to);
	for (const struct row *row = rows; row->noun != NULL; row++)
		if (noun == NULL || strcmp(noun, row->noun) == 0)
			print_row(to, row);
}

static int
is_help(const char *word)
{
	return word != NULL && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0);
}

static const struct row *
find(const char *noun, const char *verb)
{
	for (const struct row *row = rows; row->noun != NULL; row++)
		if (strcmp(row->noun, noun) == 0 && (*row->verb == '\0' || (verb != NULL && strcmp(row->verb, verb) == 0)))
			return row;
	return NULL;
}

static int
known_noun(const char *noun)
{
	for (const struct row *row = rows; row->noun != NULL; row++)
		if (strcmp(row->noun, noun) == 0)
			return 1;
	return 0;
}

/* sysexits(3) by kind of error, so that scripts can tell. */
static int
exit_code(enum error_code code)
{
	switch (code) {
	case ERROR_USAGE:
		return EX_USAGE;
	case ERROR_CONFIGURATION:
		return EX_CONFIG;
	case ERROR_PERMISSIONS:
	case ERROR_PASSWORD:
		return EX_NOPERM;
	case ERROR_STORE_NOT_FOUND:
		return EX_NOINPUT;
	case ERROR_STORE_CONFLICT:
		return EX_CANTCREAT;
	case ERROR_IO:
	case ERROR_RECORD:
	case ERROR_STORE:
		return EX_IOERR;
	case ERROR_KEY_SYNTAX: /* mail waits for a key to be mended; a command was given the wrong one */
	case ERROR_KEY_MISMATCH:
	case ERROR_KEY_UNUSABLE:
		return EX_DATAERR;
	case ERROR_INTERNAL:
		return EX_SOFTWARE;
	default:
		return error_disposition(code) == DISPOSITION_RETRY ? EX_TEMPFAIL : EX_DATAERR;
	}
}

static int
run(struct cli *c, const struct row *row, int argc, char **argv)
{
	struct error e = ERROR_INIT;
	int rc;

	for (int i = 1; i < argc; i++)
		if (is_help(argv[i])) {
			print_row(stdout, row);
			return EX_OK;
		}
	if (row->run(c, argc, argv, &e) != 0) {
		(void)fflush(stdout);
		(void)fprintf(stderr, "postseal: %s\n", error_text(&e));
		if (e.code == ERROR_USAGE)
			print_row(stderr, row);
		rc = exit_code(e.code);
	} else if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fputs("postseal: cannot write to standard output\n", stderr);
		rc = EX_IOERR;
	} else {
		rc = c->status;
	}
	cli_close(c);
	return rc;
}

static int
dispatch(struct cli *c, int argc, char **argv)
{
	const struct row *row;

	if (argc == 0) {
		print_help(stderr, NULL);
		return EX_USAGE;
	}
	if (is_help(argv[0])) {
		print_help(stdout, argc > 1 ? argv[1] : NULL);
		return EX_OK;
	}
	row = find(argv[0], argc > 1 ? argv[1] : NULL);
	if (row == NULL) {
		if (argc > 1 && is_help(argv[1]) && known_noun(argv[0])) {
			print_help(stdout, argv[0]);
			return EX_OK;
		}
		(void)fprintf(stderr, "postseal: no such command: %s%s%s\n", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		print_help(stderr, known_noun(argv[0]) ? argv[0] : NULL);
		return EX_USAGE;
	}
	return *row->verb == '\0' ? run(c, row, argc, argv) : run(c, row, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct cli c = { .configuration = DEFAULT_CONFIGURATION };
	int option;

	log_open("postseal", true);
	/* "+": options of the program come before the noun, those of a command behind it. */
	while ((option = getopt(argc, argv, "+c:hV-:")) != -1) {
		switch (option) {
		case 'c':
			c.configuration = optarg;
			break;
		case 'V':
			puts("postseal " POSTSEAL_VERSION);
			return EX_OK;
		case 'h':
			print_help(stdout, NULL);
			return EX_OK;
		case '-':
			if (strcmp(optarg, "help") == 0) {
				print_help(stdout, NULL);
				return EX_OK;
			}
			if (strcmp(optarg, "version") == 0) {
				puts("postseal " POSTSEAL_VERSION);
				return EX_OK;
			}
			if (strcmp(optarg, "json") == 0) {
				c.json = true;
				break;
			}
			/* fall through */
		default:
			print_help(stderr, NULL);
			return EX_USAGE;
		}
	}
	return dispatch(&c, argc - optind, argv + optind);
}
