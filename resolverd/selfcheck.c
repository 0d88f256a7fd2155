/*
 * See selfcheck.h. Begun on policyd's word (policy.c); the front hands over the names of
 * all questions. The socket stays open until the question came or the next one is sent:
 * intercept finds whose it is by it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "build.h"
#include "names.h"
#include "sandbox.h"
#include "selfcheck.h"

#define LOOPBACK_DEVICE	1	/* its number, in each network namespace */
#define DNS_PORT	53
#define SECRET		16	/* bytes */
#define MESSAGE		128	/* the question's, more than enough */

static struct dname	secret;		/* len 0: none is waited for */
static int		fd = -1;
static uint32_t		number;
static void		(*on_came)(uint32_t);
static bool		said;		/* that none can be sent */

static void
give_up(void)
{
	if (fd != -1)
		(void)close(fd);
	fd = -1;
	secret.len = 0;
}

static void
choose_name(void)
{
	uint8_t	bytes[SECRET];
	char	hex[2 * SECRET + 1], text[sizeof(hex) + 16];

	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2hex(hex, sizeof(hex), bytes, sizeof(bytes));
	(void)snprintf(text, sizeof(text), "%s.bulwark.invalid", hex);
	if (dname_parse(text, strlen(text), &secret) == -1)
		fatalx("%s is no name", text);
}

/* A socket whose packets stay on the loopback device. -1: errno. */
static int
open_inside(void)
{
	static const uint8_t		nowhere[4] = NAMES_NOWHERE;
	const struct sockaddr_in	from = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in		to = { .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };
	int				device = LOOPBACK_DEVICE;

	memcpy(&to.sin_addr, nowhere, sizeof(nowhere));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, sizeof(device)) == -1 ||
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) == -1)
		return -1;
	return connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

void
selfcheck_try(uint32_t id, void (*came)(uint32_t))
{
	const struct question_options	o = { .checking_disabled = false };
	struct asked			a = { .id = (uint16_t)randombytes_random(), .type = QTYPE_A };
	uint8_t				message[MESSAGE];
	size_t				len;

	give_up();
	if (open_inside() == -1) {
		if (!said)
			log_warn("a question to ourselves can not be sent");
		said = true;
		give_up();
		return;
	}
	said = false;
	choose_name();
	number = id;
	on_came = came;
	a.name = secret;
	len = build_question(&a, &o, message, sizeof(message));
	/* Rules that drop it say so here: it does not come, and that is what is told. */
	(void)send(fd, message, len, 0);
}

const struct dname *
selfcheck_name(void)
{
	return secret.len > 0 ? &secret : NULL;
}

bool
selfcheck_heard(const struct dname *name)
{
	if (secret.len == 0 || !dname_equal(&secret, name))
		return false;
	give_up();
	on_came(number);
	return true;
}
