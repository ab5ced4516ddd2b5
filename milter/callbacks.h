/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MILTER_CALLBACKS_H
#define MILTER_CALLBACKS_H

#include "base/error.h"
#include "milter/daemon.h"

/*
 * libmilter's callbacks: thin; they translate, gateway/ works.  libmilter gives
 * them no context of ours, so one daemon a process is registered here.
 */
int callbacks_register(struct daemon *d, struct error *e);

#endif
