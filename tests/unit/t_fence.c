/* What the program gives up of itself. Each test falls in a process of its own: there is no way back. */
#include "app/fence.h"
#include "app/notify.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CANNOT = 250 };

/* The child's answer: 0, or the line in which something was not as it should be. */
static int in_a_child(int (*does)(const char *folder), const char *folder)
{
    int   status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(does(folder));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define WANT(claim)                    \
    do {                               \
        if (!(claim))                  \
            return __LINE__ % 200 + 1; \
    } while (0)

static int begins(const char *folder)
{
    struct rlimit core;
    struct stat   st;
    (void)umask(0);
    fence_begin();
    WANT(chdir(folder) == 0);
    int fd = open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    WANT(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
    close(fd);
    WANT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    WANT(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
#ifndef ZK_ARENA_DEBUG
    fence_memory();
    WANT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
#endif
    return 0;
}

static void files_are_their_owners_and_memory_is_in_no_core(void **state)
{
    char folder[] = "/tmp/zhike-fence-XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(in_a_child(begins, folder), 0);
    char path[64];
    snprintf(path, sizeof path, "%s/plain", folder);
    unlink(path);
    rmdir(folder);
}

static bool makes(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int stays_inside(const char *folder)
{
    char inside[240], outside[240], *const none[] = { (char *)"true", NULL };
    const char *mine[] = { inside, NULL };
    snprintf(inside, sizeof inside, "%s/mine", folder);
    snprintf(outside, sizeof outside, "%s/x", folder);
    WANT(mkdir(inside, 0700) == 0);
    WANT(makes(outside));
    if (!fence_folders(mine))
        return CANNOT;
    errno = 0;
    WANT(!makes(outside) && errno == EACCES); /* there already, and not to be changed */
    WANT(unlink(outside) != 0 && errno == EACCES);
    snprintf(outside, sizeof outside, "%s/new", folder);
    WANT(!makes(outside) && errno == EACCES);
    WANT(mkdir(outside, 0700) != 0 && errno == EACCES);
    WANT(execv("/bin/true", none) != 0 && errno == EACCES);
    WANT(chdir(inside) == 0 && makes("new") && rename("new", "other") == 0 && unlink("other") == 0);
    WANT(makes("/dev/null"));
    int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC); /* reading is the system's affair */
    WANT(fd >= 0 || errno == ENOENT);
    WANT(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
    return 0;
}

/* A new folder that is not below those for temporary files, which stay open. */
static bool folder_elsewhere(char *folder, size_t room)
{
    const char *const where[] = { ".", getenv("HOME"), "/var/lib", "/opt", "/srv" };
    const char *const open[] = { "/tmp", "/var/tmp", getenv("TMPDIR") };
    char              whole[PATH_MAX];
    for (size_t i = 0; i < countof(where); i++) {
        bool closed = where[i] && realpath(where[i], whole) && strlen(whole) + 24 < room;
        for (size_t k = 0; closed && k < countof(open); k++)
            closed = !open[k] || strncmp(whole, open[k], strlen(open[k])) != 0;
        if (!closed)
            continue;
        snprintf(folder, room, "%s/zhike-fence-XXXXXX", whole);
        if (mkdtemp(folder))
            return true;
    }
    return false;
}

static void nothing_is_written_elsewhere_and_nothing_is_started(void **state)
{
    char folder[200], path[220];
    (void)state;
    if (!folder_elsewhere(folder, sizeof folder)) {
        print_message("no folder to write in but temporary ones\n");
        skip();
    }
    int came = in_a_child(stays_inside, folder);
    snprintf(path, sizeof path, "%s/x", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/mine", folder);
    rmdir(path);
    rmdir(folder);
    if (came == CANNOT) {
        print_message("no Landlock in this kernel\n");
        skip();
    }
    assert_int_equal(came, 0);
}

static int becomes_nobody(const char *folder)
{
    char mine[96];
    snprintf(mine, sizeof mine, "%s/mine", folder);
    WANT(fence_become("nobody", mine));
    WANT(geteuid() != 0 && getegid() != 0 && setuid(0) != 0 && setgid(0) != 0);
    WANT(chdir(mine) == 0 && makes("x") && unlink("x") == 0);
    WANT(!makes("/etc/zhike-fence"));
    return 0;
}

static int refuses(const char *folder)
{
    (void)!freopen("/dev/null", "w", stderr);
    WANT(!fence_become("root", folder));
    WANT(!fence_become("no-such-user", folder));
    WANT(!fence_become("nobody", folder)); /* it is root's */
    return geteuid() == 0 ? 0 : 1;
}

static void root_becomes_another_user_for_good(void **state)
{
    char folder[] = "/tmp/zhike-fence-XXXXXX", path[96];
    (void)state;
    if (geteuid() != 0) {
        print_message("only root becomes another\n");
        skip();
    }
    assert_non_null(mkdtemp(folder));
    assert_int_equal(in_a_child(refuses, folder), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(in_a_child(becomes_nobody, folder), 0);
    snprintf(path, sizeof path, "%s/mine", folder);
    rmdir(path);
    rmdir(folder);
}

/* As systemd would hear it: by a path, and by an abstract name. */
static void the_service_manager_hears_how_far_it_is(void **state)
{
    (void)state;
    for (int abstract = 0; abstract < 2; abstract++) {
        struct sockaddr_un at = { .sun_family = AF_UNIX };
        char               name[64], heard[32];
        int                fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        snprintf(name, sizeof name, "%s/tmp/zhike-notify-%d", abstract ? "@" : "", (int)getpid());
        memcpy(at.sun_path, name, strlen(name));
        if (abstract)
            at.sun_path[0] = 0;
        socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
        assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
        notify_state("READY=1");
        assert_int_equal(recv(fd, heard, sizeof heard, MSG_DONTWAIT), 7);
        assert_memory_equal(heard, "READY=1", 7);
        close(fd);
        unlink(name);
    }
    static const char *const not_there[] = { "/tmp/zhike-no-such-socket", "tmp", "", "@" };
    for (size_t i = 0; i < countof(not_there); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", not_there[i], 1), 0);
        notify_state("READY=1");
    }
    unsetenv("NOTIFY_SOCKET");
    notify_state("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_their_owners_and_memory_is_in_no_core),
        cmocka_unit_test(nothing_is_written_elsewhere_and_nothing_is_started),
        cmocka_unit_test(root_becomes_another_user_for_good),
        cmocka_unit_test(the_service_manager_hears_how_far_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
