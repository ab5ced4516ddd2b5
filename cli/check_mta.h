/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_CHECK_MTA_H
#define CLI_CHECK_MTA_H

#include "cli/checklist.h"

/*
 * check_postfix(c, f, folder, e), check_sendmail(c, f, file, e): what main.cf and master.cf of the folder, or a
 * sendmail.cf, do that leads mail past the gateway.  NULL: where Debian has them; nothing if there is none.
 */
int check_postfix(const struct cli *c, struct checklist *f, const char *folder, struct error *e);
int check_sendmail(const struct cli *c, struct checklist *f, const char *file, struct error *e);

/* ---- what both share: check_mta.c ------------------------------------------------------------ */

/*
 * mta_names_listener(text, listener, root): a list of milters, or of a filter's equates, has the listener's socket;
 * `root` is the folder that stands before a path in a chroot, NULL for none.  mta_names_any(): one of all listeners, NULL
 * if there is none; `role` is its role, or -1 for any.
 */
bool mta_names_listener(const char *text, const struct listener *listener, const char *root);
const struct listener *mta_names_any(const struct cli *c, const char *text, int role, const char *root);

/* mta_has_egress(c): some listener has the role. */
bool mta_has_egress(const struct cli *c);

/* mta_is_loopback(host): an address or name of this host alone. */
bool mta_is_loopback(const char *host);

/*
 * mta_check_table(c, f, file, subject, e): the first line of a text table whose right-hand side names an address that is
 * not local is a warning, and so is one whose text cannot be read.
 */
int mta_check_table(const struct cli *c, struct checklist *f, const char *file, const char *subject, struct error *e);
/* mta_leads_outside(c, text): among addresses in the text is one that is not local. */
bool mta_leads_outside(const struct cli *c, const char *text);

#define MTA_EGRESS_REMEDY "send what leaves through a listener of role egress, as INSTALL says"

#endif
