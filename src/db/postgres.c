#include "db/engine.h"

err db_postgres_open(db *d, const db_options *o, arena *a, str *why)
{
    (void)d;
    (void)o;
    (void)a;
    *why = STR("PostgreSQL is not built in yet.");
    return ERR_UNAVAILABLE;
}
