/*
 * Reading below the one /proc directory that whod was given. Everything is
 * relative to a descriptor: this process has no other way to a file. Nothing
 * here calls what a hostile program can hold up (see reader.h for that).
 */
#ifndef WHO_PROCFS_H
#define WHO_PROCFS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stat_facts;
struct statx;

#define LINK_BYTES	64	/* room for what a descriptor's link is, not for long paths */

/* Before narrowing. dir: the directory /proc, kept by the caller. Fatal on failure. */
void	procfs_init(int dir);
int	procfs_root(void);
/* The same directory, open for reading entries. */
int	procfs_list(void);
/* A file's start, NUL-terminated: bytes without the NUL, or -1 (errno). */
ssize_t	procfs_read(int dir, const char *name, char *buf, size_t size);
/* The same from a file that is kept open. */
ssize_t	procfs_reread(int fd, char *buf, size_t size);
/* What a descriptor's link names: true and the inode if it is a socket. */
bool	procfs_socket(int dir, const char *name, uint64_t *inode);
/* Attributes without asking a file system's server; follow: the link's target. 0 or -1. */
int	procfs_stat(int dir, const char *name, bool follow, struct statx *);
/* What a file stat says (parse.h), of a process or thread. False: that ended. */
bool	procfs_facts(int dir, const char *name, struct stat_facts *);
/* The inode of the namespace of this kind (net, user) that a link names; 0: not known. */
uint64_t procfs_namespace(int dir, const char *name, const char *kind);
/*
 * The name of an entry below /proc/PID, by the thread that stands in if the main one has ended (0: none does): entry
 * itself, or what is put into buf.
 */
const char *procfs_entry(uint32_t stand_in, const char *entry, char *buf, size_t size);
uint64_t procfs_dev(const struct statx *);	/* as stat(2) gives it */
uint64_t procfs_mount(const struct statx *);	/* its number; 0: the kernel does not say */
/* Writes n in decimals and a NUL; returns the place of the NUL. At most 21 bytes. */
char	*number_put(char *to, uint64_t n);
/* Milliseconds that only go forward. */
int64_t	clock_ms(void);
int64_t	clock_us(void);
/* Nanoseconds since boot in clock ticks, as a process' stat has its start; and those of now, less so many nanoseconds. */
uint64_t ticks(uint64_t ns);
uint64_t ticks_ago(uint64_t ns);

#endif
