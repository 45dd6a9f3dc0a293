/* Any text is parsed as a condition, an order, a list of paths and a SELECT: a tree, or a fault inside the text; then
 * made into SQL over a few tables, for both roles: a statement that holds nothing of the text's quotes, or a refusal. */
#include "base/text.h"
#include "query/ast.h"
#include "query/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool taken, const query_fault *f, str text)
{
    if (!taken)
        ASSERT(f->code && f->at >= 0 && f->at <= text.n);
}

/* What stands in quotes decodes to no more than it is. */
static void decode_all(arena *a, str text)
{
    lexeme      x = { .kind = LEX_NAME };
    query_fault f;
    for (ptrdiff_t at = 0; x.kind != LEX_END && lex_next(text, at, &x, &f); at = x.end)
        if (x.kind == LEX_TEXT) {
            ASSERT(lex_decode(a, x.text, false).n <= x.text.n);
            ASSERT(lex_decode(a, x.text, true).n <= x.text.n);
        }
}

static const choice_def colors[] = { { .key = "red" }, { .key = "green" } };
static const choice_def codes[] = { { .key = "CNY" }, { .key = "USD" }, { .key = "JPY" } };
#define FIELDS(list) .fields = list, .field_count = countof(list)
static const field_def user_fields[] = { { .name = "name", .type = FT_TEXT },
                                         { .name = "team", .type = FT_REF, .target = "team" } };
static const field_def team_fields[] = { { .name = "name", .type = FT_TEXT } };
static const field_def stage_fields[] = { { .name = "key", .type = FT_TEXT, .flags = FF_REQUIRED | FF_UNIQUE },
                                          { .name = "name", .type = FT_TEXT } };
static const field_def deal_fields[] = {
    { .name = "name", .type = FT_TEXT },
    { .name = "note", .type = FT_LONG_TEXT },
    { .name = "n", .type = FT_INTEGER },
    { .name = "amount", .type = FT_MONEY },
    { .name = "currency", .type = FT_CHOICE, .choices = codes, .choice_count = countof(codes) },
    { .name = "close_date", .type = FT_DATE },
    { .name = "met", .type = FT_TIME },
    { .name = "hot", .type = FT_BOOL },
    { .name = "b", .type = FT_MULTI_CHOICE, .choices = colors, .choice_count = countof(colors) },
    { .name = "stage", .type = FT_KEYREF, .target = "stage" },
    { .name = "about", .type = FT_ANYREF },
    { .name = "account", .type = FT_REF, .target = "opportunity" },
    { .name = "user", .type = FT_REF, .target = "user", .flags = FF_PERSONAL },
};
static const entity_def user_def = { .name = "user", .plural = "users", FIELDS(user_fields) };
static const entity_def team_def = { .name = "team", .plural = "teams", FIELDS(team_fields) };
static const entity_def stage_def = { .name = "stage", .plural = "stages", FIELDS(stage_fields), .key = "key" };
static const entity_def deal_def = {
    .name = "opportunity", .plural = "opportunities", FIELDS(deal_fields), .currency = "currency", .owned = true
};
static const entity_def *const rooms[] = { &user_def, &team_def, &stage_def, &deal_def, NULL };

static snapshot *tables(void)
{
    static snapshot *s; /* one for the whole run */
    if (!s) {
        snapshot_input in = { .rooms = rooms };
        arena         *a = arena_new();
        str            why;
        ASSERT(text_open() == ERR_OK);
        ASSERT(snapshot_build(&in, a, &s, &why) == ERR_OK);
        arena_free(a);
    }
    return s;
}

static void check_refusal(err e, const ctx *c, str text)
{
    ASSERT(e == ERR_OK || e == ERR_MALFORMED);
    if (e == ERR_MALFORMED)
        ASSERT(c->position >= 0 && c->position <= text.n && c->detail.n > 0);
}

static void compile(arena *a, str text, role_kind r)
{
    int64_t below[] = { 8, 9 };
    ctx     c = {
            .a = a, .snap = tables(), .now_ms = INT64_C(1790000000000), .zone = STR("Europe/Berlin"), .position = -1
    };
    c.actor = (actor){ .user = 7, .role = r, .team = 3, .below = below, .below_count = 2 };
    const entity *e = snapshot_entity(c.snap, STR("opportunity"));
    query        *q;
    check_refusal(query_select(&c, text, &q), &c, text);
    check_refusal(query_check_where(&c, e, text), &c, text);
    list_request lists[] = {
        { .where = text, .limit = 5 }, { .order = text, .limit = 5 }, { .select = text }, { .after = text }
    };
    for (size_t i = 0; i < countof(lists); i++)
        check_refusal(query_list(&c, e, &lists[i], &q), &c, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena      *a = arena_new();
    str         text = { (const char *)data, (ptrdiff_t)size };
    query_fault f;
    cond       *where;
    order_item *order;
    item       *paths;
    tree       *select;
    check(parse_where(a, text, &where, &f), &f, text);
    check(parse_order(a, text, &order, &f), &f, text);
    check(parse_paths(a, text, &paths, &f), &f, text);
    check(parse_select(a, text, &select, &f), &f, text);
    decode_all(a, text);
    compile(a, text, ROLE_ADMINISTRATOR);
    compile(a, text, ROLE_MEMBER);
    arena_free(a);
    return 0;
}
