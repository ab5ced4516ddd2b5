/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NET_SMTP_COMMAND_PRIVATE_H
#define NET_SMTP_COMMAND_PRIVATE_H

#include "net/smtp_link_private.h"
#include "net/smtp_offer_private.h"

/* The commands of a transaction, from what the front got. */

#define SMTP_PARAMETERS_MAX 4096 /* of one command; ENVID takes 100, ORCPT 500 octets (RFC 3461 4) */

/*
 * smtp_command_check(mail, e): can every command be written as one command?
 * To be asked before anything is written: no path and no parameter may hold
 * what would end or lengthen it.
 */
int smtp_command_check(const struct smtp_mail *mail, struct error *e);

/* smtp_command_needs(mail): the extensions without which this mail cannot be sent. */
unsigned smtp_command_needs(const struct smtp_mail *mail);

/* Put EHLO or HELO, MAIL, RCPT into `l`; what was checked and is offered. */
int smtp_command_hello(struct smtp_link *l, const char *verb, const struct smtp_mail *mail, struct error *e);
int smtp_command_mail(
    struct smtp_link *l, const struct smtp_mail *mail, const struct smtp_offer *offer, struct error *e);
int smtp_command_rcpt(
    struct smtp_link *l, const struct smtp_recipient *to, const struct smtp_offer *offer, struct error *e);

#endif
