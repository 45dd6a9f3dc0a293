/* The organisation's settings; and how the server is: /healthz, /metrics. */
#include "api/misc.h"
#include "base/date.h"
#include "base/text.h"
#include "store/changes.h"
#include "store/kept.h"
#include "store/own.h"

static void put_settings(json_writer *w, str name, str currency, str zone, int64_t month, int lang)
{
    json_object(w);
    put_text(w, "name", name);
    json_put_string(w, "currency", currency);
    json_put_string(w, "zone", zone);
    json_put_int(w, "fiscal_start_month", month);
    json_put_string(w, "language", str_from(lang_name(lang)));
    json_object_end(w);
}

err settings_get(call *k)
{
    const snapshot *s = k->c.snap;
    put_settings(&k->w, s->org_name, s->currency, s->zone, s->fiscal_start_month, s->organisation_lang);
    return ERR_OK;
}

static str settings_text(call *k, str name, str currency, str zone, int64_t month, int lang)
{
    buf         b;
    json_writer w;
    buf_init(&b, 4096);
    json_begin(&w, &b);
    put_settings(&w, name, currency, zone, month, lang);
    str text = arena_str(k->c.a, buf_str(&b));
    buf_free(&b);
    return text;
}

static err note_settings(call *k, str name, str currency, str zone, int64_t month, int lang)
{
    const snapshot *s = k->c.snap;
    str before = settings_text(k, s->org_name, s->currency, s->zone, s->fiscal_start_month, s->organisation_lang);
    str after = settings_text(k, name, currency, zone, month, lang);
    return str_eq(before, after) ? ERR_OK
                                 : changes_note(&k->c, "settings", 0, STR("organisation"), "update", before, after);
}

/* Is there a sum that was counted in the currency of now? */
static err money_exists(call *k, bool *yes)
{
    const snapshot *s = k->c.snap;
    for (size_t i = 0; i < s->entity_count && !*yes; i++)
        for (size_t n = 0; n < s->entities[i]->field_count && !*yes; n++) {
            const field *f = &s->entities[i]->fields[n];
            int64_t     *ids;
            size_t       count;
            if (!(f->flags & FF_BASE))
                continue;
            list_request r = { .where = arena_printf(k->c.a, "%.*s != null", STR_ARG(f->name)), .limit = 1 };
            TRY(query_ids(&k->c, s->entities[i], &r, 1, &ids, &count));
            *yes = count > 0;
        }
    return ERR_OK;
}

static err check_currency(call *k, str currency)
{
    currency_info info;
    bool          used = false;
    if (!currency_find(currency, &info))
        return ctx_problem(&k->c, "currency", STR("not_a_choice"));
    if (str_eq(currency, k->c.snap->currency))
        return ERR_OK;
    TRY(money_exists(k, &used));
    return used ? ctx_problem(&k->c, "currency", STR("currency_in_use")) : ERR_OK;
}

err settings_update(call *k)
{
    static const char *const names[] = { "name", "currency", "zone", "fiscal_start_month", "language", NULL };
    const snapshot          *s = k->c.snap;
    str                      name = s->org_name, currency = s->currency, zone = s->zone, language;
    int64_t                  month = s->fiscal_start_month;
    int                      lang = s->organisation_lang;
    if (body_member(k, "name"))
        name = body_text(k, "name", false, 100);
    if (body_member(k, "currency")) {
        currency = body_text(k, "currency", true, 3);
        err e = check_currency(k, currency);
        if (e != ERR_OK && e != ERR_INVALID)
            return e;
    }
    if (body_member(k, "zone") && !zone_known(zone = body_text(k, "zone", true, 60)))
        (void)ctx_problem(&k->c, "zone", STR("unknown_zone"));
    if (body_member(k, "fiscal_start_month") &&
        (!json_int64(body_member(k, "fiscal_start_month"), &month) || month < 1 || month > 12))
        (void)ctx_problem(&k->c, "fiscal_start_month", STR("out_of_range"));
    if (body_member(k, "language")) {
        language = body_text(k, "language", true, 10);
        lang = lang_from(language);
        if (!str_eq(language, str_from(lang_name(lang))))
            (void)ctx_problem(&k->c, "language", STR("not_a_choice"));
    }
    TRY(body_check(k, names));
    TRY(setting_put(&k->c, STR("org_name"), name));
    TRY(setting_put(&k->c, STR("currency"), currency));
    TRY(setting_put(&k->c, STR("zone"), zone));
    TRY(setting_put(&k->c, STR("fiscal_start_month"), arena_printf(k->c.a, "%lld", (long long)month)));
    TRY(setting_put(&k->c, STR("language"), str_from(lang_name(lang))));
    for (size_t i = 0; month != s->fiscal_start_month && i < s->entity_count; i++)
        if (s->entities[i]->def->fiscal_year_moved)
            TRY(s->entities[i]->def->fiscal_year_moved(&k->c, (int)month));
    TRY(note_settings(k, name, currency, zone, month, lang));
    TRY(tables_changed(&k->c));
    put_settings(&k->w, name, currency, zone, month, lang);
    return ERR_OK;
}

/* ---- how it is ---- */

#ifndef ZHIKE_VERSION
#define ZHIKE_VERSION "0"
#endif

/* The transaction is open: the database answers. */
err health_get(call *k)
{
    int64_t version;
    TRY(store_snapshot_version(k->c.conn, &version));
    json_object(&k->w);
    json_put_string(&k->w, "status", STR("ok"));
    json_put_string(&k->w, "version", STR(ZHIKE_VERSION));
    json_put_string(&k->w, "database", db_kind(k->s->d) == DB_SQLITE ? STR("sqlite") : STR("postgresql"));
    json_object_end(&k->w);
    return ERR_OK;
}

static void put_metric(buf *b, const char *name, const char *kind, const char *help, int64_t v)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, kind, name, (long long)v);
}

static void put_latency(buf *b, const http_stats *s)
{
    const char *name = "zhike_http_request_duration_seconds";
    int64_t     sum = 0;
    buf_printf(b, "# HELP %s Time from the end of a request's body to its answer.\n# TYPE %s histogram\n", name, name);
    for (size_t i = 0; i < countof(s->latency_bucket); i++) {
        sum += s->latency_bucket[i];
        if (i + 1 < countof(s->latency_bucket))
            buf_printf(b, "%s_bucket{le=\"%.5f\"} %lld\n", name, 0.00025 * (double)(1 << i), (long long)sum);
    }
    buf_printf(b, "%s_bucket{le=\"+Inf\"} %lld\n%s_sum %.6f\n%s_count %lld\n", name, (long long)sum, name,
               s->latency_sum_seconds, name, (long long)sum);
}

/* Resident memory of this process, from the kernel. */
static int64_t resident_bytes(void)
{
    char    line[128];
    int64_t kib = 0;
    FILE   *f = fopen("/proc/self/status", "re");
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f))
        if (str_starts(str_from(line), STR("RssAnon:"))) {
            str rest = str_trim(str_from(line + 8));
            (void)str_to_int64(str_sub(rest, 0, str_find_char(rest, ' ')), &kib);
        }
    fclose(f);
    return kib * 1024;
}

err metrics_get(call *k)
{
    http_stats s;
    buf       *b = &k->r->reply.body;
    http_stats_read(k->s->http, &s);
    k->r->reply.type = "text/plain; version=0.0.4; charset=utf-8";
    put_metric(b, "zhike_uptime_seconds", "gauge", "Since the start.", (clock_now_ms() - k->s->started_ms) / 1000);
    put_metric(b, "zhike_http_requests_total", "counter", "Requests answered.", s.requests);
    buf_putz(b, "# HELP zhike_http_responses_total Answers by the first digit of their status.\n"
                "# TYPE zhike_http_responses_total counter\n");
    for (int i = 1; i < 6; i++)
        buf_printf(b, "zhike_http_responses_total{class=\"%dxx\"} %lld\n", i, (long long)s.by_status[i]);
    put_metric(b, "zhike_http_sent_bytes_total", "counter", "Bytes of bodies sent.", s.bytes_out);
    put_metric(b, "zhike_http_connections", "gauge", "Open connections.", s.open_connections);
    put_metric(b, "zhike_http_streams", "gauge", "Event streams.", s.streams);
    put_metric(b, "zhike_slow_waiting", "gauge", "Requests that wait for the slow lane.", s.slow_waiting);
    put_metric(b, "zhike_slow_running", "gauge", "Requests in the slow lane.", s.slow_running);
    put_metric(b, "zhike_tables_version", "gauge", "Version of the tables and settings in force.", k->c.snap->version);
    put_metric(b, "zhike_anonymous_memory_bytes", "gauge", "Anonymous resident memory.", resident_bytes());
    put_latency(b, &s);
    return ERR_OK;
}
