/* The way out to the provider and back. */
#include "api/oidc.h"

#include "api/outside.h"
#include "api/session.h"
#include "base/date.h"
#include "base/log.h"
#include "base/random.h"
#include "base/vault.h"
#include "oidc/claims.h"
#include "oidc/fetch.h"
#include "store/audit.h"
#include "store/second.h"

#define ATTEMPT_COOKIE "zhike_oidc"
#define ATTEMPT_PATH   "/api/v1/oidc"
#define CALLBACK_PATH  "/api/v1/oidc/callback"
#define SIGN_IN_PAGE   "/sign-in"
#define SEALED_FOR     "oidc.attempt"

enum { ATTEMPT_MS = 600000, WORD_BYTES = 32, TO_MAX = 500, CODE_MAX = 2000 };

/* ---- shared ---- */

static err read_config(call *k, void *arg)
{
    oidc_config *c = arg;
    TRY(oidc_settings_read(&k->c, &c->s));
    return c->s.on ? oidc_secret(&k->c, &c->secret) : ERR_NOT_FOUND;
}

err oidc_config_read(call *k, oidc_config *out)
{
    return read_transaction(k, read_config, out);
}

provider_call oidc_ask(call *k, const oidc_settings *s)
{
    return (provider_call){ .a = k->r->a,
                            .cache = k->s->provider,
                            .issuer = s->issuer,
                            .now_ms = k->c.now_ms,
                            .seconds = (int)s->seconds,
                            .stop = outside_stops,
                            .arg = k->s->outside };
}

static bool host_like(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._:[]", c))))
            return false;
    }
    return s.n > 0 && s.n <= 255;
}

str oidc_here(const call *k, const char *path)
{
    str host = http_header(k->r, "Host");
    return arena_printf(k->r->a, "%s://%.*s%s", k->r->secure ? "https" : "http",
                        STR_ARG(host_like(host) ? host : STR("localhost")), path);
}

/* ---- what the browser keeps meanwhile ---- */

typedef struct {
    str     state, nonce, verifier, issuer, redirect, to;
    int64_t until_ms;
} attempt;

static void put_attempt_cookie(call *k, str v, int64_t seconds)
{
    http_reply_header(k->r, "Set-Cookie",
                      arena_printf(k->r->a,
                                   ATTEMPT_COOKIE "=%.*s; Path=" ATTEMPT_PATH
                                                  "; SameSite=Lax; HttpOnly; Max-Age=%lld%s",
                                   (int)v.n, v.n ? v.p : "", (long long)seconds, k->r->secure ? "; Secure" : ""));
}

static str attempt_text(arena *a, const attempt *t)
{
    buf         b;
    json_writer w;
    buf_init(&b, 8 << 10);
    json_begin(&w, &b);
    json_object(&w);
    json_put_string(&w, "state", t->state);
    json_put_string(&w, "nonce", t->nonce);
    json_put_string(&w, "verifier", t->verifier);
    json_put_string(&w, "issuer", t->issuer);
    json_put_string(&w, "redirect", t->redirect);
    json_put_string(&w, "to", t->to);
    json_put_int(&w, "until", t->until_ms);
    json_object_end(&w);
    str text = arena_str(a, buf_str(&b));
    buf_free(&b);
    return text;
}

static str member(const json *o, const char *name)
{
    const json *j = json_get(o, str_from(name));
    return json_is(j, JSON_STRING) ? j->text : (str){ 0 };
}

/* OIDC-4: sealed by us, not too old, and of this very state. */
static bool attempt_read(call *k, str state, attempt *out)
{
    arena       *a = k->r->a;
    const vault *v = db_vault(k->s->d);
    str          sealed, plain;
    json        *o;
    json_fault   fault;
    if (!v || !base64url_decode(a, http_cookie(k->r, ATTEMPT_COOKIE), &sealed) ||
        vault_unseal(v, a, SEALED_FOR, 0, sealed, &plain) != ERR_OK || json_parse(a, plain, &o, &fault) != ERR_OK)
        return false;
    *out = (attempt){ .state = member(o, "state"),
                      .nonce = member(o, "nonce"),
                      .verifier = member(o, "verifier"),
                      .issuer = member(o, "issuer"),
                      .redirect = member(o, "redirect"),
                      .to = member(o, "to") };
    return json_int64(json_get(o, STR("until")), &out->until_ms) && out->until_ms > k->c.now_ms && out->state.n > 0 &&
           equal_secret(out->state, state);
}

/* A page of ours: one slash at the beginning, and nothing that a browser could take for another host. */
static str page_of_ours(str to)
{
    bool good = to.n > 0 && to.n <= TO_MAX && to.p[0] == '/' && !(to.n > 1 && (to.p[1] == '/' || to.p[1] == '\\'));
    for (ptrdiff_t i = 0; good && i < to.n; i++)
        good = to.p[i] > ' ' && to.p[i] <= '~' && to.p[i] != '\\';
    return good ? to : STR("/");
}

/* ---- how it ends, when it ends badly ---- */

typedef struct {
    const char *code;
    str         why, login;
    int64_t     user;
} refused;

static err write_refused(ctx *c, void *arg)
{
    const refused   *r = arg;
    const audit_word words[] = { { .name = "login", .text = r->login.n ? r->login : STR("") },
                                 { .name = "why", .text = str_from(r->code) },
                                 { .name = "detail", .text = r->why.n ? r->why : STR("") },
                                 { 0 } };
    return audit_write(c, AUDIT_SIGN_IN_REFUSED, r->user, words);
}

static err to_sign_in(call *k, const char *code, str to)
{
    bool deep = to.n > 1;
    k->location = arena_printf(k->r->a, SIGN_IN_PAGE "?sso=%s%s%.*s", code, deep ? "&to=" : "",
                               STR_ARG(deep ? fetch_escape(k->r->a, to) : (str){ 0 }));
    return ERR_OK;
}

/* The sign-in page says it in a sentence, the log says why. A row in the journal is for who was let through by the provider: what a
 * stranger can do by inventing codes writes none. */
static err turn_away(call *k, const refused *r, bool somebody, str to)
{
    log_event(LOG_WARN, "a sign-in by the provider was refused", "code", r->code, "why", arena_cstr(k->r->a, r->why),
              NULL);
    ctx_reset(&k->c);
    if (somebody)
        TRY(store_write(&k->c, write_refused, (void *)(uintptr_t)r));
    return to_sign_in(k, r->code, to);
}

/* ---- what there is ---- */

err oidc_get(call *k)
{
    oidc_settings s;
    TRY(oidc_settings_read(&k->c, &s));
    json_object(&k->w);
    json_put_bool(&k->w, "on", s.on);
    json_key(&k->w, STR("button"));
    json_object(&k->w);
    for (int i = 0; i < LANG_COUNT; i++)
        put_text(&k->w, lang_name(i), s.on ? s.button[i] : (str){ 0 });
    json_object_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

/* ---- out ---- */

static err begin(call *k, const oidc_config *config, const provider_about *about, str to)
{
    arena           *a = k->r->a;
    const vault     *v = db_vault(k->s->d);
    attempt          t = { .state = random_token(a, WORD_BYTES),
                           .nonce = random_token(a, WORD_BYTES),
                           .verifier = random_token(a, WORD_BYTES),
                           .issuer = config->s.issuer,
                           .redirect = oidc_here(k, CALLBACK_PATH),
                           .to = to,
                           .until_ms = k->c.now_ms + ATTEMPT_MS };
    provider_attempt p = { .client = config->s.client,
                           .redirect = t.redirect,
                           .scopes = config->s.scopes,
                           .state = t.state,
                           .nonce = t.nonce,
                           .verifier = t.verifier,
                           .language = str_from(lang_name(k->c.lang)) };
    if (!v)
        return to_sign_in(k, "oidc_locked", to);
    str sealed = vault_seal(v, a, SEALED_FOR, 0, attempt_text(a, &t));
    put_attempt_cookie(k, base64url_encode(a, sealed), ATTEMPT_MS / 1000);
    k->location = provider_address(a, about, &p);
    return ERR_OK;
}

err oidc_start(call *k)
{
    oidc_config    config;
    provider_about about;
    str            to = { 0 };
    (void)param_text(k, "to", &to);
    to = page_of_ours(to);
    err e = oidc_config_read(k, &config);
    if (e == ERR_NOT_FOUND)
        return to_sign_in(k, "oidc_off", to);
    if (e == ERR_UNAVAILABLE && k->c.code.n) /* a secret that does not open */
        return to_sign_in(k, "oidc_locked", to);
    TRY(e);
    provider_call c = oidc_ask(k, &config.s);
    if (provider_discover(&c, &about) != ERR_OK) {
        log_event(LOG_WARN, "the provider of sign-in cannot be used", "why", arena_cstr(k->r->a, c.why), NULL);
        return to_sign_in(k, "oidc_away", to);
    }
    return begin(k, &config, &about, to);
}

/* ---- and back ---- */

typedef struct {
    call          *k;
    oidc_config    config;
    provider_about about;
    attempt        t;
    oidc_person    person;
    str            sid;
    oidc_found     found;
    fresh_session  session;
    bool           heard; /* the provider has taken the code: what is refused from here on is somebody's */
    bool           used, half;
    const char    *code; /* of the refusal */
    str            why;
} coming;

static bool refuse(coming *g, const char *code, str why)
{
    g->code = code;
    g->why = why;
    return false;
}

/* OIDC-4, before anything is asked of anybody. */
static bool answer_is_ours(coming *g, provider_call *c)
{
    call *k = g->k;
    str   issuer = { 0 };
    bool  said = param_text(k, "iss", &issuer);
    if (!str_eq(g->t.issuer, g->config.s.issuer))
        return refuse(g, "oidc_state", STR("the provider was changed meanwhile"));
    if (provider_discover(c, &g->about) != ERR_OK)
        return refuse(g, "oidc_away", c->why);
    if ((said || g->about.says_issuer) && !str_eq(issuer, g->config.s.issuer))
        return refuse(g, "oidc_mixed_up", STR("the answer comes from another issuer"));
    return true;
}

static bool take_answer(coming *g, str *code)
{
    call *k = g->k;
    str   error = { 0 };
    if (param_text(k, "error", &error)) {
        bool plain = error.n <= 60;
        for (ptrdiff_t i = 0; i < error.n; i++)
            plain = plain && ((error.p[i] >= 'a' && error.p[i] <= 'z') || error.p[i] == '_');
        return refuse(g, str_eq(error, STR("access_denied")) ? "oidc_denied" : "oidc_refused",
                      plain ? error : STR("an error without a name"));
    }
    if (!param_text(k, "code", code) || code->n == 0 || code->n > CODE_MAX)
        return refuse(g, "oidc_refused", STR("the answer bears no code"));
    return true;
}

static bool check_token(coming *g, provider_call *c, str token, jose_token *out)
{
    static const char *const why[] = { [JOSE_MALFORMED] = "the ID token is none",
                                       [JOSE_ALG] = "the ID token's algorithm is not allowed",
                                       [JOSE_NO_KEY] = "the ID token names a key that the provider does not publish",
                                       [JOSE_FORGED] = "the ID token's signature does not hold" };
    jose_result              r;
    claims_wanted            w = {
                   .issuer = g->config.s.issuer, .client = g->config.s.client, .nonce = g->t.nonce, .now_ms = clock_now_ms()
    };
    if (provider_check(c, &g->about, token, out, &r) != ERR_OK)
        return refuse(g, "oidc_away", c->why);
    if (r != JOSE_GOOD)
        return refuse(g, "oidc_token", str_from(why[r]));
    const char *fault = claims_id_fault(out, &w);
    if (fault)
        return refuse(g, "oidc_token", arena_printf(g->k->r->a, "the ID token's %s is wrong", fault));
    return true;
}

/* Of the ID token; what is not there, of the userinfo. */
static const json *claims_of(coming *g, const json *token, const json *info)
{
    json *all = arena_make(g->k->r->a, json), *last = NULL;
    *all = (json){ .kind = JSON_OBJECT };
    for (int i = 0; i < 2; i++)
        for (const json *j = i == 0 ? token->first : info ? info->first : NULL; j; j = j->next) {
            if (i == 1 && json_get(token, j->key))
                continue;
            json *copy = arena_make(g->k->r->a, json);
            *copy = *j;
            copy->next = NULL;
            if (last)
                last->next = copy;
            else
                all->first = copy;
            last = copy;
            all->count++;
        }
    return all;
}

static void read_person(coming *g, const json *claims)
{
    const oidc_settings *s = &g->config.s;
    bool                 verified = claims_true(claims, STR("email_verified"));
    g->person = (oidc_person){ .issuer = s->issuer,
                               .subject = claims_text(claims, STR("sub")),
                               .login = str_trim(claims_text(claims, s->claim_login)),
                               .email = verified ? claims_text(claims, s->claim_email) : (str){ 0 },
                               .name = claims_text(claims, s->claim_name),
                               .claims = claims };
    g->sid = claims_text(claims, STR("sid"));
}

/* Everything that the network does, without a transaction. */
static bool learn_who(coming *g)
{
    call            *k = g->k;
    provider_call    c = oidc_ask(k, &g->config.s);
    provider_attempt t = {
        .client = g->config.s.client, .secret = g->config.secret, .redirect = g->t.redirect, .verifier = g->t.verifier
    };
    provider_tokens tokens;
    jose_token      token;
    const json     *info;
    str             code;
    if (!answer_is_ours(g, &c) || !take_answer(g, &code))
        return false;
    err e = provider_exchange(&c, &g->about, &t, code, &tokens);
    if (e != ERR_OK)
        return refuse(g, e == ERR_FORBIDDEN ? "oidc_refused" : "oidc_away", c.why);
    g->heard = true;
    if (!check_token(g, &c, tokens.id_token, &token))
        return false;
    e = provider_userinfo(&c, &g->about, tokens.access_token, claims_text(token.claims, STR("sub")), &info);
    if (e != ERR_OK)
        return refuse(g, e == ERR_FORBIDDEN ? "oidc_token" : "oidc_away", c.why);
    read_person(g, claims_of(g, token.claims, info));
    return true;
}

/* What this browser had before ends: no two secrets of one browser live on. */
static err end_before(ctx *c, const call *k)
{
    uint8_t hash[SECRET_HASH];
    str     old = http_cookie(k->r, "zhike_session");
    if (old.n == 0)
        return ERR_OK;
    secret_hash(old, hash);
    return access_session_end(c, hash);
}

static oidc_session mark_of(const coming *g)
{
    return (oidc_session){
        .issuer = g->config.s.issuer, .subject = g->person.subject, .sid = g->sid, .goodbye = g->about.end_session
    };
}

static err write_session(ctx *c, coming *g)
{
    const oidc_settings *s = &g->config.s;
    second_state         second;
    oidc_session         mark = {
                .issuer = s->issuer, .subject = g->person.subject, .sid = g->sid, .goodbye = g->about.end_session
    };
    const audit_word words[] = { { .name = "how", .text = STR("oidc") },
                                 { .name = "made", .number = g->found.made },
                                 { .name = "joined", .number = g->found.joined },
                                 { 0 } };
    TRY(second_read(c, g->found.user, &second));
    g->half = second.active && !s->trust_second;
    if (g->half)
        return ERR_OK;
    g->session.user = g->found.user;
    TRY(end_before(c, g->k));
    TRY(session_write(c, g->k->s, &g->session));
    TRY(oidc_session_mark(c, g->session.hash, &mark, s->trust_second));
    return audit_write(c, AUDIT_SIGN_IN, g->found.user, words);
}

static err write_coming(ctx *c, void *arg)
{
    coming *g = arg;
    bool    fresh;
    g->code = NULL;
    c->actor = (actor){ 0 };
    TRY(once(c, arena_printf(c->a, "oidc state %.*s", STR_ARG(g->t.state)), c->now_ms + 2 * ATTEMPT_MS, &fresh));
    g->used = !fresh;
    if (g->used)
        return ERR_OK;
    TRY(oidc_identify(c, &g->config.s, &g->person, &g->found));
    return g->found.refused ? ERR_OK : write_session(c, g);
}

static str who_it_was(const coming *g)
{
    const oidc_person *p = &g->person;
    return p->email.n ? p->email : p->login.n ? p->login : p->subject;
}

static err write_half_mark(ctx *c, void *arg)
{
    const coming *g = arg;
    oidc_session  mark = mark_of(g);
    return oidc_half_mark(c, g->found.user, &mark);
}

/* Our own second step, on the sign-in page. */
static err ask_for_code(coming *g)
{
    call *k = g->k;
    err   e = session_half(k, g->found.user);
    if (e != ERR_SIGN_IN)
        return e;
    ctx_reset(&k->c); /* here it is no refusal, but the next page */
    http_reply_header(k->r, "Set-Cookie", k->refused_cookie);
    TRY(store_write(&k->c, write_half_mark, g));
    k->location = arena_printf(k->r->a, SIGN_IN_PAGE "?code=1%s%.*s", g->t.to.n > 1 ? "&to=" : "",
                               STR_ARG(g->t.to.n > 1 ? fetch_escape(k->r->a, g->t.to) : STR("")));
    return ERR_OK;
}

static err come_in(coming *g)
{
    call *k = g->k;
    session_make(k, 0, &g->session);
    err     e = store_write(&k->c, write_coming, g);
    refused why = { .code = "oidc_state", .why = STR("the answer was used before"), .login = who_it_was(g) };
    if (g->used)
        return turn_away(k, &why, true, g->t.to);
    why = (refused){ .code = g->found.refused, .why = STR("claims"), .login = who_it_was(g), .user = g->found.user };
    if (why.code && (e == ERR_OK || e == ERR_INVALID || e == ERR_CONFLICT))
        return turn_away(k, &why, true, g->t.to);
    TRY(e);
    TRY(server_tables_refresh(k->s, k->c.snap->version));
    server_woken(k->s);
    if (g->half)
        return ask_for_code(g);
    session_cookie(k, &g->session);
    k->location = page_of_ours(g->t.to);
    return ERR_OK;
}

err oidc_callback(call *k)
{
    coming g = { .k = k };
    str    state = { 0 };
    if (!param_text(k, "state", &state))
        return ctx_malformed(&k->c, -1, "%s", label_get(k->c.lang, STR("message.oidc_no_state")).p);
    bool known = attempt_read(k, state, &g.t);
    put_attempt_cookie(k, (str){ 0 }, 0);
    if (!known)
        return to_sign_in(k, "oidc_state", (str){ 0 });
    err e = oidc_config_read(k, &g.config);
    if (e == ERR_NOT_FOUND)
        return to_sign_in(k, "oidc_off", g.t.to);
    if (e == ERR_UNAVAILABLE && k->c.code.n)
        return to_sign_in(k, "oidc_locked", g.t.to);
    TRY(e);
    if (learn_who(&g))
        return come_in(&g);
    refused r = { .code = g.code, .why = g.why, .login = who_it_was(&g) };
    return turn_away(k, &r, g.heard, g.t.to);
}
