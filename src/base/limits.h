/* limits.h — every ceiling of the program in one place. Bytes unless the name says otherwise. */
#ifndef ZK_BASE_LIMITS_H
#define ZK_BASE_LIMITS_H

/* clang-format off */
enum {
    LIMIT_BODY             = 4 << 20,  /* JSON body of one request                 */
    LIMIT_BODY_BULK        = 32 << 20, /* body of /bulk                            */
    LIMIT_FILE             = 512 << 20,/* one uploaded file                        */
    LIMIT_HEADER_MEMORY    = 16 << 10, /* request line and headers of a connection */
    LIMIT_CONNECTIONS      = 2000,
    LIMIT_IDLE_SECONDS     = 60,
    LIMIT_HEADER_SECONDS   = 20,       /* from the request line to the last header */
    LIMIT_JSON_DEPTH       = 32,
    LIMIT_QUERY_TEXT       = 64 << 10,
    LIMIT_QUERY_DEPTH      = 50,       /* nested parentheses and NOT               */
    LIMIT_QUERY_NODES      = 2000,
    LIMIT_QUERY_IN         = 2000,     /* values of one IN list                    */
    LIMIT_PATH_DEPTH       = 5,        /* references followed by dots              */
    LIMIT_ORDER_BY         = 8,
    LIMIT_LIST             = 200,      /* rows of one page                         */
    LIMIT_LIST_DEFAULT     = 50,
    LIMIT_BULK_ROWS        = 10000,
    LIMIT_FIELDS           = 400,      /* fields of one entity, own ones included  */
    LIMIT_OWN_FIELDS       = 100,      /* own fields of one entity, retired ones too */
    LIMIT_CHOICES          = 500,      /* of one field                             */
    LIMIT_LAYOUT           = 64 << 10, /* one layout as JSON                       */
    LIMIT_TEXT             = 255,      /* characters of a short text               */
    LIMIT_LONG_TEXT        = 64 << 10,
    LIMIT_SEARCH_QUERY     = 200,
    LIMIT_SEARCH_TOKENS    = 4000,     /* tokens one record puts into the index    */
    LIMIT_SEARCH_HITS      = 400,      /* newest hits that are ranked              */
    LIMIT_IMPORT_BYTES     = 512 << 20,
    LIMIT_IMPORT_ROWS      = 2000000,
    LIMIT_IMPORT_COLUMNS   = 500,
    LIMIT_IMPORT_CELL      = 128 << 10,
    LIMIT_XLSX_INFLATED    = 1 << 30,  /* all parts of a workbook, inflated        */
    LIMIT_QUICK_MS         = 100,      /* an inline query's budget                 */
    LIMIT_SLOW_MS          = 5000,     /* then "narrow it"                         */
    LIMIT_TREE_DEPTH       = 50        /* parents above a record                   */
};
/* clang-format on */
#endif
