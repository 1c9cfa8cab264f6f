// SPDX-License-Identifier: Apache-2.0
// Live safety: the device and the folder are open, so that little else is needed from then on.
#include "app/live.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static bool give_folder(const struct live_folder *d, uid_t user, gid_t group, struct fail *f)
{
    return !d->made || chown(d->path, user, group) == 0 ||
           failed(
               f,
               "%.200s: cannot be given to the user nobody: %s; choose another folder with %s",
               d->path, strerror(errno), d->option);
}

static bool may_write(const struct live_folder *d, struct fail *f)
{
    return access(d->path, W_OK | X_OK) == 0 ||
           failed(f,
                  "%.200s: a live capture writes as the user nobody, who may not write there; "
                  "choose a folder for %s that does not exist yet, or give that one to nobody",
                  d->path, d->option);
}

static bool become_nobody(const struct live_folder *folder, int n, struct fail *f)
{
    const struct passwd *p = getpwnam("nobody");
    uid_t user = p ? p->pw_uid : NOBODY;
    gid_t group = p ? p->pw_gid : NOBODY;

    for (int i = 0; i < n; i++)
        if (!give_folder(&folder[i], user, group, f))
            return false;
    if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 ||
        setresuid(user, user, user) < 0)
        return failed(f,
                      "cannot become the user nobody: %s; start pipit as a user with the "
                      "capability cap_net_raw instead of root",
                      strerror(errno));
    for (int i = 0; i < n; i++)
        if (!may_write(&folder[i], f))
            return false;
    return true;
}

#ifdef ARCHITECTURE
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE(call)                                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                                     \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

// No new sockets, nothing sent, no other program. A list of what is refused, not of what is
// allowed: what libraries need for reading and writing differs from system to system.
static void give_up_calls(void)
{
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__ // the calls of the x32 interface have numbers of their own
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
#endif
        REFUSE(socket),
        REFUSE(socketpair),
        REFUSE(connect),
        REFUSE(listen),
        REFUSE(accept),
        REFUSE(accept4),
        REFUSE(sendto),
        REFUSE(sendmsg),
        REFUSE(sendmmsg),
        REFUSE(execve),
        REFUSE(execveat),
        REFUSE(ptrace),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = COUNT_OF(filter), .filter = filter};

    // A kernel without this is not refused: being nobody is the greater part of it.
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 && errno != EINVAL)
        say(SAY_WARNING, "the kernel does not take the filter for system calls: %s",
            strerror(errno));
}
#else
static void give_up_calls(void)
{
}
#endif

bool live_guard(const struct live_folder *folder, int n, struct fail *f)
{
    if (geteuid() == 0 && !become_nobody(folder, n, f))
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        give_up_calls();
    return true;
}
