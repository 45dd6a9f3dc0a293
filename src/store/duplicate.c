#include "store/duplicate.h"

#include "base/norm.h"
#include "base/text.h"
#include "store/internal.h"

typedef enum { BY_TAX, BY_EMAIL, BY_PHONE, BY_COMPANY, BY_WEBSITE, BY_COUNT } way;
static const struct {
    const char *name;
    int         score;
} ways[] = {
    [BY_TAX] = { "tax_number", 100 }, [BY_EMAIL] = { "email", 95 },     [BY_PHONE] = { "phone", 90 },
    [BY_COMPANY] = { "company", 80 }, [BY_WEBSITE] = { "website", 40 },
};
_Static_assert(countof(ways) == BY_COUNT, "one row per way");

enum { KEYS_MOST = 12, CANDIDATES = 30, LOOKED_AT = 200, MORE_EACH = 3 };

/* By what a field is compared; BY_COUNT: by nothing. */
static way way_of(const field *f)
{
    const entity_def *d = f->owner->def;
    if (f->flags & FF_ALIAS || (!(f->flags & FF_SEARCH) && (int)f->index != f->owner->title))
        return BY_COUNT;
    if (d->company && str_eq(f->name, str_from(d->company)))
        return BY_COMPANY;
    if (d->tax_number && str_eq(f->name, str_from(d->tax_number)))
        return BY_TAX;
    return f->type == FT_PHONE ? BY_PHONE : f->type == FT_EMAIL ? BY_EMAIL : f->type == FT_URL ? BY_WEBSITE : BY_COUNT;
}

/* Empty where the text says nothing to compare. */
static str normal(ctx *c, way w, str text)
{
    phone p;
    switch (w) {
    case BY_PHONE: return phone_normalise(c->a, text, &p) && p.number.n >= 7 ? p.number : (str){ 0 };
    case BY_EMAIL: return email_normalise(c->a, text);
    case BY_WEBSITE: return url_domain(c->a, text);
    case BY_TAX: return tax_number_normalise(c->a, text);
    case BY_COMPANY: return company_name_normalise(c->a, text);
    case BY_COUNT: break;
    }
    return (str){ 0 };
}

typedef struct {
    way w;
    str normal, typed;
} key;

static size_t keys_of(ctx *c, const rec *r, key out[KEYS_MOST])
{
    size_t n = 0;
    for (size_t i = 0; i < r->e->field_count && n < KEYS_MOST; i++) {
        way w = way_of(&r->e->fields[i]);
        if (w == BY_COUNT || !r->v[i].set || !permit_field(&c->actor, &r->e->fields[i], VERB_READ))
            continue;
        key k = { w, normal(c, w, r->v[i].s), r->v[i].s };
        if (utf8_length(k.normal) < 2)
            continue;
        bool known = false;
        for (size_t m = 0; m < n; m++)
            known = known || (out[m].w == w && str_eq(out[m].normal, k.normal));
        if (!known)
            out[n++] = k;
    }
    return n;
}

/* How the same number may have been written: with the country, without it, with the 0 of the trunk. */
static size_t phone_words(ctx *c, const key *k, str out[4])
{
    size_t n = 0;
    str    digits = str_starts(k->normal, STR("+")) ? str_sub(k->normal, 1, k->normal.n) : k->normal;
    out[n++] = digits;
    if (str_starts(k->normal, STR("+86"))) {
        str national = str_sub(digits, 2, digits.n);
        out[n++] = national;
        if (national.n && national.p[0] != '1')
            out[n++] = arena_printf(c->a, "0%.*s", STR_ARG(national));
    }
    out[n++] = utf8_cut(k->typed, 40);
    return n;
}

/* What a firm's name is looked for by: Chinese without the legal form; else its first words, as what follows may be one. */
static str company_words(const key *k)
{
    str typed = str_trim(k->typed);
    for (ptrdiff_t i = 0; i < typed.n; i++)
        if ((unsigned char)typed.p[i] >= 0x80)
            return utf8_cut(k->normal, 30);
    int blanks = 0;
    for (ptrdiff_t i = 0; i < typed.n; i++)
        if (typed.p[i] == ' ' && ++blanks == 2)
            return str_sub(typed, 0, i);
    ptrdiff_t blank = str_find_char(typed, ' ');
    return blank > 2 ? str_sub(typed, 0, blank) : typed;
}

static size_t words_of(ctx *c, const key *k, str out[4])
{
    switch (k->w) {
    case BY_PHONE: return phone_words(c, k, out);
    case BY_COMPANY: out[0] = company_words(k); return 1;
    case BY_WEBSITE: out[0] = k->normal; return 1;
    case BY_TAX:
        out[0] = k->normal;
        out[1] = k->typed;
        return 2;
    case BY_EMAIL:
    case BY_COUNT: break;
    }
    out[0] = k->typed;
    return 1;
}

typedef struct {
    duplicate *list;
    size_t     count;
    int64_t    looked[LOOKED_AT];
    size_t     looked_count;
} found;

static void add_reason(duplicate *d, way w, const field *f, str text)
{
    for (size_t i = 0; i < d->reason_count; i++)
        if (d->reasons[i].kind == ways[w].name)
            return;
    if (d->reason_count == DUPLICATE_REASONS)
        return;
    int more = d->score < ways[w].score ? d->score : ways[w].score;
    d->score = (d->score > ways[w].score ? d->score : ways[w].score) + (more ? MORE_EACH : 0);
    d->score = d->score > 100 ? 100 : d->score;
    d->reasons[d->reason_count].kind = ways[w].name;
    d->reasons[d->reason_count].field = f;
    d->reasons[d->reason_count++].value = text;
}

static err owner_name(ctx *c, const rec *r, str *out)
{
    const field *owner = r->e->def->owned ? entity_common(r->e, CF_OWNER) : NULL,
                *team = entity_field(r->e, STR("team"));
    const entity *is;
    bool          deleted;
    if (owner && !r->v[owner->index].set && team && team->type == FT_REF)
        owner = team;
    if (!owner || !r->v[owner->index].set)
        return ERR_OK;
    return registry_find(c, r->v[owner->index].i, &is, out, &deleted);
}

/* Every field of it against every key, whatever brought it here. */
static err compare(ctx *c, const entity *e, int64_t id, bool unseen, const key *keys, size_t key_count, found *to)
{
    rec      *r = NULL;
    duplicate d = { .e = e, .id = id };
    err       x = store_load_any(c, e, id, &r);
    if (x == ERR_OK && r->deleted_at)
        x = ERR_NOT_FOUND;
    if (x == ERR_OK)
        x = record_scope(c, VERB_READ, r);
    d.hidden = x == ERR_NOT_FOUND && unseen && r && !r->deleted_at;
    if (x != ERR_OK && !d.hidden)
        return x == ERR_NOT_FOUND ? ERR_OK : x;
    for (size_t i = 0; i < e->field_count; i++) {
        const field *f = &e->fields[i];
        way          w = way_of(f);
        if (w == BY_COUNT || !r->v[i].set || !permit_field(&c->actor, f, VERB_READ))
            continue;
        str mine = normal(c, w, r->v[i].s);
        for (size_t k = 0; k < key_count && mine.n; k++)
            if (keys[k].w == w && str_eq(keys[k].normal, mine))
                add_reason(&d, w, f, r->v[i].s);
    }
    if (!d.reason_count)
        return ERR_OK;
    d.name = record_name(r);
    TRY(owner_name(c, r, &d.owner_name));
    to->list[to->count++] = d;
    return ERR_OK;
}

static bool looked_at(found *to, int64_t id)
{
    for (size_t i = 0; i < to->looked_count; i++)
        if (to->looked[i] == id)
            return true;
    if (to->looked_count < LOOKED_AT)
        to->looked[to->looked_count++] = id;
    return to->looked_count == LOOKED_AT;
}

static size_t comparable(ctx *c, const entity **out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < c->snap->entity_count && n < room; i++) {
        const entity *e = c->snap->entities[i];
        bool          any = false;
        for (size_t k = 0; k < e->field_count && !any; k++)
            any = way_of(&e->fields[k]) != BY_COUNT;
        if (any && !e->def->configuration && !e->def->hidden && permit_entity(&c->actor, e, VERB_READ))
            out[n++] = e;
    }
    return n;
}

static int by_score(const void *a, const void *b)
{
    const duplicate *x = a, *y = b;
    if (x->score != y->score)
        return y->score - x->score;
    return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

static err candidates(ctx *c, str words, bool unseen, const entity **entities, size_t entity_count, search_hit **hits,
                      size_t *count)
{
    bool more;
    if (unseen)
        return search_unseen(c, words, entities, entity_count, CANDIDATES, hits, count);
    return store_search(c, words, entities, entity_count, CANDIDATES, hits, count, &more);
}

err store_duplicates(ctx *c, const rec *r, bool unseen, size_t limit, duplicate **out, size_t *count)
{
    const entity *entities[64];
    key           keys[KEYS_MOST];
    size_t        entity_count = comparable(c, entities, countof(entities)), key_count = keys_of(c, r, keys);
    found         f = { .list = arena_make_n(c->a, duplicate, LOOKED_AT) };
    if (r->id)
        (void)looked_at(&f, r->id);
    for (size_t k = 0; k < key_count && entity_count; k++) {
        str    words[4];
        size_t n = words_of(c, &keys[k], words);
        for (size_t i = 0; i < n; i++) {
            search_hit *hits;
            size_t      hit_count;
            TRY(candidates(c, words[i], unseen, entities, entity_count, &hits, &hit_count));
            for (size_t h = 0; h < hit_count; h++)
                if (!looked_at(&f, hits[h].id))
                    TRY(compare(c, hits[h].e, hits[h].id, unseen, keys, key_count, &f));
        }
    }
    if (f.count)
        qsort(f.list, f.count, sizeof *f.list, by_score);
    *out = f.list;
    *count = f.count < limit ? f.count : limit;
    return ERR_OK;
}
