/* CAMP-2.5: what members of a campaign come to: its own words, in its own order. A word is one of the organisation's
 * (campaign_member.status), so that campaigns can be compared and an import knows it; here it may be called otherwise. */
#include "rooms/campaign/inside.h"

#include "base/limits.h"

enum { F_CAMPAIGN, F_NAME, F_STATUS, F_POSITION, F_INITIAL, F_RESPONSE, F_COUNT };
static const field_def fields[] = {
    [F_CAMPAIGN] = { .name = "campaign",
                     .type = FT_REF,
                     .target = "campaign",
                     .flags = FF_REQUIRED | FF_LIST | FF_CASCADE },
    [F_NAME] = { .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_LIST, .min = 1, .max = 80 },
    [F_STATUS] = { .name = "status", .type = FT_TEXT, .flags = FF_LIST, .min = 1, .max = 40 },
    [F_POSITION] = { .name = "position", .type = FT_INTEGER, .flags = FF_LIST, .min = 0, .max = 9999 },
    [F_INITIAL] = { .name = "initial", .type = FT_BOOL, .flags = FF_LIST, .initial = "false" },
    [F_RESPONSE] = { .name = "response", .type = FT_BOOL, .flags = FF_LIST, .initial = "false" },
};
_Static_assert(countof(fields) == F_COUNT, "one row per field");

static const struct {
    const char *status;
    bool        initial, response;
} first_set[] = {
    { "planned", true, false },   { "sent", false, false },    { "opened", false, false },
    { "responded", false, true }, { "attended", false, true }, { "declined", false, false },
    { "bounced", false, false },
};

static const field *status_field(const ctx *c)
{
    return &snapshot_entity(c->snap, STR("campaign_member"))->fields[MEMBER_STATUS];
}

static str word_of(const ctx *c, str status)
{
    const choice *is = field_choice(status_field(c), status);
    return is ? is->label[c->snap->organisation_lang] : status;
}

/* A state that nobody called otherwise is read in the reader's language. */
static str name_for_reader(const ctx *c, str status, str name)
{
    const choice *is = field_choice(status_field(c), status);
    return is && str_eq(name, is->label[c->snap->organisation_lang]) ? is->label[c->lang] : name;
}

/* ---- reading them ---- */

typedef struct {
    ctx          *c;
    member_state *list;
    size_t        count;
} states;

static err take_state(void *arg, query_row *row)
{
    states *s = arg;
    if (s->count == STATES_MOST)
        return ERR_OK;
    str status = arena_str(s->c->a, query_value(row, 0).s), name = arena_str(s->c->a, query_value(row, 1).s);
    s->list[s->count++] = (member_state){ .status = status,
                                          .name = name_for_reader(s->c, status, name),
                                          .initial = query_value(row, 2).i != 0,
                                          .response = query_value(row, 3).i != 0 };
    return ERR_OK;
}

err campaign_states(ctx *c, int64_t campaign, member_state **out, size_t *count)
{
    states s = { .c = c, .list = arena_make_n(c->a, member_state, STATES_MOST) };
    TRY(campaign_each(c,
                      arena_printf(c->a,
                                   "SELECT status, name, initial, response FROM campaign_state WHERE campaign = '%lld' "
                                   "ORDER BY position LIMIT %d",
                                   (long long)campaign, STATES_MOST),
                      take_state, &s));
    for (size_t i = 0; s.count == 0 && i < countof(first_set); i++) {
        str status = str_from(first_set[i].status);
        s.list[i] = (member_state){ status, name_for_reader(c, status, word_of(c, status)), first_set[i].initial,
                                    first_set[i].response };
    }
    *out = s.list;
    *count = s.count ? s.count : countof(first_set);
    return ERR_OK;
}

bool campaign_state_find(const member_state *list, size_t count, str status, member_state *out)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i].status, status)) {
            *out = list[i];
            return true;
        }
    return false;
}

bool campaign_state_answered(const member_state *list, size_t count, member_state *out)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].response) {
            *out = list[i];
            return true;
        }
    return false;
}

/* ---- making and changing them ---- */

err campaign_states_make(ctx *c, const rec *campaign)
{
    const entity *e = snapshot_entity(c->snap, STR("campaign_state"));
    for (size_t i = 0; i < countof(first_set); i++) {
        rec *r = store_new(c, e);
        str  status = str_from(first_set[i].status);
        rec_set_ref(r, F_CAMPAIGN, campaign->id);
        rec_set_text(c, r, F_NAME, utf8_cut(word_of(c, status), 80));
        rec_set_text(c, r, F_STATUS, status);
        rec_set_int(r, F_POSITION, (int64_t)(i + 1) * 10);
        rec_set_int(r, F_INITIAL, first_set[i].initial);
        rec_set_int(r, F_RESPONSE, first_set[i].response);
        TRY(store_save(c, r, 0));
    }
    return ERR_OK;
}

/* The organisation's word for it: named by key, else the one that is called so, else a new one. */
static err settle_word(ctx *c, rec *next)
{
    const field *f = status_field(c);
    str          name = rec_text(next, F_NAME);
    if (!rec_null(next, F_STATUS))
        return field_choice(f, rec_text(next, F_STATUS))
                   ? ERR_OK
                   : ctx_problem_with(c, STR("status"), STR("not_a_choice"), rec_text(next, F_STATUS));
    if (!name.n)
        return ERR_OK; /* required: the generic check says so */
    for (size_t i = 0; i < f->choice_count; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++)
            if (str_eq_nocase(f->choices[i].label[lang], name)) {
                rec_set_text(c, next, F_STATUS, f->choices[i].key);
                return ERR_OK;
            }
    int64_t number;
    if (f->choice_count >= LIMIT_CHOICES)
        return ctx_problem(c, "name", STR("campaign_state.too_many"));
    TRY(store_counter(c, STR("campaign_state"), &number));
    rec_set_text(c, next, F_STATUS, arena_printf(c->a, "state_%lld", (long long)number));
    return store_choice_add(c, f, rec_text(next, F_STATUS), name);
}

static bool is_set(const rec *r, size_t f)
{
    return r && !rec_null(r, f) && rec_int(r, f);
}

static err others_initial(ctx *c, const rec *r, int64_t **ids, size_t *n)
{
    list_request ask = { .where = arena_printf(c->a, "campaign = '%lld' AND initial = true AND id != '%lld'",
                                               (long long)rec_ref(r, F_CAMPAIGN), (long long)r->id) };
    if (!r->id)
        ask.where = arena_printf(c->a, "campaign = '%lld' AND initial = true", (long long)rec_ref(r, F_CAMPAIGN));
    return query_ids(c, r->e, &ask, STATES_MOST, ids, n);
}

static err before_save(ctx *c, const rec *old, rec *next)
{
    int64_t *ids;
    size_t   n = 0;
    if (old && rec_changed(old, next, F_STATUS))
        return ctx_problem(c, "status", STR("read_only"));
    if (old && rec_changed(old, next, F_CAMPAIGN))
        return ctx_problem(c, "campaign", STR("read_only"));
    if (!old)
        TRY(settle_word(c, next));
    if (!rec_ref(next, F_CAMPAIGN) || is_set(next, F_INITIAL))
        return ERR_OK;
    TRY(others_initial(c, next, &ids, &n));
    if (n == 0 && is_set(old, F_INITIAL))
        return ctx_problem(c, "initial", STR("campaign_state.one_initial"));
    if (n == 0)
        rec_set_int(next, F_INITIAL, true);
    return ERR_OK;
}

/* One is the default: whoever becomes it takes it from the other. */
static err after_save(ctx *c, const rec *old, rec *saved)
{
    int64_t *ids;
    size_t   n;
    if (!is_set(saved, F_INITIAL) || is_set(old, F_INITIAL))
        return ERR_OK;
    TRY(others_initial(c, saved, &ids, &n));
    for (size_t i = 0; i < n; i++) {
        rec *other;
        TRY(store_load_any(c, saved->e, ids[i], &other));
        rec_set_int(other, F_INITIAL, false);
        TRY(store_save(c, other, 0));
    }
    return ERR_OK;
}

/* The default stays, and so does what members stand in; with the campaign all go. */
static err before_delete(ctx *c, const rec *r)
{
    rec    *campaign;
    int64_t used;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign")), rec_ref(r, F_CAMPAIGN), &campaign));
    if (campaign->deleted_at)
        return ERR_OK;
    if (is_set(r, F_INITIAL))
        return ctx_refuse(c, ERR_CONFLICT, STR("campaign_default_state"), (str){ 0 });
    list_request  ask = { .where = arena_printf(c->a, "campaign = '%lld' AND status = '%.*s'", (long long)campaign->id,
                                                STR_ARG(rec_text(r, F_STATUS))) };
    const entity *members = snapshot_entity(c->snap, STR("campaign_member"));
    TRY(query_count(c, members, &ask, false, &used));
    return used ? ctx_refuse(c, ERR_CONFLICT, STR("in_use"), members->plural_label[c->lang]) : ERR_OK;
}

static const list_view_def lists[] = { { "all", "", "position", NULL } };
static const index_def     indexes[] = { { "campaign,status", true } };
static const char *const   refusals[] = { "campaign_default_state", NULL };

const entity_def campaign_state_entity = {
    .name = "campaign_state",
    .part_of = "campaign",
    .plural = "campaign_states",
    .fields = fields,
    .field_count = countof(fields),
    .lists = lists,
    .list_count = countof(lists),
    .indexes = indexes,
    .index_count = countof(indexes),
    .refusals = refusals,
    .hidden = true,
    .before_save = before_save,
    .after_save = after_save,
    .before_delete = before_delete,
};
