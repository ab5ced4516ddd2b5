/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_DATE_FIELD_H
#define MIME_DATE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * date_field_utc(value, n, out, out_is_date, e): the moment of a Date field, as a date-time of RFC 5322 3.3 in UTC
 * ("Sat, 20 Feb 2021 15:10:02 +0000"), appended.  Nothing is appended and `*out_is_date` is false when the value is no
 * date-time: two-digit years and names of zones other than GMT and UT do not say one moment to every reader.
 */
int date_field_utc(const char *value, size_t n, struct buffer *out, bool *out_is_date, struct error *e);

/* date_field_write(seconds, out, e): that moment since the Epoch in the same form, appended. */
int date_field_write(int64_t seconds, struct buffer *out, struct error *e);

#endif
