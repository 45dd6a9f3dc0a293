#include "api/files.h"

#include <fcntl.h>
#include <unistd.h>

#include "api/rest.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "store/file.h"

/* ---- types ---- */

typedef struct {
    const char *magic;
    int         magic_n, offset;
    const char *type;
    bool        harmless; /* may be shown inside the browser */
} file_kind;

static const file_kind kinds[] = {
    { "\x89PNG\r\n\x1a\n", 8, 0, "image/png", true },
    { "\xff\xd8\xff", 3, 0, "image/jpeg", true },
    { "GIF87a", 6, 0, "image/gif", true },
    { "GIF89a", 6, 0, "image/gif", true },
    { "WEBP", 4, 8, "image/webp", true },
    { "%PDF-", 5, 0, "application/pdf", true },
    { "PK\x03\x04", 4, 0, "application/zip", false },
    { "PK\x05\x06", 4, 0, "application/zip", false },
    { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, "application/x-ole-storage", false },
    { "\x1f\x8b", 2, 0, "application/gzip", false },
    { "7z\xbc\xaf\x27\x1c", 6, 0, "application/x-7z-compressed", false },
    { "Rar!\x1a\x07", 6, 0, "application/vnd.rar", false },
    { "{\\rtf", 5, 0, "application/rtf", false },
    { "ftyp", 4, 4, "video/mp4", false },
    { "ID3", 3, 0, "audio/mpeg", false },
    { "OggS", 4, 0, "audio/ogg", false },
    { "II*\0", 4, 0, "image/tiff", false },
    { "MM\0*", 4, 0, "image/tiff", false },
    { "BM", 2, 0, "image/bmp", false },
};

/* Zip containers and texts that their name tells apart. */
static const struct {
    const char *of, *suffix, *type;
} named[] = {
    { "application/zip", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { "application/zip", ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { "application/zip", ".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    { "text/plain", ".csv", "text/csv" },
    { "text/plain", ".json", "application/json" },
};

static bool looks_like_text(str head)
{
    for (ptrdiff_t i = 0; i < head.n; i++) {
        unsigned char c = (unsigned char)head.p[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f')
            return false;
    }
    return true;
}

static bool name_ends(str name, const char *suffix)
{
    str s = str_from(suffix);
    return name.n > s.n && str_eq_nocase(str_sub(name, name.n - s.n, name.n), s);
}

const char *file_sniff(str head, str name)
{
    const char *type = looks_like_text(head) ? "text/plain" : "application/octet-stream";
    for (size_t i = 0; i < countof(kinds); i++) {
        const file_kind *k = &kinds[i];
        if (head.n >= k->offset + k->magic_n && memcmp(head.p + k->offset, k->magic, (size_t)k->magic_n) == 0) {
            type = k->type;
            break;
        }
    }
    for (size_t i = 0; i < countof(named); i++)
        if (strcmp(type, named[i].of) == 0 && name_ends(name, named[i].suffix))
            return named[i].type;
    return type;
}

static bool is_harmless(str type)
{
    for (size_t i = 0; i < countof(kinds); i++)
        if (kinds[i].harmless && str_eq(type, str_from(kinds[i].type)))
            return true;
    return false;
}

/* ---- what is known ---- */

static void put_file(json_writer *w, const file_info *f, bool may_remove)
{
    json_object(w);
    json_put_id(w, "id", f->id);
    json_put_string(w, "name", f->name);
    json_put_int(w, "size", f->size);
    json_put_string(w, "type", f->type);
    json_put_string(w, "sha256", f->sha256);
    json_key(w, STR("about"));
    if (f->about) {
        json_object(w);
        json_put_string(w, "entity", f->about_entity);
        json_put_id(w, "id", f->about);
        json_object_end(w);
    } else {
        json_null(w);
    }
    put_time(w, "created_at", f->created_at);
    json_put_bool(w, "may_remove", may_remove);
    json_object_end(w);
}

err file_info_get(call *k)
{
    file_info f;
    bool      may;
    TRY(file_find(&k->c, k->id, &f));
    TRY(file_may_remove(&k->c, &f, &may));
    put_file(&k->w, &f, may);
    return ERR_OK;
}

err record_files(call *k)
{
    file_info   *list;
    size_t       n;
    rec         *r;
    store_reason change;
    int64_t      limit = LIMIT_LIST_DEFAULT;
    TRY(param_int(k, "limit", 1, LIMIT_LIST, &limit));
    TRY(store_load(&k->c, k->e, k->id, &r));
    TRY(store_why(&k->c, r, VERB_UPDATE, &change));
    TRY(file_list(&k->c, k->e->name, k->id, (int)limit, &list, &n));
    bool all = permit_is_admin(&k->c.actor), may_add = ground_yes(change.why);
    json_object(&k->w);
    json_put_bool(&k->w, "may_add", may_add);
    json_key(&k->w, STR("files"));
    json_array(&k->w);
    for (size_t i = 0; i < n; i++)
        put_file(&k->w, &list[i], all || (may_add && list[i].created_by == k->c.actor.user));
    json_array_end(&k->w);
    json_object_end(&k->w);
    return ERR_OK;
}

err file_remove(call *k)
{
    return file_delete(&k->c, k->id);
}

/* ---- uploading ---- */

typedef struct {
    file_info   f;
    int         fd;
    int64_t     at, end; /* in the spool file */
    int64_t     piece;
    char       *bytes; /* FILE_PIECE */
    size_t      n;
    sha256      digest;
    const char *type;
} upload;

static bool read_all(int fd, int64_t at, char *into, size_t n)
{
    while (n > 0) {
        ssize_t got = pread(fd, into, n, (off_t)at);
        if (got <= 0)
            return false;
        into += got;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

/* The last part of a path that some browsers still send; nothing that could break a header or a shell. */
static str clean_name(arena *a, str name)
{
    char     *out = arena_alloc(a, (size_t)name.n + 1);
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '/' || c == '\\')
            n = 0;
        else if ((unsigned char)c >= 0x20 && c != 0x7f)
            out[n++] = c;
    }
    str s = utf8_cut((str){ out, n }, 200);
    return s.n && utf8_valid(s) ? s : STR("file");
}

/* about=account/7 */
static err read_about(call *k, str text, upload *u)
{
    ptrdiff_t     slash = str_find_char(text, '/');
    const entity *e = slash > 0 ? snapshot_entity(k->c.snap, str_sub(text, 0, slash)) : NULL;
    if (!e || !str_to_int64(str_sub(text, slash + 1, text.n), &u->f.about) || u->f.about <= 0)
        return ctx_problem(&k->c, "about", STR("no_such_record"));
    u->f.about_entity = e->name;
    return ERR_OK;
}

static err read_parts(call *k, upload *u)
{
    enum { PARTS = 20 };
    http_part parts[PARTS];
    size_t    n;
    bool      file = false;
    str       type = http_header(k->r, "Content-Type");
    if (type.n < 20 || !str_eq_nocase(str_sub(type, 0, 20), STR("multipart/form-data;")))
        return ERR_MEDIA_TYPE;
    if (http_multipart(k->r, parts, PARTS, &n) != ERR_OK)
        return ctx_unreadable(&k->c, -1, "multipart", (str){ 0 }, (str){ 0 });
    for (size_t i = 0; i < n; i++) {
        const http_part *p = &parts[i];
        if (str_eq(p->name, STR("file")) && !file) {
            file = true;
            u->at = p->offset;
            u->end = p->offset + p->size;
            u->f.size = p->size;
            u->f.name = clean_name(k->r->a, p->filename);
        } else if (str_eq(p->name, STR("about")) && p->size > 0 && p->size < 100) {
            char *text = arena_alloc(k->r->a, (size_t)p->size + 1);
            if (!read_all(u->fd, p->offset, text, (size_t)p->size))
                return ERR_INTERNAL;
            (void)read_about(k, (str){ text, (ptrdiff_t)p->size }, u);
        } else {
            (void)ctx_problem_with(&k->c, utf8_cut(p->name, 80), STR("unknown_field"), utf8_cut(p->name, 80));
        }
    }
    if (!file)
        (void)ctx_problem(&k->c, "file", STR("required"));
    return k->c.problem_count ? ERR_INVALID : ERR_OK;
}

static err begin_work(ctx *c, void *arg)
{
    upload *u = arg;
    return file_begin(c, u->f.name, u->f.about_entity, u->f.about, &u->f.id);
}

static err piece_work(ctx *c, void *arg)
{
    const upload *u = arg;
    return file_piece(c, u->f.id, u->piece, (str){ u->bytes, (ptrdiff_t)u->n });
}

static err end_work(ctx *c, void *arg)
{
    const upload *u = arg;
    TRY(file_end(c, u->f.id, u->f.size, str_from(u->type), u->f.sha256));
    return file_sweep(c);
}

static err store_pieces(call *k, upload *u)
{
    u->bytes = arena_alloc(k->r->a, FILE_PIECE);
    u->type = file_sniff((str){ "", 0 }, u->f.name);
    sha256_begin(&u->digest);
    for (u->piece = 0; u->at < u->end; u->piece++) {
        u->n = u->end - u->at < FILE_PIECE ? (size_t)(u->end - u->at) : FILE_PIECE;
        if (!read_all(u->fd, u->at, u->bytes, u->n))
            return ERR_INTERNAL;
        if (u->piece == 0)
            u->type = file_sniff((str){ u->bytes, (ptrdiff_t)(u->n < 512 ? u->n : 512) }, u->f.name);
        sha256_add(&u->digest, u->bytes, u->n);
        TRY(store_write(&k->c, piece_work, u));
        u->at += (int64_t)u->n;
    }
    return ERR_OK;
}

err file_upload(call *k)
{
    upload        u = { .fd = open(k->r->spool_path, O_RDONLY | O_CLOEXEC), .f = { .created_at = k->c.now_ms } };
    unsigned char digest[SHA256_BYTES];
    if (u.fd < 0)
        return ERR_INTERNAL;
    err e = read_parts(k, &u);
    if (e == ERR_OK)
        e = store_write(&k->c, begin_work, &u);
    if (e == ERR_OK)
        e = store_pieces(k, &u);
    close(u.fd);
    TRY(e);
    sha256_end(&u.digest, digest);
    u.f.sha256 = hex_encode(k->r->a, (str){ (char *)digest, SHA256_BYTES });
    u.f.type = str_from(u.type);
    TRY(store_write(&k->c, end_work, &u));
    put_file(&k->w, &u.f, true);
    k->location = arena_printf(k->r->a, "/api/v1/files/%lld", (long long)u.f.id);
    return ERR_OK;
}

/* ---- downloading ---- */

/* A piece is read when the connection wants it; nothing is held between two. */
typedef struct {
    server *s;
    int64_t id, from, size; /* the range that is sent */
    int64_t have;           /* number of the piece in bytes; −1: none */
    size_t  n;
    char    bytes[FILE_PIECE];
} download;

static err load_piece(download *d, int64_t number)
{
    db_conn *conn;
    TRY(db_read_begin(d->s->d, DB_QUICK, &conn));
    ctx c = { .db = d->s->d, .conn = conn };
    err e = file_read(&c, d->id, number, d->bytes, &d->n);
    db_read_end(conn);
    d->have = e == ERR_OK ? number : -1;
    return e;
}

static int64_t pull(void *arg, int64_t offset, char *into, size_t room)
{
    download *d = arg;
    int64_t   at = d->from + offset, number = at / FILE_PIECE;
    if (offset >= d->size)
        return 0;
    if (d->have != number && load_piece(d, number) != ERR_OK)
        return -1;
    size_t skip = (size_t)(at % FILE_PIECE);
    if (skip >= d->n)
        return -1; /* deleted meanwhile */
    size_t n = d->n - skip < room ? d->n - skip : room;
    if ((int64_t)n > d->size - offset)
        n = (size_t)(d->size - offset);
    memcpy(into, d->bytes + skip, n);
    return (int64_t)n;
}

static void pull_done(void *arg)
{
    free(arg);
}

/* RFC 5987: what is neither letter nor digit nor one of a few marks is written in percent. */
static str header_name(arena *a, str name)
{
    static const char hex[] = "0123456789ABCDEF";
    char             *out = arena_alloc(a, (size_t)name.n * 3 + 1);
    ptrdiff_t         n = 0;
    for (ptrdiff_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c && strchr("!#$&+-.^_`|~", c))) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        }
    }
    return (str){ out, n };
}

/* "bytes=0-499", "bytes=500-", "bytes=-500": one range; anything else is answered with the whole. False: cannot be met. */
static bool read_range(str header, int64_t size, int64_t *from, int64_t *n, bool *partial)
{
    int64_t   a = -1, b = -1;
    ptrdiff_t dash;
    if (!str_starts(header, STR("bytes=")) || str_find_char(header, ',') >= 0)
        return true;
    header = str_sub(header, 6, header.n);
    dash = str_find_char(header, '-');
    if (dash < 0 || (dash > 0 && !str_to_int64(str_sub(header, 0, dash), &a)) ||
        (dash + 1 < header.n && !str_to_int64(str_sub(header, dash + 1, header.n), &b)) || (a < 0 && b < 0))
        return true;
    if (a < 0) {
        a = b < size ? size - b : 0;
        b = size - 1;
    }
    if (b < 0 || b >= size)
        b = size - 1;
    if (a >= size || b < a)
        return false;
    *from = a;
    *n = b - a + 1;
    *partial = true;
    return true;
}

static void put_download_headers(call *k, const file_info *f, bool shown)
{
    http_request *r = k->r;
    http_reply_header(r, "Content-Disposition",
                      arena_printf(r->a, "%s; filename*=UTF-8''%.*s", shown ? "inline" : "attachment",
                                   STR_ARG(header_name(r->a, f->name))));
    http_reply_header(r, "Content-Security-Policy",
                      STR("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
    http_reply_header(r, "Cross-Origin-Resource-Policy", STR("same-origin"));
    http_reply_header(r, "Accept-Ranges", STR("bytes"));
    http_reply_header(r, "Cache-Control", STR("private, no-cache"));
    http_reply_header(r, "ETag", arena_printf(r->a, "\"%.*s\"", STR_ARG(f->sha256)));
}

err file_get(call *k)
{
    file_info f;
    bool      wanted = false, partial = false;
    int64_t   from = 0;
    TRY(param_bool(k, "inline", &wanted));
    TRY(file_find(&k->c, k->id, &f));
    int64_t n = f.size;
    if (!read_range(http_header(k->r, "Range"), f.size, &from, &n, &partial))
        return ctx_unreadable(&k->c, -1, "range", STR("Range"), arena_printf(k->c.a, "%lld", (long long)f.size));
    put_download_headers(k, &f, wanted && is_harmless(f.type));
    k->r->reply.type = arena_cstr(k->r->a, f.type);
    if (str_eq(http_header(k->r, "If-None-Match"), arena_printf(k->c.a, "\"%.*s\"", STR_ARG(f.sha256)))) {
        k->status = 304;
        return ERR_OK;
    }
    if (partial) {
        k->status = 206;
        http_reply_header(k->r, "Content-Range",
                          arena_printf(k->r->a, "bytes %lld-%lld/%lld", (long long)from, (long long)(from + n - 1),
                                       (long long)f.size));
    }
    if (n == 0)
        return ERR_OK;
    download *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_UNAVAILABLE;
    d->s = k->s;
    d->id = f.id;
    d->from = from;
    d->size = n;
    d->have = -1;
    k->r->reply.pull = pull;
    k->r->reply.pull_done = pull_done;
    k->r->reply.pull_arg = d;
    k->r->reply.pull_size = n;
    return ERR_OK;
}
