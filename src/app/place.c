#include "app/place.h"

#include <errno.h>
#include <sys/stat.h>

#include "app/command.h"
#include "app/registry.h"
#include "base/date.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/vault.h"
#include "http/static_table.h"
#include "store/store.h"

#define KEY_FILE "zhike.key"

/* "zh-CN.json", "x.zh-CN.json"; the web app's own texts begin with "app." and are not ours. */
static int locale_lang(str name)
{
    for (int i = 0; i < LANG_COUNT; i++) {
        char suffix[24];
        snprintf(suffix, sizeof suffix, "%s.json", lang_name(i));
        if (str_eq(name, str_from(suffix)) ||
            (str_ends(name, str_from(suffix)) && name.p[name.n - (ptrdiff_t)strlen(suffix) - 1] == '.'))
            return str_starts(name, STR("app.")) ? -1 : i;
    }
    return -1;
}

static bool load_locale(void)
{
    for (size_t i = 0; i < locale_file_count; i++) {
        const text_file *f = &locale_files[i];
        int              lang = locale_lang(str_from(f->name));
        if (lang >= 0 && label_load(lang, (str){ (const char *)f->bytes, (ptrdiff_t)f->n }) != ERR_OK)
            return false;
    }
    return true;
}

static bool set_log_level(const options *o)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    const char              *wanted = o->value[OPT_LOG_LEVEL] ? o->value[OPT_LOG_LEVEL] : "warn";
    for (size_t i = 0; i < countof(names); i++)
        if (strcmp(wanted, names[i]) == 0) {
            log_set_level((log_level)i);
            return true;
        }
    return false;
}

bool place_texts(const options *o)
{
    if (!set_log_level(o))
        return command_fail("--log-level: debug, info, warn or error was expected"), false;
    if (random_open() != ERR_OK || text_open() != ERR_OK)
        return command_fail("the text tables of this machine cannot be opened; the log above says why"), false;
    if (!load_locale())
        return command_fail("the texts of this program are damaged: build it again"), false;
    return true;
}

static bool is_postgres(const char *target)
{
    return str_starts(str_from(target), STR("postgres://")) || str_starts(str_from(target), STR("postgresql://"));
}

static const char *place_target(const options *o, arena *a)
{
    const char *target = o->value[OPT_DB];
    if (target && strcmp(target, ":memory:") != 0)
        return target;
    return arena_printf(a, "%s/zhike.db", o->value[OPT_DATA]).p;
}

bool place_there(const options *o)
{
    arena      *a = arena_new();
    struct stat st;
    const char *target = place_target(o, a);
    bool        there = is_postgres(target) || stat(target, &st) == 0;
    arena_free(a);
    return there;
}

const char *place_file(const options *o, arena *a)
{
    const char *target = place_target(o, a);
    return is_postgres(target) ? NULL : target;
}

bool place_reachable(arena *a, const char *file)
{
    struct stat st;
    char       *whole = realpath(file, NULL);
    str         path = arena_str(a, str_from(whole));
    free(whole);
    for (ptrdiff_t i = path.n - 1; i > 0; i--)
        if (path.p[i] == '/' && (stat(arena_cstr(a, str_sub(path, 0, i)), &st) != 0 || !(st.st_mode & S_IXOTH)))
            return false;
    return true;
}

static bool make_folder(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    return command_fail("the folder %s cannot be made: %s", path,
                        errno == EACCES || errno == EROFS ? "no right to write there"
                                                          : "check that the folder above it is there"),
           false;
}

static bool open_database(const options *o, unsigned how, place *p)
{
    str        why = { 0 };
    db_options d = { .target = place_target(o, p->a),
                     .must_exist = !(how & PLACE_NEW),
                     .exclusive = (how & PLACE_ALONE) != 0 };
    bool       own_folder = !o->value[OPT_DB];
    if (own_folder && how & PLACE_NEW && !make_folder(p->folder))
        return false;
    if (is_postgres(d.target))
        d.must_exist = false;
    if (db_open(&d, p->a, &p->d, &why) != ERR_OK) {
        if (why.n)
            command_fail("%.*s", STR_ARG(why));
        else
            command_fail("the database %s cannot be opened", d.target);
        return false;
    }
    return true;
}

/* ZHIKE_KEY, or the file in the data folder; a server makes one. Other commands that find none do without: nothing that they
 * read is sealed. */
static bool open_keys(unsigned how, place *p)
{
    str         why = { 0 };
    const char *given = getenv("ZHIKE_KEY"), *path = arena_printf(p->a, "%s/" KEY_FILE, p->folder).p;
    bool        makes = (how & PLACE_ALONE) != 0;
    if (given && *given) {
        if (vault_from_text(p->a, str_from(given), &p->keys, &why) != ERR_OK)
            return command_fail("ZHIKE_KEY: %.*s", STR_ARG(why)), false;
    } else {
        if (makes && !make_folder(p->folder))
            return false;
        err e = vault_from_file(p->a, path, makes, &p->keys, &why);
        if (e != ERR_OK && (e != ERR_NOT_FOUND || makes))
            return command_fail("%.*s", STR_ARG(why)), false;
    }
    db_vault_set(p->d, p->keys);
    return true;
}

static bool load_tables(place *p)
{
    str why = { 0 };
    err e = store_migrate(p->d, rooms, p->a, &why);
    if (e == ERR_OK)
        e = store_snapshot_load(p->d, rooms, p->a, &p->tables, &why);
    if (e != ERR_OK)
        command_fail("%.*s", STR_ARG(why.n ? why : STR("the database cannot be read")));
    return e == ERR_OK;
}

/* The shell's own language, as every program of it: LC_ALL, LC_MESSAGES, LANG. */
static int shell_lang(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < countof(names); i++) {
        const char *set = getenv(names[i]);
        if (set && *set)
            return lang_from(str_from(set));
    }
    return LANG_EN;
}

bool place_open(const options *o, unsigned how, place *out)
{
    *out = (place){ .folder = o->value[OPT_DATA] };
    if (!place_texts(o))
        return false;
    const char *fault = entity_fault(rooms);
    if (fault)
        return command_fail("a table of this program is faulty: %s", fault), false;
    out->a = arena_new();
    if (!open_database(o, how, out)) {
        arena_free(out->a);
        return false;
    }
    if (!open_keys(how, out) || !load_tables(out)) {
        vault_close(out->keys);
        db_close(out->d);
        arena_free(out->a);
        return false;
    }
    out->c = (ctx){ .a = out->a,
                    .db = out->d,
                    .snap = out->tables,
                    .now_ms = clock_now_ms(),
                    .position = -1,
                    .zone = out->tables->zone,
                    .lang = shell_lang() };
    return true;
}

void place_close(place *p)
{
    snapshot_unpin(p->tables);
    if (p->d)
        db_close(p->d);
    vault_close(p->keys);
    arena_free(p->a);
    *p = (place){ 0 };
}

int place_fail(const place *p, err e, const char *doing)
{
    const ctx *c = &p->c;
    str        text = c->detail;
    if (text.n == 0 && c->problem_count)
        return command_fail("%s: %.*s: %.*s", doing, STR_ARG(c->problems[0].field), STR_ARG(c->problems[0].message));
    if (text.n == 0)
        text = label_get(c->lang, arena_printf(p->a, "message.%s", err_name(e)));
    if (c->position >= 0)
        return command_fail("%s: %.*s (at byte %td)", doing, STR_ARG(text), c->position);
    return command_fail("%s: %.*s", doing, STR_ARG(text));
}
