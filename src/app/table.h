/* table.h — a query's rows on standard output: as a table for people, as CSV, as JSON. Rows are not kept but for the table,
 * which is laid out over its first rows. */
#ifndef ZK_APP_TABLE_H
#define ZK_APP_TABLE_H
#include "app/place.h"

typedef enum { TABLE_PLAIN, TABLE_CSV, TABLE_JSON } table_form;

table_form table_form_of(const options *o);
/* Exit status. */
int table_query(place *p, str text, table_form form);
#endif
