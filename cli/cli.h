/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "audit/audit.h"
#include "base/error.h"
#include "base/secret.h"
#include "conf/settings.h"
#include "directory/directory.h"
#include "keystore/keystore.h"
#include "store/store.h"

/*
 * What a command works with; opened as far as it asks for.  Commands are rows
 * of commands.def; each noun has one file.
 */
struct cli {
	const char *configuration;
	bool json;           /* --json: listings for programs */
	const char *reason;  /* --reason TEXT: why, for the record */
	struct settings *settings;
	struct store *store;
	struct keystore *keystore;
	struct audit *audit;
	struct directory *directory;
	char *actor;         /* the real person: SUDO_UID's name, or the user's */
	struct witness witness;
	int status;          /* the exit code of a command that succeeds; 0 unless it sets another */
};

/* Each level includes those before it. */
enum cli_need { NEED_SETTINGS, NEED_STORE, NEED_KEYS, NEED_TRUST, NEED_RECORD };
int cli_open(struct cli *c, enum cli_need need, struct error *e);
int cli_open_record(struct cli *c, struct error *e); /* alone, behind NEED_SETTINGS, while there are no keys yet */
void cli_close(struct cli *c); /* idempotent */

/* cli_subject_counts(c, leaf): the rules let an address in the subject of a certificate count, for one that it has. */
bool cli_subject_counts(const struct cli *c, const struct certificate *leaf);

/* A command: 0, or -1 with `e`; argv[0] is the verb (or the noun). */
typedef int command(struct cli *c, int argc, char **argv, struct error *e);
#define COMMAND(noun, verb, function, arguments, help) command function;
#include "cli/commands.def"
#undef COMMAND

#endif
