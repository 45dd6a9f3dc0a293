/* The settings of mail (zk_setting), and letters as they are put into zk_mail. */
#include "post/inside.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/random.h"
#include "db/dialect.h"
#include "store/kept.h"
#include "store/secret.h"

enum { ADDRESS_MAX = 254, HOST_MAX = 253, URL_MAX = 200, NAME_MAX_CHARS = 100, PASSWORD_MAX = 500 };

static const char *const securities[] = { "none", "starttls", "tls" };
_Static_assert(countof(securities) == MAIL_SECURITIES, "one name each");

const char *mail_security_name(mail_security s)
{
    return securities[s];
}

bool mail_security_from(str name, mail_security *out)
{
    for (size_t i = 0; i < countof(securities); i++)
        if (str_eq(name, str_from(securities[i]))) {
            *out = (mail_security)i;
            return true;
        }
    return false;
}

/* ---- reading ---- */

static void take_setting(ctx *c, mail_settings *m, str name, str v)
{
    if (str_eq(name, STR("mail.host")))
        m->host = arena_str(c->a, v);
    else if (str_eq(name, STR("mail.user")))
        m->user = arena_str(c->a, v);
    else if (str_eq(name, STR("mail.from")))
        m->from = arena_str(c->a, v);
    else if (str_eq(name, STR("mail.from_name")))
        m->from_name = arena_str(c->a, v);
    else if (str_eq(name, STR("mail.url")))
        m->url = arena_str(c->a, v);
    else if (str_eq(name, STR("mail.port")))
        (void)str_to_int64(v, &m->port);
    else if (str_eq(name, STR("mail.security")))
        (void)mail_security_from(v, &m->security);
}

err mail_settings_read(ctx *c, mail_settings *out)
{
    db_stmt *s;
    bool     row = true;
    err      e = ERR_OK;
    *out = (mail_settings){ .port = 587, .security = MAIL_STARTTLS };
    TRY(db_prepare(c->conn, STR("SELECT \"name\",\"value\" FROM \"zk_setting\" WHERE \"name\" LIKE 'mail.%'"), &s));
    while ((e = db_step(s, &row)) == ERR_OK && row)
        if (!db_null(s, 1))
            take_setting(c, out, db_text(s, 0), db_text(s, 1));
    db_done(s);
    TRY(e);
    out->on = out->host.n && out->from.n && out->url.n;
    return secret_look(c, MAIL_PASSWORD, 0, &out->password, NULL);
}

/* ---- checking and keeping ---- */

static bool among(char c, const char *more)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(more, c));
}

static bool all_among(str s, const char *more)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if (!among(s.p[i], more))
            return false;
    return s.n > 0;
}

bool mail_address_good(str s)
{
    ptrdiff_t at = str_find_char(s, '@');
    if (at < 1 || at > 64 || s.n > ADDRESS_MAX)
        return false;
    str local = str_sub(s, 0, at), domain = str_sub(s, at + 1, s.n);
    return all_among(local, ".!#$%&'*+-/=?^_`{|}~") && all_among(domain, ".-") && str_find(s, STR("..")) < 0 &&
           local.p[0] != '.' && local.p[local.n - 1] != '.' && domain.p[0] != '.' && domain.p[0] != '-' &&
           domain.p[domain.n - 1] != '.';
}

static bool holds_control(str s)
{
    for (ptrdiff_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 32 || s.p[i] == 127)
            return true;
    return false;
}

/* "https://crm.example.com", without a path behind it and without a slash at the end. */
static bool url_good(str s)
{
    ptrdiff_t from = str_starts(s, STR("https://")) ? 8 : str_starts(s, STR("http://")) ? 7 : 0;
    return from && s.n <= URL_MAX && all_among(str_sub(s, from, s.n), ".-:[]");
}

static void check_settings(ctx *c, const mail_settings *m, str password)
{
    if (m->host.n && (m->host.n > HOST_MAX || !all_among(m->host, ".-:")))
        (void)ctx_problem(c, "host", STR("mail_host"));
    if (m->from.n && !mail_address_good(m->from))
        (void)ctx_problem(c, "from", STR("mail_address"));
    if (holds_control(m->from_name) || utf8_length(m->from_name) > NAME_MAX_CHARS)
        (void)ctx_problem(c, "from_name", STR("mail_text"));
    if (holds_control(m->user) || m->user.n > ADDRESS_MAX)
        (void)ctx_problem(c, "user", STR("mail_text"));
    if (password.n > PASSWORD_MAX || holds_control(password))
        (void)ctx_problem(c, "password", STR("mail_text"));
    if (m->url.n && !url_good(m->url))
        (void)ctx_problem(c, "url", STR("mail_url"));
    if (m->port < 1 || m->port > 65535)
        (void)ctx_problem(c, "port", STR("out_of_range"));
}

err mail_settings_write(ctx *c, mail_settings *m, str password)
{
    check_settings(c, m, password);
    if (c->problem_count)
        return ERR_INVALID;
    TRY(setting_put(c, STR("mail.host"), m->host));
    TRY(setting_put(c, STR("mail.port"), arena_printf(c->a, "%lld", (long long)m->port)));
    TRY(setting_put(c, STR("mail.security"), str_from(mail_security_name(m->security))));
    TRY(setting_put(c, STR("mail.user"), m->user));
    TRY(setting_put(c, STR("mail.from"), m->from));
    TRY(setting_put(c, STR("mail.from_name"), m->from_name));
    TRY(setting_put(c, STR("mail.url"), m->url));
    if (password.p)
        TRY(secret_put(c, MAIL_PASSWORD, 0, password));
    return mail_settings_read(c, m);
}

/* ---- letters ---- */

static const char *const templates[] = { [MAIL_TEST] = "test", [MAIL_INVITE] = "invite", [MAIL_RESET] = "reset" };
_Static_assert(countof(templates) == MAIL_TEMPLATES, "one name each");

/* {name}, {organisation}, {link}, {until} of a text of the locale. */
static str fill(ctx *c, const mail_letter *l, str text)
{
    char until[TIME_TEXT] = { 0 };
    if (l->until_ms)
        time_format(l->until_ms, until);
    const struct {
        const char *mark;
        str         word;
    } words[] = { { "{name}", l->name },
                  { "{organisation}", c->snap->org_name.n ? c->snap->org_name : STR("Zhike") },
                  { "{link}", l->link },
                  { "{until}", l->until_ms ? arena_printf(c->a, "%.10s %.5s UTC", until, until + 11) : (str){ 0 } } };
    buf b;
    buf_init(&b, 16 << 10);
    for (ptrdiff_t at = 0; at < text.n;) {
        size_t i = 0;
        while (i < countof(words) && !str_starts(str_sub(text, at, text.n), str_from(words[i].mark)))
            i++;
        if (i < countof(words)) {
            buf_puts(&b, words[i].word);
            at += (ptrdiff_t)strlen(words[i].mark);
        } else {
            buf_putc(&b, text.p[at++]);
        }
    }
    str out = arena_str(c->a, buf_str(&b));
    buf_free(&b);
    return out;
}

static err put_row(ctx *c, int64_t id, const mail_letter *l, str subject)
{
    db_stmt *s;
    TRY(db_prepare(c->conn,
                   STR("INSERT INTO "
                       "\"zk_mail\"(\"id\",\"state\",\"template\",\"recipient\",\"subject\",\"user_id\",\"created_at\","
                       "\"tries\",\"next_at\",\"until_at\")VALUES($1,'waiting',$2,$3,$4,$5,$6,0,$6,$7)"),
                   &s));
    db_bind_int(s, 1, id);
    db_bind_text(s, 2, str_from(templates[l->what]));
    db_bind_text(s, 3, l->to);
    db_bind_text(s, 4, subject);
    if (l->user)
        db_bind_int(s, 5, l->user);
    else
        db_bind_null(s, 5);
    db_bind_time(s, 6, c->now_ms);
    if (l->until_ms)
        db_bind_time(s, 7, l->until_ms);
    else
        db_bind_null(s, 7);
    return db_run(s);
}

err mail_put(ctx *c, const mail_settings *m, const mail_letter *l)
{
    int64_t id;
    if (!m->on)
        return ctx_refuse(c, ERR_CONFLICT, STR("mail_off"), (str){ 0 });
    if (!mail_address_good(l->to))
        return ctx_refuse(c, ERR_CONFLICT, STR("mail_nowhere"), (str){ 0 });
    TRY(db_next_id(c->conn, &id));
    ptrdiff_t    at = str_find_char(m->from, '@');
    const char  *what = templates[l->what];
    letter_parts p = {
        .from = m->from,
        .from_name = m->from_name,
        .to = l->to,
        .subject = fill(c, l, label_get(l->lang, arena_printf(c->a, "mail.%s.subject", what))),
        .body = fill(c, l, label_get(l->lang, arena_printf(c->a, "mail.%s.body", what))),
        .id = arena_printf(c->a, "%.*s@%.*s", STR_ARG(random_token(c->a, 16)),
                           STR_ARG(str_sub(m->from, at + 1, m->from.n))),
        .at_ms = c->now_ms,
    };
    TRY(secret_put(c, MAIL_TEXT, id, letter_text(c->a, &p)));
    return put_row(c, id, l, p.subject);
}

static str text_or_none(ctx *c, db_stmt *s, int column)
{
    return db_null(s, column) ? (str){ 0 } : arena_str(c->a, db_text(s, column));
}

err mail_list(ctx *c, int limit, mail_row **out, size_t *count)
{
    db_stmt  *s;
    bool      row = true;
    err       e = ERR_OK;
    size_t    n = 0;
    mail_row *list = arena_make_n(c->a, mail_row, (size_t)limit);
    TRY(db_prepare(
        c->conn,
        STR("SELECT "
            "\"id\",\"created_at\",\"tries\",\"next_at\",\"sent_at\",\"recipient\",\"subject\",\"state\",\"error\" "
            "FROM \"zk_mail\" ORDER BY \"id\" DESC LIMIT $1"),
        &s));
    db_bind_int(s, 1, limit);
    while (n < (size_t)limit && (e = db_step(s, &row)) == ERR_OK && row) {
        str state = text_or_none(c, s, 7);
        list[n++] = (mail_row){ .id = db_int(s, 0),
                                .at = db_time(s, 1),
                                .tries = db_int(s, 2),
                                .next_at = db_time(s, 3),
                                .sent_at = db_null(s, 4) ? 0 : db_time(s, 4),
                                .to = text_or_none(c, s, 5),
                                .subject = text_or_none(c, s, 6),
                                .state = str_eq(state, STR("handing")) ? STR("waiting") : state,
                                .error = text_or_none(c, s, 8) };
    }
    db_done(s);
    *out = list;
    *count = n;
    return e;
}
