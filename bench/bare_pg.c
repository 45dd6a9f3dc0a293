/* bare_pg URL SECONDS CONNECTIONS FIRST LAST < PLAN — what a record by its id costs without any program around it:
 * prepares the statement that `zhike query --explain` prints on each connection, a thread for each, and runs it with
 * random ids of FIRST..LAST as its first parameter. Prints how many a second. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char        sql[65536];
static const char *url;
static double      length;
static long        first, last;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *loop(void *arg)
{
    long     *n = arg;
    uint64_t  x = (uint64_t)(uintptr_t)arg | 1;
    PGconn   *c = PQconnectdb(url);
    PGresult *r = PQprepare(c, "one", sql, 1, (const Oid[]){ 20 });
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        fprintf(stderr, "bare_pg: %s", PQerrorMessage(c));
        exit(1);
    }
    PQclear(r);
    for (double end = seconds() + length; seconds() < end; ++*n) {
        char        id[24];
        const char *values[] = { id };
        x = x * 6364136223846793005u + 1442695040888963407u;
        snprintf(id, sizeof id, "%ld", first + (long)((x >> 33) % (uint64_t)(last - first + 1)));
        r = PQexecPrepared(c, "one", 1, values, NULL, NULL, 0);
        if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1) {
            fprintf(stderr, "bare_pg: no record %s: %s", id, PQerrorMessage(c));
            exit(1);
        }
        for (int i = 0; i < PQnfields(r); i++)
            x += (uint64_t)PQgetlength(r, 0, i);
        PQclear(r);
    }
    PQfinish(c);
    return NULL;
}

int main(int argc, char **argv)
{
    enum { MOST = 64 };
    pthread_t threads[MOST];
    long      counts[MOST] = { 0 }, sum = 0;
    if (argc != 6 || !fgets(sql, sizeof sql, stdin))
        return fputs("usage: bare_pg URL SECONDS CONNECTIONS FIRST LAST < PLAN\n", stderr), 2;
    url = argv[1];
    length = strtod(argv[2], NULL);
    int n = atoi(argv[3]) < MOST ? atoi(argv[3]) : MOST;
    first = strtol(argv[4], NULL, 10);
    last = strtol(argv[5], NULL, 10);
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, loop, &counts[i]) != 0)
            return 1;
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        sum += counts[i];
    }
    printf("%.1f\n", (double)sum / length);
    return 0;
}
