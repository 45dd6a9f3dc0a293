/* embed OUT.c DEPFILE WEB_DIR LOCALE_DIR SHAPES_DIR: writes the tables of src/http/static_table.h.

   The bytes themselves come in by .incbin, so the table stays small and compiles at once. The directories are named in
   the dependency file beside the files, so that a file that appears or goes makes the build run this again. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    char *disk; /* where it lies */
    char *path; /* its name in the table */
} entry;

typedef struct {
    entry *at;
    size_t n, room;
} entries;

static const struct {
    const char *end, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".mjs", "text/javascript; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".json", "application/json" },
    { ".webmanifest", "application/manifest+json" },
    { ".map", "application/json" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".webp", "image/webp" },
    { ".gif", "image/gif" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
    { ".woff", "font/woff" },
    { ".ttf", "font/ttf" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".wasm", "application/wasm" },
};

static _Noreturn void die(const char *what, const char *name)
{
    fprintf(stderr, "embed: %s %s: %s\n", what, name, errno ? strerror(errno) : "failed");
    exit(1);
}

static char *text(const char *a, const char *b, const char *c)
{
    size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
    char  *out = malloc(n);
    if (!out)
        die("memory for", a);
    snprintf(out, n, "%s%s%s", a, b, c);
    return out;
}

static int ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static const char *type_of(const char *path)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (ends_with(path, types[i].end))
            return types[i].type;
    return "application/octet-stream";
}

static void entries_add(entries *list, char *disk, char *path)
{
    if (list->n == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->at = realloc(list->at, list->room * sizeof *list->at);
        if (!list->at)
            die("memory for", path);
    }
    list->at[list->n++] = (entry){ disk, path };
}

static void walk(entries *list, FILE *deps, const char *dir, const char *prefix)
{
    DIR *d = opendir(dir);
    if (!d) {
        if (errno != ENOENT)
            die("cannot read", dir);
        const char *slash = strrchr(dir, '/');
        struct stat st;
        char       *parent = slash ? strndup(dir, (size_t)(slash - dir)) : strdup(".");
        if (parent && stat(parent, &st) == 0)
            fprintf(deps, " %s", parent); /* where it will appear */
        free(parent);
        return;
    }
    fprintf(deps, " %s", dir);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (e->d_name[0] == '.')
            continue;
        char       *disk = text(dir, "/", e->d_name), *path = text(prefix, "/", e->d_name);
        struct stat st;
        if (stat(disk, &st) != 0)
            die("cannot look at", disk);
        if (S_ISDIR(st.st_mode))
            walk(list, deps, disk, path);
        else
            entries_add(list, disk, path);
    }
    closedir(d);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->path, ((const entry *)b)->path);
}

static void sort(entries *list)
{
    if (list->n)
        qsort(list->at, list->n, sizeof *list->at, by_path);
}

static const entry *twin(const entries *list, const char *path, const char *end)
{
    char        *name = text(path, end, "");
    entry        key = { NULL, name };
    const entry *found = list->n ? bsearch(&key, list->at, list->n, sizeof *list->at, by_path) : NULL;
    free(name);
    return found;
}

static uint64_t hash_of(const char *disk, size_t *size)
{
    FILE    *f = fopen(disk, "rb");
    uint64_t h = 14695981039346656037u;
    int      c;
    if (!f)
        die("cannot open", disk);
    for (*size = 0; (c = getc(f)) != EOF; ++*size)
        h = (h ^ (uint64_t)c) * 1099511628211u;
    fclose(f);
    return h;
}

/* One object in the read-only section; returns its size. The hash stands in a comment so that the text of the table
   changes with the bytes, and the compiler runs again. */
static size_t put_bytes(FILE *out, FILE *deps, const char *symbol, size_t i, const char *disk, uint64_t *hash)
{
    size_t n;
    *hash = hash_of(disk, &n);
    fprintf(deps, " %s", disk);
    fprintf(out, "/* %016llx */\n", (unsigned long long)*hash);
    fprintf(out, "__asm__(\".section .rodata\\n.balign 16\\n%s%zu:\\n.incbin \\\"%s\\\"\\n.byte 0\\n.previous\\n\");\n",
            symbol, i, disk);
    fprintf(out, "extern const unsigned char %s%zu[] __attribute__((visibility(\"hidden\")));\n", symbol, i);
    return n;
}

static void put_twin(FILE *out, FILE *deps, FILE *table, const entry *e, const char *symbol, size_t i,
                     const char *field)
{
    uint64_t hash;
    if (!e)
        return;
    size_t n = put_bytes(out, deps, symbol, i, e->disk, &hash);
    fprintf(table, ", .%s = %s%zu, .%s_n = %zu", field, symbol, i, field, n);
}

static void put_static(FILE *out, FILE *deps, FILE *table, const entries *web)
{
    size_t count = 0;
    for (size_t i = 0; i < web->n; i++) {
        const entry *e = &web->at[i];
        uint64_t     hash;
        if (ends_with(e->path, ".gz") || ends_with(e->path, ".br"))
            continue;
        size_t n = put_bytes(out, deps, "zk_plain_", i, e->disk, &hash);
        fprintf(
            table,
            "    {.path = \"%s\", .type = \"%s\", .etag = \"\\\"%016llx\\\"\", .plain = zk_plain_%zu, .plain_n = %zu",
            e->path, type_of(e->path), (unsigned long long)hash, i, n);
        put_twin(out, deps, table, twin(web, e->path, ".gz"), "zk_gzip_", i, "gzip");
        put_twin(out, deps, table, twin(web, e->path, ".br"), "zk_brotli_", i, "brotli");
        fprintf(table, ", .immutable = %s},\n", strncmp(e->path, "/assets/", 8) == 0 ? "true" : "false");
        count++;
    }
    if (count == 0) {
        fputs("static const unsigned char no_web[] = \"<!doctype html><meta charset=utf-8><title>Zhike</title>"
              "<p>This program was built without its web app. Run <code>make</code> to build both.</p>\\n\";\n",
              out);
        fputs("    {.path = \"/index.html\", .type = \"text/html; charset=utf-8\", .etag = \"\\\"no-web\\\"\","
              " .plain = no_web, .plain_n = sizeof no_web - 1},\n",
              table);
    }
}

/* A table of texts that are read by name: NAME_files, NAME_file_count. */
static void put_texts(FILE *out, FILE *deps, const char *name, const entries *list)
{
    char    *rows = NULL, *symbol = text("zk_", name, "_");
    size_t   rows_n;
    uint64_t hash;
    FILE    *table = open_memstream(&rows, &rows_n);
    if (!table)
        die("memory for", name);
    for (size_t i = 0; i < list->n; i++) {
        size_t n = put_bytes(out, deps, symbol, i, list->at[i].disk, &hash);
        fprintf(table, "    {\"%s\", %s%zu, %zu},\n", list->at[i].path + 1, symbol, i, n);
    }
    if (list->n == 0)
        fputs("    {\"\", (const unsigned char *)\"\", 0},\n", table);
    fclose(table);
    fprintf(out, "\nconst text_file %s_files[] = {\n%s};\nconst size_t %s_file_count = %zu;\n", name, rows, name,
            list->n);
    free(rows);
    free(symbol);
}

int main(int argc, char **argv)
{
    entries web = { 0 }, locale = { 0 }, shapes = { 0 };
    char   *files = NULL;
    size_t  files_n;
    if (argc != 6) {
        fputs("usage: embed OUT.c DEPFILE WEB_DIR LOCALE_DIR SHAPES_DIR\n", stderr);
        return 2;
    }
    FILE *out = fopen(argv[1], "w"), *deps = fopen(argv[2], "w");
    FILE *table = open_memstream(&files, &files_n);
    if (!out || !deps || !table)
        die("cannot write", argv[1]);
    fprintf(deps, "%s:", argv[1]);
    walk(&web, deps, argv[3], "");
    walk(&locale, deps, argv[4], "");
    walk(&shapes, deps, argv[5], "");
    sort(&web);
    sort(&locale);
    sort(&shapes);
    fputs("/* Written by tools/embed.c. */\n#include \"http/static_table.h\"\n\n", out);
    put_static(out, deps, table, &web);
    fclose(table);
    fprintf(out, "\nconst static_file static_files[] = {\n%s};\n", files);
    fputs("const size_t static_file_count = sizeof static_files / sizeof static_files[0];\n", out);
    put_texts(out, deps, "locale", &locale);
    put_texts(out, deps, "shape", &shapes);
    fputs("\n", deps);
    if (fclose(out) != 0 || fclose(deps) != 0)
        die("cannot write", argv[1]);
    return 0;
}
