/* May a deal come to a stage: what must be filled, which moves are allowed, why it is taken up again. */
#include "base/text.h"
#include "rooms/opportunity/inside.h"

/* The next name of a comma-separated list, without the blanks around it; empty at the end. */
static str next_name(str *rest)
{
    while (rest->n > 0) {
        ptrdiff_t cut = str_find_char(*rest, ',');
        str       one = cut < 0 ? *rest : str_sub(*rest, 0, cut);
        *rest = cut < 0 ? (str){ 0 } : str_sub(*rest, cut + 1, rest->n);
        while (one.n > 0 && one.p[0] == ' ')
            one = str_sub(one, 1, one.n);
        while (one.n > 0 && one.p[one.n - 1] == ' ')
            one = str_sub(one, 0, one.n - 1);
        if (one.n > 0)
            return one;
    }
    return (str){ 0 };
}

/* What a stage may ask for beside fields: at least one record that hangs on the deal. */
static const struct {
    const char *name, *part;
} things[] = {
    { "lines", "opportunity_line" },
    { "contacts", "opportunity_contact" },
    { "competitors", "opportunity_competitor" },
};

static const char *thing_part(str name)
{
    for (size_t i = 0; i < countof(things); i++)
        if (str_eq(name, str_from(things[i].name)))
            return things[i].part;
    return NULL;
}

static const field *deal_field(const ctx *c, str name)
{
    const field *f = entity_field(snapshot_entity(c->snap, STR("opportunity")), name);
    return f && !(f->flags & (FF_READONLY | FF_ALIAS | FF_BASE)) ? f : NULL;
}

void stage_check_rules(ctx *c, const rec *stage)
{
    str rest = rec_text(stage, STAGE_REQUIRED), name;
    while ((name = next_name(&rest)).n > 0)
        if (!thing_part(name) && !deal_field(c, name))
            (void)ctx_problem_with(c, STR("required_fields"), STR("unknown_field"), utf8_cut(name, 80));
}

/* STAGE-1: all that is missing, at once. */
static err check_filled(ctx *c, const rec *next, const rec *stage)
{
    str rest = rec_text(stage, STAGE_REQUIRED), name, label = rec_text(stage, STAGE_LABEL);
    while ((name = next_name(&rest)).n > 0) {
        const char  *part = thing_part(name);
        const field *f = part ? NULL : entity_field(next->e, name);
        size_t       n = 0;
        int64_t     *ids;
        if (part && next->id)
            TRY(deal_parts(c, next->id, part, 1, &ids, &n));
        if (part ? n == 0 : f && rec_null(next, (size_t)f->index)) /* a field that is gone asks for nothing */
            (void)ctx_problem_with(c, name, STR("stage_needs"), label);
    }
    return ERR_OK;
}

/* STAGE-2: within a pipeline; another pipeline is another way altogether. */
static void check_move(ctx *c, const rec *was, const rec *stage)
{
    str  rest = rec_text(was, STAGE_NEXT), name;
    bool any = false;
    if (rec_ref(was, STAGE_PIPELINE) != rec_ref(stage, STAGE_PIPELINE))
        return;
    while ((name = next_name(&rest)).n > 0) {
        any = true;
        if (str_eq_nocase(name, rec_text(stage, STAGE_KEY)))
            return;
    }
    if (any)
        (void)ctx_problem_with(c, STR("stage"), STR("not_allowed_from_here"), rec_text(stage, STAGE_LABEL));
}

err deal_enter_stage(ctx *c, const rec *old, const rec *next, const rec *was, const rec *stage)
{
    if (c->importing)
        return ERR_OK; /* history stays as it was */
    bool was_closed = was && rec_choice(was, STAGE_KIND) != STAGE_OPEN;
    if (was_closed && rec_choice(stage, STAGE_KIND) == STAGE_OPEN &&
        !(rec_given(next, F_REOPEN_REASON) && !rec_null(next, F_REOPEN_REASON))) /* OPP-10 */
        (void)ctx_problem(c, "reopen_reason", STR("reopen_needs_reason"));
    if (was && old)
        check_move(c, was, stage);
    return check_filled(c, next, stage);
}
