/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SERVICE_H
#define BASE_SERVICE_H

/*
 * What a service manager is told (sd_notify(3)); without one, or when built
 * WITH_SYSTEMD=no, nothing happens.
 */
void service_ready(const char *status);
void service_reloading(void);
void service_stopping(void);

#endif
