/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIME_HEADER_LIST_PRIVATE_H
#define MIME_HEADER_LIST_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "mime/header_list.h"

bool header_name_octet(char c);
bool header_is_content(const char *name);                   /* Content-* */
size_t header_list_octets(const struct header_list *list); /* of names and values, for a ceiling over many lists */

#endif
