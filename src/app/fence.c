#include "app/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/command.h"

/* RUN-1 */
void fence_begin(void)
{
    struct rlimit none = { 0, 0 };
    umask(0077);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

/* RUN-2 */
void fence_memory(void)
{
#ifndef ZK_ARENA_DEBUG /* the sanitizers' search for leaks looks into the process from outside */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* ---- another user (RUN-3) ---- */

bool fence_is_root(void)
{
    return geteuid() == 0;
}

static bool give_folder(const char *folder, const struct passwd *to)
{
    struct stat st;
    if (mkdir(folder, 0700) == 0) {
        if (chown(folder, to->pw_uid, to->pw_gid) == 0)
            return true;
        return command_fail("the folder %s cannot be given to %s: %s", folder, to->pw_name, strerror(errno)), false;
    }
    if (errno != EEXIST || stat(folder, &st) != 0)
        return command_fail("the folder %s cannot be made: %s", folder, strerror(errno)), false;
    if (st.st_uid == to->pw_uid)
        return true;
    return command_fail("the folder %s belongs to another user: chown -R %s it", folder, to->pw_name), false;
}

/* Nothing of root is left, saved ids and capabilities included, and there is no way back. */
static bool has_become(const struct passwd *to)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;
    return getresuid(&r, &e, &s) == 0 && getresgid(&rg, &eg, &sg) == 0 && r == to->pw_uid && e == r && s == r &&
           rg == to->pw_gid && eg == rg && sg == rg && setuid(0) != 0;
}

bool fence_become(const char *user, const char *folder)
{
    errno = 0;
    const struct passwd *to = getpwnam(user);
    if (!to)
        return command_fail("--run-as: there is no user %s; useradd --system %s makes one", user, user), false;
    if (to->pw_uid == 0)
        return command_fail("--run-as: %s is root; name another user", user), false;
    if (geteuid() == to->pw_uid)
        return true;
    if (!fence_is_root())
        return command_fail("--run-as: only root can become %s", user), false;
    if (!give_folder(folder, to))
        return false;
    if (initgroups(to->pw_name, to->pw_gid) == 0 && setgid(to->pw_gid) == 0 && setuid(to->pw_uid) == 0 &&
        has_become(to)) {
        return true;
    }
    return command_fail("--run-as: cannot become %s: %s", user, strerror(errno)), false;
}

/* ---- Landlock (RUN-4) ---- */

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define MAKING                                                                                        \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |       \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |    \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

/* What the kernel's version of it knows. */
static uint64_t fenced(int version)
{
    uint64_t what = MAKING | LANDLOCK_ACCESS_FS_EXECUTE;
    if (version >= 2)
        what |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        what |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return what;
}

static void open_gate(int ruleset, const char *path, uint64_t allowed)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = allowed,
                                               .parent_fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY) };
    if (rule.parent_fd < 0)
        return;
    (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

bool fence_folders(const char *const *folders)
{
    static const char *const temporary[] = { "/tmp", "/var/tmp" };
    const char              *own = getenv("TMPDIR");
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    struct landlock_ruleset_attr all = { .handled_access_fs = fenced(version) };
    uint64_t                     inside = all.handled_access_fs & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);
    if (ruleset < 0)
        return false;
    for (; *folders; folders++)
        open_gate(ruleset, *folders, inside);
    for (size_t i = 0; i < countof(temporary); i++)
        open_gate(ruleset, temporary[i], inside);
    if (own)
        open_gate(ruleset, own, inside);
    open_gate(ruleset, "/dev", inside & (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE));
    bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return done;
}
