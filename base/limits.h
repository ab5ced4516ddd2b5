/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The ceilings, in one place and with their reasons.  Those that a postmaster
 * may want to move are settings (conf/settings.def); these are hard.
 */

#define LIMIT_HEADER_FIELD      (64 * 1024)       /* one field; RFC 5322 lines are 998, real References reach 20 KiB */
#define LIMIT_HEADER_TOTAL      (1024 * 1024)     /* all fields of one entity; Sendmail stops at 32 KiB, Postfix at 100 KiB a line */
#define LIMIT_HEADER_FIELDS     2000              /* fields of one entity; list mail reaches 200 */
#define LIMIT_MESSAGE_HEADERS   (16 * 1024 * 1024) /* header octets of all parts of one message: memory stays flat */
#define LIMIT_MESSAGE_FIELDS    100000            /* header fields of all parts of one message */
#define LIMIT_PARAMETERS        200               /* parameters of one field; RFC 2231 cuts long names into dozens */
#define LIMIT_PARTS             10000             /* parts of one message; digests of 1000 exist */
#define LIMIT_MIME_DEPTH        50                /* nesting of parts; Postfix warns at 100, clients stop at 20 to 100 */
#define LIMIT_BOUNDARY          200               /* RFC 2046 says 70; real ones reach 100 */
#define LIMIT_CMS_LAYERS        8                 /* CMS layers opened in one message; triple wrap is 3 */
#define LIMIT_COMPRESSED_LAYERS 2                 /* of them compressed (RFC 3274); once outside and once inside is the most that makes sense */
#define LIMIT_INFLATE_FREE      ((uint64_t)1024 * 1024) /* octets that compressed data may hold whatever its size */
#define LIMIT_INFLATE_RATIO     200               /* and for one octet of it beyond; texts reach 30, logs and tables 100, bombs 1032 */
#define LIMIT_OPEN_TRIES        16                /* keys tried on one encrypted layer; each costs a private operation */
#define LIMIT_DER_DEPTH         32                /* nesting of BER constructions outside certificates */
#define LIMIT_RECIPIENT_INFOS   1000              /* RecipientInfos that we look at */
#define LIMIT_SIGNER_INFOS      16                /* SignerInfos that we look at before refusing */
#define LIMIT_SIGNATURE_TRIES   32                /* signatures verified for one SignedData; honest ones need 1, or 1 a SignerInfo */
#define LIMIT_CERTIFICATES      100               /* certificates in one SignedData */
#define LIMIT_CERTIFICATE_SIZE  ((size_t)64 * 1024) /* one certificate; real ones are 1 to 5 KiB */
#define LIMIT_CMS_ELEMENT       ((size_t)256 * 1024) /* one name, algorithm, key, signature or set of attributes of it */
#define LIMIT_CMS_OVERHEAD      ((size_t)4 * 1024 * 1024) /* everything of a CMS object besides its content */
#define LIMIT_RSA_BITS          8192              /* RFC 8551 2.5: oversized keys cost CPU */
#define LIMIT_CHAIN_DEPTH       10                /* certificates in a path */
#define LIMIT_AUTHORS           100               /* mailboxes in From; each author's rules are asked for each recipient */
#define LIMIT_RECIPIENTS        1000              /* envelope recipients of a message we plan for; RFC 5321 asks 100 */
#define LIMIT_CONFIGURATION     ((size_t)4 * 1024 * 1024) /* octets of configuration, includes counted */
#define LIMIT_CONF_FILES        1000              /* files of configuration; a folder of includes holds tens */
#define LIMIT_CONF_DEPTH        8                 /* includes within includes */
#define LIMIT_CONF_WORDS        500000            /* words of configuration: about 20 MiB while it is read */
#define LIMIT_CONF_SECTIONS     10000             /* sections; libconfuse compares each title with every other */
#define LIMIT_JSON_DEPTH        32                /* nesting of JSON that we read; our own reaches 5 */
#define LIMIT_CACHED_CERTIFICATES 1024            /* certificates of others kept parsed; about 8 KiB each */
#define LIMIT_CACHED_CERTIFICATE_SIZE (4 * 1024)  /* larger ones are not kept; real ones are 1 to 2 KiB */
#define LIMIT_CACHED_KEYS       1000              /* parsed private keys in memory; about 8 KiB each */
#define LIMIT_CACHED_IDENTITIES 2000              /* authors whose certificates are in memory; about 20 KiB each */
#define LIMIT_CACHED_LOGINS     10000             /* logins whose authors are in memory; about 200 octets each */
#define LIMIT_CACHED_JUDGEMENTS 2000              /* chains that were judged a short while ago; about 300 octets each */
#define LIMIT_CRL_FILE          (64 * 1024 * 1024) /* one file of revocation lists; the largest public ones reach 30 MiB */
#define LIMIT_STORE_VALUE       ((size_t)8 * 1024 * 1024) /* one column of a row; a chain of LIMIT_CERTIFICATES is under 7 MiB */
#define LIMIT_RECORD_LINE       ((size_t)4 * 1024 * 1024) /* one line of the record; 1000 long recipients are about 1 MiB */
#define LIMIT_RECORD_BATCH      ((size_t)8 * 1024 * 1024) /* lines of the record written at once */

#endif
