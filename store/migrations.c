/* SPDX-License-Identifier: BSD-2-Clause */

#include "store/store_private.h"

/*
 * The schema.  A version that has been released is never edited: a change is
 * a new version.  Ids are 32 hexadecimal digits, times seconds since 1970.
 */

static const char version_1[] =
    "CREATE TABLE meta ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " value TEXT NOT NULL);"

    /* One row: counts the transactions that changed something. */
    "CREATE TABLE revision ("
    " id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),"
    " number BIGINT NOT NULL);"
    "INSERT INTO revision (id, number) VALUES (1, 1);"

    "CREATE TABLE store_key ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " created BIGINT NOT NULL,"
    " wrapped BYTEA NOT NULL);"

    "CREATE TABLE identity ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " kind TEXT NOT NULL CHECK (kind IN ('address', 'domain')),"
    " name TEXT NOT NULL,"
    " created BIGINT NOT NULL);"

    "CREATE TABLE identity_address ("
    " address TEXT NOT NULL PRIMARY KEY,"
    " identity_id TEXT NOT NULL REFERENCES identity (id));"
    "CREATE INDEX identity_address_identity ON identity_address (identity_id);"

    "CREATE TABLE key ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " identity_id TEXT NOT NULL REFERENCES identity (id),"
    " purpose TEXT NOT NULL CHECK (purpose IN ('sign', 'decrypt', 'both')),"
    " state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retired', 'revoked', 'destroyed')),"
    " algorithm TEXT NOT NULL,"
    " public_hash TEXT NOT NULL UNIQUE,"
    " sealed BYTEA NOT NULL,"
    " created BIGINT NOT NULL);"
    "CREATE INDEX key_identity ON key (identity_id);"

    "CREATE TABLE key_certificate ("
    " fingerprint TEXT NOT NULL PRIMARY KEY,"
    " key_id TEXT NOT NULL REFERENCES key (id),"
    " der BYTEA NOT NULL,"
    " chain BYTEA NOT NULL,"
    " issuer_serial TEXT NOT NULL,"
    " ski TEXT NOT NULL,"
    " not_before BIGINT NOT NULL,"
    " not_after BIGINT NOT NULL,"
    " created BIGINT NOT NULL);"
    "CREATE INDEX key_certificate_key ON key_certificate (key_id);"
    "CREATE INDEX key_certificate_issuer_serial ON key_certificate (issuer_serial);"
    "CREATE INDEX key_certificate_ski ON key_certificate (ski);"

    "CREATE TABLE login ("
    " login TEXT NOT NULL,"
    " author TEXT NOT NULL,"
    " PRIMARY KEY (login, author));"

    "CREATE TABLE partner_certificate ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " owner TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL,"
    " level TEXT NOT NULL CHECK (level IN ('pinned', 'verified', 'discovered', 'harvested')),"
    " der BYTEA NOT NULL,"
    " chain BYTEA NOT NULL,"
    " not_before BIGINT NOT NULL,"
    " not_after BIGINT NOT NULL,"
    " created BIGINT NOT NULL,"
    " UNIQUE (owner, fingerprint));"

    "CREATE TABLE ca ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " key_id TEXT NOT NULL REFERENCES key (id),"
    " name TEXT NOT NULL,"
    " certificate BYTEA NOT NULL,"
    " chain BYTEA NOT NULL,"
    " created BIGINT NOT NULL);"

    "CREATE TABLE issued ("
    " ca_id TEXT NOT NULL REFERENCES ca (id),"
    " serial TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " not_after BIGINT NOT NULL,"
    " issued BIGINT NOT NULL,"
    " revoked BIGINT NOT NULL,"
    " reason BIGINT NOT NULL,"
    " PRIMARY KEY (ca_id, serial));";

/* Copies of a message that went out while its sender's MTA still had it. */
static const char version_2[] =
    "CREATE TABLE ledger ("
    " message TEXT NOT NULL,"
    " recipient TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('begun', 'sent', 'unknown')),"
    " owner TEXT NOT NULL,"
    " changed BIGINT NOT NULL,"
    " reply TEXT NOT NULL,"
    " PRIMARY KEY (message, recipient));"
    "CREATE INDEX ledger_changed ON ledger (changed);";

const struct migration store_migrations[] = {
	{ 1, version_1 },
	{ 2, version_2 },
	{ 0, NULL },
};
