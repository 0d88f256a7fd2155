/* The place of systemd-resolved's socket: taken, kept, put back, also after a kill. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "shared/place.h"
#include "temp_folder.h"

#define NAME	"io.systemd.Resolve"

static int	folder;

static void
begin(void)
{
	folder_start();
	folder = open(top, O_PATH | O_DIRECTORY);
}

TestSuite(place, .init = begin, .fini = folder_finish, .timeout = 30);

/* As systemd-resolved does it. */
static int
resolved(void)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", place(NAME));
	(void)unlink(sun.sun_path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(fd, 5), 0);
	return fd;
}

/* Does a connection to the place reach this socket? */
static bool
reaches(int listener)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), got;

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", place(NAME));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		return false;
	(void)fcntl(listener, F_SETFL, O_NONBLOCK);
	got = accept(listener, NULL, NULL);
	close(fd);
	close(got);
	return got != -1;
}

static unsigned
names(void)
{
	DIR		*d = opendir(top);
	unsigned	 n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

Test(place, taken_and_put_back)
{
	int	theirs = resolved(), ours = place_listen(folder);

	cr_assert_neq(ours, -1);
	cr_expect(reaches(ours));
	cr_expect_not(place_retake(folder));
	place_restore(folder);
	cr_expect(reaches(theirs));
	cr_expect_eq(names(), 1);
	place_restore(folder);
	cr_expect(reaches(theirs));
	cr_expect_eq(names(), 1);
}

Test(place, nothing_was_there)
{
	int	ours = place_listen(folder);

	cr_expect(reaches(ours));
	place_restore(folder);
	cr_expect_eq(names(), 0);
}

Test(place, after_a_kill)
{
	int	theirs = resolved(), ours = place_listen(folder);

	errno = 0;
	cr_expect_eq(place_listen(folder), -1, "another suite lives there");
	cr_expect_eq(errno, EADDRINUSE);
	place_restore_dead(folder);
	cr_expect(reaches(ours), "it is not dead");
	close(ours);
	ours = place_listen(folder);
	cr_assert_neq(ours, -1);
	cr_expect(reaches(ours));
	close(ours);
	place_restore_dead(folder);
	cr_expect(reaches(theirs));
	cr_expect_eq(names(), 1);
}

Test(place, folder_anew)
{
	int	ours = place_listen(folder), old = folder, now;
	char	moved[sizeof(top) + 8];

	cr_expect(place_moved(-1, folder), "there at last");
	cr_expect_not(place_moved(folder, folder));
	(void)snprintf(moved, sizeof(moved), "%s.old", top);
	cr_assert_eq(rename(top, moved), 0);
	cr_assert_eq(mkdir(top, 0755), 0);
	now = open(top, O_PATH | O_DIRECTORY);
	cr_expect(place_moved(old, now));
	cr_expect_not(reaches(ours));
	ours = place_listen(now);
	cr_expect(reaches(ours));
	place_restore(now);
	place_restore(old);
	cr_expect_eq(names(), 0);
	cr_expect_eq(rmdir(moved), 0);
}

Test(place, systemd_resolved_anew)
{
	int	theirs = resolved(), ours = place_listen(folder);

	close(theirs);
	theirs = resolved();
	cr_expect(place_retake(folder));
	cr_expect_not(place_retake(folder));
	cr_expect(reaches(ours));
	place_restore(folder);
	cr_expect_not(place_retake(folder), "with nothing of ours left to put there");
	cr_expect(reaches(theirs));
	cr_expect_eq(names(), 1);
}

/* It came back while nobody kept the place: then it is there already. */
Test(place, systemd_resolved_after_a_kill)
{
	int	theirs, ours = (close(resolved()), place_listen(folder));

	close(ours);
	theirs = resolved();
	place_restore_dead(folder);
	cr_expect(reaches(theirs));
	cr_expect_eq(names(), 1);
}

/* Without it the place can't be taken again, and what is to be put back stays. */
Test(place, our_own_name_is_gone)
{
	(void)resolved();
	cr_assert_neq(place_listen(folder), -1);
	cr_assert_eq(unlink(place(NAME ".bulwark")), 0);
	cr_expect_not(place_retake(folder), "nothing to be told");
	cr_expect_eq(names(), 2);
	cr_assert_eq(unlink(place(NAME)), 0);
	cr_expect_not(place_retake(folder));
	cr_expect_eq(names(), 1);
}
