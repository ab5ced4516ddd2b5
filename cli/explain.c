/* SPDX-License-Identifier: BSD-2-Clause */

/* postseal explain: what would become of a message. */

#include "cli/drive.h"
#include "cli/output.h"
#include "cli/plan.h"

int
command_explain(struct cli *c, int argc, char **argv, struct error *e)
{
	struct question q = { .from = NULL };
	struct answer a = { .listener = NULL };
	struct error verdict = ERROR_INIT;
	int rc = -1;

	if (question_read(c, argc, argv, false, &q, e) != 0 || cli_open(c, NEED_TRUST, e) != 0)
		return -1;
	if (drive(c, &q, GATEWAY_EXPLAIN, &a, &verdict) != 0) {
		(void)error_set(e, verdict.code, "%s", error_text(&verdict));
		goto out;
	}
	/* A refusal is an answer, too: explaining succeeded. */
	rc = plan_add_candidates(c, a.report, e);
	if (rc == 0)
		rc = c->json ? output_json(a.report, e) : plan_print(&a, e);
out:
	answer_done(&a);
	return rc;
}
