#include "query/bind.h"

#include "db/dialect.h"

void bind_value(db_stmt *s, int n, const field *f, const value *v)
{
    if (!v->set) {
        db_bind_null(s, n);
        return;
    }
    switch (type_of(f)->store) {
    case STORE_TEXT:
    case STORE_JSON: db_bind_text(s, n, v->s); return;
    case STORE_INT: db_bind_int(s, n, v->i); return;
    case STORE_BOOL: db_bind_bool(s, n, v->i != 0); return;
    case STORE_DATE: db_bind_date(s, n, v->i); return;
    case STORE_TIME: db_bind_time(s, n, v->i); return;
    }
}

value bind_peek(db_stmt *s, int column, const field *f)
{
    value   v = { 0 };
    storage kind = type_of(f)->store;
    v.set = kind == STORE_TEXT || kind == STORE_JSON ? db_words(s, column, &v.s) : db_whole(s, column, &v.i);
    return v;
}

value bind_read(db_stmt *s, int column, const field *f, arena *a)
{
    value v = bind_peek(s, column, f);
    if (v.s.n > 0)
        v.s = arena_str(a, v.s);
    return v;
}

void bind_identifier(buf *out, str name)
{
    buf_putc(out, '"');
    for (ptrdiff_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            buf_putc(out, '"');
        buf_putc(out, name.p[i]);
    }
    buf_putc(out, '"');
}

const char *bind_sql_type(db_engine e, const field *f)
{
    const dialect *d = dialect_of(e);
    switch (type_of(f)->store) {
    case STORE_TEXT: return d->type_text;
    case STORE_JSON: return d->type_json;
    case STORE_INT: return d->type_int;
    case STORE_BOOL: return d->type_bool;
    case STORE_DATE: return d->type_date;
    case STORE_TIME: return d->type_time;
    }
    return d->type_text;
}
