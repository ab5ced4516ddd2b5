/* SPDX-License-Identifier: BSD-2-Clause */

/* Runs the suites of one folder; SUITES names its list.  `test-mime [suite…]` runs only those named. */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

#define SUITE(name) Suite *suite_##name(void);
#include SUITES
#undef SUITE

struct row {
	const char *name;
	Suite *(*make)(void);
};

static const struct row rows[] = {
#define SUITE(name) { #name, suite_##name },
#include SUITES
#undef SUITE
	{ NULL, NULL },
};

static int
wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return argc < 2;
}

int
main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	for (const struct row *row = rows; row->name != NULL; row++)
		if (wanted(row->name, argc, argv))
			srunner_add_suite(runner, row->make());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
