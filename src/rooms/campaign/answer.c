/* CAMP-4: an answer, however it comes; and the link by which a member answers without signing in. */
#include "rooms/campaign/inside.h"

#include "base/qr.h"
#include "base/random.h"
#include "rooms/opportunity/figures.h"
#include "store/kept.h"

enum { SIGNED = 40, LINKS_A_PAGE = 200 };

/* ---- writing an answer down ---- */

static err answered(ctx *c, rec *member, member_via via)
{
    member_state *list, is;
    size_t        n;
    if (!rec_null(member, MEMBER_RESPONDED_AT)) /* CAMP-2.3 */
        return ERR_OK;
    TRY(campaign_states(c, rec_ref(member, MEMBER_CAMPAIGN), &list, &n));
    if (campaign_state_answered(list, n, &is)) {
        rec_set_text(c, member, MEMBER_STATUS, is.status);
        member->given[MEMBER_STATUS] = 1;
    }
    rec_set_int(member, MEMBER_RESPONDED_AT, c->now_ms);
    rec_set_choice(member, MEMBER_VIA, (int)via);
    return store_save(c, member, 0);
}

err campaign_respond(ctx *c, int64_t campaign, const rec *who, member_via via)
{
    const entity *e = snapshot_entity(c->snap, STR("campaign_member"));
    bool          lead = str_eq(who->e->name, STR("lead"));
    int64_t      *ids;
    size_t        n;
    rec          *member;
    list_request  ask = { .where = arena_printf(c->a, "campaign = '%lld' AND %.*s = '%lld'", (long long)campaign,
                                                STR_ARG(who->e->name), (long long)who->id) };
    if (!campaign)
        return ERR_OK;
    TRY(query_ids(c, e, &ask, 1, &ids, &n));
    if (n) {
        TRY(store_load_any(c, e, ids[0], &member));
    } else {
        member = store_new(c, e);
        rec_set_ref(member, MEMBER_CAMPAIGN, campaign);
        rec_set_ref(member, lead ? MEMBER_LEAD : MEMBER_CONTACT, who->id);
    }
    return answered(c, member, via);
}

/* ---- the link ---- */

/* CAMP-4.2: the member's number and our signature under it: nobody finds another's. */
static err link_key(ctx *c, int64_t member, str *out)
{
    str hex;
    TRY(sign_text(c, arena_printf(c->a, "campaign answer %lld", (long long)member), &hex));
    *out = arena_printf(c->a, "%lld-%.*s", (long long)member, STR_ARG(str_sub(hex, 0, SIGNED)));
    return ERR_OK;
}

/* The member that a key is of; ERR_NOT_FOUND for what we did not sign, and for who is no member any more. */
static err find_member(ctx *c, str key, rec **member, rec **campaign)
{
    ptrdiff_t cut = str_find_char(key, '-');
    int64_t   id = 0;
    str       right;
    if (cut <= 0 || !str_to_int64(str_sub(key, 0, cut), &id) || id <= 0)
        return ERR_NOT_FOUND;
    TRY(link_key(c, id, &right));
    if (!equal_secret(right, key))
        return ERR_NOT_FOUND;
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign_member")), id, member));
    TRY(store_load_any(c, snapshot_entity(c->snap, STR("campaign")), rec_ref(*member, MEMBER_CAMPAIGN), campaign));
    if ((*member)->deleted_at || (*campaign)->deleted_at)
        return ERR_NOT_FOUND;
    if (!rec_null(*campaign, CAMPAIGN_F_LANGUAGE))
        c->lang = lang_from(rec_text(*campaign, CAMPAIGN_F_LANGUAGE));
    return ERR_OK;
}

/* ---- the page ---- */

static void put_escaped(buf *b, str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '<': buf_putz(b, "&lt;"); break;
        case '>': buf_putz(b, "&gt;"); break;
        case '&': buf_putz(b, "&amp;"); break;
        case '"': buf_putz(b, "&quot;"); break;
        case '\n': buf_putz(b, "<br>"); break;
        default: buf_putc(b, s.p[i]);
        }
}

static str text_or(const ctx *c, const rec *campaign, campaign_field which, const char *label)
{
    return rec_null(campaign, which) ? label_get(c->lang, str_from(label)) : rec_text(campaign, which);
}

static void put_page(const ctx *c, const rec *campaign, bool done, buf *b)
{
    str title = text_or(c, campaign, CAMPAIGN_F_ANSWER_TITLE, "message.answer.title");
    buf_printf(b, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n", lang_name(c->lang));
    buf_putz(b, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"robots\" content=\"noindex\">\n<title>");
    put_escaped(b, title);
    buf_putz(b, "</title>\n<style>:root{color-scheme:light dark}body{margin:0;background:Canvas;color:CanvasText;"
                "font:16px/1.6 system-ui,sans-serif}main{max-width:34rem;margin:0 auto;padding:3rem 1rem 4rem}"
                "h1{font-size:1.4rem}button{font:inherit;padding:.6rem 1.4rem;border-radius:6px;border:1px solid;"
                "cursor:pointer}</style>\n</head>\n<body>\n<main>\n<h1>");
    put_escaped(b, title);
    buf_putz(b, "</h1>\n<p role=\"status\">");
    put_escaped(b, done ? text_or(c, campaign, CAMPAIGN_F_ANSWER_THANKS, "message.answer.thanks")
                        : text_or(c, campaign, CAMPAIGN_F_ANSWER_TEXT, "message.answer.text"));
    buf_putz(b, "</p>\n");
    if (!done) {
        buf_putz(b, "<form method=\"post\"><button type=\"submit\">");
        put_escaped(b, text_or(c, campaign, CAMPAIGN_F_ANSWER_BUTTON, "message.answer.button"));
        buf_putz(b, "</button></form>\n");
    }
    buf_putz(b, "</main>\n</body>\n</html>\n");
}

static void show(ctx *c, door_call *d, const rec *campaign, bool done, json_writer *out)
{
    d->allow = d->origin;
    if (d->page) {
        d->type = "text/html; charset=utf-8";
        put_page(c, campaign, done, out->out);
        return;
    }
    json_object(out);
    json_put_string(out, "title", text_or(c, campaign, CAMPAIGN_F_ANSWER_TITLE, "message.answer.title"));
    json_put_string(out, "text",
                    done ? text_or(c, campaign, CAMPAIGN_F_ANSWER_THANKS, "message.answer.thanks")
                         : text_or(c, campaign, CAMPAIGN_F_ANSWER_TEXT, "message.answer.text"));
    json_put_bool(out, "answered", done);
    json_object_end(out);
}

/* CAMP-4.3: looking changes nothing: programs that check mails open every link. */
static err get_answer(ctx *c, door_call *d, json_writer *out)
{
    rec *member, *campaign;
    TRY(find_member(c, d->parts[0], &member, &campaign));
    show(c, d, campaign, !rec_null(member, MEMBER_RESPONDED_AT) && rec_choice(member, MEMBER_VIA) == VIA_LINK, out);
    return ERR_OK;
}

/* CAMP-4.4: again is thanked again and changes nothing; so is whoever comes when it is over. */
static err post_answer(ctx *c, door_call *d, json_writer *out)
{
    rec *member, *campaign;
    TRY(find_member(c, d->parts[0], &member, &campaign));
    TRY(answered(c, member, VIA_LINK));
    show(c, d, campaign, true, out);
    return ERR_OK;
}

const door_def campaign_doors[CAMPAIGN_DOOR_COUNT] = {
    { false, "/answers/{key}", get_answer },
    { true, "/answers/{key}", post_answer },
};

/* ---- links for those who send them ---- */

static bool is_site(str at)
{
    bool http = str_starts(at, STR("https://")) || str_starts(at, STR("http://"));
    for (ptrdiff_t i = 0; i < at.n && http; i++)
        http = (unsigned char)at.p[i] > ' ' && (unsigned char)at.p[i] < 0x7f && at.p[i] != '"' && at.p[i] != '<';
    return http && at.n <= 300;
}

static err read_site(ctx *c, const char *at, str *site)
{
    *site = at ? str_from(at) : (str){ 0 };
    if (site->n && site->p[site->n - 1] == '/')
        site->n--;
    return !site->n || is_site(*site) ? ERR_OK : ctx_problem(c, "at", STR("not_a_url"));
}

/* Whoever may change members may hand out their links. */
static err may_hand_out(ctx *c)
{
    return permit_entity(&c->actor, snapshot_entity(c->snap, STR("campaign_member")), VERB_UPDATE)
               ? ERR_OK
               : ctx_refuse(c, ERR_FORBIDDEN, STR("forbidden"), (str){ 0 });
}

/* The path of what one parameter names. */
static err link_path(ctx *c, int64_t member, int64_t form, str *path)
{
    rec *r;
    str  key;
    if (form) {
        const entity *e = snapshot_entity(c->snap, STR("web_form"));
        TRY(store_load(c, e, form, &r));
        *path = arena_printf(c->a, "/forms/%.*s", STR_ARG(rec_text(r, (size_t)entity_field(e, STR("key"))->index)));
        return ERR_OK;
    }
    TRY(store_load(c, snapshot_entity(c->snap, STR("campaign_member")), member, &r));
    TRY(link_key(c, r->id, &key));
    *path = arena_printf(c->a, "/answers/%.*s", STR_ARG(key));
    return ERR_OK;
}

/* CAMP-4.5: a member's link or a form's, and its QR code where it is said under which address we are seen. */
err campaign_view_link(ctx *c, const char *const *values, json_writer *out)
{
    int64_t member = figures_id(c, "member", values[0]), form = figures_id(c, "form", values[1]);
    str     site, path, svg;
    TRY(may_hand_out(c));
    if (!c->problem_count && (member != 0) == (form != 0))
        (void)ctx_problem(c, "member", STR("campaign.member_or_form"));
    if (read_site(c, values[2], &site) != ERR_OK || c->problem_count)
        return ERR_INVALID;
    TRY(link_path(c, member, form, &path));
    static const char *const columns[] = { "path", "text", "address", "text", "svg", "text", NULL };
    str                      address = arena_printf(c->a, "%.*s%.*s", STR_ARG(site), STR_ARG(path));
    json_object(out);
    figures_columns(out, columns);
    json_key(out, STR("rows"));
    json_array(out);
    json_object(out);
    json_put_string(out, "path", path);
    if (site.n && qr_svg(c->a, address, &svg)) {
        json_put_string(out, "address", address);
        json_put_string(out, "svg", svg);
    } else {
        json_put_null(out, "address");
        json_put_null(out, "svg");
    }
    json_object_end(out);
    json_array_end(out);
    json_object_end(out);
    return ERR_OK;
}

typedef struct {
    int64_t id;
    str     name, email;
} addressee;

typedef struct {
    ctx      *c;
    addressee list[LINKS_A_PAGE];
    size_t    count;
} addressees;

static err take_addressee(void *arg, query_row *row)
{
    addressees *l = arg;
    value       lead = query_value(row, 2), contact = query_value(row, 3);
    l->list[l->count++] = (addressee){ .id = query_value(row, 0).i,
                                       .name = arena_str(l->c->a, query_value(row, 1).s),
                                       .email = arena_str(l->c->a, lead.set ? lead.s : contact.s) };
    return ERR_OK;
}

static err put_links(ctx *c, const addressees *l, str site, json_writer *w)
{
    json_key(w, STR("rows"));
    json_array(w);
    for (size_t i = 0; i < l->count; i++) {
        const addressee *one = &l->list[i];
        str              key;
        TRY(link_key(c, one->id, &key));
        json_object(w);
        json_put_id(w, "member", one->id);
        json_put_string(w, "name", one->name);
        if (one->email.n)
            json_put_string(w, "email", one->email);
        else
            json_put_null(w, "email");
        json_put_string(w, "address", arena_printf(c->a, "%.*s/answers/%.*s", STR_ARG(site), STR_ARG(key)));
        json_object_end(w);
    }
    json_array_end(w);
    return ERR_OK;
}

/* CAMP-4.6: the links of all members, a page at a time, for whoever sends the mails. */
err campaign_view_links(ctx *c, const char *const *values, json_writer *out)
{
    int64_t     campaign = figures_id(c, "campaign", values[0]), after = figures_id(c, "after", values[2]);
    addressees *l = arena_make(c->a, addressees);
    str         site;
    rec        *of;
    TRY(may_hand_out(c));
    if (!campaign && !c->problem_count)
        (void)ctx_problem(c, "campaign", STR("required"));
    if (read_site(c, values[1], &site) != ERR_OK || c->problem_count)
        return ERR_INVALID;
    TRY(store_load(c, snapshot_entity(c->snap, STR("campaign")), campaign, &of));
    l->c = c;
    TRY(figures_each(c,
                     arena_printf(c->a,
                                  "SELECT id, name, lead.email, contact.email FROM campaign_member WHERE campaign = "
                                  "'%lld'%s ORDER BY id LIMIT %d",
                                  (long long)campaign,
                                  after ? arena_printf(c->a, " AND id > '%lld'", (long long)after).p : "",
                                  LINKS_A_PAGE),
                     take_addressee, l));
    static const char *const columns[] = { "member", "id", "name", "text", "email", "text", "address", "text", NULL };
    json_object(out);
    figures_columns(out, columns);
    TRY(put_links(c, l, site, out));
    if (l->count == LINKS_A_PAGE)
        json_put_id(out, "after", l->list[l->count - 1].id);
    else
        json_put_null(out, "after");
    json_object_end(out);
    return ERR_OK;
}
