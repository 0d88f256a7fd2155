/*
 * See dpkg_text.h. Called by packages.c with bytes from dpkg's database.
 */
#include <ctype.h>
#include <string.h>

#include "dpkg_text.h"
#include "registrable.h"

/* Where anybody can have a page, a project or an address: such a domain says nothing of who wrote a program. */
static const char *const shared_zones[] = {
	/* Debian's and its derivatives': maintainers of all packages. */
	"debian.net", "debian.org", "kali.org", "launchpad.net", "ubuntu.com",
	/* Projects of all kinds. */
	"archive.org", "berlios.de", "bitbucket.org", "codeberg.org", "cpan.org", "crates.io", "ctan.org",
	"freecode.com", "freshmeat.net", "github.com", "gitlab.com", "google.com", "googlecode.com", "haskell.org",
	"metacpan.org", "nongnu.org", "notabug.org", "npmjs.com", "npmjs.org", "pypi.org", "python.org", "rubygems.org",
	"sourceforge.net", "sr.ht", "tuxfamily.org", "wordpress.com",
	/* Mail for everybody. */
	"163.com", "aol.com", "fastmail.com", "fastmail.fm", "free.fr", "gmail.com", "gmx.at", "gmx.com", "gmx.de",
	"gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "laposte.net", "live.com", "mac.com", "mail.ru",
	"mailbox.org", "me.com", "msn.com", "orange.fr", "outlook.com", "pobox.com", "posteo.de", "posteo.net",
	"proton.me", "protonmail.com", "qq.com", "riseup.net", "t-online.de", "tutanota.com", "web.de", "yahoo.com",
	"yandex.com", "yandex.ru", "zoho.com",
};

static bool
is_shared(const char *zone)
{
	for (size_t i = 0; i < sizeof shared_zones / sizeof shared_zones[0]; i++)
		if (strcmp(zone, shared_zones[i]) == 0)
			return true;
	return false;
}

static bool
is_host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* The registrable domain of the name that text begins with. zone: "" when it says nothing. */
static void
zone_of(const char *text, size_t len, char zone[DOMAIN_MOST + 1])
{
	char	host[DOMAIN_MOST + 1];
	size_t	n = 0, begin;

	zone[0] = '\0';
	for (; n < len && n < DOMAIN_MOST && is_host_byte((char)tolower((unsigned char)text[n])); n++)
		host[n] = (char)tolower((unsigned char)text[n]);
	host[n] = '\0';
	if (n > 0 && host[n - 1] == '.')
		host[--n] = '\0';
	if (n == 0 || host[0] == '.' || strstr(host, "..") != NULL)
		return;
	begin = zone_begin(host, n);
	if (begin < n && !is_shared(host + begin))
		memcpy(zone, host + begin, n - begin + 1);
}

/* SCHEME://[USER@]HOST... */
static void
read_homepage(struct dpkg_paragraph *p, const char *value, size_t len)
{
	const char	*host = memmem(value, len, "://", 3), *end = value + len, *slash, *at;

	if (host == NULL)
		return;
	host += 3;
	slash = memchr(host, '/', (size_t)(end - host));
	if (slash == NULL)
		slash = end;
	at = memrchr(host, '@', (size_t)(slash - host));
	if (at != NULL)
		host = at + 1;
	zone_of(host, (size_t)(slash - host), p->homepage);
}

/* NAME <LOCAL@DOMAIN> */
static void
read_maintainer(struct dpkg_paragraph *p, const char *value, size_t len)
{
	const char	*at = memrchr(value, '@', len);

	if (at != NULL)
		zone_of(at + 1, (size_t)(value + len - at - 1), p->maintainer);
}

static void
read_name(struct dpkg_paragraph *p, const char *value, size_t len)
{
	if (len == 0 || len > PACKAGE_NAME_MOST || memchr(value, '\0', len) != NULL)
		return;
	memcpy(p->name, value, len);
	p->name[len] = '\0';
}

/* The value of "FIELD: VALUE" without blanks around it; NULL: another line. */
static const char *
value_of(const char *line, size_t len, const char *field, size_t *value_len)
{
	size_t	n = strlen(field);

	if (len <= n || memcmp(line, field, n) != 0 || line[n] != ':')
		return NULL;
	for (n++; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		continue;
	while (len > n && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	*value_len = len - n;
	return line + n;
}

bool
dpkg_status_line(struct dpkg_paragraph *p, const char *line, size_t len)
{
	static const char	installed[] = " installed";
	const size_t		tail = sizeof installed - 1;
	const char		*value;
	size_t			n;

	if (len == 0)
		return p->name[0] != '\0' && p->installed;
	if ((value = value_of(line, len, "Package", &n)) != NULL)
		read_name(p, value, n);
	else if ((value = value_of(line, len, "Status", &n)) != NULL)
		p->installed = n > tail && memcmp(value + n - tail, installed, tail) == 0;
	else if ((value = value_of(line, len, "Homepage", &n)) != NULL)
		read_homepage(p, value, n);
	else if ((value = value_of(line, len, "Maintainer", &n)) != NULL)
		read_maintainer(p, value, n);
	return false;
}

bool
dpkg_list_name(const char *file, char name[PACKAGE_NAME_MOST + 1])
{
	size_t	len = strlen(file), n = strcspn(file, ":");

	if (len <= 5 || strcmp(file + len - 5, ".list") != 0)
		return false;
	if (n > len - 5)
		n = len - 5;
	if (n == 0 || n > PACKAGE_NAME_MOST)
		return false;
	memcpy(name, file, n);
	name[n] = '\0';
	return true;
}

static bool
begins(const char *path, size_t len, const char *with)
{
	size_t	n = strlen(with);

	return len >= n && memcmp(path, with, n) == 0;
}

static bool
ends(const char *path, size_t len, const char *with)
{
	size_t	n = strlen(with);

	return len >= n && memcmp(path + len - n, with, n) == 0;
}

size_t
dpkg_path(const char *path, size_t len, char *out, size_t room)
{
	static const char *const	merged[] = { "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/" };
	size_t				usr = 0;

	if (len < 2 || path[0] != '/' || memchr(path, '\0', len) != NULL)
		return 0;
	for (size_t i = 0; i < sizeof merged / sizeof merged[0]; i++)
		if (begins(path, len, merged[i]))
			usr = 4;
	if (len + usr >= room)
		return 0;
	memcpy(out, "/usr", usr);
	memcpy(out + usr, path, len);
	out[usr + len] = '\0';
	return usr + len;
}

bool
dpkg_path_may_run(const char *path, size_t len)
{
	static const char *const	never[] = { "/usr/share/", "/usr/include/", "/usr/src/", "/usr/lib/modules/",
		"/etc/", "/var/" };
	static const char *const	endings[] = { ".so", ".py", ".js", ".json", ".ts", ".h", ".a", ".pm", ".pl", ".rb" };

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (begins(path, len, never[i]))
			return false;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (ends(path, len, endings[i]))
			return false;
	return true;
}
