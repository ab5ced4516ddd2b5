/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMIME_HEADER_PROTECTION_PRIVATE_H
#define SMIME_HEADER_PROTECTION_PRIVATE_H

#include "mime/leaf_edit.h"
#include "smime/header_protection.h"

#define HP_PARAMETER     "hp"
#define DRAFT_PARAMETER  "protected-headers"
#define LEGACY_PARAMETER "hp-legacy-display"
#define HP_OUTER_FIELD   "HP-Outer"

/* Editors of leaves (mime/leaf_edit.h): legacy displays of the fields in `ctx`, a header list, written; or taken out. */
struct leaf_editor legacy_writer(const struct header_list *fields);
struct leaf_editor legacy_remover(void);

/* payload_fill(entity, headers, editor, workspace, out, e): `entity` with these fields (taken over), and with its leaves edited. */
int payload_fill(const struct entity *entity, struct header_list *take_headers, const struct leaf_editor *editor,
    const struct spool_settings *workspace, struct payload *out, struct error *e);

#endif
