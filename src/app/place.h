/* place.h — the database a command works on: opened, brought to the tables, with the program itself as the actor.
 *
 * Memory: all in place.a until place_close(). Errors: false, after one line on standard error. */
#ifndef ZK_APP_PLACE_H
#define ZK_APP_PLACE_H
#include "app/options.h"
#include "permit/ctx.h"

typedef struct {
    arena      *a;
    db         *d;
    snapshot   *tables;
    vault      *keys;   /* NULL: there is no key, and this command makes none */
    const char *folder; /* --data */
    ctx         c;      /* without a transaction */
} place;

enum { PLACE_NEW = 1 /* may be made */, PLACE_ALONE = 2 /* refuse a second server */ };

bool place_open(const options *o, unsigned how, place *out);
void place_close(place *p);
/* Is there a database where the options say? Opens nothing; a PostgreSQL that is named counts as there. */
bool place_there(const options *o);
/* The SQLite file that the options name; NULL: it is on PostgreSQL. */
const char *place_file(const options *o, arena *a);
/* Can everybody on this machine get as far as the folder that the file lies in? */
bool place_reachable(arena *a, const char *file);
/* Locale and text tables alone, for what needs no database. */
bool place_texts(const options *o);
/* What was refused, as one line on standard error; returns 1. */
int place_fail(const place *p, err e, const char *doing);
#endif
