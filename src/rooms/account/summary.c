/* ACCT-3: one account with everything that hangs on it, and the hierarchy with its roll-up. */
#include "base/date.h"
#include "rooms/account/inside.h"

enum { NODES_MOST = 500, AT_ONCE = 200 };

/* ---- counts ---- */

typedef struct {
    int64_t open, won, lost, open_sum, won_sum, lost_sum, cases_open, cases, rated, stars;
} sums;

static void add_deals(sums *s, str kind, int64_t n, int64_t sum)
{
    int64_t *count = str_eq(kind, STR("won")) ? &s->won : str_eq(kind, STR("lost")) ? &s->lost : &s->open;
    int64_t *money = str_eq(kind, STR("won")) ? &s->won_sum : str_eq(kind, STR("lost")) ? &s->lost_sum : &s->open_sum;
    *count += n;
    *money += sum;
}

static bool is_open_case(str status)
{
    return str_eq(status, STR("new")) || str_eq(status, STR("in_progress")) || str_eq(status, STR("waiting"));
}

#define OPEN_CASES "status IN ('new','in_progress','waiting')"

typedef struct {
    int64_t id, parent;
    str     name;
    int     level;
    sums    own, all;
} node;

typedef struct {
    ctx   *c;
    node  *list;
    size_t count;
    int    level;
    bool   more;
} tree;

static node *node_at(tree *t, int64_t id)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].id == id)
            return &t->list[i];
    return NULL;
}

static err take_deals(void *arg, query_row *row)
{
    node *n = node_at(arg, query_value(row, 0).i);
    value sum = query_value(row, 3);
    if (n)
        add_deals(&n->own, query_value(row, 1).s, query_value(row, 2).i, sum.set ? sum.i : 0);
    return ERR_OK;
}

static err take_cases(void *arg, query_row *row)
{
    node   *n = node_at(arg, query_value(row, 0).i);
    int64_t count = query_value(row, 2).i;
    if (!n)
        return ERR_OK;
    n->own.cases += count;
    n->own.cases_open += is_open_case(query_value(row, 1).s) ? count : 0;
    return ERR_OK;
}

static err take_ratings(void *arg, query_row *row)
{
    node *n = node_at(arg, query_value(row, 0).i);
    if (!n)
        return ERR_OK;
    n->own.rated += query_value(row, 2).i;
    n->own.stars += query_value(row, 1).i * query_value(row, 2).i;
    return ERR_OK;
}

static str ids_of(const tree *t, size_t from, size_t to)
{
    str in = { 0 };
    for (size_t i = from; i < to && i < t->count; i++)
        in = arena_printf(t->c->a, "%.*s%s'%lld'", STR_ARG(in), in.n ? "," : "", (long long)t->list[i].id);
    return in;
}

static err read_sums(tree *t)
{
    ctx *c = t->c;
    for (size_t at = 0; at < t->count; at += AT_ONCE) {
        str in = ids_of(t, at, at + AT_ONCE);
        TRY(figures_each(
            c,
            arena_printf(c->a,
                         "SELECT account, stage.kind, COUNT(id) n, SUM(amount_base) s FROM opportunity WHERE "
                         "account IN (%.*s) GROUP BY account, stage.kind LIMIT 2000",
                         STR_ARG(in)),
            take_deals, t));
        TRY(figures_each(c,
                         arena_printf(c->a,
                                      "SELECT account, status, COUNT(id) n FROM case WHERE account IN (%.*s) GROUP BY "
                                      "account, status LIMIT 2000",
                                      STR_ARG(in)),
                         take_cases, t));
        TRY(figures_each(c,
                         arena_printf(c->a,
                                      "SELECT account, rating, COUNT(id) n FROM case WHERE account IN (%.*s) AND "
                                      "rating != null GROUP BY account, rating LIMIT 2000",
                                      STR_ARG(in)),
                         take_ratings, t));
    }
    return ERR_OK;
}

/* ---- the hierarchy ---- */

static err take_child(void *arg, query_row *row)
{
    tree *t = arg;
    if (t->count == NODES_MOST) {
        t->more = true;
        return ERR_OK;
    }
    t->list[t->count++] = (node){ .id = query_value(row, 0).i,
                                  .name = arena_str(t->c->a, query_value(row, 1).s),
                                  .parent = query_value(row, 2).i,
                                  .level = t->level };
    return ERR_OK;
}

/* Level by level; at most NODES_MOST altogether. */
static err read_tree(tree *t, const rec *top)
{
    ctx *c = t->c;
    t->list = arena_make_n(c->a, node, NODES_MOST);
    t->list[t->count++] = (node){ .id = top->id, .name = rec_text(top, F_NAME) };
    for (size_t from = 0; from < t->count && !t->more;) {
        size_t to = t->count;
        t->level++;
        for (size_t at = from; at < to; at += AT_ONCE)
            TRY(figures_each(
                c,
                arena_printf(c->a, "SELECT id, name, parent FROM account WHERE parent IN (%.*s) ORDER BY name LIMIT %d",
                             STR_ARG(ids_of(t, at, at + AT_ONCE < to ? at + AT_ONCE : to)), NODES_MOST + 1),
                take_child, t));
        from = to;
    }
    return ERR_OK;
}

static void add(sums *to, const sums *of)
{
    to->open += of->open;
    to->won += of->won;
    to->lost += of->lost;
    to->open_sum += of->open_sum;
    to->won_sum += of->won_sum;
    to->lost_sum += of->lost_sum;
    to->cases_open += of->cases_open;
    to->cases += of->cases;
    to->rated += of->rated;
    to->stars += of->stars;
}

/* Children stand behind their parents. */
static void roll_up(tree *t)
{
    for (size_t i = 0; i < t->count; i++)
        t->list[i].all = t->list[i].own;
    for (size_t i = t->count; i-- > 1;) {
        node *above = node_at(t, t->list[i].parent);
        if (above)
            add(&above->all, &t->list[i].all);
    }
}

/* It and everything below. */
static str below(const tree *t, size_t top)
{
    bool *in = arena_make_n(t->c->a, bool, t->count + 1);
    str   ids = { 0 };
    in[top] = true;
    for (size_t i = top; i < t->count; i++) {
        for (size_t k = top; k < i && !in[i]; k++)
            in[i] = in[k] && t->list[k].id == t->list[i].parent;
        if (in[i])
            ids = arena_printf(t->c->a, "%.*s%s'%lld'", STR_ARG(ids), ids.n ? "," : "", (long long)t->list[i].id);
    }
    return ids;
}

/* SERV-7.5: the mean of what its customers chose, 1 to 5, cut to two decimals. */
static void put_satisfaction(ctx *c, json_writer *w, const sums *s, str where)
{
    figures_put_count(c, w, "rated", s->rated, "cases", where);
    json_key(w, STR("satisfaction"));
    json_object(w);
    json_key(w, STR("value"));
    if (s->rated)
        json_real(w, (double)(s->stars * 100 / s->rated) / 100);
    else
        json_null(w);
    json_key(w, STR("records"));
    figures_address(c, w, "cases", where);
    json_object_end(w);
}

static void put_sums(ctx *c, json_writer *w, const char *key, const sums *s, str accounts)
{
    const struct {
        const char *count, *money, *kind;
        int64_t     n, sum;
    } kinds[] = { { "open", "amount_open", "open", s->open, s->open_sum },
                  { "won", "amount_won", "won", s->won, s->won_sum },
                  { "lost", "amount_lost", "lost", s->lost, s->lost_sum } };
    json_key(w, str_from(key));
    json_object(w);
    for (size_t i = 0; i < countof(kinds); i++) {
        str where = arena_printf(c->a, "%.*s AND stage.kind = '%s'", STR_ARG(accounts), kinds[i].kind);
        figures_put_count(c, w, kinds[i].count, kinds[i].n, "opportunities", where);
        figures_put_money(c, w, kinds[i].money, kinds[i].sum, "opportunities", where);
    }
    figures_put_count(c, w, "cases_open", s->cases_open, "cases",
                      arena_printf(c->a, "%.*s AND " OPEN_CASES, STR_ARG(accounts)));
    figures_put_count(c, w, "cases", s->cases, "cases", accounts);
    put_satisfaction(c, w, s, arena_printf(c->a, "%.*s AND rating != null", STR_ARG(accounts)));
    json_object_end(w);
}

static err load_account(ctx *c, const char *text, rec **out)
{
    int64_t id = figures_id(c, "account", text);
    if (!id)
        return ctx_problem(c, "account", text && *text ? STR("not_an_id") : STR("required"));
    return store_load(c, snapshot_entity(c->snap, STR("account")), id, out);
}

static void put_node(tree *t, json_writer *w, size_t i)
{
    ctx        *c = t->c;
    const node *n = &t->list[i];
    json_object(w);
    json_put_id(w, "id", n->id);
    json_put_string(w, "name", n->name);
    json_put_int(w, "level", n->level);
    if (i)
        json_put_id(w, "parent", n->parent);
    else
        json_put_null(w, "parent");
    put_sums(c, w, "own", &n->own, arena_printf(c->a, "account = '%lld'", (long long)n->id));
    put_sums(c, w, "all", &n->all, arena_printf(c->a, "account IN (%.*s)", STR_ARG(below(t, i))));
    json_object_end(w);
}

/* Depth first, so that each stands under its own. */
static void put_under(tree *t, json_writer *w, size_t i)
{
    put_node(t, w, i);
    for (size_t k = i + 1; k < t->count; k++)
        if (t->list[k].parent == t->list[i].id)
            put_under(t, w, k);
}

/* Those above, the topmost first. */
static err put_above(ctx *c, json_writer *w, const rec *of)
{
    enum { MOST = 50 };
    const rec *up[MOST];
    size_t     n = 0;
    for (const rec *at = of; rec_ref(at, F_PARENT) && n < MOST;) {
        rec *r;
        err  e = store_load(c, at->e, rec_ref(at, F_PARENT), &r);
        if (e == ERR_NOT_FOUND)
            break;
        TRY(e);
        up[n++] = at = r;
    }
    json_key(w, STR("above"));
    json_array(w);
    while (n-- > 0) {
        json_object(w);
        json_put_id(w, "id", up[n]->id);
        json_put_string(w, "name", rec_text(up[n], F_NAME));
        json_object_end(w);
    }
    json_array_end(w);
    return ERR_OK;
}

err account_tree(ctx *c, const char *const *values, json_writer *w)
{
    static const char *const columns[] = { "name", "text", "own", "json", "all", "json", NULL };
    tree                     t = { .c = c };
    rec                     *top;
    TRY(load_account(c, values[0], &top));
    TRY(read_tree(&t, top));
    TRY(read_sums(&t));
    roll_up(&t);
    json_object(w);
    json_put_string(w, "currency", c->snap->currency);
    TRY(put_above(c, w, top));
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    put_under(&t, w, 0);
    json_array_end(w);
    json_put_bool(w, "more", t.more);
    json_object_end(w);
    return ERR_OK;
}

/* ---- one account ---- */

/* "{order}" and the like in the sentence of the locale. */
static str replace(ctx *c, str text, const char *mark, str with)
{
    ptrdiff_t at = str_find(text, str_from(mark));
    if (at < 0)
        return text;
    return arena_printf(c->a, "%.*s%.*s%.*s", STR_ARG(str_sub(text, 0, at)), STR_ARG(with),
                        STR_ARG(str_sub(text, at + (ptrdiff_t)strlen(mark), text.n)));
}

static str day_text(ctx *c, const rec *r, size_t f)
{
    char text[DATE_TEXT];
    if (rec_null(r, f))
        return STR("–");
    date_format(r->e->fields[f].type == FT_TIME ? ctx_today(&(ctx){ .now_ms = rec_int(r, f), .zone = c->zone })
                                                : rec_int(r, f),
                text);
    return arena_str(c->a, str_from(text));
}

/* ACCT-4.8: the rule in one sentence, with this account's own numbers. */
static void put_life(ctx *c, json_writer *w, const rec *r)
{
    str why = rec_text(r, F_LIFE_REASON), since = day_text(c, r, F_LIFE_SINCE);
    str rhythm = rec_null(r, F_RHYTHM) ? STR("–") : arena_printf(c->a, "%lld", (long long)rec_int(r, F_RHYTHM));
    str text = why.n ? label_get(c->lang, arena_printf(c->a, "account.life.%.*s", STR_ARG(why))) : (str){ 0 };
    text = replace(c, text, "{order}", day_text(c, r, F_LAST_ORDER));
    text = replace(c, text, "{rhythm}", rhythm);
    text = replace(c, text, "{contact}", day_text(c, r, F_LAST_CONTACT_AT));
    json_key(w, STR("life"));
    json_object(w);
    json_put_string(w, "stage", rec_text(r, F_LIFE_STAGE));
    json_put_string(w, "reason", why);
    json_put_string(w, "sentence", text);
    if (rec_null(r, F_LIFE_SINCE))
        json_put_null(w, "since");
    else
        json_put_string(w, "since", since);
    json_object_end(w);
}

typedef struct {
    const char *what, *entity, *plural, *where; /* where: %s is the account's id */
} hanging;

static const hanging things[] = {
    { "contacts", "contact", "contacts", "account = '%s'" },
    { "further_contacts", "contact_account", "contact_accounts", "account = '%s' AND (until = null OR until > TODAY)" },
    { "former_contacts", "contact_account", "contact_accounts", "account = '%s' AND until <= TODAY" },
    { "members", "account_member", "account_members", "account = '%s' AND (until = null OR until >= TODAY)" },
    { "planned", "activity", "activities", "about = 'account/%s' AND done_at = null" },
    { "children", "account", "accounts", "parent = '%s'" },
    { "campaign_members", "campaign_member", "campaign_members", "contact.account = '%s'" },
};

static str with_id(ctx *c, const char *form, int64_t id)
{
    return replace(c, str_from(form), "%s", arena_printf(c->a, "%lld", (long long)id));
}

static err put_things(ctx *c, json_writer *w, int64_t id)
{
    for (size_t i = 0; i < countof(things); i++) {
        list_request l = { .where = with_id(c, things[i].where, id) };
        int64_t      n;
        TRY(query_count(c, snapshot_entity(c->snap, str_from(things[i].entity)), &l, false, &n));
        figures_put_count(c, w, things[i].what, n, things[i].plural, l.where);
    }
    return ERR_OK;
}

err account_summary(ctx *c, const char *const *values, json_writer *w)
{
    static const char *const columns[] = { "name", "text", "own", "json", "all", "json", NULL };
    tree                     t = { .c = c };
    rec                     *r;
    TRY(load_account(c, values[0], &r));
    TRY(read_tree(&t, r));
    TRY(read_sums(&t));
    roll_up(&t);
    json_object(w);
    json_put_string(w, "currency", c->snap->currency);
    put_life(c, w, r);
    if (rec_null(r, F_LAST_CONTACT_AT))
        json_put_null(w, "last_contact_at");
    else {
        char text[TIME_TEXT];
        time_format(rec_int(r, F_LAST_CONTACT_AT), text);
        json_put_string(w, "last_contact_at", str_from(text));
    }
    TRY(put_above(c, w, r));
    TRY(put_things(c, w, r->id));
    figures_columns(w, columns);
    json_key(w, STR("rows"));
    json_array(w);
    put_node(&t, w, 0);
    json_array_end(w);
    json_put_bool(w, "more", t.more);
    json_object_end(w);
    return ERR_OK;
}
