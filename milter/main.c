/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal-milter: the daemon.  See postseal-milter(8). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "milter/daemon.h"

#define DEFAULT_CONFIGURATION SYSCONFDIR "/postseal/postseal.conf"

static const char usage[] =
    "usage: postseal-milter [-htvV] [-c file] [-i listener]\n"
    "  -c file      configuration (default " DEFAULT_CONFIGURATION ")\n"
    "  -i listener  the listener to serve; needed when there is more than one\n"
    "  -t           check the configuration, the store and the keys, and serve nothing\n"
    "  -v           log to standard error\n"
    "  -V           print the version\n";

/* Whoever starts us sees why we do not serve, wherever the log goes. */
static int
fail(const struct error *e, bool logs_to_stderr)
{
	log_line(LOG_LEVEL_ERROR, NULL, "%s", error_text(e));
	if (!logs_to_stderr)
		(void)fprintf(stderr, "postseal-milter: %s\n", error_text(e));
	return e->code == ERROR_CONFIGURATION || e->code == ERROR_PERMISSIONS ? EX_CONFIG : EX_TEMPFAIL;
}

static int
run(const struct daemon_options *options)
{
	struct error e = ERROR_INIT;
	struct daemon *d = NULL;
	int rc = EX_OK;
	bool to_stderr, served;

	to_stderr = options->verbose || options->test || isatty(STDERR_FILENO);
	log_open("postseal-milter", to_stderr);
	if (daemon_prepare(options, &d, &e) != 0 || (!options->test && daemon_serve(d, &e) != 0))
		rc = fail(&e, to_stderr);
	else if (options->test)
		printf("%s: all is well\n", options->configuration);
	served = d != NULL && !options->test;
	daemon_free(d);
	if (served)
		_exit(rc); /* libmilter takes its locks apart at exit(3), under the feet of its threads */
	return rc;
}

int
main(int argc, char **argv)
{
	struct daemon_options options = { .configuration = DEFAULT_CONFIGURATION };
	int c;

	while ((c = getopt(argc, argv, "c:hi:tvV")) != -1) {
		switch (c) {
		case 'c':
			options.configuration = optarg;
			break;
		case 'i':
			options.instance = optarg;
			break;
		case 't':
			options.test = true;
			break;
		case 'v':
			options.verbose = true;
			break;
		case 'V':
			puts("postseal-milter " POSTSEAL_VERSION);
			return EX_OK;
		case 'h':
			(void)fputs(usage, stdout);
			return EX_OK;
		default:
			(void)fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		(void)fputs(usage, stderr);
		return EX_USAGE;
	}
	return run(&options);
}
