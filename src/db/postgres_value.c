/* PostgreSQL: parameters to text, binary columns to values. Binary formats are the *_send() functions' of the
 * server's sources: big-endian numbers; dates in days and instants in microseconds since 2000-01-01; numeric as
 * groups of four decimal digits. */
#include "base/date.h"
#include "db/postgres.h"

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_CHAR = 18,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_XID = 28,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_DATE = 1082,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700,
    OID_JSONB = 3802,
    OID_XID8 = 5069
};

#define EPOCH_DAYS 10957 /* 2000-01-01 */

/* ---- parameters ---- */
static void param_text(buf *b, const pg_param *p)
{
    char date[DATE_TEXT], instant[TIME_TEXT];
    switch (p->kind) {
    case PG_NULL: break;
    case PG_INT: buf_put_int(b, p->v.i); break;
    case PG_REAL: buf_printf(b, "%.17g", p->v.r); break;
    case PG_BOOL: buf_putc(b, p->v.i ? 't' : 'f'); break;
    case PG_DATE:
        date_format(p->v.i, date);
        buf_putz(b, date);
        break;
    case PG_TIME:
        time_format(p->v.i, instant);
        buf_putz(b, instant);
        break;
    case PG_STR:
    case PG_BYTES: buf_puts(b, p->v.s); break;
    }
    buf_putc(b, 0);
}

static void params_room(pg_conn *c, int count)
{
    if (count <= c->room)
        return;
    free(c->values);
    free(c->lengths);
    free(c->formats);
    c->room = count + 16;
    c->values = db_alloc((size_t)c->room * sizeof *c->values);
    c->lengths = db_alloc((size_t)c->room * sizeof *c->lengths);
    c->formats = db_alloc((size_t)c->room * sizeof *c->formats);
}

void pg_params_write(pg_conn *c, const pg_statement *s)
{
    params_room(c, s->param_count);
    buf_clear(&c->texts);
    for (int i = 0; i < s->param_count; i++) { /* the buffer may move: first all lengths, then the pointers */
        size_t from = c->texts.n;
        param_text(&c->texts, &s->params[i]);
        c->lengths[i] = (int)(c->texts.n - from - 1);
        c->formats[i] = s->params[i].kind == PG_BYTES;
    }
    size_t at = 0;
    for (int i = 0; i < s->param_count; i++) {
        c->values[i] = s->params[i].kind == PG_NULL ? NULL : c->texts.p + at;
        at += (size_t)c->lengths[i] + 1;
    }
}

/* ---- columns ---- */
static uint64_t big(const char *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static const PGresult *row_of(const db_stmt *s, int column)
{
    const pg_statement *p = (const pg_statement *)s;
    ASSERT(p->result && p->row >= 0 && column >= 0 && column < PQnfields(p->result)); /* db_step() gave a row */
    return p->result;
}

static const char *value_of(const db_stmt *s, int column, int *size, unsigned *type)
{
    const PGresult *r = row_of(s, column);
    int             row = ((const pg_statement *)s)->row;
    *type = PQftype(r, column);
    *size = PQgetlength(r, row, column);
    return PQgetisnull(r, row, column) ? NULL : PQgetvalue(r, row, column);
}

bool pg_is_null(db_stmt *s, int column)
{
    return PQgetisnull(row_of(s, column), ((pg_statement *)s)->row, column);
}

static int64_t ms_of_instant(int64_t us)
{
    if (us == INT64_MAX || us == INT64_MIN)
        return us; /* infinity */
    return floor_div(us, 1000) + EPOCH_DAYS * DAY_MS;
}

/* The group of four digits that counts 10000^power. */
static int numeric_group(const char *p, int size, int power)
{
    int groups = (int16_t)big(p, 2), weight = (int16_t)big(p + 2, 2), at = weight - power;
    return at >= 0 && at < groups && 8 + 2 * at + 2 <= size ? (int)big(p + 8 + 2 * at, 2) : 0;
}

/* Decimal text of a binary numeric; what does not fit is cut (Zhike's own numerics are sums of integers). */
static void numeric_text(const char *p, int size, char out[PG_TEXT])
{
    int groups = (int16_t)big(p, 2), weight = (int16_t)big(p + 2, 2), sign = (int)big(p + 4, 2);
    if (sign != 0 && sign != 0x4000) {
        snprintf(out, PG_TEXT, sign == 0xC000 ? "NaN" : sign == 0xD000 ? "Infinity" : "-Infinity");
        return;
    }
    int first = weight > 0 ? weight : 0, last = weight - groups + 1;
    int n = snprintf(out, PG_TEXT, "%s%d", sign ? "-" : "", numeric_group(p, size, first));
    for (int power = first - 1; n < PG_TEXT - 8 && (power >= 0 || power >= last); power--)
        n += snprintf(out + n, (size_t)(PG_TEXT - n), power == -1 ? ".%04d" : "%04d", numeric_group(p, size, power));
}

static int64_t int_of_text(const char *text)
{
    return strtoll(text, NULL, 10); /* stops at the point, saturates */
}

int64_t pg_get_int(db_stmt *s, int column)
{
    int         size;
    unsigned    type;
    char        text[PG_TEXT];
    const char *p = value_of(s, column, &size, &type);
    if (!p)
        return 0;
    switch (type) {
    case OID_INT8:
    case OID_XID8: return (int64_t)big(p, 8);
    case OID_INT4: return (int32_t)big(p, 4);
    case OID_INT2: return (int16_t)big(p, 2);
    case OID_OID:
    case OID_XID: return (int64_t)big(p, 4);
    case OID_BOOL: return p[0] != 0;
    case OID_DATE: return (int32_t)big(p, 4) + EPOCH_DAYS;
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ: return ms_of_instant((int64_t)big(p, 8));
    case OID_FLOAT4:
    case OID_FLOAT8: return (int64_t)pg_get_real(s, column);
    case OID_NUMERIC: numeric_text(p, size, text); return int_of_text(text);
    default: snprintf(text, sizeof text, "%.*s", size, p); return int_of_text(text);
    }
}

double pg_get_real(db_stmt *s, int column)
{
    int         size;
    unsigned    type;
    char        text[PG_TEXT];
    const char *p = value_of(s, column, &size, &type);
    if (!p)
        return 0;
    if (type == OID_FLOAT8) {
        uint64_t bits = big(p, 8);
        double   v;
        memcpy(&v, &bits, sizeof v);
        return v;
    }
    if (type == OID_FLOAT4) {
        uint32_t bits = (uint32_t)big(p, 4);
        float    v;
        memcpy(&v, &bits, sizeof v);
        return (double)v;
    }
    if (type == OID_NUMERIC) {
        numeric_text(p, size, text);
        return strtod(text, NULL);
    }
    return (double)pg_get_int(s, column);
}

bool pg_get_bool(db_stmt *s, int column)
{
    return pg_get_int(s, column) != 0;
}

int64_t pg_get_time(db_stmt *s, int column)
{
    return pg_get_int(s, column);
}

static str shown(pg_statement *s, int column, const char *p, int size, unsigned type)
{
    int columns = PQnfields(s->result);
    if (s->shown_columns < columns) {
        free(s->shown);
        s->shown = db_alloc((size_t)columns * sizeof *s->shown);
        s->shown_columns = columns;
    }
    char *out = s->shown[column];
    switch (type) {
    case OID_FLOAT4:
    case OID_FLOAT8: snprintf(out, PG_TEXT, "%.15g", pg_get_real(&s->base, column)); break;
    case OID_NUMERIC: numeric_text(p, size, out); break;
    default: /* as on SQLite, where dates, instants and booleans are integers */
        snprintf(out, PG_TEXT, "%lld", (long long)pg_get_int(&s->base, column));
    }
    return str_from(out);
}

str pg_get_text(db_stmt *s, int column)
{
    int         size;
    unsigned    type;
    const char *p = value_of(s, column, &size, &type);
    if (!p)
        return (str){ NULL, 0 };
    switch (type) {
    case OID_BOOL:
    case OID_INT8:
    case OID_INT2:
    case OID_INT4:
    case OID_OID:
    case OID_XID:
    case OID_XID8:
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
    case OID_DATE:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ: return shown((pg_statement *)s, column, p, size, type);
    case OID_JSONB: return (str){ p + 1, size - 1 }; /* a version byte comes first */
    default: return (str){ p, size };
    }
}

str pg_get_blob(db_stmt *s, int column)
{
    return pg_get_text(s, column);
}

bool pg_whole(db_stmt *s, int column, int64_t *out)
{
    if (pg_is_null(s, column))
        return false;
    *out = pg_get_int(s, column);
    return true;
}

bool pg_words(db_stmt *s, int column, str *out)
{
    if (pg_is_null(s, column))
        return false;
    *out = pg_get_text(s, column);
    return true;
}
