/*
 * See replace.h. The new text is written beside the file, under a name that policyd
 * does not read as a profile, is checked there, and then takes the file's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checker.h"
#include "replace.h"

static enum ctl_exit
failed(const struct options *o, const char *path)
{
	if (errno == EACCES || errno == EPERM)
		return complain(o, EXIT_DENIED, "%s: permission denied: use sudo", path);
	return complain(o, EXIT_FAILED, "%s: %s", path, strerror(errno));
}

enum ctl_exit
no_folder(const struct options *o, const char *folder)
{
	return complain(o, EXIT_FAILED, "there is no folder %s: where Bulwark is not installed, --etc FOLDER names "
	    "the one that counts", folder);
}

static enum ctl_exit
read_open(const struct options *o, const char *path, int fd, struct original *was)
{
	ssize_t	n = 0;

	if (fstat(fd, &was->st) == -1)
		return failed(o, path);
	if (!S_ISREG(was->st.st_mode))
		return complain(o, EXIT_FAILED, "%s is no regular file", path);
	while (was->len <= REPLACE_MOST && (n = read(fd, was->text + was->len, REPLACE_MOST + 1 - was->len)) > 0)
		was->len += (size_t)n;
	if (n == -1)
		return failed(o, path);
	if (was->len > REPLACE_MOST)
		return complain(o, EXIT_FAILED, "%s is longer than a policy file may be", path);
	was->text[was->len] = '\0';
	was->there = true;
	return EXIT_OK;
}

enum ctl_exit
original_read(const struct options *o, const char *path, struct original *was)
{
	enum ctl_exit	status = EXIT_OK;
	int		fd;

	*was = (struct original){ .text = malloc(REPLACE_MOST + 2) };
	if (was->text == NULL)
		return complain(o, EXIT_FAILED, "%s", strerror(errno));
	was->text[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 && errno == ELOOP)
		status = complain(o, EXIT_FAILED, "%s is a symbolic link: change the file that it leads to", path);
	else if (fd == -1 && errno != ENOENT)
		status = failed(o, path);
	else if (fd != -1)
		status = read_open(o, path, fd, was);
	if (fd != -1)
		(void)close(fd);
	if (status != EXIT_OK)
		original_free(was);
	return status;
}

void
original_free(struct original *was)
{
	free(was->text);
	*was = (struct original){ .text = NULL };
}

static bool
is_as_it_was(const char *path, const struct original *was)
{
	struct stat	st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT && !was->there;
	return was->there && st.st_dev == was->st.st_dev && st.st_ino == was->st.st_ino &&
	    st.st_size == was->st.st_size && st.st_mtim.tv_sec == was->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == was->st.st_mtim.tv_nsec && st.st_ctim.tv_sec == was->st.st_ctim.tv_sec &&
	    st.st_ctim.tv_nsec == was->st.st_ctim.tv_nsec;
}

/* Owner and mode as before; a new file is readable for all, since policyd is not root. */
static int
write_draft(int fd, const struct original *was, const char *text, size_t len)
{
	size_t	done = 0;
	ssize_t	n = 0;

	while (done < len && ((n = write(fd, text + done, len - done)) > 0 || (n == -1 && errno == EINTR)))
		done += n > 0 ? (size_t)n : 0;
	if (done < len || fchmod(fd, was->there ? was->st.st_mode & 07777 : 0644) == -1 ||
	    (was->there && fchown(fd, was->st.st_uid, was->st.st_gid) == -1))
		return -1;
	return fsync(fd);
}

static enum ctl_exit
check_draft(const struct options *o, char *draft, const char *path, const char *conf)
{
	char		*files[2], *said;
	int		 count = 0;
	enum ctl_exit	 status;

	if (conf != NULL && access(conf, F_OK) == 0)
		files[count++] = (char *)(uintptr_t)conf;
	files[count++] = draft;
	status = checker_run(o, count, files, &said);
	if (said != NULL)
		checker_show(o, said, draft, path);
	free(said);
	return status;
}

static void
sync_folder(const char *path)
{
	char	copy[PATH_MAX];
	int	fd;

	(void)snprintf(copy, sizeof(copy), "%s", path);
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

static enum ctl_exit
put_in_place(const struct options *o, const char *draft, const char *path, const struct original *was)
{
	if (!is_as_it_was(path, was))
		return complain(o, EXIT_FAILED, "%s was changed meanwhile by somebody else: nothing was written, "
		    "look and try again", path);
	if (rename(draft, path) == -1)
		return failed(o, path);
	sync_folder(path);
	return EXIT_OK;
}

enum ctl_exit
replace(const struct options *o, const char *path, const struct original *was, const char *text, size_t len,
    const char *conf)
{
	char		 draft[PATH_MAX], folder[PATH_MAX], name[PATH_MAX];
	enum ctl_exit	 status;
	int		 fd;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	(void)snprintf(name, sizeof(name), "%s", path);
	if (snprintf(draft, sizeof(draft), "%s/.%s.XXXXXX", dirname(folder), basename(name)) >= (int)sizeof(draft))
		return complain(o, EXIT_FAILED, "%s: the name is too long", path);
	if ((fd = mkostemp(draft, O_CLOEXEC)) == -1)
		return errno == ENOENT ? no_folder(o, folder) : failed(o, path);
	if (write_draft(fd, was, text, len) == -1)
		status = failed(o, path);
	else
		status = check_draft(o, draft, path, conf);
	(void)close(fd);
	if (status == EXIT_OK)
		status = put_in_place(o, draft, path, was);
	if (status != EXIT_OK)
		(void)unlink(draft);
	return status;
}
