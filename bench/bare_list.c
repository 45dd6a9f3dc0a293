/* bare_list FILE SECONDS < PLAN — what a list costs without any program around it: prepares the statement that
 * `zhike query --explain` prints, then runs it again and again on one thread, reading every column of every row.
 * Prints how often a second. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* "$1 'text'" or "$1 51" */
static void bind_line(sqlite3_stmt *s, char *line)
{
    char *value = strchr(line, ' ');
    if (!value)
        return;
    *value++ = '\0';
    int    at = sqlite3_bind_parameter_index(s, line);
    size_t n = strcspn(value, "\n");
    if (value[0] == '\'')
        sqlite3_bind_text(s, at, value + 1, (int)n - 2, SQLITE_TRANSIENT);
    else
        sqlite3_bind_int64(s, at, strtoll(value, NULL, 10));
}

static long run_once(sqlite3_stmt *s, size_t *bytes)
{
    long rows = 0;
    while (sqlite3_step(s) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            if (sqlite3_column_type(s, i) == SQLITE_INTEGER)
                *bytes += (size_t)sqlite3_column_int64(s, i) & 1;
            else if (sqlite3_column_text(s, i))
                *bytes += (size_t)sqlite3_column_bytes(s, i);
        }
        rows++;
    }
    sqlite3_reset(s);
    return rows;
}

int main(int argc, char **argv)
{
    static char   sql[65536], line[65536];
    sqlite3      *db;
    sqlite3_stmt *s;
    if (argc != 3 || !fgets(sql, sizeof sql, stdin))
        return fputs("usage: bare_list FILE SECONDS < PLAN\n", stderr), 2;
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return fprintf(stderr, "bare_list: %s\n", sqlite3_errmsg(db)), 1;
    while (fgets(line, sizeof line, stdin))
        bind_line(s, line);
    size_t bytes = 0;
    long   rows = run_once(s, &bytes), n = 0;
    double start = seconds(), end = start + strtod(argv[2], NULL);
    while (seconds() < end) {
        run_once(s, &bytes);
        n++;
    }
    printf("%.1f\n", (double)n / (seconds() - start));
    fprintf(stderr, "%ld rows, %zu\n", rows, bytes);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return 0;
}
