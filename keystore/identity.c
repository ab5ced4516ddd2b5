/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "keystore/keystore_private.h"

/* Identities: whose keys these are, and by which addresses they are found. */

/* ---- looking ------------------------------------------------------------------ */

/* "@domain" in normal form. */
static char *
domain_key(const char *domain, struct error *e)
{
	char *normal = NULL, *key;

	if (address_domain_normal(domain, strlen(domain), &normal, e) != 0)
		return NULL;
	key = memory_format(e, "@%s", normal);
	free(normal);
	return key;
}

/* What identity_address is asked for. */
static char *
lookup_key(const char *what, struct error *e)
{
	struct address *a = NULL;
	char *key;

	if (what[0] == '@')
		return domain_key(what + 1, e);
	if (address_parse(what, strlen(what), &a, e) != 0)
		return NULL;
	key = memory_text(a->key, e);
	address_free(a);
	return key;
}

static int
find_by_id(struct keystore *ks, const char *id, struct error *e)
{
	struct identity_row row;

	if (identity_get(ks->store, id, &row, e) != 0)
		return -1;
	identity_row_done(&row);
	return 0;
}

int
identity_find(struct keystore *ks, const char *what, char out_id[33], struct error *e)
{
	char *key, id[RANDOM_ID_SIZE];
	int rc;

	if (is_id(what)) {
		if (find_by_id(ks, what, e) != 0)
			return error_context(e, "identity %s", what);
		memcpy(out_id, what, RANDOM_ID_SIZE);
		return 0;
	}
	key = lookup_key(what, e);
	if (key == NULL)
		return error_context(e, "identity \"%s\"", what);
	rc = identity_address_get(ks->store, key, id, e);
	if (rc == 0)
		memcpy(out_id, id, sizeof id);
	else
		error_context(e, "identity of %s", key);
	free(key);
	return rc;
}

struct naming {
	struct address_list *addresses; /* or NULL */
	char *domain;
};

static int
take_name(void *ctx, const char *key, struct error *e)
{
	struct naming *n = ctx;
	struct address *a = NULL;

	if (key[0] == '@') {
		free(n->domain);
		n->domain = memory_text(key + 1, e);
		return n->domain != NULL ? 0 : -1;
	}
	if (n->addresses == NULL)
		return 0;
	if (address_parse(key, strlen(key), &a, e) != 0)
		return -1;
	return address_list_take(n->addresses, a, e);
}

int
identity_addresses(struct keystore *ks, const char *id, struct address_list *list, struct error *e)
{
	struct naming n = { list, NULL };
	int rc = identity_address_each(ks->store, id, take_name, &n, e);

	free(n.domain);
	return rc;
}

int
identity_domain(struct keystore *ks, const char *id, char **out, struct error *e)
{
	struct naming n = { NULL, NULL };

	if (identity_address_each(ks->store, id, take_name, &n, e) != 0) {
		free(n.domain);
		return -1;
	}
	*out = n.domain;
	return 0;
}

/* ---- events -------------------------------------------------------------------- */

int
event_put_addresses(struct audit_event *event, const struct address_list *addresses, const char *domain,
    struct error *e)
{
	struct json *list = json_new_array(e);
	int rc = list != NULL ? 0 : -1;

	if (rc == 0 && domain != NULL)
		rc = json_push_text(list, domain, e);
	for (size_t i = 0; rc == 0 && addresses != NULL && i < addresses->count; i++) {
		struct json *one = json_new_object(e);

		rc = one != NULL ? audit_json_put_address(one, "address", addresses->items[i], e) : -1;
		if (rc == 0)
			rc = json_push_take(list, one, e);
		else
			json_release(one);
	}
	if (rc == 0)
		return audit_put_take(event, "addresses", list, e);
	json_release(list);
	return -1;
}

static struct audit_event *
identity_event(const struct identity_row *row, const struct address_list *addresses, const char *domain,
    struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_IDENTITY_ADD, e);

	if (event == NULL)
		return NULL;
	if (audit_put_text(event, "identity", row->id, e) != 0 || audit_put_text(event, "kind", row->kind, e) != 0 ||
	    audit_put_text(event, "name", row->name, e) != 0 || event_put_addresses(event, addresses, domain, e) != 0) {
		audit_event_free(event);
		return NULL;
	}
	return event;
}

static struct audit_event *
change_event(const char *id, const char *what, const struct address *a, struct error *e)
{
	struct audit_event *event = audit_event_new(AUDIT_IDENTITY_CHANGE, e);

	if (event == NULL)
		return NULL;
	if (audit_put_text(event, "identity", id, e) != 0 || audit_put_text(event, "change", what, e) != 0 ||
	    (a != NULL && audit_put_address(event, "address", a, e) != 0)) {
		audit_event_free(event);
		return NULL;
	}
	return event;
}

/* ---- changes --------------------------------------------------------------------- */

int
identity_put(struct change *c, struct identity_row *row, const struct address_list *addresses, const char *domain,
    struct error *e)
{
	struct store *store = c->store;

	row->created = clock_now(clock_system());
	if (random_id(row->id, e) != 0 || identity_add(store, row, e) != 0)
		return -1;
	if (domain != NULL && identity_address_add(store, row->id, domain, e) != 0)
		return error_context(e, "%s", domain);
	for (size_t i = 0; addresses != NULL && i < addresses->count; i++)
		if (identity_address_add(store, row->id, addresses->items[i]->key, e) != 0)
			return error_context(e, "%s", addresses->items[i]->text);
	return 0;
}

int
identity_record(struct change *c, const struct identity_row *row, const struct address_list *addresses,
    const char *domain, struct error *e)
{
	return change_record(c, identity_event(row, addresses, domain, e), e);
}

static int
create(struct keystore *ks, struct identity_row *row, const struct address_list *addresses, const char *domain,
    const struct witness *w, char out_id[33], struct error *e)
{
	struct change c = { 0 };
	int rc = -1;

	if (change_begin(&c, ks->store, w, e) == 0 && identity_put(&c, row, addresses, domain, e) == 0 &&
	    identity_record(&c, row, addresses, domain, e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	if (rc == 0)
		memcpy(out_id, row->id, sizeof row->id);
	return rc;
}

int
identity_create(struct keystore *ks, const struct address_list *addresses, const char *name,
    const struct witness *w, char out_id[33], struct error *e)
{
	char kind[] = "address";
	struct identity_row row = { .kind = kind };

	if (addresses->count == 0)
		return error_set(e, ERROR_USAGE, "an identity needs an address");
	for (size_t i = 0; i < addresses->count; i++)
		if (address_is_null(addresses->items[i]))
			return error_set(e, ERROR_USAGE, "the null reverse-path is nobody's address");
	row.name = (char *)name; /* borrowed for writing */
	return create(ks, &row, addresses, NULL, w, out_id, e);
}

int
identity_create_domain(struct keystore *ks, const char *domain, const char *name, const struct witness *w,
    char out_id[33], struct error *e)
{
	char kind[] = "domain";
	struct identity_row row = { .kind = kind };
	char *key = domain_key(domain, e);
	int rc;

	if (key == NULL)
		return -1;
	row.name = (char *)name;
	rc = create(ks, &row, NULL, key, w, out_id, e);
	free(key);
	return rc;
}

/* Inside a change: the address must be of this identity to be taken from it. */
static int
apply_address(struct keystore *ks, const char *id, const struct address *a, bool add, struct error *e)
{
	char owner[RANDOM_ID_SIZE], *domain = NULL;

	if (find_by_id(ks, id, e) != 0 || identity_domain(ks, id, &domain, e) != 0)
		return -1;
	if (domain != NULL) {
		error_set(e, ERROR_USAGE, "the identity stands for all of %s and has no addresses of its own", domain);
		free(domain);
		return -1;
	}
	if (add)
		return identity_address_add(ks->store, id, a->key, e);
	if (identity_address_get(ks->store, a->key, owner, e) != 0)
		return -1;
	if (strcmp(owner, id) != 0)
		return error_set(e, ERROR_STORE_NOT_FOUND, "the address belongs to identity %s", owner);
	return identity_address_remove(ks->store, a->key, e);
}

int
identity_address_change(struct keystore *ks, const char *id, const struct address *a, bool add,
    const struct witness *w, struct error *e)
{
	struct change c = { 0 };
	int rc = -1;

	if (address_is_null(a))
		return error_set(e, ERROR_USAGE, "the null reverse-path is nobody's address");
	if (change_begin(&c, ks->store, w, e) != 0)
		goto out;
	if (apply_address(ks, id, a, add, e) != 0) {
		error_context(e, "%s", a->text);
		goto out;
	}
	if (change_record(&c, change_event(id, add ? "address-added" : "address-removed", a, e), e) == 0)
		rc = change_commit(&c, e);
out:
	change_end(&c);
	return rc;
}

int
identity_delete(struct keystore *ks, const char *id, const struct witness *w, struct error *e)
{
	struct change c = { 0 };
	int rc = -1;

	if (change_begin(&c, ks->store, w, e) == 0 && identity_remove(ks->store, id, e) == 0 &&
	    change_record(&c, change_event(id, "removed", NULL, e), e) == 0)
		rc = change_commit(&c, e);
	change_end(&c);
	return rc;
}
