/* SPDX-License-Identifier: BSD-2-Clause */

#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

int
output_write(const char *path, const struct buffer *b, struct error *e)
{
	if (path != NULL && strcmp(path, "-") != 0)
		return file_replace(path, b->data, b->size, 0644, e);
	if (fwrite(buffer_text(b), 1, b->size, stdout) != b->size)
		return error_set_errno(e, ERROR_IO, "standard output");
	return 0;
}

#define JSON_MAX ((size_t)16 << 20)

int
output_json(const struct json *j, struct error *e)
{
	struct buffer text = BUFFER_INIT(JSON_MAX);
	int rc = json_render_indented(j, &text, e);

	if (rc == 0)
		rc = output_write(NULL, &text, e);
	buffer_done(&text);
	return rc;
}
