/* Order, and paging by key: a page goes on behind the last row's values, never by counting rows.
 *
 * A first key that can be null splits what is left into records with a value and records without one. Each part is a
 * statement of its own, so that each is one range of the index (key, id):
 *   behind 5, nulls last:   1. (key, id) < (5, 17)      2. key IS NULL
 *   behind null, nulls first: 1. key IS NULL AND id > 17   2. key IS NOT NULL
 * Row values serve where all directions are equal and no further key can be null behind the value; else
 *   key >= 5 AND (key > 5 OR key = 5 AND (…)). */
#include "base/text.h"
#include "query/plan.h"

/* SQLite sorts nulls first ascending; PostgreSQL's indexes are made NULLS FIRST throughout, but the primary key. */
void put_order(maker *m, buf *out, size_t from, order_form form)
{
    const query *q = m->q;
    for (size_t i = from; i < q->key_count; i++) {
        const order_key *k = &q->keys[i];
        bool             natural = k->nulls_first != k->descending;
        bool             primary = !q->grouped && q->key_count == from + 1;
        buf_puts(out, i == from ? STR(" ORDER BY ") : STR(", "));
        if (form == ORDER_ALIAS)
            buf_printf(out, "k%zu", i);
        else
            buf_printf(out, "%s%.*s", form == ORDER_UNINDEXED ? "+" : "", STR_ARG(k->key));
        if (k->descending)
            buf_puts(out, STR(" DESC"));
        if (!primary && (m->engine == DB_POSTGRES || !natural))
            buf_puts(out, k->nulls_first ? STR(" NULLS FIRST") : STR(" NULLS LAST"));
    }
}

/* ---- behind ---- */

static void put_equal(maker *m, buf *out, const order_key *k, const param *v)
{
    buf_puts(out, k->key);
    if (v->null) {
        buf_puts(out, STR(" IS NULL"));
        return;
    }
    buf_puts(out, STR(" = "));
    put_param(m, out, *v);
}

static void put_beyond(maker *m, buf *out, const order_key *k, const param *v, bool or_equal)
{
    buf_puts(out, k->key);
    buf_putz(out, k->descending ? " <" : " >");
    buf_puts(out, or_equal ? STR("= ") : STR(" "));
    put_param(m, out, *v);
}

/* Rows behind the values from key i on, among those with equal earlier keys. */
static void put_behind(maker *m, buf *out, const param *v, size_t i)
{
    const order_key *k = &m->q->keys[i];
    bool             more = i + 1 < m->q->key_count, any = !v[i].null || k->nulls_first;
    buf_putc(out, '(');
    if (v[i].null && k->nulls_first)
        buf_printf(out, "%.*s IS NOT NULL", STR_ARG(k->key));
    if (!v[i].null)
        put_beyond(m, out, k, &v[i], false);
    if (!v[i].null && k->nullable && !k->nulls_first)
        buf_printf(out, " OR %.*s IS NULL", STR_ARG(k->key));
    if (more) {
        buf_puts(out, any ? STR(" OR (") : STR("("));
        put_equal(m, out, k, &v[i]);
        buf_puts(out, STR(" AND "));
        put_behind(m, out, v, i + 1);
        buf_putc(out, ')');
    } else if (!any) {
        buf_puts(out, STR("1=0"));
    }
    buf_putc(out, ')');
}

static bool one_direction(const query *q, const param *v)
{
    for (size_t i = 1; i < q->key_count; i++) {
        const order_key *k = &q->keys[i];
        if (k->descending != q->keys[0].descending || v[i].null || (k->nullable && !k->nulls_first))
            return false;
    }
    return true;
}

static void put_row_values(maker *m, buf *out, const param *v)
{
    const query *q = m->q;
    for (size_t i = 0; i < q->key_count; i++) {
        buf_puts(out, i == 0 ? STR("(") : STR(", "));
        buf_puts(out, q->keys[i].key);
    }
    buf_puts(out, q->keys[0].descending ? STR(") < (") : STR(") > ("));
    for (size_t i = 0; i < q->key_count; i++) {
        if (i > 0)
            buf_puts(out, STR(", "));
        put_param(m, out, v[i]);
    }
    buf_putc(out, ')');
}

static void put_behind_value(maker *m, buf *out, const param *v)
{
    const query *q = m->q;
    if (q->key_count == 1) {
        put_beyond(m, out, &q->keys[0], &v[0], false);
    } else if (one_direction(q, v)) {
        put_row_values(m, out, v);
    } else {
        put_beyond(m, out, &q->keys[0], &v[0], true);
        buf_puts(out, STR(" AND ("));
        put_beyond(m, out, &q->keys[0], &v[0], false);
        buf_puts(out, STR(" OR "));
        put_behind(m, out, v, 1);
        buf_putc(out, ')');
    }
}

int after_count(const maker *m, const param *v)
{
    const order_key *k = &m->q->keys[0];
    return k->nullable && v[0].null == k->nulls_first ? 2 : 1;
}

void put_after(maker *m, buf *out, const param *v, int n)
{
    const order_key *k = &m->q->keys[0];
    if (n == 1) {
        buf_printf(out, v[0].null ? "%.*s IS NOT NULL" : "%.*s IS NULL", STR_ARG(k->key));
    } else if (!v[0].null) {
        put_behind_value(m, out, v);
    } else {
        buf_printf(out, "%.*s IS NULL AND ", STR_ARG(k->key));
        put_behind(m, out, v, 1);
    }
}

/* ---- cursors: base64url of version, hash of the query, values, hash of all that ---- */

enum { CURSOR_VERSION = 1, CURSOR_MAX = 64 << 10, TAG_NULL = 255 };

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static str encode64(arena *a, str raw)
{
    char     *text = arena_alloc(a, (size_t)raw.n * 4 / 3 + 4);
    ptrdiff_t n = 0;
    uint32_t  bits = 0;
    int       held = 0;
    for (ptrdiff_t i = 0; i < raw.n; i++) {
        bits = (bits << 8 | (unsigned char)raw.p[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6)
            text[n++] = digits64[bits >> (held - 6) & 63];
    }
    if (held > 0)
        text[n++] = digits64[bits << (6 - held) & 63];
    return (str){ text, n };
}

static bool decode64(arena *a, str text, str *out)
{
    char     *raw = arena_alloc(a, (size_t)text.n + 1);
    ptrdiff_t n = 0;
    uint32_t  bits = 0;
    int       held = 0;
    for (ptrdiff_t i = 0; i < text.n; i++) {
        const char *digit = text.p[i] ? strchr(digits64, text.p[i]) : NULL;
        if (!digit)
            return false;
        bits = (bits << 6 | (uint32_t)(digit - digits64)) & 0xffff;
        held += 6;
        if (held >= 8)
            raw[n++] = (char)(bits >> (held -= 8) & 0xff);
    }
    *out = (str){ raw, n };
    return held < 6 && (bits & ((1u << held) - 1)) == 0;
}

static void put_u64(buf *b, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        buf_putc(b, (char)(v >> (8 * i) & 0xff));
}

static uint64_t get_u64(const char *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static void put_cursor_value(buf *b, const param *v)
{
    uint64_t bits = (uint64_t)v->i;
    if (v->kind == PARAM_REAL)
        memcpy(&bits, &v->r, sizeof bits);
    buf_putc(b, v->null ? (char)TAG_NULL : (char)v->kind);
    if (v->null)
        return;
    if (v->kind != PARAM_TEXT && v->kind != PARAM_BLOB) {
        put_u64(b, bits);
        return;
    }
    put_u64(b, (uint64_t)v->s.n);
    buf_puts(b, v->s);
}

str cursor_write(arena *a, const query *q, const param *values)
{
    buf b;
    buf_init(&b, CURSOR_MAX);
    buf_putc(&b, CURSOR_VERSION);
    put_u64(&b, q->hash);
    for (size_t i = 0; i < q->key_count; i++)
        put_cursor_value(&b, &values[i]);
    put_u64(&b, hash_bytes(buf_str(&b)));
    str out = encode64(a, buf_str(&b));
    ASSERT(!b.failed); /* keys are bounded by the length of texts */
    buf_free(&b);
    return out;
}

static bool get_cursor_value(str raw, ptrdiff_t *at, param_kind kind, bool nullable, param *out)
{
    if (*at >= raw.n)
        return false;
    int tag = (unsigned char)raw.p[(*at)++];
    *out = (param){ .kind = kind, .null = tag == TAG_NULL };
    if (out->null)
        return nullable;
    if (tag != (int)kind || raw.n - *at < 8)
        return false;
    uint64_t bits = get_u64(raw.p + *at);
    *at += 8;
    out->i = (int64_t)bits;
    if (kind == PARAM_REAL)
        memcpy(&out->r, &bits, sizeof bits);
    if (kind != PARAM_TEXT && kind != PARAM_BLOB)
        return true;
    if (bits > (uint64_t)(raw.n - *at))
        return false;
    out->s = str_sub(raw, *at, *at + (ptrdiff_t)bits);
    *at += (ptrdiff_t)bits;
    return true;
}

bool cursor_read(maker *m, str text, param *values)
{
    const query *q = m->q;
    str          raw;
    ptrdiff_t    at = 9;
    bool         ok = text.n > 0 && text.n <= CURSOR_MAX * 4 / 3 && decode64(m->a, text, &raw) && raw.n >= 17 &&
              raw.p[0] == CURSOR_VERSION && get_u64(raw.p + 1) == q->hash &&
              get_u64(raw.p + raw.n - 8) == hash_bytes(str_sub(raw, 0, raw.n - 8));
    raw.n = ok ? raw.n - 8 : 0;
    for (size_t i = 0; ok && i < q->key_count; i++)
        ok = get_cursor_value(raw, &at, q->keys[i].kind, q->keys[i].nullable, &values[i]);
    return (ok && at == raw.n) || maker_fault(m, 0, "cursor", (str){ 0 });
}
