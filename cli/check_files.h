/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_CHECK_FILES_H
#define CLI_CHECK_FILES_H

#include "cli/checklist.h"

/*
 * check_user(c, f, e): the user that the daemon becomes.  check_files(): owner and mode of every file and folder that
 * the configuration names.  check_sockets(): the folders of the listeners' sockets.  Each adds its findings.
 */
int check_user(const struct cli *c, struct checklist *f, struct error *e);
int check_files(const struct cli *c, struct checklist *f, struct error *e);
int check_sockets(const struct cli *c, struct checklist *f, struct error *e);

#endif
