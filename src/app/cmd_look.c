/* zhike query, schema, openapi, check: what looks and changes nothing. */
#include <sys/stat.h>

#include "api/meta.h"
#include "api/openapi.h"
#include "app/command.h"
#include "app/place.h"
#include "app/registry.h"
#include "app/table.h"
#include "query/query.h"
#include "store/store.h"

static int explain(place *p, str text)
{
    query *q;
    err    e = db_read_begin(p->d, DB_LONG, &p->c.conn);
    if (e == ERR_OK) {
        e = query_select(&p->c, text, &q);
        if (e == ERR_OK) {
            str sql = query_sql(q, p->a);
            printf("%.*s\n", STR_ARG(sql));
        }
        db_read_end(p->c.conn);
        p->c.conn = NULL;
    }
    return e == ERR_OK ? 0 : place_fail(p, e, "the query");
}

int cmd_query(const options *o)
{
    place p;
    str   text = str_from(o->words[0]);
    if (!utf8_valid(text))
        return command_fail("the query is no valid UTF-8");
    if (!place_open(o, 0, &p))
        return 1;
    int status = o->value[OPT_EXPLAIN] ? explain(&p, text) : table_query(&p, text, table_form_of(o));
    place_close(&p);
    return status;
}

/* Without a database: what the program's own tables declare. */
static snapshot *bare_tables(arena *a)
{
    str            why;
    snapshot      *s = NULL;
    snapshot_input in = { .rooms = rooms };
    if (snapshot_build(&in, a, &s, &why) != ERR_OK) {
        command_fail("%.*s", STR_ARG(why));
        return NULL;
    }
    return s;
}

/* With what the organisation added, where there is a database. Unpin it. */
static snapshot *tables_of(const options *o, arena *a)
{
    place p;
    if (!place_there(o))
        return place_texts(o) ? bare_tables(a) : NULL;
    if (!place_open(o, 0, &p))
        return NULL;
    snapshot *s = snapshot_pin(p.tables);
    place_close(&p);
    return s;
}

static void print_buf(const buf *b)
{
    fwrite(b->p, 1, b->n, stdout);
    fputc('\n', stdout);
}

static void print_field(const field *f)
{
    char        kind[80];
    const char *target = f->target ? f->target->name.p : "";
    snprintf(kind, sizeof kind, "%s%s%.*s", type_of(f)->name, *target ? " " : "",
             f->target ? (int)f->target->name.n : 0, target);
    printf("  %-20.*s %-28s%s%s%s%s%s", STR_ARG(f->name), kind, f->flags & FF_REQUIRED ? " required" : "",
           f->flags & FF_UNIQUE ? " unique" : "", f->flags & FF_READONLY ? " read-only" : "",
           f->flags & FF_SEARCH ? " searched" : "", f->flags & FF_SORT ? " indexed" : "");
    for (size_t i = 0; i < f->choice_count && f->choice_count <= 12; i++)
        printf("%s%.*s", i ? " " : " (", STR_ARG(f->choices[i].key));
    puts(f->choice_count && f->choice_count <= 12 ? ")" : "");
}

static void print_entity(const entity *e)
{
    printf("%.*s (%.*s)%s%s\n", STR_ARG(e->name), STR_ARG(e->plural), e->key >= 0 ? " keyed by " : "",
           e->key >= 0 ? e->fields[e->key].name.p : "");
    for (size_t i = 0; i < e->field_count; i++)
        print_field(&e->fields[i]);
    for (size_t i = 0; i < e->def->action_count; i++)
        printf("  POST /%.*s/ID/%s\n", STR_ARG(e->plural), e->def->actions[i].name);
    for (size_t i = 0; i < e->def->view_count; i++)
        printf("  GET /views/%s\n", e->def->views[i].name);
    putchar('\n');
}

static void print_json(const snapshot *s, const entity *only)
{
    buf         b;
    json_writer w;
    actor       program = { .user = 0 };
    buf_init(&b, 64 << 20);
    json_begin(&w, &b);
    json_array(&w);
    for (size_t i = 0; i < s->entity_count; i++)
        if (!only || only == s->entities[i])
            meta_entity(s, &program, s->entities[i], &w);
    json_array_end(&w);
    print_buf(&b);
    buf_free(&b);
}

int cmd_schema(const options *o)
{
    const char   *name = o->word_count ? o->words[0] : NULL;
    arena        *a = arena_new();
    snapshot     *s = tables_of(o, a);
    const entity *only = s && name ? snapshot_entity(s, str_from(name)) : NULL;
    int           status = s ? 0 : 1;
    if (s && name && !only)
        only = snapshot_plural(s, str_from(name));
    if (s && name && !only)
        status = command_fail("there is no entity %s; zhike schema shows them all", name);
    for (size_t i = 0; status == 0 && !o->value[OPT_JSON] && i < s->entity_count; i++)
        if (!only || only == s->entities[i])
            print_entity(s->entities[i]);
    if (status == 0 && o->value[OPT_JSON])
        print_json(s, only);
    snapshot_unpin(s);
    arena_free(a);
    return status;
}

int cmd_openapi(const options *o)
{
    buf         b;
    json_writer w;
    arena      *a = arena_new();
    snapshot   *s = tables_of(o, a);
    if (s) {
        buf_init(&b, 64 << 20);
        json_begin(&w, &b);
        openapi_write(s, &w);
        print_buf(&b);
        buf_free(&b);
    }
    snapshot_unpin(s);
    arena_free(a);
    return s ? 0 : 1;
}

/* ---- check ---- */

typedef struct {
    int64_t wrong, odd;
} verdict;

static void print_finding(void *arg, bool wrong, str sentence)
{
    verdict *v = arg;
    ++*(wrong ? &v->wrong : &v->odd);
    printf("%.*s\n", STR_ARG(sentence));
}

static void print_fault(void *arg, str sentence)
{
    print_finding(arg, true, sentence);
}

/* Others on this machine may read what holds everybody's data, or write into its folder. The key file has been looked at
 * already: with an open one no database opens. */
static void look_at_modes(place *p, const options *o, verdict *v)
{
    const char *file = place_file(o, p->a), *folder = p->folder;
    struct stat s, f;
    if (stat(folder, &f) == 0 && f.st_mode & S_IWOTH)
        print_finding(v, true, ctx_sentence(&p->c, "check.folder_open", str_from(folder), (str){ 0 }));
    if (!file || stat(file, &s) != 0)
        return;
    if (s.st_mode & S_IWOTH || (s.st_mode & S_IROTH && place_reachable(p->a, file)))
        print_finding(v, true, ctx_sentence(&p->c, "check.file_open", str_from(file), (str){ 0 }));
}

int cmd_check(const options *o)
{
    place   p;
    verdict v = { 0 };
    int64_t checked = 0;
    if (!place_open(o, 0, &p))
        return 1;
    look_at_modes(&p, o, &v);
    err e = db_read_begin(p.d, DB_LONG, &p.c.conn);
    if (e == ERR_OK) {
        e = store_check(&p.c, print_fault, &v, &checked);
        if (e == ERR_OK)
            e = store_check_rights(&p.c, print_finding, &v);
        db_read_end(p.c.conn);
        p.c.conn = NULL;
    }
    int status = e != ERR_OK ? place_fail(&p, e, "the check") : v.wrong ? 1 : 0;
    if (e == ERR_OK)
        printf("%lld checked, %lld wrong, %lld to look at\n", (long long)checked, (long long)v.wrong, (long long)v.odd);
    if (db_fence_missing(p.d).n) /* no fault of the data: the database's administrator may not wish for it */
        printf("note: readers of the database have no role of their own: %.*s\n", STR_ARG(db_fence_missing(p.d)));
    place_close(&p);
    return status;
}
