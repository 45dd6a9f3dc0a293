/* fence.h — what the program gives up of itself. It holds whatever else goes wrong in it.
 *
 * Errors: a kernel that cannot do one of these does without; only fence_become() fails, after one line on standard error.
 * Threads: before any is made, so that all of them inherit it. */
#ifndef ZK_APP_FENCE_H
#define ZK_APP_FENCE_H
#include "app/options.h"

/* Every command: files are their owner's alone, no program that is started may have more rights, and the memory, with keys and
 * passwords in it, goes into no core file. */
void fence_begin(void);
/* The server: nor is its memory shown to other processes of the same user. After fence_become(), which undoes it. (It closes
 * /dev/stdin and its like to others than root, so commands at the shell go without.) */
void fence_memory(void);
/* Becomes `user` with all its groups, for good; `folder` is made and given to it where it is not there. False: it cannot. */
bool fence_become(const char *user, const char *folder);
bool fence_is_root(void);
/* From here on nothing is started, and nothing is made, changed or removed outside of these folders, /dev and the folders for
 * temporary files (Landlock). Reading stays open: how names of servers are found, and what else libraries read, is the
 * system's. Folders end with NULL. False: this kernel cannot. */
bool fence_folders(const char *const *folders);
#endif
