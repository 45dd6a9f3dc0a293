#include "io/reader.h"
#include "base/limits.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 << 10, DECODED_MAX = 4 * CHUNK };

struct reader {
    int      fd;
    int64_t  size, at; /* bytes of the file already given to the decoder */
    size_t   bom;
    encoding enc;
    decoder *dec;
    char    *chunk;
    buf      text;
    size_t   taken; /* of text */
    bool     last;
};

static err open_file(const char *path, int *fd, int64_t *size, io_fault *f)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 || fstat(*fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        int why = *fd < 0 ? errno : EISDIR;
        if (*fd >= 0)
            close(*fd);
        return io_fail(f, ERR_NOT_FOUND, "import.no_file", str_from(path), str_from(strerror(why)));
    }
    *size = st.st_size;
    if (*size > LIMIT_IMPORT_BYTES) {
        close(*fd);
        return io_fail_at(f, ERR_TOO_LARGE, "import.file_too_large", LIMIT_IMPORT_BYTES >> 20, str_from(path));
    }
    return ERR_OK;
}

static err read_at(int fd, char *p, size_t room, int64_t at, size_t *n, io_fault *f)
{
    *n = 0;
    while (*n < room) {
        ssize_t got = pread(fd, p + *n, room - *n, (off_t)(at + (int64_t)*n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_fail(f, ERR_UNAVAILABLE, "import.cannot_read", str_from(strerror(errno)), STR(""));
        if (got == 0)
            break;
        *n += (size_t)got;
    }
    return ERR_OK;
}

static bool begins(str head, const char *magic, size_t n)
{
    return (size_t)head.n >= n && memcmp(head.p, magic, n) == 0;
}

static err head_kind(str head, file_kind *out, io_fault *f)
{
    if (head.n == 0)
        return io_fail(f, ERR_MALFORMED, "import.empty_file", STR(""), STR(""));
    if (begins(head, "\xD0\xCF\x11\xE0", 4))
        return io_fail(f, ERR_MALFORMED, "import.old_xls", STR(""), STR(""));
    static const struct {
        const char *magic;
        size_t      n;
    } pictures[] = {
        { "\x89PNG", 4 }, { "\xFF\xD8\xFF", 3 }, { "GIF8", 4 },       { "%PDF", 4 }, { "RIFF", 4 },
        { "BM\0", 3 },    { "\x1F\x8B", 2 },     { "7z\xBC\xAF", 4 }, { "Rar!", 4 }, { "SQLite format 3", 15 }
    };
    for (size_t i = 0; i < countof(pictures); i++)
        if (begins(head, pictures[i].magic, pictures[i].n))
            return io_fail(f, ERR_MALFORMED, "import.not_a_table", STR(""), STR(""));
    *out = begins(head, "PK\x03\x04", 4) || begins(head, "PK\x05\x06", 4) ? FILE_ZIP : FILE_TEXT;
    return ERR_OK;
}

err reader_file_kind(const char *path, file_kind *out, io_fault *f)
{
    int     fd;
    int64_t size;
    char    head[64];
    size_t  n = 0;
    TRY(open_file(path, &fd, &size, f));
    err e = read_at(fd, head, sizeof head, 0, &n, f);
    close(fd);
    return e != ERR_OK ? e : head_kind((str){ head, (ptrdiff_t)n }, out, f);
}

/* Does the whole file fit? *bad: offset of the first byte that does not, −1. */
static err fits(reader *r, encoding enc, int64_t *bad, io_fault *f)
{
    decoder *d = decoder_open(enc);
    err      e = ERR_OK;
    *bad = -1;
    for (int64_t at = (int64_t)r->bom; *bad < 0 && e == ERR_OK; at += CHUNK) {
        size_t  n = 0;
        int64_t offset = -1;
        e = read_at(r->fd, r->chunk, CHUNK, at, &n, f);
        bool last = at + (int64_t)n >= r->size;
        buf_clear(&r->text);
        if (e == ERR_OK && decoder_put(d, r->chunk, n, last, &r->text, &offset) != ERR_OK)
            *bad = (int64_t)r->bom + (offset < 0 ? 0 : offset);
        if (last)
            break;
    }
    decoder_close(d);
    return e;
}

static int64_t line_of(reader *r, int64_t offset)
{
    int64_t  line = 1;
    io_fault ignored;
    for (int64_t at = 0; at < offset; at += CHUNK) {
        size_t n = 0, want = offset - at < CHUNK ? (size_t)(offset - at) : CHUNK;
        if (read_at(r->fd, r->chunk, want, at, &n, &ignored) != ERR_OK)
            break;
        for (size_t i = 0; i < n; i++)
            line += r->chunk[i] == '\n';
    }
    return line;
}

static err find_encoding(reader *r, io_fault *f)
{
    size_t  n = 0;
    int64_t bad = -1, bad_gb = -1;
    TRY(read_at(r->fd, r->chunk, CHUNK, 0, &n, f));
    file_kind kind;
    TRY(head_kind((str){ r->chunk, (ptrdiff_t)n }, &kind, f));
    r->enc = encoding_detect(r->chunk, n, (int64_t)n == r->size, &r->bom);
    if (r->enc == ENC_UNKNOWN) {
        r->bom = 0;
        /* What spoils UTF-8 and GB18030 alike within the first bytes is still named by its line, unless it is binary. */
        if (memchr(r->chunk, 0, n))
            return io_fail(f, ERR_MALFORMED, "import.not_a_table", STR(""), STR(""));
        r->enc = ENC_UTF8;
    }
    TRY(fits(r, r->enc, &bad, f));
    if (bad < 0)
        return ERR_OK;
    if (r->enc == ENC_UTF8 && r->bom == 0) {
        TRY(fits(r, ENC_GB18030, &bad_gb, f));
        r->enc = ENC_GB18030;
        if (bad_gb < 0)
            return ERR_OK;
        bad = bad_gb > bad ? bad_gb : bad;
    }
    return io_fail_at(f, ERR_MALFORMED, "import.bad_encoding", line_of(r, bad), str_from(encoding_name(r->enc)));
}

err reader_open(const char *path, reader **out, io_fault *f)
{
    int     fd;
    int64_t size;
    TRY(open_file(path, &fd, &size, f));
    reader *r = calloc(1, sizeof *r);
    ASSERT(r);
    r->fd = fd;
    r->size = size;
    r->chunk = malloc(CHUNK);
    ASSERT(r->chunk);
    buf_init(&r->text, DECODED_MAX);
    err e = find_encoding(r, f);
    if (e == ERR_OK)
        e = reader_rewind(r, f);
    if (e != ERR_OK) {
        reader_close(r);
        return e;
    }
    *out = r;
    return ERR_OK;
}

encoding reader_encoding(const reader *r)
{
    return r->enc;
}

int64_t reader_bytes(const reader *r)
{
    return r->size;
}

err reader_rewind(reader *r, io_fault *f)
{
    (void)f;
    if (r->dec)
        decoder_close(r->dec);
    r->dec = decoder_open(r->enc);
    r->at = (int64_t)r->bom;
    r->taken = 0;
    r->last = false;
    buf_clear(&r->text);
    return ERR_OK;
}

err reader_read(void *reader_arg, char *p, size_t room, size_t *n, io_fault *f)
{
    reader *r = reader_arg;
    while (r->taken == r->text.n && !r->last) {
        size_t  got = 0;
        int64_t bad = -1;
        TRY(read_at(r->fd, r->chunk, CHUNK, r->at, &got, f));
        r->last = got < CHUNK;
        buf_clear(&r->text);
        r->taken = 0;
        if (decoder_put(r->dec, r->chunk, got, r->last, &r->text, &bad) != ERR_OK || r->text.failed)
            return io_fail_at(f, ERR_MALFORMED, "import.bad_encoding", line_of(r, r->at),
                              str_from(encoding_name(r->enc)));
        r->at += (int64_t)got;
    }
    size_t left = r->text.n - r->taken;
    *n = left < room ? left : room;
    if (*n > 0)
        memcpy(p, r->text.p + r->taken, *n);
    r->taken += *n;
    return ERR_OK;
}

void reader_close(reader *r)
{
    if (!r)
        return;
    if (r->dec)
        decoder_close(r->dec);
    buf_free(&r->text);
    free(r->chunk);
    close(r->fd);
    free(r);
}
