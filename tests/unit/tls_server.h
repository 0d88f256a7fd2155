/*
 * A DNS server over TLS in a thread of the test, on a port of 127.0.0.1, with
 * certificates made on the spot. It closes, stalls, lies or talks nonsense as told.
 */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "dns_server.h"
#include "servers.h"

#define SERVED_NAME	"dns.test"
#define DAY		86400L

struct identity {
	EVP_PKEY	*key;
	X509		*certificate;
};

/* What the server does; set before it is asked. */
static struct {
	unsigned	hold;		/* answers only when so many were asked, last one first */
	unsigned	close_at;	/* the connections up to this one are closed at a question */
	unsigned	garbage_at;	/* the connections up to this one get nonsense */
	bool		close_after;	/* closed after an answer */
	bool		stall;
	int		newest;		/* TLS; 0: any */
	const uint8_t	*speaks;	/* of what a client offers (RFC 7301): a length, and the name; NULL: nothing */
} tls_does;

static atomic_uint	tls_connections, tls_resumed, tls_questions, tls_unpadded, tls_gone;
static struct identity	authority, served;
static int		tls_listener;
static SSL_CTX		*tls_server;

static inline void
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX	ctx;
	X509_EXTENSION	*e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	cr_assert_not_null(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/* by: who signs; NULL: itself. names: NULL for an authority. It ends in so many seconds. */
static inline struct identity
make_identity(const char *called, const char *names, const struct identity *by, long ends)
{
	static long	serial;
	struct identity	i = { EVP_EC_gen("P-256"), X509_new() };
	X509_NAME	*subject = X509_get_subject_name(i.certificate);

	X509_set_version(i.certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(i.certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(i.certificate), -10 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(i.certificate), ends);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)called, -1, -1, 0);
	X509_set_issuer_name(i.certificate, by == NULL ? subject : X509_get_subject_name(by->certificate));
	X509_set_pubkey(i.certificate, i.key);
	extend(i.certificate, i.certificate, NID_basic_constraints, names == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	if (names != NULL)
		extend(i.certificate, i.certificate, NID_subject_alt_name, names);
	cr_assert_gt(X509_sign(i.certificate, by == NULL ? i.key : by->key, EVP_sha256()), 0);
	return i;
}

static inline void
pin_of(const struct identity *i, uint8_t pin[static SERVER_PIN])
{
	uint8_t		*der = NULL;
	int		 len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(i->certificate), &der);

	EVP_Digest(der, (size_t)len, pin, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
}

/* The authority's certificate as a file of PEM, read from its beginning. */
static inline int
authority_file(void)
{
	int	 fd = memfd_create("authority", MFD_CLOEXEC);
	BIO	*b = BIO_new_fd(fd, BIO_NOCLOSE);

	PEM_write_bio_X509(b, authority.certificate);
	BIO_free(b);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static inline void
send_answer(SSL *ssl, const uint8_t *m, size_t len, const char *lie)
{
	uint8_t	to[2048];
	size_t	n = answer_to(m, len, to + 2, lie);

	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	(void)SSL_write(ssl, to, (int)n + 2);
}

/* Each byte in a record of its own. */
static inline void
send_torn(SSL *ssl, const uint8_t *m, size_t len)
{
	uint8_t	to[2048];
	size_t	n = answer_to(m, len, to + 2, "");

	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	for (size_t i = 0; i < n + 2; i++)
		(void)SSL_write(ssl, to + i, 1);
}

/* As long as a message can be. */
static inline void
send_large(SSL *ssl, const uint8_t *m, size_t len)
{
	static uint8_t	to[2 + 65535];
	size_t		n = answer_to(m, len, to + 2, "");

	to[0] = to[1] = 0xff;
	memcpy(to + sizeof(to) - 4, to + 2 + n - 4, 4);
	(void)SSL_write(ssl, to, sizeof(to));
}

static inline bool
read_all(SSL *ssl, uint8_t *to, size_t want)
{
	int	n;

	for (size_t have = 0; have < want; have += (size_t)n)
		if ((n = SSL_read(ssl, to + have, (int)(want - have))) <= 0)
			return false;
	return true;
}

struct held {
	size_t	len;
	uint8_t	m[512];
};

/* False: the connection ends. */
static inline bool
on_tls_question(SSL *ssl, unsigned number, const uint8_t *m, size_t len)
{
	tls_questions++;
	tls_unpadded += len % 128 != 0;
	if (number <= tls_does.close_at)
		return false;
	if (number <= tls_does.garbage_at)
		(void)SSL_write(ssl, "\0\3abc", 5);
	else if (told(m, "lie")) {
		send_answer(ssl, m, len, "id");
		send_answer(ssl, m, len, "name");
		send_answer(ssl, m, len, "");
	} else if (told(m, "torn"))
		send_torn(ssl, m, len);
	else if (told(m, "large"))
		send_large(ssl, m, len);
	else if (!tls_does.stall && tls_does.hold == 0)
		send_answer(ssl, m, len, "");
	return !tls_does.close_after;
}

static inline void
serve(SSL *ssl, unsigned number)
{
	struct held	*held = calloc(2048, sizeof(*held));
	unsigned	 n = 0;
	struct pollfd	 p = { .fd = SSL_get_fd(ssl), .events = POLLIN };
	uint8_t		 prefix[2];

	for (;;) {
		if (tls_does.hold > 0 && tls_questions >= tls_does.hold)
			while (n > 0) {
				n--;
				send_answer(ssl, held[n].m, held[n].len, "");
			}
		if (SSL_has_pending(ssl) == 0 && poll(&p, 1, 10) == 0)
			continue;
		if (!read_all(ssl, prefix, 2) || prefix[0] > 1)
			break;
		held[n].len = (size_t)prefix[0] << 8 | prefix[1];
		if (!read_all(ssl, held[n].m, held[n].len) ||
		    !on_tls_question(ssl, number, held[n].m, held[n].len))
			break;
		n += tls_does.hold > 0;
	}
	free(held);
}

/* What is done on a connection; to be set before the server starts. */
static void	(*tls_serve)(SSL *, unsigned number) = serve;

static inline void *
serve_thread(void *arg)
{
	int		fd = (int)(intptr_t)arg;
	unsigned	number = ++tls_connections;
	SSL		*ssl = SSL_new(tls_server);

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		tls_resumed += SSL_session_reused(ssl) == 1;
		tls_serve(ssl, number);
	}
	SSL_free(ssl);
	close(fd);
	tls_gone++;
	return NULL;
}

static inline void *
accept_thread(void *arg)
{
	pthread_t	t;
	int		fd;

	(void)arg;
	while ((fd = accept(tls_listener, NULL, NULL)) != -1) {
		pthread_create(&t, NULL, serve_thread, (void *)(intptr_t)fd);
		pthread_detach(t);
	}
	return NULL;
}

static inline int
choose_speech(SSL *ssl, const uint8_t **chosen, uint8_t *len, const uint8_t *offered, unsigned offered_len, void *arg)
{
	(void)ssl, (void)arg;
	if (tls_does.speaks[0] + 1u != offered_len || memcmp(tls_does.speaks, offered, offered_len) != 0)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*chosen = tls_does.speaks + 1;
	*len = tls_does.speaks[0];
	return SSL_TLSEXT_ERR_OK;
}

/* With this identity, and as tls_does says. */
static inline void
tls_server_start(struct identity who)
{
	socklen_t	len = sizeof(at);
	pthread_t	t;

	served = who;
	tls_server = SSL_CTX_new(TLS_server_method());
	if (tls_does.newest != 0) {
		SSL_CTX_set_min_proto_version(tls_server, 0);
		SSL_CTX_set_max_proto_version(tls_server, tls_does.newest);
		SSL_CTX_set_cipher_list(tls_server, "DEFAULT@SECLEVEL=0");
	}
	if (tls_does.speaks != NULL)
		SSL_CTX_set_alpn_select_cb(tls_server, choose_speech, NULL);
	cr_assert_eq(SSL_CTX_use_certificate(tls_server, who.certificate), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(tls_server, who.key), 1);
	at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	tls_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(tls_listener, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(tls_listener, (struct sockaddr *)&at, &len);
	listen(tls_listener, 50);
	pthread_create(&t, NULL, accept_thread, NULL);
	pthread_detach(t);
}

#endif
