/* headers.h — what a column's header means without a mapping: our own names and labels, Salesforce's, the usual Chinese ones. */
#ifndef ZK_IO_HEADERS_H
#define ZK_IO_HEADERS_H
#include "io/target.h"

typedef enum {
    HEADER_UNKNOWN,
    HEADER_IGNORED, /* known to say nothing that we keep (IsDeleted, SystemModstamp …) */
    HEADER_NAME,    /* a field's own name */
    HEADER_LABEL,   /* its label in one of the languages */
    HEADER_SALESFORCE,
    HEADER_COMMON /* a name that many files use */
} header_how;
const char *header_how_name(header_how h);

typedef struct {
    header_how how;
    target     to;
    bool       weak;     /* a reference whose record may be missing: left empty with a warning, the row stays */
    int        exponent; /* "年收入（万）": 4 */
} header_meaning;

header_meaning header_find(const snapshot *s, const entity *e, str header, arena *a);
/* Values that Salesforce ships with, as ours: ("opportunity", "stage", "Closed Won") → "won"; empty: none. */
str header_value(const entity *e, const field *f, str text);
#endif
