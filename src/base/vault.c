/* What is sealed: 1 byte form, 8 bytes number of the key, 24 bytes nonce, then the text's bytes and 16 of the tag. Form and
 * number, purpose and record are the associated data. */
#include "base/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

enum {
    FORM = 1,
    NUMBER_AT = 1,
    NONCE_AT = 9,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TEXT_AT = NONCE_AT + NONCE,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    PURPOSE_MAX = 64,
    FILE_MAX = 1024
};
_Static_assert(VAULT_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key's size");

typedef struct {
    int64_t       number;
    unsigned char key[VAULT_KEY_BYTES];
} ring_key;

struct vault {
    size_t   count;
    ring_key keys[VAULT_KEYS];
};

/* ---- the ring ---- */

static void put_number(unsigned char *to, int64_t n)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
}

static int64_t read_number(const unsigned char *from)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | from[i];
    return (int64_t)n;
}

static int64_t number_of(const unsigned char key[VAULT_KEY_BYTES])
{
    static const char words[] = "zhike: number of a key";
    unsigned char     digest[crypto_generichash_BYTES_MIN];
    crypto_generichash(digest, sizeof digest, (const unsigned char *)words, sizeof words - 1, key, VAULT_KEY_BYTES);
    int64_t n = (int64_t)((uint64_t)read_number(digest) & INT64_MAX);
    return n ? n : 1;
}

static const ring_key *find_key(const vault *v, int64_t number)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->keys[i].number == number)
            return &v->keys[i];
    return NULL;
}

static bool separates(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static str next_word(str *rest)
{
    ptrdiff_t from = 0, to;
    while (from < rest->n && separates(rest->p[from]))
        from++;
    for (to = from; to < rest->n && !separates(rest->p[to]);)
        to++;
    str word = str_sub(*rest, from, to);
    *rest = str_sub(*rest, to, rest->n);
    return word;
}

err vault_from_text(arena *a, str text, vault **out, str *why)
{
    vault *v = arena_make(a, vault);
    str    rest = text;
    for (str word = next_word(&rest); word.n; word = next_word(&rest)) {
        str bytes;
        if (v->count == VAULT_KEYS || !base64_decode(a, word, &bytes) || bytes.n != VAULT_KEY_BYTES) {
            *why = arena_printf(
                a, "one to %d keys of %d bytes in base64 were expected, as `openssl rand -base64 32` prints one",
                VAULT_KEYS, VAULT_KEY_BYTES);
            wipe(v, sizeof *v);
            return ERR_INVALID;
        }
        ring_key *k = &v->keys[v->count++];
        memcpy(k->key, bytes.p, VAULT_KEY_BYTES);
        k->number = number_of(k->key);
        wipe((char *)(uintptr_t)bytes.p, (size_t)bytes.n);
    }
    if (v->count == 0) {
        *why = STR("it holds no key");
        return ERR_INVALID;
    }
    *out = v;
    return ERR_OK;
}

void vault_close(vault *v)
{
    if (v)
        wipe(v, sizeof *v);
}

int64_t vault_key(const vault *v)
{
    return v->keys[0].number;
}

bool vault_holds(const vault *v, int64_t key)
{
    return find_key(v, key) != NULL;
}

/* ---- the file ---- */

static err read_file(arena *a, int fd, const char *path, vault **out, str *why)
{
    char        text[FILE_MAX];
    struct stat st;
    size_t      n = 0;
    ssize_t     got;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        *why = arena_printf(a, "%s is no file", path);
        return ERR_INVALID;
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        *why = arena_printf(a, "others may read the key in %s: chmod 600 it, and think about who has read it", path);
        return ERR_FORBIDDEN;
    }
    while (n < sizeof text && (got = read(fd, text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    err e = vault_from_text(a, (str){ text, (ptrdiff_t)n }, out, why);
    wipe(text, sizeof text);
    if (e != ERR_OK)
        *why = arena_printf(a, "%s: %.*s", path, STR_ARG(*why));
    return e;
}

static bool write_all(int fd, str text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, (size_t)text.n);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            text = str_sub(text, n, text.n);
    }
    return fsync(fd) == 0;
}

/* Written whole beside its place and then linked there: who comes second finds the first one's. */
static bool make_file(arena *a, const char *path)
{
    unsigned char key[VAULT_KEY_BYTES];
    random_bytes(key, sizeof key);
    str  text = base64_encode(a, (str){ (const char *)key, sizeof key });
    str  line = arena_printf(a, "%.*s\n", STR_ARG(text));
    str  beside = arena_printf(a, "%s.%.*s", path, STR_ARG(random_token(a, 6)));
    int  fd = open(beside.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, line);
    wipe(key, sizeof key);
    wipe((char *)(uintptr_t)text.p, (size_t)text.n);
    wipe((char *)(uintptr_t)line.p, (size_t)line.n);
    if (fd >= 0)
        close(fd);
    good = good && (link(beside.p, path) == 0 || errno == EEXIST);
    if (fd >= 0)
        unlink(beside.p);
    return good;
}

err vault_from_file(arena *a, const char *path, bool make, vault **out, str *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && make && make_file(a, path))
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        bool none = errno == ENOENT && !make;
        *why = arena_printf(a, "the key file %s cannot be %s: %s", path, make ? "made" : "read", strerror(errno));
        return none ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
    }
    err e = read_file(a, fd, path, out, why);
    close(fd);
    return e;
}

/* ---- sealing ---- */

typedef struct {
    unsigned char bytes[NONCE_AT + 8 + PURPOSE_MAX];
    size_t        n;
} associated;

static associated about(int64_t number, const char *purpose, int64_t record)
{
    associated d = { .n = NONCE_AT + 8 };
    size_t     n = strlen(purpose);
    ASSERT(n > 0 && n <= PURPOSE_MAX);
    d.bytes[0] = FORM;
    put_number(d.bytes + NUMBER_AT, number);
    put_number(d.bytes + NONCE_AT, record);
    memcpy(d.bytes + d.n, purpose, n);
    d.n += n;
    return d;
}

bool vault_key_of(str sealed, int64_t *key)
{
    if (sealed.n < TEXT_AT + TAG || sealed.p[0] != FORM)
        return false;
    *key = read_number((const unsigned char *)sealed.p + NUMBER_AT);
    return true;
}

str vault_seal(const vault *v, arena *a, const char *purpose, int64_t record, str plain)
{
    const ring_key *k = &v->keys[0];
    associated      d = about(k->number, purpose, record);
    ASSERT(plain.n <= VAULT_PLAIN_MAX);
    size_t             n = (size_t)(TEXT_AT + plain.n + TAG);
    unsigned char     *to = arena_alloc(a, n);
    unsigned long long made;
    to[0] = FORM;
    put_number(to + NUMBER_AT, k->number);
    random_bytes(to + NONCE_AT, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(to + TEXT_AT, &made, (const unsigned char *)(plain.p ? plain.p : ""),
                                               (unsigned long long)plain.n, d.bytes, d.n, NULL, to + NONCE_AT, k->key);
    return (str){ (const char *)to, (ptrdiff_t)n };
}

err vault_unseal(const vault *v, arena *a, const char *purpose, int64_t record, str sealed, str *plain)
{
    int64_t number;
    if (!vault_key_of(sealed, &number) || sealed.n > TEXT_AT + VAULT_PLAIN_MAX + TAG)
        return ERR_INVALID;
    const ring_key *k = find_key(v, number);
    if (!k)
        return ERR_UNAVAILABLE;
    associated           d = about(number, purpose, record);
    const unsigned char *from = (const unsigned char *)sealed.p;
    unsigned char       *to = arena_alloc(a, (size_t)(sealed.n - TEXT_AT - TAG) + 1);
    unsigned long long   n;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, &n, NULL, from + TEXT_AT,
                                                   (unsigned long long)(sealed.n - TEXT_AT), d.bytes, d.n,
                                                   from + NONCE_AT, k->key) != 0)
        return ERR_INVALID;
    to[n] = 0;
    *plain = (str){ (const char *)to, (ptrdiff_t)n };
    return ERR_OK;
}
